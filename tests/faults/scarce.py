#!/usr/bin/python3
"""A system that has no thread left, or no memory: statements fail, a start is refused, the server doesn't end.

    scarce.py --server PROGRAM --shim LIBRARY --memory-shim LIBRARY [NAME...]
"""

import argparse
import mmap
import os
import random
import resource
import shutil
import signal
import struct
import tempfile
import threading
import time

import pymysql
from dead_mount import mountinfo
from faults import Faults, Server, attempt, check, preload, query, run_cases, wait_until
from harness.server import nobody

CASES = []
LIMITS = ("RLIMIT_NPROC", "pids.max")
START_SECONDS = 60
EAGAIN = 11
HANGS = 30              # seconds: a statement that lost its end
MOST_THREADS = 64       # more than any server here needs


def case(function):
    CASES.append(function)
    return function


class Memory:
    """Steers memory_shim.cpp."""

    CONTROL = struct.Struct("<5i")

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as file:
            file.write(bytes(4096))
        self.file = open(path, "r+b")
        self.page = mmap.mmap(self.file.fileno(), 4096)

    def environment(self, shim):
        return dict(preload.environment(shim), BW_MEMORY_CONTROL=self.path)

    def arm(self, nth, burst=1, smallest=0):
        self.page[:20] = self.CONTROL.pack(0, nth, burst, 0, smallest)
        self.page[:4] = struct.pack("<i", 1)

    def disarm(self):
        self.page[:4] = struct.pack("<i", 0)
        return self.CONTROL.unpack(self.page[:20])[3]


def ended_with_text(server, what):
    """A start that is to end by itself: in time, by no signal, naming the limits."""
    code = server.exit_code(START_SECONDS)
    check(code > 0, "%s: the start ended with %s:\n%s", what, code, server.log())
    for word in LIMITS:
        check(word in server.log(), "%s: it doesn't name %s:\n%s", what, word, server.log())


def ready_or_ended(server):
    server._ready.wait(START_SECONDS)
    return server.port is not None


# ---- threads

@case
def a_start_without_the_nth_thread(place):
    """For every n: a text, an exit code, no abort and no hang; and what it left is no obstacle for the next."""
    faults = Faults(os.path.join(place.base, "control"))
    for nth in range(1, MOST_THREADS):
        server = Server(place.program, os.path.join(place.base, "data"), env=faults.environment(place.shim))
        faults.arm("thread", EAGAIN, "", nth, every=True)
        server.launch()
        if ready_or_ended(server):
            check(nth > 5, "it needs no more than %d threads?", nth - 1)
            threads_while_running(place, server, faults)
            server.stop()
            return
        ended_with_text(server, "without thread %d" % nth)
    check(False, "it never became ready")


def threads_while_running(place, server, faults):
    """No other thread can be made: every statement works, and one whose mount hangs costs itself."""
    admin = server.connect("root@sys")
    run_all(server, admin, place.base, "t")
    check(faults.hits == 0, "a thread was made on the way: %d times", faults.hits)


@case
def hung_jobs_without_another_thread(place):
    """All threads for file systems hang, and the system has no other: 1041 at once, or at the deadline where the
    statement waited already; and everything works when they are back."""
    faults, hang = Faults(os.path.join(place.base, "control")), os.path.join(place.base, "hang")
    os.mkdir(hang)
    mounts = os.path.join(place.base, "mountinfo")
    mountinfo(mounts, [hang])
    args = ["--set", "file_threads=1", "--set", "backup_dest_timeout=4s"]
    with Server(place.program, os.path.join(place.base, "data"), args,
                env=dict(faults.environment(place.shim), BW_FAULT_MOUNTINFO=mounts)) as server:
        admin = server.connect("root@sys")
        for name in ("a", "b"):
            query(admin, "CREATE TENANT " + name)
        faults.arm("open", 0, hang)             # 0: it hangs
        stuck = threading.Thread(target=attempt, args=(server.connect("root@a"),
                                 "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s/a'" % hang))
        stuck.start()
        wait_until(lambda: faults.hits > 0, 60, "a job that hangs")
        own = server.connect("root@b")
        sql = "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s/b'" % place.base
        soft, hard = resource.prlimit(server.pid, resource.RLIMIT_AS)
        with open("/proc/%d/statm" % server.pid) as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        # A thread's stack is 8 MiB of address space.
        resource.prlimit(server.pid, resource.RLIMIT_AS, (now + (4 << 20), hard))
        try:
            stuck.join(60)
            begun = time.monotonic()
            code, text = attempt(own, sql)
            said = " ".join(row[2] for row in query(own, "SHOW WARNINGS"))
            check(code == 1041, "without a thread: %s %s (%s)", code, text, said)
            check("thread" in said and "RLIMIT_NPROC" in said, "the hint: %s", said)
            check(time.monotonic() - begun < 60, "it took %.1f s", time.monotonic() - begun)
            query(own, "SELECT COUNT(*) FROM oceanbase.DBA_OB_TENANTS")
        finally:
            resource.prlimit(server.pid, resource.RLIMIT_AS, (soft, hard))
            faults.disarm()
        wait_until(lambda: attempt(own, sql)[0] is None, 60, "the statement to work again")


