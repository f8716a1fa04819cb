#!/usr/bin/python3
"""An administrator's whole job through one client: two tenants, where their backups go, their keys, and all of
it read back.

    whole_job.py --server PROGRAM --client mariadb|pymysql|mysql2
"""

import argparse
import datetime
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
from clients import CLIENTS, TYPES, SqlError  # noqa: E402
from harness.server import Server  # noqa: E402


def expect(actual, wanted, what):
    if actual != wanted:
        raise AssertionError("%s:\n  wanted %r\n  got    %r" % (what, wanted, actual))


def refused(action, errno, text, sqlstate="HY000"):
    """The statement or connect fails with exactly this error. PyMySQL does not tell the SQLSTATE."""
    try:
        action()
    except SqlError as error:
        expect((error.errno, error.text), (errno, text), "the error")
        if error.sqlstate is not None:
            expect(error.sqlstate, sqlstate, "the SQLSTATE of %d" % errno)
        return
    raise AssertionError("no error %d: %s" % (errno, text))


class Flow:
    def __init__(self, client, directory, program):
        self.client, self.directory, self.program = client, directory, program
        self.sys = client.connect("root@sys", "")

    def path(self, name):
        return os.path.join(self.directory, name)

    def run(self):
        self.make_tenants()
        self.set_passwords()
        self.set_destinations()
        self.refusals()
        self.make_keys()
        self.back_up_keys()
        self.read_back()
        self.verify_keys()
        self.sys.close()
        self.first.close()
        self.second.close()

    def make_tenants(self):
        for number in (1, 2):
            self.sys.query("CREATE RESOURCE UNIT unit%d MAX_CPU = 1, MEMORY_SIZE = '2G'" % number)
            self.sys.query("CREATE RESOURCE POOL pool%d UNIT = 'unit%d', UNIT_NUM = 1, ZONE_LIST = ('zone1')"
                           % (number, number))
            self.sys.query("CREATE TENANT tenant%d RESOURCE_POOL_LIST = ('pool%d') SET ob_tcp_invited_nodes = '%%'"
                           % (number, number))
        expect(self.sys.query("SELECT TENANT_ID, TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_TYPE = 'USER'"
                              " ORDER BY TENANT_ID").texts(),
               [["1002", "tenant1"], ["1004", "tenant2"]], "the tenants")

    def set_passwords(self):
        for number in (1, 2):
            session = self.client.connect("root@tenant%d" % number, "")
            session.query("SET PASSWORD = 'päss \"word\" %d'" % number)
            session.close()
        refused(lambda: self.client.connect("root@tenant1", ""), 1045,
                "Access denied for user 'root'@'127.0.0.1' (using password: NO)", "42000")
        refused(lambda: self.client.connect("root@tenant1", "päss \"word\" 2"), 1045,
                "Access denied for user 'root'@'127.0.0.1' (using password: YES)", "42000")
        self.first = self.client.connect("root@tenant1", "päss \"word\" 1")
        self.second = self.client.connect("root@tenant2#obcluster", "päss \"word\" 2")
        expect(self.first.query("SHOW TENANT").texts(), [["tenant1"]], "SHOW TENANT")
        expect(self.second.query("SELECT effective_tenant_id() AS id").texts(), [["1004"]], "effective_tenant_id()")

    def set_destinations(self):
        self.sys.query("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s' TENANT = tenant1" % self.path("data1"))
        self.second.query("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s'" % self.path("data2"))

    def refusals(self):
        other = "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s'" % self.path("data1")
        mismatch = "the content of the format file at the destination does not match"
        refused(lambda: self.second.query(other), 9081, mismatch)
        refused(lambda: self.sys.query(other + " TENANT = tenant2"), 9081, mismatch)
        refused(lambda: self.second.query(other + " TENANT = tenant2"), 1227, "Access denied", "42501")
        refused(lambda: self.sys.query(other), 1235, "Not supported feature or function", "0A000")
        refused(lambda: self.sys.query(other + " TENANT = nobody"), 5160,
                "invalid tenant name specified in connection string")
        refused(lambda: self.first.query("SELECT * FROM oceanbase.CDB_OB_BACKUP_PARAMETER"), 1146,
                "Table 'oceanbase.CDB_OB_BACKUP_PARAMETER' doesn't exist", "42S02")
        if self.client.name != "mariadb":     # libmariadb keeps 5000 to 5026 for itself and shows 2027 instead
            refused(lambda: self.second.query("ALTER SYSTEM SET DATA_BACKUP_DEST = @@version"), 5023, "Illegal type",
                    "S1004")
        refused(lambda: self.sys.query("SELECT FROM"), 1064, "You have an error in your SQL syntax; check the manual "
                "that corresponds to your OceanBase version for the right syntax to use near 'FROM' at line 1", "42000")

    def make_keys(self):
        self.sys.query("ALTER SYSTEM SET tde_method = 'internal' TENANT = tenant1")
        self.second.query("ALTER SYSTEM SET tde_method = 'internal'")
        self.first.query("ALTER INSTANCE ROTATE INNODB MASTER KEY")
        self.first.query("ALTER INSTANCE ROTATE INNODB MASTER KEY")
        self.second.query("ALTER INSTANCE ROTATE INNODB MASTER KEY")

    def back_up_keys(self):
        self.sys.query("ALTER SYSTEM BACKUP KEY TENANT = tenant1 TO 'file://%s' ENCRYPTED BY 'one'" % self.path("key1"))
        self.second.query("ALTER SYSTEM BACKUP KEY TO 'file://%s' ENCRYPTED BY 'two'" % self.path("key2"))

    def read_back(self):
        result = self.sys.query("SELECT * FROM oceanbase.CDB_OB_BACKUP_PARAMETER ORDER BY TENANT_ID")
        expect(result.columns, [("TENANT_ID", TYPES["LONGLONG"]), ("NAME", TYPES["VAR_STRING"]),
                                ("VALUE", TYPES["BLOB"])], "the columns of the parameters")
        expect(result.texts(), [["1002", "data_backup_dest", "file://" + self.path("data1")],
                                ["1004", "data_backup_dest", "file://" + self.path("data2")]], "the parameters")
        result = self.sys.query("SELECT * FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO ORDER BY TENANT_ID, DEST_ID")
        expect([name for name, _ in result.columns],
               ["TENANT_ID", "PATH", "ENDPOINT", "DEST_ID", "DEST_TYPE", "AUTHORIZATION", "EXTENSION",
                "CHECK_FILE_NAME", "LAST_CHECK_TIMESTAMP"], "the columns of the storage")
        expect([kind for _, kind in result.columns],
               [TYPES[kind] for kind in ("LONGLONG", "VAR_STRING", "VAR_STRING", "LONGLONG", "VAR_STRING", "VAR_STRING",
                                         "VAR_STRING", "VAR_STRING", "TIMESTAMP")], "their types")
        expect([row[:5] for row in result.texts()],
               [["1002", "file://" + self.path("data1"), "", "1001", "backup_data"],
                ["1002", "file://" + self.path("key1"), "", "1002", "backup_key"],
                ["1004", "file://" + self.path("data2"), "", "1001", "backup_data"],
                ["1004", "file://" + self.path("key2"), "", "1002", "backup_key"]], "the storage")
        self.check_values(result.rows[0])
        expect(self.second.query("SELECT * FROM oceanbase.DBA_OB_BACKUP_PARAMETER").texts(),
               [["data_backup_dest", "file://" + self.path("data2")]], "the tenant's own view")

    def check_values(self, row):
        """Numbers are numbers and times are times, where the client makes them so."""
        if self.client.name != "mariadb":
            expect((type(row[0]), type(row[3])), (int, int), "the types of the ids")
        expect(bool(re.fullmatch(r"1002_connect_file_\d{8}T\d{6}\.obbak", row[7])), True, "the check file's name")
        checked = row[8] if isinstance(row[8], datetime.datetime) else datetime.datetime.fromisoformat(row[8])
        now = self.sys.query("SELECT NOW(6) AS n").rows[0][0]
        now = now if isinstance(now, datetime.datetime) else datetime.datetime.fromisoformat(now)
        expect(datetime.timedelta(0) <= now - checked <= datetime.timedelta(minutes=10), True, "the time of the check")

    def verify(self, name, password):
        secret = self.path("password")
        with open(secret, "w", encoding="utf-8") as file:
            file.write(password)
        os.chmod(secret, 0o600)
        return subprocess.run([self.program, "key", "verify", self.path(name), "--password-file", secret],
                              capture_output=True, text=True, timeout=120)

    def verify_keys(self):
        good = self.verify("key1", "one")
        expect(good.returncode, 0, "key verify: " + good.stdout + good.stderr)
        for wanted in ("tenant1", "1002", "internal"):
            expect(wanted in good.stdout, True, "%s in what key verify shows:\n%s" % (wanted, good.stdout))
        bad = self.verify("key1", "two")
        expect(bad.returncode != 0 and "wrong password or damaged file" in bad.stdout + bad.stderr, True,
               "key verify with another password: " + bad.stdout + bad.stderr)
        with open(self.path("key2"), "r+b") as file:
            file.seek(-20, os.SEEK_END)
            byte = file.read(1)[0]
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte ^ 4]))
        damaged = self.verify("key2", "two")
        expect(damaged.returncode != 0 and "wrong password or damaged file" in damaged.stdout + damaged.stderr, True,
               "key verify of a damaged file: " + damaged.stdout + damaged.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--client", required=True, choices=sorted(CLIENTS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-drivers-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        server = Server(options.server, os.path.join(base, "data"))
        with server:
            try:
                Flow(CLIENTS[options.client](server.port), work, options.server).run()
            except Exception:
                print(server.log())
                raise
    print("ok")


if __name__ == "__main__":
    main()
