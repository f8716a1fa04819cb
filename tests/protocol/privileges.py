#!/usr/bin/python3
"""Which statement takes which privilege: the table of docs/security.md, each statement with each privilege in each kind of
tenant; and that they are looked up for each statement of a text, each execution of a prepared one, and each kept plan.

    privileges.py --server PROGRAM
"""

import argparse
import contextlib
import os
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
import wire  # noqa: E402
from harness.expect import expect  # noqa: E402
from harness.server import Server, attempt, query  # noqa: E402
from wire import Failure, Wire  # noqa: E402

from pymysql.constants import CLIENT  # noqa: E402

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "security.md"
PRIVILEGES = ["ALTER", "CREATE", "CREATE USER", "DELETE", "DROP", "INSERT", "UPDATE", "SELECT", "INDEX", "CREATE VIEW",
              "SHOW VIEW", "SHOW DATABASES", "SUPER", "PROCESS", "FILE", "ALTER TENANT", "ALTER SYSTEM",
              "CREATE RESOURCE POOL", "CREATE RESOURCE UNIT", "REPLICATION SLAVE", "REPLICATION CLIENT", "GRANT OPTION"]
# Two at a time, for what takes both.
COUPLES = [("ALTER SYSTEM", "SUPER"), ("ALTER SYSTEM", "CREATE USER"), ("SUPER", "SELECT")]
REFUSALS = {1227, 1142, 1044, 1095, 1031, 942, 1932}
TENANTS = {"sys": "sys", "MySQL mode": "m", "Oracle mode": "o"}

