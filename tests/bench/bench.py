#!/usr/bin/python3
"""Figures of Breakwater with MariaDB 10.11 beside it, from one run on one machine.

    bench.py [--quick] [--only NAME]... [--server build/release/breakwater] [--json build/bench.json]

Both servers run at the same time with the same rows; a figure is taken from one and then the other, three rounds
back to back, and its median is shown. Server CPU is utime + stime of the process, divided by the operations: with
two cores the rate also measures the load generator, which is sysbench for statements and connect_load for
connects. NAME is one of: select, point, first100, prepared, connect, tls, resume, crowd, guesses, churn, set, memory, stores,
ready, join, engine, backups.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import queue
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import audit_cost  # noqa: E402
import backups  # noqa: E402
import connections  # noqa: E402
import stores  # noqa: E402
import views  # noqa: E402
from harness.server import Server, query, wait_until  # noqa: E402
import prepared  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
CONNECTIONS = 8
ROUNDS = 3
TENANTS_SMALL, TENANTS_LARGE = 1_000, 100_000
BY_SIZE = ("point", "first100", "memory", "ready")  # figures that depend on how many tenants there are
POINT = "SELECT * FROM oceanbase.CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = %d"
FIRST = "SELECT * FROM oceanbase.CDB_OB_BACKUP_PARAMETER ORDER BY TENANT_ID LIMIT 100"


def cpu_seconds(pid):
    fields = Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_kib(pid):
    return int(Path("/proc/%d/statm" % pid).read_text().split()[1]) * PAGE // 1024


def value_of(tenant):
    return "file:///backup/tenant_%d/data" % tenant


class MariaDb:
    """A private MariaDB with a table shaped and named like the view; its key is the one that serves it best."""

    name = "MariaDB"
    user, password = "bench", "bench"

    def __init__(self, base):
        self.base, self.data = base, os.path.join(base, "mariadb")
        self.socket = os.path.join(base, "mariadb.sock")
        subprocess.run(["mariadb-install-db", "--no-defaults", "--datadir=" + self.data, "--skip-test-db",
                        "--auth-root-authentication-method=normal", "--user=" + ("root" if os.getuid() == 0 else "")],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        self.port = free_port()
        begin = time.monotonic()
        self.process = subprocess.Popen(
            ["mariadbd", "--no-defaults", "--datadir=" + self.data, "--socket=" + self.socket, "--port=%d" % self.port,
             "--bind-address=127.0.0.1", "--skip-name-resolve", "--max-connections=5000",
             "--innodb-buffer-pool-size=256M"] + connections.certificate(self.base)
            + (["--user=root"] if os.getuid() == 0 else []),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: self.sql("SELECT 1", check=False), 120, "MariaDB is ready")
        self.seconds_to_ready = time.monotonic() - begin

    @property
    def pid(self):
        return self.process.pid

    def sql(self, text, check=True):
        done = subprocess.run(["mariadb", "--no-defaults", "--socket=" + self.socket, "--user=root"], input=text,
                              capture_output=True, text=True)
        if check and done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.returncode == 0

    def fill(self, tenants):
        rows = ("(%d,'data_backup_dest','%s')" % (1000 + 2 * n, value_of(1000 + 2 * n)) for n in range(1, tenants + 1))
        rows = list(rows)
        inserts = ["INSERT INTO CDB_OB_BACKUP_PARAMETER VALUES " + ",".join(rows[at:at + 1000])
                   for at in range(0, len(rows), 1000)]
        self.sql("""CREATE DATABASE IF NOT EXISTS oceanbase; USE oceanbase; DROP TABLE IF EXISTS CDB_OB_BACKUP_PARAMETER;
            CREATE TABLE CDB_OB_BACKUP_PARAMETER (TENANT_ID BIGINT(20) NOT NULL, NAME VARCHAR(1024) NOT NULL,
            VALUE LONGTEXT NOT NULL, PRIMARY KEY (TENANT_ID)) CHARACTER SET utf8mb4;
            CREATE OR REPLACE USER bench IDENTIFIED BY 'bench'; GRANT ALL ON *.* TO bench; START TRANSACTION;"""
                 + ";".join(inserts) + "; COMMIT; ANALYZE TABLE CDB_OB_BACKUP_PARAMETER;")

    def stop(self):
        self.process.terminate()
        self.process.wait(120)


class Breakwater:
    name = "Breakwater"
    user, password = "bench@sys", "bench"
    all = []  # for who ends in the middle

    def __init__(self, program, base, tenants):
        self.data = os.path.join(base, "breakwater-%d" % tenants)
        self.server = Server(program, self.data, ["--set", "max_connections=19000", "--set", "log_level=warning"])
        self.tenants = tenants
        self.all.append(self)

    def start(self):
        begin = time.monotonic()
        self.server.start()
        self.seconds_to_ready = time.monotonic() - begin

    @property
    def pid(self):
        return self.server.pid

    @property
    def port(self):
        return self.server.port

    def stop(self):
        self.server.stop()

    def fill(self):
        """Tenants by CREATE TENANT; their destinations straight into the catalogue while the server is down, since
        so many directories would measure the file system."""
        connection = self.server.connect("root@sys")
        query(connection, "CREATE USER bench IDENTIFIED BY 'bench'")
        query(connection, "GRANT ALL PRIVILEGES ON *.* TO bench")
        begin = time.monotonic()
        self.create_tenants()
        self.creates_per_second = self.tenants / (time.monotonic() - begin)
        self.server.stop()
        catalogue = sqlite3.connect(next(str(path) for path in Path(self.data).iterdir()
                                         if path.is_file() and path.open("rb").read(15) == b"SQLite format 3"))
        ids = [row[0] for row in catalogue.execute("SELECT tenant_id FROM tenant WHERE tenant_type = 'USER'")]
        assert len(ids) == self.tenants
        catalogue.executemany("INSERT INTO backup_parameter(tenant_id, name, value) VALUES (?, 'data_backup_dest', ?)",
                              [(tenant, value_of(tenant)) for tenant in ids])
        catalogue.commit()
        catalogue.close()
        self.start()

    def create_tenants(self):
        clients = []
        for number in range(CONNECTIONS):
            clients.append(subprocess.Popen(
                ["mariadb", "--no-defaults", "--host=127.0.0.1", "--port=%d" % self.port, "--user=root@sys"],
                stdin=subprocess.PIPE, text=True))
        for number, client in enumerate(clients):
            for tenant in range(number, self.tenants, CONNECTIONS):
                client.stdin.write("CREATE TENANT bench_%d;\n" % tenant)
        for client in clients:
            client.stdin.close()
        if any(client.wait(1200) != 0 for client in clients):
            raise RuntimeError("CREATE TENANT failed")


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def sysbench(server, statement, seconds, tenants, script="query.lua"):
    """(operations a second, µs of server CPU an operation, p99 in µs)"""
    before = cpu_seconds(server.pid)
    done = subprocess.run(
        ["sysbench", "--db-driver=mysql", "--mysql-host=127.0.0.1", "--mysql-port=%d" % server.port,
         "--mysql-user=" + server.user, "--mysql-password=" + server.password, "--mysql-db=oceanbase",
         "--db-ps-mode=" + ("disable" if script == "query.lua" else "auto"), "--threads=%d" % CONNECTIONS, "--time=%d" % seconds, "--percentile=99",
         "--statement=" + statement, "--tenants=%d" % tenants, str(ROOT / "tests/bench" / script), "run"],
        capture_output=True, text=True)
    used = cpu_seconds(server.pid) - before
    found = re.search(r"total number of events: +(\d+)", done.stdout)
    if done.returncode != 0 or not found or int(found[1]) == 0:
        raise RuntimeError("sysbench: " + done.stdout + done.stderr)
    events = int(found[1])
    p99 = float(re.search(r"99th percentile: +([\d.]+)", done.stdout)[1])
    return events / seconds, used / events * 1e6, p99 * 1000


class Report:
    def __init__(self):
        self.rows, self.extra = [], []

    def compare(self, name, measured):
        """measured: {server name: [(rate, cpu, p99) a round]}"""
        medians = {server: [statistics.median(column) for column in zip(*rounds)] for server, rounds in measured.items()}
        ours, theirs = medians["Breakwater"], medians["MariaDB"]
        self.rows.append({"name": name, "breakwater": ours, "mariadb": theirs,
                          "ratio": [mine / other if other else None for mine, other in zip(ours, theirs)]})
        print("%-34s %9.0f /s (%4.2f)   %7.1f µs CPU (%4.2f)   p99 %7.0f µs (%4.2f)"
              % (name, ours[0], ours[0] / theirs[0], ours[1], ours[1] / theirs[1], ours[2], ours[2] / theirs[2])
              + "   MariaDB %9.0f /s %7.1f µs %7.0f µs" % tuple(theirs), flush=True)

    def say(self, name, value, unit, note=""):
        self.extra.append({"name": name, "value": value, "unit": unit, "note": note})
        print("%-34s %12.3f %s%s" % (name, value, unit, "   (%s)" % note if note else ""), flush=True)


class Bench:
    def __init__(self, options, base):
        self.options, self.base, self.report = options, base, Report()
        self.seconds = 2 if options.quick else 5
        self.large = 10_000 if options.quick else TENANTS_LARGE

    def wanted(self, *names):
        return not self.options.only or any(name in self.options.only for name in names)

    def rounds(self, measure, servers):
        measured = {server.name: [] for server in servers}
        for _ in range(1 if self.options.quick else ROUNDS):
            for server in servers:
                measured[server.name].append(measure(server))
        return measured

    def run(self):
        self.mariadb = MariaDb(self.base)
        self.mariadb.start()
        print("Figures of Breakwater; in brackets the ratio to MariaDB. %d connections, %d s a round, median of %d.\n"
              % (CONNECTIONS, self.seconds, 1 if self.options.quick else ROUNDS))
        if self.wanted("ready", "memory"):
            server, _ = self.start_figures(0)
            server.stop()
        if self.wanted("select", "prepared", "connect", "tls", "resume", "crowd", "churn", *BY_SIZE):
            self.at(TENANTS_SMALL)
        if self.wanted(*BY_SIZE):
            self.at(self.large)
        if self.wanted("join"):
            self.join_views()
        if self.wanted("engine"):
            views.engine(self.report, os.path.join(os.path.dirname(self.options.server), "engine_figures"),
                         ROOT / "tests/grammar/corpus.sql")
        if self.wanted("set"):
            self.set_destinations()
        if self.wanted("backups"):
            backups.figures(self, sysbench, self.options.server, self.base)
        if self.wanted("audit"):
            audit_cost.report(self)
        if self.wanted("stores"):
            tool = os.path.join(os.path.dirname(self.options.server), "store_tool")
            stores.figures(self.report, self.options.server, tool, self.base, self.options.quick)
        self.mariadb.stop()

    def start_figures(self, tenants):
        server = Breakwater(self.options.server, self.base, tenants)
        server.start()
        if tenants:
            server.fill()
        times = []
        for _ in range(5):
            server.stop()
            server.start()
            times.append(server.seconds_to_ready)
        resident = resident_kib(server.pid)
        if self.wanted("ready"):
            self.report.say("ready with %d tenants" % tenants, statistics.median(times), "s")
        if self.wanted("memory"):
            self.report.say("memory then", resident / 1024, "MiB",
                            "MariaDB %.0f MiB" % (resident_kib(self.mariadb.pid) / 1024))
        return server, resident

    def at(self, tenants):
        server, _ = self.start_figures(tenants)
        self.report.say("CREATE TENANT, %d connections" % CONNECTIONS, server.creates_per_second, "/s")
        self.mariadb.fill(tenants)
        servers = (self.mariadb, server)
        if tenants == TENANTS_SMALL:
            self.of_connections(servers, lambda s: sysbench(s, "SELECT 1", self.seconds, tenants))
            if self.wanted("prepared"):
                prepared.compare(self, sysbench, servers, tenants)
        if self.wanted("point"):
            self.report.compare("point SELECT, %d tenants" % tenants,
                                self.rounds(lambda s: sysbench(s, POINT, self.seconds, tenants), servers))
        if self.wanted("first100"):
            self.report.compare("first 100 rows, %d tenants" % tenants,
                                self.rounds(lambda s: sysbench(s, FIRST, self.seconds, tenants), servers))
        if self.wanted("memory"):
            self.memory_for_tenants(server, tenants)
        server.stop()
        shutil.rmtree(server.data)

    def join_views(self):
        server = Breakwater(self.options.server, self.base, views.TENANTS)
        server.start()
        server.fill()
        self.mariadb.fill(views.TENANTS)
        views.join(self, (self.mariadb, server), sysbench)
        server.stop()
        shutil.rmtree(server.data)

    def of_connections(self, servers, select):
        server = servers[1]
        if self.wanted("select"):
            self.report.compare("SELECT 1", self.rounds(select, servers))
            connections.floor(self, server, connections.program(self.options.server, "responder"), select)
        load = connections.program(self.options.server, "connect_load")
        connections.opening(self, servers, load, cpu_seconds, CONNECTIONS)
        if self.wanted("memory"):
            connections.idle_memory(self, servers, load, resident_kib)
        if self.wanted("crowd"):
            connections.crowd(self, server, load, select)
        if self.wanted("guesses"):
            connections.guesses(self, server, load, select)
        if self.wanted("churn"):
            connections.churn(self, server, load, resident_kib, select)

    def memory_for_tenants(self, server, tenants):
        """After the queries: what the catalogue's caches grew to."""
        resident = resident_kib(server.pid)
        self.report.say("memory after the queries", resident / 1024, "MiB")
        if tenants == TENANTS_SMALL:
            self.small_resident = resident
        else:
            more = resident - self.small_resident
            # The catalogue's caches have a limit: beyond it tenants cost none, and what is measured is chance.
            self.report.say("memory for each tenant", max(more, 0) * 1024 / (tenants - TENANTS_SMALL), "bytes",
                            "%+.1f MiB for %d" % (more / 1024, tenants - TENANTS_SMALL))

    def set_destinations(self):
        server = Breakwater(self.options.server, self.base, 0)
        server.start()
        query(server.server.connect("root@sys"), "CREATE TENANT t")
        connection = server.server.connect("root@t")
        count = 100 if self.options.quick else 250      # for each round; a tenant may have 1,000
        work = os.path.join(self.base, "destinations")
        os.mkdir(work)

        def run(name, number):
            query(connection, "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s/%s/%d'" % (work, name, number))

        def timed(name):
            os.mkdir(os.path.join(work, name))
            begin = time.monotonic()
            for number in range(count):
                run(name, number)
            return (time.monotonic() - begin) / count * 1e6

        os.mkdir(os.path.join(work, "traced"))
        run("traced", 0)
        calls = self.traced(server.pid, lambda: run("traced", 1))
        sets, bare = [], []
        for number in range(ROUNDS):
            cpu = cpu_seconds(server.pid)
            sets.append((timed("round%d" % number), (cpu_seconds(server.pid) - cpu) / count * 1e6))
            bare.append(self.bare(calls, os.path.join(work, "bare%d" % number), count))
        micro, cpu = statistics.median(s for s, _ in sets), statistics.median(c for _, c in sets)
        floor = statistics.median(bare)
        self.report.say("SET DATA_BACKUP_DEST, new directory", micro, "µs", "%d fsyncs of %d KiB, %.0f µs CPU"
                        % (len(calls), sum(size for _, size in calls) // 1024, cpu))
        self.report.say("the same fsyncs alone", floor, "µs", "ratio %.2f" % (micro / floor))
        connection.close()
        self.set_by_many(server.server, work)
        server.stop()
        shutil.rmtree(server.data)

    def set_by_many(self, server, work):
        """A SET for each of many tenants, by one client and by several at once."""
        connection, tenants = server.connect("root@sys"), 100 if self.options.quick else 300
        for number in range(tenants):
            query(connection, "CREATE TENANT many%d" % number)
        connection.close()

        def rate(name, clients):
            os.mkdir(os.path.join(work, name))
            todo = queue.Queue()
            for number in range(tenants):
                todo.put(number)
            connections = [server.connect("root@sys") for _ in range(clients)]

            def client(own):
                while True:
                    try:
                        number = todo.get_nowait()
                    except queue.Empty:
                        return
                    query(own, "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s/%s/%d' TENANT = many%d" % (work, name, number, number))
            begin = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(clients) as pool:
                list(pool.map(client, connections))
            took = time.monotonic() - begin
            for own in connections:
                own.close()
            return tenants / took
        measured = [(rate("one%d" % number, 1), rate("eight%d" % number, 8)) for number in range(ROUNDS)]
        one, eight = (statistics.median(rates) for rates in zip(*measured))
        self.report.say("SETs of %d tenants, one client" % tenants, one, "/s", "")
        self.report.say("SETs of %d tenants, eight clients" % tenants, eight, "/s", "ratio %.1f" % (eight / one))

    def traced(self, pid, action):
        """What is fsynced by one statement, in order: (kind, bytes written to it before), kind being "file", "directory"
        or "log" (SQLite's write-ahead log)."""
        output = os.path.join(self.base, "strace")
        tracer = subprocess.Popen(["strace", "-f", "-y", "-p", str(pid), "-o", output, "-e",
                                   "trace=fsync,fdatasync,write,pwrite64"], stderr=subprocess.PIPE, text=True)
        while "attached" not in tracer.stderr.readline():
            pass
        action()
        tracer.terminate()
        tracer.wait(60)
        calls, written = [], collections.Counter()
        for name, path, size in re.findall(r'(\w+)\(\d+<(/[^>]*)>(?:, ".*"(?:\.\.\.)?, (\d+)(?:, \d+)?(?:\)| <unf))?', Path(output).read_text()):
            path = path.replace(" (deleted)", "")
            if "sync" not in name:
                written[path] += int(size or 0)
                continue
            kind = "log" if path.endswith("-wal") else "directory" if os.path.isdir(path) else "file"
            calls.append((kind, written.pop(path, 0)))
        return calls

    def bare(self, calls, directory, count):
        """µs in the same fsyncs of files as large, with nothing else."""
        os.mkdir(directory)
        log = os.open(os.path.join(directory, "log"), os.O_CREAT | os.O_WRONLY)
        top = os.open(directory, os.O_RDONLY)
        elapsed = 0.0

        def timed(sync, file):
            nonlocal elapsed
            begin = time.monotonic()
            sync(file)
            elapsed += time.monotonic() - begin

        for number in range(count):
            for index, (kind, size) in enumerate(calls):
                if kind == "log":
                    os.write(log, bytes(size))
                    timed(os.fdatasync, log)
                elif kind == "file":
                    file = os.open(os.path.join(directory, "%d_%d" % (number, index)), os.O_CREAT | os.O_WRONLY)
                    os.write(file, bytes(size))
                    timed(os.fsync, file)
                    os.close(file)
                else:
                    os.mkdir(os.path.join(directory, "d%d_%d" % (number, index)))
                    timed(os.fsync, top)
        os.close(log)
        os.close(top)
        return elapsed / count * 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=str(ROOT / "build/release/breakwater"))
    parser.add_argument("--quick", action="store_true", help="one short round, 10,000 tenants instead of 100,000")
    parser.add_argument("--only", action="append", metavar="NAME")
    parser.add_argument("--json", default=str(ROOT / "build/bench.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-bench-", dir=os.path.dirname(options.json)) as base:
        bench = Bench(options, base)
        try:
            bench.run()
        finally:
            for process in [bench.mariadb.process if hasattr(bench, "mariadb") else None,
                            *(server.server.process for server in Breakwater.all)]:
                if process and process.poll() is None:
                    process.kill()
            # Also what was measured before a figure failed.
            Path(options.json).write_text(json.dumps({"compared": bench.report.rows, "other": bench.report.extra}, indent=1))
            print("\nwritten to", options.json)


if __name__ == "__main__":
    main()
