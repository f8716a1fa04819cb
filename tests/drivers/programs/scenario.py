"""What the Python programs share: their settings, one JSON line a step, and the scenario of a DB-API client.

Settings come in the environment, as run.py gives them: DRIVER_HOST, DRIVER_PORT, DRIVER_SOCKET, DRIVER_CA (the server's
certificate), DRIVER_PASSWORD (of root@sys), DRIVER_TENANT (a name that is free), DRIVER_DIRECTORY (an empty directory)
and DRIVER_STEPS (the steps to take). A step prints {"step", "result"} or {"step", "failed"}.
"""

import json
import os
import traceback

HOST, PORT = os.environ["DRIVER_HOST"], int(os.environ["DRIVER_PORT"])
SOCKET, CA = os.environ["DRIVER_SOCKET"], os.environ["DRIVER_CA"]
PASSWORD = os.environ["DRIVER_PASSWORD"]
TENANT, DIRECTORY = os.environ["DRIVER_TENANT"], os.environ["DRIVER_DIRECTORY"]
STEPS = os.environ["DRIVER_STEPS"].split(",")
SYS, OWN = "root@sys", "root@" + TENANT
DATA, KEY = "file://%s/data" % DIRECTORY, "file://%s/key" % DIRECTORY
OWN_PASSWORD = "p w'\"1"

WHO = "SELECT USER(), effective_tenant()"
CIPHER = "SHOW STATUS LIKE 'Ssl_cipher'"
CREATE = ["CREATE TENANT %s SET ob_tcp_invited_nodes = '%%'" % TENANT,
          "ALTER SYSTEM SET DATA_BACKUP_DEST = '%s' TENANT = %s" % (DATA, TENANT),
          "ALTER SYSTEM SET tde_method = 'internal' TENANT = %s" % TENANT]
FIRST_LOGIN = ["SET PASSWORD = 'p w\\'\"1'", "ALTER INSTANCE ROTATE INNODB MASTER KEY"]
BACKUP_KEY = "ALTER SYSTEM BACKUP KEY TENANT = %s TO '%s' ENCRYPTED BY 'key password'" % (TENANT, KEY)
PARAMETERS = "SELECT NAME, VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER ORDER BY NAME"
STORAGE = "SELECT PATH, DEST_ID, DEST_TYPE FROM oceanbase.DBA_OB_BACKUP_STORAGE_INFO ORDER BY DEST_ID"
TAKEN = "ALTER SYSTEM SET DATA_BACKUP_DEST = '%s' TENANT = many0001" % DATA
FAILURES = [TAKEN, "SELECT FROM", "SELECT * FROM oceanbase.nothing"]
BY_NAME = "SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = "
BY_ID = "SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_ID = "
SET_AGAIN = "ALTER SYSTEM SET DATA_BACKUP_DEST = %s TENANT = " + TENANT
NULLS = "SELECT NULL AS a, '' AS b, 0 AS c"
NULL_IN_VIEW = ("SELECT t.TENANT_NAME, p.VALUE FROM oceanbase.DBA_OB_TENANTS t LEFT JOIN"
                " oceanbase.CDB_OB_BACKUP_PARAMETER p ON p.TENANT_ID = t.TENANT_ID WHERE t.TENANT_NAME = 'sys'")
TIMES = ("SELECT CAST('2026-01-02 03:04:05.678000' AS DATETIME(6)), LAST_CHECK_TIMESTAMP,"
         " CAST(LAST_CHECK_TIMESTAMP AS CHAR) FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO WHERE PATH = '%s'" % DATA)
MANY = ("SELECT TENANT_ID, TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME LIKE 'many%' ORDER BY"
        " TENANT_ID")
ID = "SELECT CONNECTION_ID()"


def step(name, action):
    if name not in STEPS:
        return
    try:
        line = {"step": name, "result": action()}
    except Exception as error:
        line = {"step": name, "failed": "".join(traceback.format_exception_only(error))}
    print(json.dumps(line, default=str), flush=True)


def moment(value):
    """A datetime as the server would write it with six digits."""
    return value.strftime("%Y-%m-%d %H:%M:%S.%f")


def lists(rows):
    return [list(row) for row in rows]


