"""The stacks that run.py runs: the command of each, its group (which shares a server), and what it can do."""

import os
import subprocess
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parent / "programs"
PYTHON = "/usr/bin/python3"

# The steps, and what docs/clients.md's table calls them.
STEPS = {"tcp": "TCP", "tls": "TLS", "socket": "unix socket", "job": "main job", "prepared": "prepared",
         "errors": "errors", "nulls": "NULL", "times": "timestamps", "rows": "1,000 rows", "reconnect": "reconnect",
         "pool": "pool"}


TOLD = ("in statements", "at login")


# The logins that a client also does where the server takes caching_sha2_password alone.
SHA2_STEPS = ("tcp", "tls", "socket")


class Stack:
    """without: the steps that the client has no means for; marks: what the table says of a step instead of "yes";
    sqlstate: where the client tells it; heals: its pool may replace a dead connection before anybody
    sees it;
    sha2: where it can log in by caching_sha2_password;
    package: the Debian package whose version is the client's, where it doesn't tell it itself."""

    def __init__(self, name, title, group, *command, without=(), marks=None, sqlstate=TOLD, heals=False, package="",
                 sha2=SHA2_STEPS):
        self.name, self.title, self.group, self.words = name, title, group, command
        self.marks, self.sqlstate, self.heals, self.package = marks or {}, sqlstate, heals, package
        self.steps = ["version"] + [step for step in STEPS if step not in without]
        self.sha2 = [step for step in self.steps if step in sha2]

    def command(self, build):
        """{build} is the directory of the compiled programs."""
        return [word.replace("{build}", os.path.abspath(build)) for word in self.words]

    def packaged_version(self):
        if not self.package:
            return ""
        full = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", self.package], capture_output=True, text=True,
                              check=True).stdout
        return full.split("-")[0]


def program(file):
    return str(PROGRAMS / file)


TEXT = {"prepared": "in the client"}

STACKS = [
    Stack("mysql2", "mysql2 (Node.js)", "node", "node", program("mysql2_program.js")),
    Stack("mariadb-npm", "mariadb (Node.js)", "node", "node", program("mariadb_program.js")),
    Stack("mysql-npm", "mysql (Node.js)", "node", "node", program("mysql_program.js"), marks=TEXT, sha2=()),
    Stack("sequelize", "Sequelize, over mysql2", "node", "node", program("sequelize_program.js"), heals=True),
    Stack("knex", "Knex, over mysql2", "node", "node", program("knex_program.js"), marks=TEXT, heals=True),
    Stack("typeorm", "TypeORM, over mysql2", "node", "node", program("typeorm_program.js"), marks=TEXT, heals=True),
    Stack("pymysql", "PyMySQL", "python", PYTHON, program("pymysql_program.py"), without=("pool",), marks=TEXT,
          sqlstate=()),
    Stack("mysqlclient", "mysqlclient (MySQLdb)", "python", PYTHON, program("mysqlclient_program.py"),
          without=("pool",), marks=TEXT, sqlstate=()),
    Stack("sqlalchemy", "SQLAlchemy, over PyMySQL", "python", PYTHON, program("sqlalchemy_program.py"), marks=TEXT,
          sqlstate=()),
    Stack("aiomysql", "aiomysql", "python", PYTHON, program("aiomysql_program.py"), marks=TEXT, sqlstate=()),
    Stack("odbc", "MariaDB Connector/ODBC, under pyodbc", "native", PYTHON, program("odbc_program.py")),
    Stack("libmariadb", "libmariadb (C)", "native", "{build}/driver_libmariadb", without=("pool",)),
    Stack("connector-cpp", "MySQL Connector/C++", "native", "{build}/driver_connector_cpp", without=("pool",)),
    Stack("go", "go-sql-driver", "native", "{build}/driver_go", sqlstate=(),
          package="golang-github-go-sql-driver-mysql-dev"),
    Stack("connector-j", "MariaDB Connector/J", "native", "java", "-cp", "/usr/share/java/mariadb-java-client.jar",
          program("ConnectorJ.java"), without=("socket",)),
    Stack("mysqli", "PHP mysqli", "script", "php", program("mysqli_program.php"),
          sqlstate=TOLD[:1]),
    Stack("pdo", "PHP PDO", "script", "php", program("pdo_program.php"), sqlstate=TOLD[:1]),
    Stack("mysql2-ruby", "mysql2 (Ruby)", "script", "ruby", program("mysql2_program.rb"), without=("pool",)),
    Stack("dbd-mysql", "DBD::mysql (Perl)", "script", "perl", program("dbi_program.pl"), "mysql"),
    Stack("dbd-mariadb", "DBD::MariaDB (Perl)", "script", "perl", program("dbi_program.pl"), "MariaDB"),
    Stack("mariadb-cli", "mariadb CLI", "cli", PYTHON, program("cli_program.py"), "mariadb",
          without=("prepared", "pool")),
    Stack("mycli", "mycli", "cli", PYTHON, program("cli_program.py"), "mycli",
          without=("prepared", "reconnect", "pool"),
          sqlstate=()),
    Stack("obclient", "obclient (a transcript)", "cli", PYTHON, program("obclient_program.py"),
          without=("prepared", "pool"), sha2=()),
]
