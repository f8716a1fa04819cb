#!/usr/bin/python3
"""MySQL's own tools against a live server: mysqladmin, mysqlshow, mysqlslap, mysqldump, the command line, sysbench.

    tools.py --server PROGRAM
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness.server import Server, query  # noqa: E402

SECONDS = 120
VIEW = "CDB_OB_BACKUP_PARAMETER"


class Tools:
    def __init__(self, server, directory):
        self.server, self.directory = server, directory

    def run(self, tool, *arguments, by_socket=False, user="root@sys", fails=False):
        """The tool's output; it must end well, and silent on stderr."""
        place = ["--socket=" + self.server.socket] if by_socket else ["--host=127.0.0.1", "--port=%d" % self.server.port]
        command = [tool, "--no-defaults", *place, "--user=" + user, *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=SECONDS, cwd=self.directory, env=dict(os.environ, HOME=self.directory, LC_ALL="C.UTF-8"))
        if fails != (done.returncode != 0) or (done.stderr and not fails):
            raise AssertionError("%s ended with %d:\n%s%s" % (" ".join(command), done.returncode, done.stdout, done.stderr))
        return done.stdout + done.stderr

    def expect(self, pattern, output):
        if not re.search(pattern, output, re.M):
            raise AssertionError("no %r in:\n%s" % (pattern, output))

    def table(self, output):
        """The rows of a table drawn with | and -."""
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in output.splitlines() if line.startswith("|")]

    # ---- each tool

    def admin(self):
        for by_socket in (False, True):
            self.expect(r"^mysqld is alive$", self.run("mysqladmin", "ping", by_socket=by_socket))
        self.expect(r"^Uptime: \d+  Threads: \d+  Questions: \d+ ", self.run("mysqladmin", "status"))
        rows = self.table(self.run("mysqladmin", "processlist"))
        assert rows[0][:5] == ["Id", "User", "Host", "db", "Command"], rows
        assert rows[-1][1] == "root" and rows[-1][-1] == "show processlist", rows
        self.expect(r"^Server version\s+5\.7\.25-OceanBase-v4\.2\.1\.0$", self.run("mysqladmin", "version"))
        variables = {row[0]: row[1] for row in self.table(self.run("mysqladmin", "variables"))}
        assert variables["version"] == "5.7.25-OceanBase-v4.2.1.0" and variables["lower_case_table_names"] == "1"
        assert len(variables) > 100, len(variables)
        status = {row[0]: row[1] for row in self.table(self.run("mysqladmin", "extended-status"))}
        assert int(status["Uptime"]) >= 0 and int(status["Threads_connected"]) >= 1, status
        for command in ("flush-privileges", "flush-status", "flush-tables", "reload"):
            self.run("mysqladmin", command)

    def admin_kill(self):
        victim = self.server.connect()
        number = query(victim, "SELECT CONNECTION_ID()")[0][0]
        self.run("mysqladmin", "kill", str(number))
        try:
            query(victim, "SELECT 1")
        except Exception as error:  # the driver's own, or the socket's
            assert type(error).__module__.startswith("pymysql"), error
        else:
            raise AssertionError("a killed connection answers")
        self.expect(r"Unknown thread id: 4000000000", self.run("mysqladmin", "kill", "4000000000", fails=True))

    def show(self):
        databases = self.table(self.run("mysqlshow"))
        assert ["oceanbase"] in databases and ["information_schema"] in databases, databases
        assert self.table(self.run("mysqlshow", "ocean%"))[1:] == [["oceanbase"]]
        assert [VIEW] in self.table(self.run("mysqlshow", "oceanbase"))
        counted = {row[0]: row[1:] for row in self.table(self.run("mysqlshow", "--count", "oceanbase"))}
        assert counted[VIEW] == ["3", "0"], counted
        columns = self.table(self.run("mysqlshow", "--keys", "oceanbase", VIEW, "%"))
        assert [row[0] for row in columns] == ["Field", "TENANT_ID", "NAME", "VALUE"], columns
        assert self.table(self.run("mysqlshow", "--status", "oceanbase", "DBA_OB_T%"))[-1][0] == "DBA_OB_TENANTS"
        assert ["USER_PRIVILEGES"] in self.table(self.run("mysqlshow", "information_schema"))

    def slap(self):
        self.expect(r"Number of clients running queries: 4",
                    self.run("mysqlslap", "--query=SELECT * FROM %s" % VIEW, "--concurrency=4", "--iterations=2",
                             "--number-of-queries=200", "--create-schema=oceanbase", "--no-drop"))

    def dump(self):
        views = [row[0] for row in query(self.server.connect(), "SHOW TABLES")]
        for options in (["oceanbase"], ["--databases", "--routines", "--events", "--triggers", "oceanbase"],
                        ["--single-transaction", "--skip-lock-tables", "oceanbase"]):
            text = self.run("mysqldump", "--no-data", *options)
            dumped = re.findall(r"^CREATE TABLE `([^`]+)` \(", text, re.M)
            assert dumped == views, (options, dumped)
            self.expect(r"^-- Dump completed", text)

    def command_line(self):
        text = self.run("mysql", "--auto-rehash", "oceanbase", "-e", "\\s; show tables like 'DBA_OB_TEN%'; select user()")
        self.expect(r"^Server version:\s+5\.7\.25-OceanBase-v4\.2\.1\.0 OceanBase 4\.2\.1\.0 ", text)
        self.expect(r"^DBA_OB_TENANTS$", text)
        self.expect(r"^root@127\.0\.0\.1$", text)
        text = self.run("mysql", "--safe-updates", "-N", "-e", "select @@sql_safe_updates, @@sql_select_limit, @@max_join_size")
        assert text == "1\t1000\t1000000\n", text
        self.expect(r"^ERROR 1146 \(42S02\)", self.run("mysql", "-e", "select * from oceanbase.x", fails=True))

    def sysbench(self):
        """Text, and statements that it prepares once on each connection."""
        text = "function event() con:query('SELECT TENANT_NAME FROM DBA_OB_TENANTS') end\n"
        prepared = ("function event() number:set(1) statement:execute() end\n"
                    "function prepare() statement = con:prepare('SELECT TENANT_NAME FROM DBA_OB_TENANTS WHERE TENANT_ID = ?')\n"
                    "  number = statement:bind_create(sysbench.sql.type.BIGINT) statement:bind_param(number) end\n")
        before = self.prepares()
        self.run_sysbench("disable", "function prepare() end\n" + text)
        assert self.prepares() == before, "sysbench prepared a text"
        self.run_sysbench("auto", prepared)
        assert self.prepares() == before + 2, "one statement for each of two connections"

    def prepares(self):
        return int(query(self.server.connect(), "SHOW GLOBAL STATUS LIKE 'Com_stmt_prepare'")[0][1])

    def run_sysbench(self, mode, functions):
        script = os.path.join(self.directory, mode + ".lua")
        Path(script).write_text("function thread_init() drv = sysbench.sql.driver() con = drv:connect() prepare() end\n"
                                "function thread_done() con:disconnect() end\n" + functions)
        done = subprocess.run(["sysbench", script, "--db-driver=mysql", "--mysql-host=127.0.0.1",
                               "--mysql-port=%d" % self.server.port, "--mysql-user=root@sys", "--mysql-db=oceanbase",
                               "--db-ps-mode=" + mode, "--threads=2", "--events=200", "--time=60", "run"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS)
        assert done.returncode == 0, done.stdout
        self.expect(r"total number of events:\s+200$", done.stdout)
        self.expect(r"ignored errors:\s+0 ", done.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    options = parser.parse_args()
    # the server runs as whoever runs this; its socket's path must stay short
    with tempfile.TemporaryDirectory(prefix="bw-tools-") as directory:
        with Server(options.server, os.path.join(directory, "data")) as server:
            tools = Tools(server, directory)
            for step in (tools.admin, tools.admin_kill, tools.show, tools.slap, tools.dump, tools.command_line,
                         tools.sysbench):
                step()
                print("ok", step.__name__)


if __name__ == "__main__":
    main()
