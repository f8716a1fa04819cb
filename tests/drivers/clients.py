"""Three clients behind one face: the mariadb CLI, PyMySQL and mysql2.

    client = CLIENTS["pymysql"](port)
    session = client.connect("root@sys", "")     # SqlError when refused
    session.query(sql)                           # Result; SqlError carries errno, SQLSTATE and text
"""

import json
import re
import subprocess
from pathlib import Path

import pymysql

HERE = Path(__file__).resolve().parent
SECONDS = 120

# Column types as the protocol numbers them, and as the CLI names them.
TYPES = {"TINY": 1, "SHORT": 2, "LONG": 3, "DOUBLE": 5, "NULL": 6, "TIMESTAMP": 7, "LONGLONG": 8, "DATETIME": 12,
         "NEWDECIMAL": 246, "MEDIUM_BLOB": 250, "LONG_BLOB": 251, "BLOB": 252, "VAR_STRING": 253, "STRING": 254}


class SqlError(Exception):
    def __init__(self, errno, sqlstate, text):
        super().__init__("%s (%s): %s" % (errno, sqlstate, text))
        self.errno, self.sqlstate, self.text = errno, sqlstate, text


class Result:
    """columns: (name, type code); rows: lists of values as the client gives them."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows

    def texts(self):
        """The rows with every value as text; NULL is None."""
        return [[None if value is None else str(value) for value in row] for row in self.rows]


class Cli:
    """The mariadb CLI: a process a statement. All its values are texts."""

    name = "mariadb"

    def __init__(self, port):
        self.port = port

    def connect(self, user, password, database="oceanbase"):
        session = CliSession(["mariadb", "--no-defaults", "--host=127.0.0.1", "--port=%d" % self.port, "--user=" + user,
                              "--password=" + password, "--default-character-set=utf8mb4", database])
        session.run("SELECT 1")
        return session


class CliSession:
    def __init__(self, command):
        self.command = command

    def run(self, sql, *options):
        done = subprocess.run(self.command + list(options) + ["-e", sql], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=SECONDS)
        if done.returncode == 0:
            return done.stdout
        found = re.search(r"^ERROR (\d+) \((\w+)\)(?: at line \d+)?: (.*)", done.stderr, re.S | re.M)
        if not found:
            raise RuntimeError("mariadb: " + done.stderr)
        raise SqlError(int(found[1]), found[2], found[3].strip())

    def query(self, sql):
        lines = self.run(sql, "--batch").splitlines()
        if not lines:
            return Result([], [])
        rows = [[None if cell == "NULL" else cell for cell in line.split("\t")] for line in lines[1:]]
        described = self.run(sql, "--column-type-info", "--table")
        names = re.findall(r"^Field +\d+: +`(.*)`$", described, re.M)
        types = re.findall(r"^Type: +(\w+)", described, re.M)
        assert names == lines[0].split("\t"), (names, lines[0])
        return Result([(name, TYPES[kind]) for name, kind in zip(names, types)], rows)

    def close(self):
        pass


class PyMySql:
    name = "pymysql"

    def __init__(self, port):
        self.port = port

    def connect(self, user, password, database="oceanbase"):
        try:
            return PyMySqlSession(pymysql.connect(host="127.0.0.1", port=self.port, user=user,
                                                  password=password.encode(), database=database,
                                                  read_timeout=SECONDS))
        except pymysql.err.MySQLError as error:
            raise SqlError(error.args[0], None, error.args[1]) from None


class PyMySqlSession:
    def __init__(self, connection):
        self.connection = connection

    def query(self, sql):
        with self.connection.cursor() as cursor:
            try:
                cursor.execute(sql)
            except pymysql.err.MySQLError as error:
                raise SqlError(error.args[0], None, error.args[1]) from None
            columns = [(column[0], column[1]) for column in cursor.description or ()]
            return Result(columns, [list(row) for row in cursor.fetchall()] if columns else [])

    def close(self):
        self.connection.close()


class Mysql2:
    name = "mysql2"

    def __init__(self, port):
        self.port = port

    def connect(self, user, password, database="oceanbase"):
        return Mysql2Session({"host": "127.0.0.1", "port": self.port, "user": user, "password": password,
                              "database": database})


class Mysql2Session:
    def __init__(self, options):
        self.process = subprocess.Popen(["node", str(HERE / "mysql2_session.js")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        try:
            self.ask({"connect": options})
        except SqlError:
            self.close()
            raise

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"errno": 0, "message": "node ended"}')
        if "errno" in answer:
            raise SqlError(answer["errno"], answer.get("sqlstate"), answer["message"])
        return answer

    def query(self, sql):
        answer = self.ask({"sql": sql})
        return Result([tuple(column) for column in answer["columns"]], answer["rows"])

    def close(self):
        self.process.stdin.close()
        self.process.wait(SECONDS)
        self.process.stdout.close()


CLIENTS = {client.name: client for client in (Cli, PyMySql, Mysql2)}
