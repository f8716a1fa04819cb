#!/usr/bin/python3
"""Two tenants on one server never see each other: no view and no SHOW has a row of the other one's, and no error tells
whether a tenant, an account or a connection of it exists. Nor is that told to an account of sys that may nothing.

    neighbours.py --server PROGRAM
"""

import argparse
import contextlib
import os
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
from harness.expect import check, expect  # noqa: E402
from harness.server import Server, attempt, query  # noqa: E402

MARK = "zxqv"               # in every name of the other tenant's; in either case
KEY_PASSWORD = "Zxqv-9-key"

# What names a tenant, for an account that may nothing of it: {t} is one that exists or one that doesn't.
OF_SYS = (
    "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///x' TENANT = {t}",
    "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///x' TENANT = {t}",
    "ALTER SYSTEM SET ha_low_thread_score = 1 TENANT = {t}",
    "ALTER SYSTEM RESET ha_low_thread_score TENANT = {t}",
    "ALTER SYSTEM CHECK BACKUP DESTINATION 'file:///x' TENANT = {t}",
    "ALTER SYSTEM ADOPT BACKUP DESTINATION 'file:///x' TENANT = {t}",
    "ALTER SYSTEM RELEASE BACKUP DESTINATION 'file:///x' TENANT = {t}",
    "ALTER SYSTEM RETIRE BACKUP DESTINATION 'file:///x' TENANT = {t}",
    "ALTER SYSTEM BACKUP KEY TENANT = {t} TO 'file:///x' ENCRYPTED BY 'p'",
    "ALTER SYSTEM BACKUP KEY TENANT = {t} TO 'file:///x'",
    "ALTER SYSTEM RESTORE KEY TENANT = {t} FROM 'file:///x' ENCRYPTED BY 'p'",
    "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '1d' TENANT {t}",
    "ALTER SYSTEM DROP DELETE BACKUP POLICY 'default' TENANT {t}",
    "ALTER SYSTEM ARCHIVELOG TENANT = {t}",
    "ALTER SYSTEM NOARCHIVELOG TENANT = {t}",
    "ALTER SYSTEM BACKUP TENANT = {t}",
    "ALTER SYSTEM CANCEL BACKUP TENANT = {t}",
    "ALTER SYSTEM VALIDATE BACKUP TENANT = {t}",
    "ALTER SYSTEM CHANGE TENANT {t}",
    "CREATE TENANT {t}",
    "ALTER TENANT {t} LOCK",
    "ALTER TENANT {t} RENAME GLOBAL_NAME TO other",
    "ALTER TENANT {t} SET VARIABLES ob_tcp_invited_nodes = '%'",
    "DROP TENANT {t} FORCE",
    "SHOW CREATE TENANT {t}",
)
# What names something inside a tenant, as its administrator would: {u} is an account of the other tenant's or none.
OF_ACCOUNTS = ("SHOW GRANTS FOR {u}", "SHOW CREATE USER {u}", "DROP USER {u}", "ALTER USER {u} ACCOUNT LOCK",
               "GRANT SELECT ON *.* TO {u}", "REVOKE SELECT ON *.* FROM {u}", "SET PASSWORD FOR {u} = 'p'")
SHOWS = ("SHOW PROCESSLIST", "SHOW FULL PROCESSLIST", "SHOW PARAMETERS", "SHOW VARIABLES", "SHOW GLOBAL VARIABLES", "SHOW STATUS",
         "SHOW GLOBAL STATUS", "SHOW DATABASES", "SHOW GRANTS", "SHOW WARNINGS", "SHOW ERRORS")