@case
def limits_of_a_user(place):
    """As somebody without privileges, with each limit of threads from 1 on: ready, or a text. Others of this user
    may count too."""
    who = nobody(place.program)
    base = tempfile.mkdtemp(prefix="breakwater-scarce-")
    ready = 0
    try:
        if who:
            os.chown(base, who["user"], who["group"])
        for limit in range(1, MOST_THREADS):
            server = Server(place.program, os.path.join(base, "data"), unprivileged=True)
            server.as_nobody["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
            try:
                server.launch()
            except OSError:         # not even the process
                continue
            if ready_or_ended(server):
                ready += 1
                connection = server.connect("root@sys")
                query(connection, "SELECT 1")
                server.stop()
                if ready == 2:
                    return
                continue
            ended_with_text(server, "with a limit of %d" % limit)
    finally:
        shutil.rmtree(base)
    check(ready > 0, "it was never ready")


@case
def a_signal_during_the_start(place):
    """A start that hangs, on a file system say, is ended by SIGTERM and by SIGINT; SIGHUP doesn't end it."""
    for number, which in enumerate((signal.SIGTERM, signal.SIGINT)):
        faults = Faults(os.path.join(place.base, "control%d" % number))
        data = os.path.join(place.base, "data%d" % number)
        server = Server(place.program, data, env=faults.environment(place.shim))
        faults.arm("sync", 0, data)
        server.launch()
        wait_until(lambda: faults.hits > 0, START_SECONDS, "the start to hang")
        server.process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        check(server.process.poll() is None, "SIGHUP ended it")
        server.process.send_signal(which)
        code = server.exit_code(START_SECONDS)
        check(code == 0 and "ended by a signal" in server.log(), "it ended with %s:\n%s", code, server.log())
        with Server(place.program, data):       # and the next start goes on from what it left
            pass


# ---- memory

def families(base, name):
    """Statements of every family as (user, statement); after all of them everything is as before."""
    target = "file://%s/%s" % (base, name)
    return [
        ("root@sys", "SELECT TENANT_ID, TENANT_NAME FROM oceanbase.DBA_OB_TENANTS ORDER BY 2"),
        ("root@sys", "SELECT COUNT(*), MAX(CONCAT(a.TENANT_NAME, REPEAT('x', 100))) FROM oceanbase.DBA_OB_TENANTS a, "
                     "oceanbase.DBA_OB_TENANTS b GROUP BY a.TENANT_ID"),
        ("root@sys", "SELECT COUNT(*), MAX(UPPER(CONCAT(COLUMN_NAME, TABLE_NAME))) FROM information_schema.COLUMNS"),
        ("root@sys", "SHOW VARIABLES LIKE 'max%'"),
        ("root@sys", "SHOW PARAMETERS LIKE 'tde%'"),
        ("root@sys", "SHOW FULL PROCESSLIST"),
        ("root@%s" % name, "SET @x = 5, ob_query_timeout = 20000000"),
        ("root@%s" % name, "SELECT @x + 1, NOW(), CONNECTION_ID()"),
        ("root@%s" % name, "CREATE USER IF NOT EXISTS u IDENTIFIED BY 'secret'"),
        ("root@%s" % name, "GRANT SELECT ON *.* TO u"),
        ("root@%s" % name, "ALTER USER u IDENTIFIED BY 'other'"),
        ("root@%s" % name, "SHOW GRANTS FOR u"),
        ("root@%s" % name, "DROP USER IF EXISTS u"),
        ("root@sys", "CREATE RESOURCE UNIT IF NOT EXISTS ru MAX_CPU 1, MEMORY_SIZE '1G'"),
        ("root@sys", "DROP RESOURCE UNIT IF EXISTS ru"),
        ("root@%s" % name, "ALTER SYSTEM SET tde_method = 'internal'"),
        ("root@%s" % name, "ALTER INSTANCE ROTATE INNODB MASTER KEY"),
        ("root@%s" % name, "ALTER SYSTEM SET DATA_BACKUP_DEST = '%s/data'" % target),
        ("root@%s" % name, "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=%s/log'" % target),
        ("root@%s" % name, "ALTER SYSTEM BACKUP KEY TO '%s/key' ENCRYPTED BY 'password'" % target),
        ("root@%s" % name, "ALTER SYSTEM BACKUP KEY TO '%s/plain'" % target),
        ("root@sys", "CREATE TENANT IF NOT EXISTS passing"),
        ("root@sys", "DROP TENANT IF EXISTS passing FORCE"),
        ("root@sys", "KILL QUERY 4000000000"),
        ("root@sys", "SELECT * FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO"),
    ]


MAY_FAIL = {"KILL QUERY 4000000000": {1094}}


class Clients:
    """A connection for each user; one that is lost is made again."""

    def __init__(self, server):
        self.server, self.connections = server, {}

    def attempt(self, user, sql):
        """(code, text); code -1: the connection was lost or could not be made."""
        try:
            if user not in self.connections:
                self.connections[user] = self.server.connect(user, read_timeout=60)
            code, text = attempt(self.connections[user], sql)
        except (pymysql.err.MySQLError, OSError) as error:
            self.connections.pop(user, None)
            return -1, str(error)
        if code in (2006, 2013, 2055, 0):
            self.connections.pop(user)
            return -1, text
        return code, text

    def must(self, user, sql, allowed=()):
        """It works, or fails in a way that has nothing to do with a shortage."""
        code, text = self.attempt(user, sql)
        if code is not None and code not in allowed and code not in MAY_FAIL.get(sql, ()):
            hints = query(self.connections[user], "SHOW WARNINGS") if user in self.connections else ()
            check(False, "%s: %s %s %s\n%s", sql, code, text, hints, self.server.log()[-3000:])


def run_all(server, admin, base, name):
    """Every family's statement works."""
    if attempt(admin, "CREATE TENANT IF NOT EXISTS " + name)[0] is not None:
        check(False, "CREATE TENANT")
    clients = Clients(server)
    for user, sql in families(base, name):
        clients.must(user, sql)


def alive(server):
    check(server.process.poll() is None, "the server has ended:\n%s", server.log())


def starve(place, server, memory, points, burst):
    """Each statement again and again, each time without memory from another allocation on."""
    clients, hits = Clients(server), 0
    for user, sql in families(place.base, "t"):
        for nth in points():
            clients.attempt(user, "SELECT 1")
            memory.arm(nth, burst)
            begun = time.monotonic()
            clients.attempt(user, sql)
            hit = memory.disarm()
            check(time.monotonic() - begun < HANGS, "no end after allocation %d (%d) of %s\n%s", nth, burst, sql,
                  server.log()[-1000:])
            hits += hit
            if server.process.poll() is not None:
                check(False, "ended at allocation %d of %s:\n%s", nth, sql, server.log())
            if not hit:
                break
        # Where an answer was complete already, the error of the connection's end stands behind it.
        while clients.attempt(user, "SELECT 1")[0] is not None:
            alive(server)
        clients.must(user, sql, (1086, 1008, 1396, 5156))
    return hits


@case
def without_memory(place):
    """The n-th allocation fails, alone and with those behind it, under every family of statements."""
    memory = Memory(os.path.join(place.base, "memory"))
    with Server(place.program, os.path.join(place.base, "data"), ["--set", "io_threads=1", "--set", "log_format=json"],
                env=memory.environment(place.memory_shim)) as server:
        admin = server.connect("root@sys")
        run_all(server, admin, place.base, "t")
        chance = random.Random(place.seed)

        def points():
            nth = 1
            while nth < 20000:
                yield nth
                nth += 1 + int(nth * chance.uniform(0.2, 1.2))

        hits = starve(place, server, memory, points, 1) + starve(place, server, memory, points, 20)
        check(hits > 300, "only %d allocations failed", hits)
        alive(server)
        run_all(server, server.connect("root@sys"), place.base, "t")
        print("   %d allocations failed" % hits, flush=True)


@case
def logins_without_memory(place):
    """The n-th allocation of a login fails: it is refused or lost, the next one works."""
    memory = Memory(os.path.join(place.base, "memory"))
    with Server(place.program, os.path.join(place.base, "data"), ["--set", "io_threads=2"],
                env=memory.environment(place.memory_shim)) as server:
        admin = server.connect("root@sys")
        query(admin, "CREATE USER u IDENTIFIED WITH caching_sha2_password BY 'secret'")
        query(admin, "CREATE USER n IDENTIFIED WITH mysql_native_password BY 'secret'")
        for user in ("u@sys", "n@sys"):
            for nth in range(1, 120):
                memory.arm(nth)
                try:
                    pymysql.connect(**server.address(), user=user, password="secret", read_timeout=60).close()
                except (pymysql.err.MySQLError, OSError):
                    pass
                memory.disarm()
                alive(server)
            pymysql.connect(**server.address(), user=user, password="secret").close()
        query(admin, "SELECT 1")


class Place:
    def __init__(self, options, base):
        self.program, self.base, self.seed = os.path.abspath(options.server), base, options.seed
        self.shim, self.memory_shim = options.shim, options.memory_shim


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--memory-shim")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    memory = () if options.memory_shim else (without_memory, logins_without_memory)  # a sanitizer has an allocator of its own
    cases = [case for case in CASES if case not in memory]
    run_cases(cases, "scarce", lambda case, base: case(Place(options, base)), options.names)


if __name__ == "__main__":
    main()
