"""bench.py's figures of jobs: backups beside a bare copy of the same bytes, the archive's lag, a restore, what statements wait
while jobs run, and what the log of changes costs a commit."""

import os
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "faults"))
from backup_jobs import directory_of, files_below, make_tenant, newest_job, wait_for_end  # noqa: E402
from harness.server import Server, query, wait_until  # noqa: E402

ACCOUNTS = 1000
RATE = 1000               # changes a second
PAGE = os.sysconf("SC_PAGE_SIZE")
POINT = "SELECT * FROM oceanbase.CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = %d"
SECONDS = 600


class Peer:
    """What bench.py's sysbench() wants of a server."""
    user, password = "bench@sys", "bench"

    def __init__(self, server):
        self.server, self.port, self.pid = server, server.port, server.pid


def resident_mib(pid):
    with open("/proc/%d/statm" % pid) as file:
        return int(file.read().split()[1]) * PAGE / 2**20


def bare_copy(paths, directory):
    """Seconds in which these files are copied, each with its directory synced, as a backup must."""
    contents = [open(path, "rb").read() for path in paths]
    os.makedirs(directory)
    top = os.open(directory, os.O_RDONLY)
    begin = time.monotonic()
    for number, content in enumerate(contents):
        file = os.open(os.path.join(directory, str(number)), os.O_CREAT | os.O_WRONLY)
        os.write(file, content)
        os.fsync(file)
        os.close(file)
        os.fsync(top)
    took = time.monotonic() - begin
    os.close(top)
    return took