# What each row of the table is tried with: in sys, in MySQL mode, in Oracle mode; None where one text serves. Each changes
# nothing where it is allowed, or is refused for what it names. {k}: the connection of another user, {u}: the account's name,
# {admin}: root or SYS.
STATEMENTS = {
    "CREATE TENANT": [["CREATE TENANT `a$`"]],
    "ALTER TENANT": [["ALTER TENANT nobody LOCK", "ALTER TENANT nobody RENAME GLOBAL_NAME TO other",
                      "ALTER TENANT nobody SET PRIMARY_ZONE = 'z'"]],
    "DROP TENANT": [["DROP TENANT nobody", "DROP TENANT IF EXISTS nobody FORCE"]],
    "CREATE, ALTER, DROP RESOURCE UNIT": [["CREATE RESOURCE UNIT u", "ALTER RESOURCE UNIT nobody MAX_CPU = 2",
                                           "DROP RESOURCE UNIT nobody"]],
    "CREATE, ALTER, DROP RESOURCE POOL": [["CREATE RESOURCE POOL p", "ALTER RESOURCE POOL nobody UNIT_NUM = 2",
                                           "DROP RESOURCE POOL nobody"]],
    "ALTER SYSTEM CHANGE TENANT": [["ALTER SYSTEM CHANGE TENANT nobody", "ALTER SYSTEM CHANGE TENANT TENANT_ID = 4711",
                                    "ALTER SYSTEM CHANGE TENANT sys"]],
    "ALTER SYSTEM SET, RESET of a setting of the server": [["ALTER SYSTEM SET max_user_connections = 500",
                                                            "ALTER SYSTEM RESET max_user_connections"]],
    "ALTER SYSTEM SET, RESET of a tenant's parameter": [
        ["ALTER SYSTEM SET ha_low_thread_score = 0 TENANT = m", "ALTER SYSTEM RESET ha_low_thread_score TENANT = m"],
        ["ALTER SYSTEM SET ha_low_thread_score = 0", "ALTER SYSTEM RESET ha_low_thread_score"]],
    "ALTER SYSTEM SET of a destination": [
        ["ALTER SYSTEM SET DATA_BACKUP_DEST = '' TENANT = m", "ALTER SYSTEM LOG_ARCHIVE_DEST_STATE = 'x' TENANT = m"],
        ["ALTER SYSTEM SET DATA_BACKUP_DEST = ''", "ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE = 'x'"]],
    "CHECK, RELEASE, RETIRE BACKUP DESTINATION": [
        ["ALTER SYSTEM CHECK BACKUP DESTINATION 'x' TENANT = m", "ALTER SYSTEM RELEASE BACKUP DESTINATION 'x' TENANT = m",
         "ALTER SYSTEM RETIRE BACKUP DESTINATION 'x' TENANT = m"],
        ["ALTER SYSTEM CHECK BACKUP DESTINATION 'x'", "ALTER SYSTEM RELEASE BACKUP DESTINATION 'x'",
         "ALTER SYSTEM RETIRE BACKUP DESTINATION 'x'"]],
    "ADOPT BACKUP DESTINATION": [["ALTER SYSTEM ADOPT BACKUP DESTINATION 'x' TENANT = m"],
                                 ["ALTER SYSTEM ADOPT BACKUP DESTINATION 'x'"]],
    "CHANGE EXTERNAL_STORAGE_DEST": [["ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'file:///x' ATTRIBUTE = 'x'"]],
    "ADD, DROP DELETE BACKUP POLICY": [["ALTER SYSTEM DROP DELETE BACKUP POLICY 'default' TENANT = m"],
                                       ["ALTER SYSTEM DROP DELETE BACKUP POLICY 'default'"]],
    "ARCHIVELOG, NOARCHIVELOG": [["ALTER SYSTEM NOARCHIVELOG TENANT = m"], ["ALTER SYSTEM NOARCHIVELOG"]],
    "BACKUP, VALIDATE, and CANCEL of a backup's jobs": [
        ["ALTER SYSTEM BACKUP TENANT = m", "ALTER SYSTEM CANCEL BACKUP TENANT = m", "ALTER SYSTEM CANCEL DELETE BACKUP TENANT = m",
         "ALTER SYSTEM VALIDATE BACKUPSET 7 TENANT = m", "ALTER SYSTEM CANCEL VALIDATE BACKUP TENANT = m"],
        ["ALTER SYSTEM BACKUP INCREMENTAL DATABASE", "ALTER SYSTEM CANCEL BACKUP", "ALTER SYSTEM CANCEL DELETE BACKUP",
         "ALTER SYSTEM VALIDATE BACKUPSET 7", "ALTER SYSTEM CANCEL VALIDATE BACKUP"]],
    "DELETE of backups": [["ALTER SYSTEM DELETE BACKUPSET 7 TENANT = m"], ["ALTER SYSTEM DELETE BACKUPSET 7"]],
    "SHOW BACKUPS": [["SHOW BACKUPS FROM 'file:///nowhere'"]],
    "RESTORE of a tenant, its PREVIEW, SOURCE, CANCEL; STANDBY TENANT": [
        ["ALTER SYSTEM RESTORE x FROM 'file:///nowhere' WITH 'pool_list=nobody'", "ALTER SYSTEM CANCEL RESTORE nobody",
         "ALTER SYSTEM RESTORE FROM 'file:///nowhere' PREVIEW", "SHOW RESTORE PREVIEW", "ALTER SYSTEM CLEAR RESTORE SOURCE",
         "ALTER SYSTEM ACTIVATE STANDBY TENANT nobody", "ALTER SYSTEM RECOVER STANDBY TENANT nobody UNTIL UNLIMITED",
         "ALTER SYSTEM RUN UPGRADE JOB 'UPGRADE_ALL' TENANT = nobody"]],
    "BACKUP KEY … ENCRYPTED BY": [["ALTER SYSTEM BACKUP KEY TENANT = m TO 'x' ENCRYPTED BY 'p'"],
                                  ["ALTER SYSTEM BACKUP KEY TO 'x' ENCRYPTED BY 'p'"]],
    "BACKUP KEY without a password": [["ALTER SYSTEM BACKUP KEY TENANT = m TO 'x'"], ["ALTER SYSTEM BACKUP KEY TO 'x'"]],
    "RESTORE KEY": [["ALTER SYSTEM RESTORE KEY TENANT = m FROM 'x' ENCRYPTED BY 'p'", "ALTER SYSTEM RESTORE KEY TENANT = m FROM 'x'"],
                    ["ALTER SYSTEM RESTORE KEY FROM 'x' ENCRYPTED BY 'p'"]],
    "FORGET KEY": [["ALTER SYSTEM FORGET KEY TENANT_ID = 4711"]],
    "ROTATE, BACKUP, RESTORE CATALOG KEY": [["ALTER SYSTEM ROTATE CATALOG KEY", "ALTER SYSTEM BACKUP CATALOG KEY",
                                             "ALTER SYSTEM BACKUP CATALOG KEY TO 'x' ENCRYPTED BY 'p'",
                                             "ALTER SYSTEM RESTORE CATALOG KEY FROM 'x' ENCRYPTED BY 'p'"]],
    "ROTATE INNODB MASTER KEY": [["ALTER INSTANCE ROTATE INNODB MASTER KEY"]],
    "ADMINISTER KEY MANAGEMENT SET KEY": [["ADMINISTER KEY MANAGEMENT SET KEY IDENTIFIED BY nothing"]],
    "ADMINISTER KEY MANAGEMENT, the others": [["ADMINISTER KEY MANAGEMENT SET KEYSTORE OPEN IDENTIFIED BY nothing",
                                               "ADMINISTER KEY MANAGEMENT SET KEYSTORE CLOSE IDENTIFIED BY nothing",
                                               "ADMINISTER KEY MANAGEMENT ALTER KEYSTORE PASSWORD IDENTIFIED BY a SET b"]],
    "SET ENCRYPTION": [["SET ENCRYPTION ON IDENTIFIED BY 'p' ONLY"]],
    "SET DECRYPTION": [["SET DECRYPTION IDENTIFIED BY 'p'"]],
    "CREATE, ALTER, DROP, RENAME USER, SET PASSWORD for another account": [
        ["CREATE USER victim", "ALTER USER nobody ACCOUNT LOCK", "ALTER USER nobody PASSWORD EXPIRE",
         "ALTER USER {u} PASSWORD EXPIRE NEVER", "DROP USER nobody", "RENAME USER nobody TO nobody2",
         "SET PASSWORD FOR nobody = 'p'"]],
    "the same for root (SYS)": [["ALTER USER {admin} ACCOUNT UNLOCK", "DROP USER '{admin}'@'192.0.2.1'",
                                 "SET PASSWORD FOR '{admin}'@'192.0.2.1' = 'p'"]],
    "one's own password": [["SET PASSWORD = 'own'", "ALTER USER {u} IDENTIFIED BY 'own'"]],
    "GRANT, REVOKE of what one has": [["GRANT USAGE ON *.* TO victim", "REVOKE USAGE ON *.* FROM victim"]],
    "SHOW GRANTS, SHOW CREATE USER for another account": [["SHOW GRANTS FOR victim", "SHOW CREATE USER victim"]],
    "CREATE ROLE": [["CREATE ROLE made_{u}"]],
    "DROP ROLE, GRANT, REVOKE of a role": [["GRANT some_role TO victim", "REVOKE some_role FROM victim", "DROP ROLE RESOURCE"]],
    "ALTER USER … DEFAULT ROLE": [["ALTER USER victim DEFAULT ROLE ALL"]],
    "SET ROLE of what one has": [["SET ROLE NONE", "SET ROLE ALL"]],
    "SET GLOBAL": [["SET GLOBAL auto_increment_offset = 1", "SET GLOBAL TRANSACTION READ WRITE"]],
    "FLUSH PRIVILEGES": [["FLUSH PRIVILEGES", "FLUSH STATUS, PRIVILEGES"]],
    "KILL of another user's connection": [["KILL QUERY {k}"]],
    "SELECT from a view of backups or keys": [["SELECT COUNT(*) FROM oceanbase.DBA_OB_BACKUP_PARAMETER",
                                               "SELECT * FROM oceanbase.CDB_OB_BACKUP_KEY_STATUS",
                                               "SELECT 1 FROM oceanbase.CDB_OB_BACKUP_JOBS",
                                               "SELECT 1 FROM oceanbase.DBA_OB_ARCHIVELOG"],
                                              ["SELECT COUNT(*) FROM oceanbase.DBA_OB_BACKUP_PARAMETER",
                                               "SELECT * FROM oceanbase.DBA_OB_BACKUP_KEY_STATUS"],
                                              ["SELECT COUNT(*) FROM SYS.DBA_OB_BACKUP_PARAMETER",
                                               "SELECT * FROM SYS.DBA_OB_BACKUP_KEY_STATUS"]],
    "SELECT from another view": [["SELECT COUNT(*) FROM oceanbase.DBA_OB_TENANTS", "SELECT COUNT(*) FROM mysql.user",
                                  "SELECT 1 FROM oceanbase.DBA_OB_BACKUP_PARAMETER, oceanbase.DBA_OB_TENANTS"],
                                 None, ["SELECT COUNT(*) FROM SYS.DBA_OB_TENANTS"]],
    "SELECT from information_schema, SHOW PARAMETERS": [["SELECT COUNT(*) FROM information_schema.TABLES", "SHOW PARAMETERS"]],
}