class Tenant:
    def __init__(self, server, root, name, mode, base):
        self.server, self.name, self.oracle = server, name, mode == "oracle"
        self.admin = "SYS" if self.oracle else "root"
        query(root, "CREATE TENANT %s SET ob_tcp_invited_nodes = '%%', ob_compatibility_mode = '%s'" % (name, mode))
        self.id = query(root, "SELECT TENANT_ID FROM DBA_OB_TENANTS WHERE TENANT_NAME = '%s'" % name)[0][0]
        self.connection = self.connect()
        for place in ("data", "log"):
            os.mkdir(os.path.join(base, name + place), mode=0o777)
            os.chmod(os.path.join(base, name + place), 0o777)
        self.base = os.path.join(base, name)
        self.fill(root)

    def connect(self, user=None, password=""):
        return self.server.connect("%s@%s" % (user or self.admin, self.name), password, database=None)

    def fill(self, root):
        """A row wherever a tenant can have one."""
        quote = '"%s"' if self.oracle else "'%s'"
        tell = self.connection
        query(tell, "CREATE USER %s_user IDENTIFIED BY %s" % (self.name, quote % "p"))
        query(tell, "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%sdata'" % self.base)
        query(tell, "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file://%slog'" % self.base)
        query(tell, "ALTER SYSTEM CHECK BACKUP DESTINATION 'file://%sdata'" % self.base)
        query(tell, "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '7d'")
        query(root, "ALTER SYSTEM SET tde_method = 'internal' TENANT = %s" % self.name)
        for sql in (("CREATE KEYSTORE %s IDENTIFIED BY p" % self.name, "SET KEYSTORE OPEN IDENTIFIED BY p", "SET KEY IDENTIFIED BY p")
                    if self.oracle else ()):
            query(tell, "ADMINISTER KEY MANAGEMENT " + sql)
        if not self.oracle:
            query(tell, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
        query(tell, "ALTER SYSTEM BACKUP KEY TO 'file://%skeys' ENCRYPTED BY '%s'" % (self.base, KEY_PASSWORD))
        if not self.oracle:
            query(root, "ALTER SYSTEM SET ha_low_thread_score = 7 TENANT = %s" % self.name)

    def views(self):
        if not self.oracle:
            return ["`%s`.`%s`" % row for row in query(self.connection, "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES")]
        return ["%s.%s" % row for row in query(self.connection, "SELECT OWNER, VIEW_NAME FROM ALL_VIEWS")]


def rows_of(connection, sql):
    """The names of the columns, and the rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [column[0].upper() for column in cursor.description], cursor.fetchall()


def sees_nothing(viewer, other):
    """In none of its views is a row of the other's. Returns how many views had rows."""
    filled = 0
    statements = ["SELECT * FROM " + view for view in viewer.views()] + ([] if viewer.oracle else list(SHOWS))
    check(len(statements) > 20, "views: %s", statements)
    for sql in statements:
        columns, rows = rows_of(viewer.connection, sql)
        filled += bool(rows)
        for row in rows:
            check(MARK not in repr(row).lower(), "%s in %s shows %s", sql, viewer.name, row)
            for column, value in zip(columns, row):
                if column in ("TENANT_ID", "CON_ID", "TENANT"):
                    check(str(value) not in (str(other.id), other.name), "%s in %s shows %s", sql, viewer.name, row)
    return filled


def sees_itself(viewer, at_least):
    """That the rows are there to be seen."""
    seen = set()
    for view in viewer.views():
        _, rows = rows_of(viewer.connection, "SELECT * FROM " + view)
        if MARK in repr(rows).lower():
            seen.add(view)
    check(len(seen) >= at_least, "the marks are in %s only", sorted(seen))


def answers(connection, forms, field, name):
    """Without the name: what is told of one that is there and of one that isn't must be the same."""
    told = []
    for form in forms:
        errno, text = attempt(connection, form.format(**{field: name}))
        told.append((form, errno, str(text).lower().replace(name.lower(), "?")))
    return told


def tells_nothing(connection, forms, field, there, nowhere, who):
    for known, unknown in zip(answers(connection, forms, field, there), answers(connection, forms, field, nowhere)):
        check(known[1] is not None, "%s may %s", who, known[0])
        expect(known, unknown, who)


def logins_tell_nothing(server, other):
    """A name, a tenant, both or neither: one error."""
    told = set()
    for user in ("%s@%s" % (other.admin, other.name), "nobody@" + other.name, other.admin + "@nowhere", "nobody@nowhere"):
        try:
            server.connect(user, "wrong", database=None).close()
            raise AssertionError(user)
        except Exception as error:  # noqa: BLE001
            number, text = error.args[:2]
            told.add((number, text.replace(user.split("@")[0], "?")))
    expect(len(told), 1, told)


def kills_nothing(viewer, other):
    """A connection of the other's is as one that isn't there."""
    number = other.connection.thread_id()
    there = attempt(viewer.connection, "KILL %d" % number)
    nowhere = attempt(viewer.connection, "KILL 4000000000")
    expect((there[0], str(there[1]).replace(str(number), "?")), (nowhere[0], str(nowhere[1]).replace("4000000000", "?")))
    expect(query(other.connection, "SELECT 1 FROM DUAL"), ((1,),), "and it goes on")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    program = parser.parse_args().server
    with contextlib.ExitStack() as stack:
        base = stack.enter_context(tempfile.TemporaryDirectory())
        os.chmod(base, 0o777)
        server = stack.enter_context(Server(program, os.path.join(base, "server")))
        root = stack.enter_context(contextlib.closing(server.connect()))
        pairs = {mode: (Tenant(server, root, "plain_" + mode, mode, base), Tenant(server, root, MARK + "_" + mode, mode, base))
                 for mode in ("mysql", "oracle")}
        query(root, "CREATE USER low")
        low = stack.enter_context(contextlib.closing(server.connect("low@sys", database=None)))
        for mode, (viewer, other) in pairs.items():
            sees_itself(other, 8)
            filled = sees_nothing(viewer, other) + sees_nothing(viewer, pairs["oracle" if mode == "mysql" else "mysql"][1])
            check(filled > 20, "only %d views had rows", filled)
            # In sys everybody may see parameters; a tenant is told of its own alone.
            tells_nothing(viewer.connection, ("SHOW PARAMETERS TENANT = {t}",), "t", other.name, "nowhere_at_all", viewer.name)
            tells_nothing(viewer.connection, OF_SYS, "t", other.name, "nowhere_at_all", viewer.name)
            tells_nothing(viewer.connection, OF_ACCOUNTS, "u", other.name + "_user", "nobody_at_all", viewer.name)
            tells_nothing(low, OF_SYS, "t", other.name, "nowhere_at_all", "low@sys")
            logins_tell_nothing(server, other)
            kills_nothing(viewer, other)
            with contextlib.closing(viewer.connect(viewer.name + "_user", "p")) as powerless:
                tells_nothing(powerless, OF_SYS, "t", other.name, "nowhere_at_all", "an account of " + viewer.name)
    print("ok")


if __name__ == "__main__":
    main()