def summary(rows):
    return [len(rows), sum(int(row[0]) for row in rows), rows[0][1], rows[-1][1]]


class DbApi:
    """The scenario over a client that follows PEP 249. A subclass says how to connect:

    connect(user, password, how) with how "tcp", "tls" or "socket"
    mark: what stands for a parameter; failure(error): [code, SQLSTATE or None, text]
    Error: the exception's class
    """

    version = ""
    mark = "%s"
    Error = Exception

    def connect(self, user, password, how="tcp"):
        raise NotImplementedError

    def failure(self, error):
        return [error.args[0], None, error.args[1]]

    def rows(self, connection, sql, *parameters):
        cursor = connection.cursor()
        try:
            cursor.execute(sql, parameters) if parameters else cursor.execute(sql)
            return lists(cursor.fetchall()) if cursor.description else []
        finally:
            cursor.close()

    def script(self, connection, statements):
        for sql in statements:
            self.rows(connection, sql)

    def fails(self, action):
        try:
            action()
        except self.Error as error:
            return self.failure(error)
        return "no error"

    def with_connection(self, user, password, action, how="tcp"):
        connection = self.connect(user, password, how)
        try:
            return action(connection)
        finally:
            connection.close()

    def with_sys(self, action, how="tcp"):
        return self.with_connection(SYS, PASSWORD, action, how)

    def job(self, connection):
        self.script(connection, CREATE)
        self.with_connection(OWN, "", lambda own: self.script(own, FIRST_LOGIN))
        self.rows(connection, BACKUP_KEY)
        return self.with_connection(OWN, OWN_PASSWORD,
                                    lambda own: [self.rows(own, PARAMETERS), self.rows(own, STORAGE)])

    def prepared(self, connection):
        mark = self.mark
        rows = [self.rows(connection, BY_NAME + mark, name) for name in ("many0007", "it's \\")]
        rows.append(self.rows(connection, BY_ID + mark, 1))
        rows.append(self.rows(connection, "SELECT %s IS NULL" % mark, None))
        self.rows(connection, SET_AGAIN % mark, DATA)
        return rows

    def errors(self, connection):
        found = [self.fails(lambda sql=sql: self.rows(connection, sql)) for sql in FAILURES]
        return found + [self.fails(lambda: self.connect(SYS, "wrong"))]

    def times(self, connection):
        row = self.rows(connection, TIMES)[0]
        return [moment(row[0]), moment(row[1]), row[2]]

    def number(self, connection):
        return self.rows(connection, ID)[0][0]

    def kill(self, number):
        self.with_sys(lambda connection: self.rows(connection, "KILL %s" % number))

    def again(self, connection):
        """A connection that works, after this one's end."""
        connection.close()
        return self.connect(SYS, PASSWORD)

    def reconnect(self):
        """A connection that was killed is an error, and the next one works."""
        connection = self.connect(SYS, PASSWORD)
        number = self.number(connection)
        self.kill(number)
        gone = self.fails(lambda: self.number(connection)) != "no error"
        connection = self.again(connection)
        changed = self.number(connection) != number
        connection.close()
        return [gone, changed]

    def pool(self):
        """The numbers of the connections that 20 statements ran on."""
        raise NotImplementedError

    def pooled(self):
        numbers = self.pool()
        return [len(numbers), len(set(numbers)) <= 4]

    def run(self):
        step("version", lambda: self.version)
        step("tcp", lambda: self.with_sys(lambda c: self.rows(c, WHO)))
        step("tls", lambda: self.with_sys(lambda c: self.rows(c, WHO) + self.rows(c, CIPHER), "tls"))
        step("socket", lambda: self.with_sys(lambda c: self.rows(c, WHO), "socket"))
        step("job", lambda: self.with_sys(self.job))
        step("prepared", lambda: self.with_sys(self.prepared))
        step("errors", lambda: self.with_sys(self.errors))
        step("nulls", lambda: self.with_sys(lambda c: self.rows(c, NULLS) + self.rows(c, NULL_IN_VIEW)))
        step("times", lambda: self.with_sys(self.times))
        step("rows", lambda: self.with_sys(lambda c: summary(self.rows(c, MANY))))
        step("reconnect", self.reconnect)
        step("pool", self.pooled)