def table():
    """(statement, what it takes, {tenant: served})"""
    text = DOCUMENT.read_text(encoding="utf-8").split('<a id="privileges"></a>')[1].split("\n\n")
    lines = next(block for block in text if block.startswith("| statement | takes |")).splitlines()
    tenants = [cell.strip() for cell in lines[0].strip("|").split("|")][2:]
    expect(tenants, list(TENANTS))
    for line in lines[2:]:
        statement, takes, *served = [cell.strip() for cell in line.strip("|").split("|")]
        yield statement, takes, {tenant: cell == "yes" for tenant, cell in zip(tenants, served)}


def suffices(takes, held):
    if takes == "nothing":
        return True
    if takes == "both":
        return {"ALTER SYSTEM", "SUPER"} <= set(held)
    takes = takes.split(", or the role")[0]
    return any(one in held for one in takes.split(" or "))


def samples(statement, mode):
    texts = STATEMENTS[statement]
    at = list(TENANTS).index(mode)
    while at >= len(texts) or texts[at] is None:
        at -= 1
    return texts[at]


class Accounts:
    """A connection for each set of privileges in one tenant."""

    def __init__(self, server, mode, admin, tenant=None):
        self.mode, self.tenant = mode, tenant or TENANTS[mode]
        self.name = "SYS" if mode == "Oracle mode" else "root"
        quote = '"p"' if mode == "Oracle mode" else "'p'"
        self.connections = {}
        query(admin, "CREATE USER victim IDENTIFIED BY " + quote)
        if mode == "Oracle mode":
            query(admin, "CREATE ROLE some_role")
        for number, held in enumerate([()] + [(one,) for one in PRIVILEGES] + COUPLES + self.all_but_one()):
            user = "u%d" % number if mode != "Oracle mode" else "U%d" % number
            query(admin, "CREATE USER %s IDENTIFIED BY %s" % (user, quote))
            self.give(admin, user, held)
            self.connections[held] = user, server.connect("%s@%s" % (user, self.tenant), "p", database=None)

    def give(self, admin, user, held):
        plain = [one for one in held if one != "GRANT OPTION"]
        option = " WITH GRANT OPTION" if "GRANT OPTION" in held else ""
        query(admin, "GRANT %s ON *.* TO %s%s" % (", ".join(plain) or "USAGE", user, option))

    @staticmethod
    def all_but_one():
        """The rest, without what a statement takes: that nothing else opens it."""
        return [tuple(one for one in PRIVILEGES if one not in without)
                for without in (("ALTER SYSTEM",), ("SUPER",), ("CREATE USER",), ("SELECT",), ("CREATE RESOURCE POOL",),
                                ("CREATE RESOURCE UNIT",), ("GRANT OPTION",), ("ALTER SYSTEM", "SELECT"),
                                ("CREATE USER", "SELECT"))]