class Figures:
    def __init__(self, bench, sysbench, base):
        self.report, self.sysbench, self.traced = bench.report, sysbench, bench.traced
        self.quick, self.seconds = bench.options.quick, bench.seconds
        self.base = os.path.join(base, "backups")
        self.work = os.path.join(self.base, "work")
        os.makedirs(self.work)

    def run(self, program):
        settings = ["--set", "job_visible_time=0", "--set", "log_level=warning"]
        with Server(program, os.path.join(self.base, "data"), settings) as server:
            self.server, self.system = server, server.connect("root@sys")
            query(self.system, "CREATE USER bench IDENTIFIED BY 'bench'")
            query(self.system, "GRANT ALL PRIVILEGES ON *.* TO bench")
            self.tenant = make_tenant(server, self.work, "t")
            self.own = server.connect("root@t")
            for number in range(ACCOUNTS):
                query(self.own, "CREATE USER u%d IDENTIFIED BY 'p%d'" % (number, number))
            self.one_backup()
            self.restore()
            self.commits()
            self.archive_lag()
            self.beside_jobs()
            self.many_backups()

    def back_up(self):
        begin = time.monotonic()
        query(self.own, "ALTER SYSTEM BACKUP DATABASE")
        ended = wait_for_end(self.system, self.tenant, newest_job(self.system, self.tenant), SECONDS)
        if ended[1] != "COMPLETED":
            raise RuntimeError("a backup ended %s" % (ended,))
        return time.monotonic() - begin

    def one_backup(self):
        place = directory_of(self.work, "data", "t")
        took, bare = [], []
        for number in range(3 if self.quick else 10):
            before = set(files_below(place))
            took.append(self.back_up())
            bare.append(bare_copy(sorted(set(files_below(place)) - before), os.path.join(self.base, "bare%d" % number)))
        median, floor = statistics.median(took), statistics.median(bare)
        self.report.say("full backup, %d accounts" % ACCOUNTS, median * 1000, "ms", "most %.0f ms" % (max(took) * 1000))
        self.report.say("a bare copy of the same bytes", floor * 1000, "ms", "ratio %.1f" % (median / floor))

    def restore(self):
        query(self.system, "CREATE RESOURCE UNIT u MAX_CPU = 1, MEMORY_SIZE = '1G'")
        took = []
        for number in range(3):
            query(self.system, "CREATE RESOURCE POOL p%d UNIT = 'u', UNIT_NUM = 1, ZONE_LIST = ('zone1')" % number)
            begin = time.monotonic()
            query(self.system, "ALTER SYSTEM RESTORE r%d FROM 'file://%s,file://%s' WITH 'pool_list=p%d'"
                  % (number, directory_of(self.work, "data", "t"), directory_of(self.work, "archive", "t"), number))
            found = "SELECT STATUS, COMMENT FROM oceanbase.CDB_OB_RESTORE_HISTORY WHERE RESTORE_TENANT_NAME = 'r%d'" % number
            wait_until(lambda sql=found: query(self.system, sql), SECONDS, "a restore")
            took.append(time.monotonic() - begin)
            ended = query(self.system, found)[0]
            if ended[0] != "SUCCESS":
                raise RuntimeError("a restore ended %s" % (ended,))
            query(self.system, "DROP TENANT r%d FORCE" % number)
        self.report.say("restore, %d accounts and the log" % ACCOUNTS, statistics.median(took) * 1000, "ms")

    def change(self, connection, number):
        query(connection, "SET GLOBAL auto_increment_increment = %d" % (number % 60000 + 1))

    def commits(self):
        """What the log of changes, and archiving it, cost a commit: the same changes in a tenant that archives and in one that
        doesn't."""
        query(self.system, "CREATE TENANT plain")
        rates, syncs = {"plain": [], "t": []}, {}
        for name, measured in rates.items():
            connection = self.server.connect("root@" + name)
            self.change(connection, 1)
            calls = self.traced(self.server.pid, lambda c=connection: self.change(c, 2))
            syncs[name] = sum(kind == "log" for kind, _ in calls)
        for _ in range(3):
            for name, measured in rates.items():
                connection = self.server.connect("root@" + name)
                begin, count = time.monotonic(), 0
                while time.monotonic() - begin < self.seconds / 2:
                    self.change(connection, count)
                    count += 1
                measured.append((time.monotonic() - begin) / count * 1e6)
        plain, archived = (statistics.median(rates[name]) for name in ("plain", "t"))
        self.report.say("a change, one client, NOARCHIVELOG", plain, "µs", "%d fsyncs of the catalogue" % syncs["plain"])
        self.report.say("the same with ARCHIVELOG", archived, "µs", "ratio %.2f" % (archived / plain))
        query(self.system, "DROP TENANT plain FORCE")

    def archive_lag(self):
        """How far CHECKPOINT_SCN is behind the clock while clients change the tenant at a steady rate."""
        clients, seconds, done = 8, (5 if self.quick else 20), [0] * 8
        end = time.monotonic() + seconds

        def client(place):
            connection = self.server.connect("root@t")
            due = time.monotonic()
            while due < end:
                time.sleep(max(0, due - time.monotonic()))
                self.change(connection, done[place])
                done[place] += 1
                due += clients / RATE
        threads = [threading.Thread(target=client, args=(place,)) for place in range(clients)]
        for thread in threads:
            thread.start()
        lags = []
        while any(thread.is_alive() for thread in threads):
            now = time.time_ns()
            scn = query(self.system, "SELECT CHECKPOINT_SCN FROM oceanbase.CDB_OB_ARCHIVELOG WHERE TENANT_ID = %d" % self.tenant)
            lags.append((now - int(scn[0][0])) / 1e9)
            time.sleep(0.02)
        lags = lags[len(lags) // 5:]        # without the beginning
        self.report.say("archive lag at %d changes a second" % RATE, statistics.median(lags), "s",
                        "most %.2f s; %.0f changes a second came" % (max(lags), sum(done) / seconds))

    def beside_jobs(self):
        """p99 of statements while a tenant is backed up without a pause and another changes, beside the same without jobs."""
        peer, ratios = Peer(self.server), {}
        statements = (("SELECT 1", "SELECT 1"), ("point SELECT", POINT % self.tenant))
        for name, statement in statements:
            alone, beside = [], []
            for _ in range(1 if self.quick else 3):
                alone.append(self.sysbench(peer, statement, self.seconds, 1)[2])
                stop = threading.Event()

                def jobs():
                    while not stop.is_set():
                        self.back_up()
                        time.sleep(0.1)
                thread = threading.Thread(target=jobs)
                thread.start()
                beside.append(self.sysbench(peer, statement, self.seconds, 1)[2])
                stop.set()
                thread.join()
            ratios[name] = statistics.median(beside) / statistics.median(alone)
            self.report.say("p99 of %s with jobs running" % name, statistics.median(beside), "µs",
                            "without %.0f µs, ratio %.2f" % (statistics.median(alone), ratios[name]))

    def many_backups(self):
        count = 100 if self.quick else 1000
        for number in range(count):
            make_tenant(self.server, self.work, "m%d" % number)
        before = {place: set(files_below(os.path.join(self.work, place))) for place in ("data",)}
        resident = resident_mib(self.server.pid)
        peak = resident
        begin = time.monotonic()
        query(self.system, "ALTER SYSTEM BACKUP DATABASE")
        job = newest_job(self.system, 1)
        while not query(self.system, "SELECT STATUS FROM oceanbase.CDB_OB_BACKUP_JOB_HISTORY WHERE TENANT_ID = 1 AND JOB_ID = %d" % job):
            peak = max(peak, resident_mib(self.server.pid))
            if time.monotonic() - begin > SECONDS:
                raise RuntimeError("the backups take too long")
            time.sleep(0.02)
        took = time.monotonic() - begin
        bare = bare_copy(sorted(set(files_below(os.path.join(self.work, "data"))) - before["data"]), os.path.join(self.base, "bare_many"))
        self.report.say("backup of %d tenants at once" % count, took, "s", "%+.0f MiB of memory" % (peak - resident))
        self.report.say("a bare copy of the same bytes", bare, "s", "ratio %.1f" % (took / bare))


def figures(bench, sysbench, program, base):
    Figures(bench, sysbench, base).run(program)