def check_all(server, accounts, bystander):
    tried = 0
    for statement, takes, served in table():
        for text in samples(statement, accounts.mode):
            for held, (user, connection) in accounts.connections.items():
                sql = text.format(k=bystander.thread_id(), u=user, admin=accounts.name)
                errno, answer = attempt(connection, sql)
                tried += 1
                what = "%s with %s: %s" % (sql, held, answer)
                if not served[accounts.mode]:
                    expect(errno is not None, True, what)
                else:
                    expect(errno not in REFUSALS, suffices(takes, held), what)
    return tried


def every_row_is_tried():
    rows = [statement for statement, _, _ in table()]
    expect(sorted(rows), sorted(STATEMENTS), "each row has its statements")


def after_a_revoke(server, root):
    """A prepared handle, a kept plan, the second of two statements."""
    query(root, "CREATE USER passing IDENTIFIED BY 'p'")
    query(root, "GRANT SELECT, ALTER SYSTEM, SUPER ON *.* TO passing")
    client = Wire(server, user="passing@sys", password="p", flags=CLIENT.MULTI_STATEMENTS)
    handles = {sql: client.prepare(sql) for sql in ("SELECT TENANT_ID FROM DBA_OB_TENANTS WHERE TENANT_ID = 1",
                                                    "ALTER SYSTEM FORGET KEY TENANT_ID = 4711",
                                                    "ALTER SYSTEM SET DATA_BACKUP_DEST = ? TENANT = nobody")}
    select, forget, put = handles.values()

    def outcome(action, *args):
        try:
            action(*args)
            return None
        except Failure as failure:
            return failure.errno
    cached = "SELECT TENANT_NAME FROM DBA_OB_TENANTS WHERE TENANT_ID = 1"
    both = "DO 1; SELECT 1 FROM DBA_OB_TENANTS"

    def outcomes():
        return [outcome(select.execute), outcome(forget.execute), outcome(put.execute, ""), outcome(client.query, cached)]
    expect(outcomes(), [None, 4018, 5160, None])
    expect(outcomes(), [None, 4018, 5160, None])
    query(root, "REVOKE SUPER ON *.* FROM passing")
    expect(outcomes(), [None, 1227, 5160, None])
    query(root, "REVOKE ALTER SYSTEM, SELECT ON *.* FROM passing")
    expect(outcomes(), [1142, 1227, 1227, 1142])
    query(root, "GRANT SELECT ON *.* TO passing")
    expect(outcomes(), [None, 1227, 1227, None])
    query(root, "REVOKE SELECT ON *.* FROM passing")
    client.send(wire.QUERY, both.encode())
    expect(client.packet()[:1], b"\0")
    expect(Failure.of(client.packet()).errno, 1142, "the second statement is judged by itself")
    client.close()


class ByRoles(Accounts):
    """The same, each by a role that holds the privileges, granted to a role that the account has."""

    def give(self, admin, user, held):
        plain = ", ".join(one for one in held if one != "GRANT OPTION") or "USAGE"
        query(admin, "CREATE ROLE held_" + user)
        query(admin, "CREATE ROLE gives_" + user)
        query(admin, "GRANT %s ON *.* TO held_%s%s" % (plain, user, " WITH GRANT OPTION" if "GRANT OPTION" in held else ""))
        query(admin, "GRANT held_%s TO gives_%s" % (user, user))
        query(admin, "GRANT gives_%s TO %s" % (user, user))


def roles_after_a_revoke(server, admin):
    """Prepared handles and kept plans of a session whose role goes, is stripped, is dropped, or is put aside."""
    query(admin, 'CREATE USER holder IDENTIFIED BY "p"')
    for sql in ("CREATE ROLE passing", "GRANT SELECT, ALTER SYSTEM TO passing", "GRANT passing TO holder"):
        query(admin, sql)
    client = Wire(server, user="holder@o", password="p", database="SYS")
    select = client.prepare("SELECT COUNT(*) FROM DBA_OB_TENANTS")
    put = client.prepare("ALTER SYSTEM SET DATA_BACKUP_DEST = ''")

    def outcome(action, *args):
        try:
            action(*args)
            return None
        except Failure as failure:
            return failure.errno

    def outcomes():
        return [outcome(select.execute), outcome(put.execute), outcome(client.query, "SELECT COUNT(*) FROM DBA_OB_TENANTS")]
    nothing, everything = [942, 1031, 942], [None] * 3
    for gives, takes in (([], "REVOKE passing FROM holder"),
                         (["GRANT passing TO holder"], "REVOKE SELECT, ALTER SYSTEM FROM passing"),
                         (["GRANT SELECT, ALTER SYSTEM TO passing"], "REVOKE ALL PRIVILEGES, GRANT OPTION FROM passing"),
                         (["GRANT dba TO passing"], "REVOKE dba FROM passing"),
                         (["GRANT dba TO passing"], "DROP ROLE passing")):
        for sql in gives:
            query(admin, sql)
        expect(outcomes(), everything, takes)
        client.query("SET ROLE NONE")
        expect(outcomes(), nothing, "SET ROLE NONE")
        client.query("SET ROLE ALL")
        expect(outcomes(), everything, takes)
        query(admin, takes)
        expect(outcomes(), nothing, takes)
    client.close()


def in_another_tenant(server, root):
    """Who may not change tenants any more has nothing in the one that he is in, and finds back."""
    query(root, "CREATE USER visitor IDENTIFIED BY 'p'")
    query(root, "GRANT SELECT, ALTER SYSTEM, SUPER, CREATE USER ON *.* TO visitor")
    with contextlib.closing(server.connect("visitor@sys", "p", database=None)) as visitor:
        query(visitor, "ALTER SYSTEM CHANGE TENANT m")
        expect(attempt(visitor, "SELECT COUNT(*) FROM oceanbase.DBA_OB_BACKUP_PARAMETER")[0], None)
        query(root, "REVOKE SUPER ON *.* FROM visitor")
        for sql, refused in (("SELECT COUNT(*) FROM oceanbase.DBA_OB_BACKUP_PARAMETER", 1142),
                             ("ALTER SYSTEM SET DATA_BACKUP_DEST = ''", 1227), ("CREATE USER victim", 1227),
                             ("ALTER SYSTEM CHANGE TENANT o", 1227), ("ALTER SYSTEM CHANGE TENANT TENANT_ID = 1002", 1227)):
            expect(attempt(visitor, sql)[0], refused, sql)
        query(visitor, "ALTER SYSTEM CHANGE TENANT sys")
        expect(attempt(visitor, "SELECT COUNT(*) FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_ID = 1"), (None, ((1,),)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    program = parser.parse_args().server
    every_row_is_tried()
    with tempfile.TemporaryDirectory() as directory, Server(program, os.path.join(directory, "data")) as server, \
            contextlib.closing(server.connect()) as root:
        query(root, "CREATE TENANT m SET ob_tcp_invited_nodes = '%'")
        query(root, "CREATE TENANT o SET ob_tcp_invited_nodes = '%', ob_compatibility_mode = 'oracle'")
        query(root, "CREATE TENANT r SET ob_tcp_invited_nodes = '%', ob_compatibility_mode = 'oracle'")
        with contextlib.closing(server.connect("SYS@r", database=None)) as admin:
            accounts = ByRoles(server, "Oracle mode", admin, "r")
            tried = check_all(server, accounts, admin)
        with contextlib.closing(server.connect("SYS@o", database=None)) as admin:
            roles_after_a_revoke(server, admin)
        for mode, tenant in TENANTS.items():
            admin = server.connect("%s@%s" % ("SYS" if mode == "Oracle mode" else "root", tenant), database=None)
            with contextlib.closing(admin):
                tried += check_all(server, Accounts(server, mode, admin), admin)
        expect(tried > 3000, True, tried)
        after_a_revoke(server, root)
        in_another_tenant(server, root)
    print("ok: %d statements" % tried)


if __name__ == "__main__":
    main()
