#!/usr/bin/python3
"""A mount that hangs: the statement that needs it ends with 9070 within its deadline, everybody else goes on.

    dead_mount.py --server PROGRAM --shim LIBRARY
"""

import argparse
import os
import statistics
import tempfile
import threading
import time

from faults import Faults, Server, attempt, check, query, read_format, tree, values, wait_until

DEADLINE = 2            # seconds, as the setting backup_dest_timeout says it
LATE = 20               # seconds: how much later than its deadline the statement may end on a busy machine


def timed(connection, sql):
    start = time.monotonic()
    answer = attempt(connection, sql)
    return time.monotonic() - start, answer


def set_destination(path):
    return "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s'" % path


def hang_and_look(server, faults, work, operation):
    """The statement of tenant a hangs in one system call below work/dead."""
    dead = os.path.join(work, "dead", operation)
    stuck, other = server.connect("root@a"), server.connect("root@b")
    before = values(server.connect("root@sys"))
    faults.arm(operation, 0, os.path.join(work, "dead"), every=True)
    answers = []
    worker = threading.Thread(target=lambda: answers.append(timed(stuck, set_destination(dead))))
    worker.start()
    times = []
    number = 0
    while worker.is_alive():
        number += 1
        seconds, answer = timed(other, set_destination(os.path.join(work, "alive", operation, str(number))))
        check(answer[0] is None, "another tenant's SET: %s", answer)
        times.append(seconds)
        times.append(timed(other, "SELECT * FROM oceanbase.DBA_OB_BACKUP_PARAMETER")[0])
    worker.join()
    seconds, (code, text) = answers[0]
    check(faults.hits > 0, "the statement never reached %s", operation)
    check(code == 9070, "%s hangs: %s %s", operation, code, text)
    check(seconds < DEADLINE + LATE, "%s hangs: the answer came after %.1f s", operation, seconds)
    check(max(times) < seconds, "another tenant waited %.1f s", max(times))
    check(statistics.median(times) < 0.5, "another tenant's statements took %.3f s", statistics.median(times))
    check(values(server.connect("root@sys")).get(1002) == before.get(1002), "the value changed")
    # the mount comes back
    faults.disarm()
    deadline = time.monotonic() + 60
    while True:
        answer = attempt(stuck, set_destination(dead))
        if answer[0] is None:
            break
        check(time.monotonic() < deadline, "after the mount came back: %s", answer)
    fields = read_format(dead)
    check(fields is not None and fields["tenant_id"] == 1002, "the format file says %s", fields)
    check([name for name in tree(dead) if not name.startswith("check_file")] == ["format"], "left behind: %s", tree(dead))
    print("%-6s 9070 after %.2f s; meanwhile %d statements, the slowest %.3f s"
          % (operation, seconds, len(times), max(times)), flush=True)


class Stuck:
    """A tenant's SET of a directory on a dead mount, running in a thread of its own."""

    def __init__(self, server, tenant, path):
        self.connection = server.connect("root@" + tenant)
        self.id = self.connection.thread_id()
        self.path = path
        self.answer = None
        self.start = time.monotonic()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        self.answer = timed(self.connection, set_destination(self.path))

    def ended(self, what, within):
        """The answer's code; it came at most `within` seconds from now."""
        self.thread.join(within)
        check(not self.thread.is_alive(), "%s: no answer within %d s", what, within)
        return self.answer[1][0]


def median_time(times, action):
    return statistics.median([timed_call(action) for _ in range(times)])


def timed_call(action):
    start = time.monotonic()
    action()
    return time.monotonic() - start


def mountinfo(path, mounts):
    """The machine's own mounts, and directories that pass for NFS mounts beside them."""
    with open("/proc/self/mountinfo") as file:
        lines = file.read()
    for number, mount in enumerate(mounts):
        lines += "%d 1 0:%d / %s rw - nfs4 server:/ rw,vers=4.1,hard,sync,lookupcache=positive\n" % (
            9000 + number, 9000 + number, mount)
    with open(path, "w") as file:
        file.write(lines)


def running(server):
    return {row[0] for row in query(server.connect("root@sys"), "SHOW PROCESSLIST") if row[4] == "Query"}


def whole_pool_stuck(binary, shim, base):
    """Every thread of the pool hangs on one of two dead mounts. Nobody else notices, and those that hang end at once
    by KILL QUERY (1317), KILL and a client that goes away, else at their deadline with 9070. When the mounts come
    back, what was begun there is taken back without anybody asking."""
    work = os.path.join(base, "pool")
    dead = [os.path.join(work, "dead1"), os.path.join(work, "dead2")]
    for path in dead:
        os.makedirs(path)
    faults = Faults(os.path.join(base, "pool_control"))
    mounts = os.path.join(base, "mountinfo")
    mountinfo(mounts, dead)
    threads, deadline = 4, 20
    server = Server(binary, os.path.join(base, "pool_data"),
                    ["--set", "backup_dest_timeout=%d" % deadline, "--set", "file_threads=%d" % threads,
                     "--set", "drain_timeout=1"],
                    env=dict(faults.environment(shim), BW_FAULT_MOUNTINFO=mounts))
    with server:
        try:
            for name in ("a", "b", "c", "d", "e"):
                query(server.connect("root@sys"), "CREATE TENANT " + name)
            b = server.connect("root@b")
            def view():
                query(b, "SELECT * FROM oceanbase.DBA_OB_BACKUP_PARAMETER")
            def log_in():
                server.connect("root@b").close()
            calm = median_time(30, view), median_time(30, log_in)
            faults.arm("fsync", 0, os.path.join(work, "dead"), every=True)
            killed, gone, cut = (Stuck(server, name, os.path.join(dead[0], name)) for name in ("a", "c", "d"))
            late = Stuck(server, "e", os.path.join(dead[1], "e"))
            wait_until(lambda: faults.hits == threads, 60, "every thread hangs")
            others = []
            for number in range(20):
                seconds, answer = timed(b, set_destination(os.path.join(work, "alive", str(number))))
                check(answer[0] is None, "another destination: %s", answer)
                others.append(seconds)
            hurried = median_time(30, view), median_time(30, log_in)
            for name, before, after in zip(("a view", "a login"), calm, hurried):
                check(after < 3 * before + 0.02, "%s took %.4f s, and %.4f s with the pool stuck", name, before, after)
            sys_ = server.connect("root@sys")
            check(running(server) >= {killed.id, gone.id, cut.id, late.id}, "the processes: %s", running(server))
            query(sys_, "KILL QUERY %d" % killed.id)
            check(killed.ended("KILL QUERY", 5) == 1317, "KILL QUERY: %s", killed.answer)
            check(attempt(killed.connection, "SELECT 1")[0] is None, "the session is gone after KILL QUERY")
            query(sys_, "KILL %d" % cut.id)
            check(cut.ended("KILL", 5) in (2006, 2013, 1927), "KILL: %s", cut.answer)
            gone.connection._sock.shutdown(2)
            wait_until(lambda: not running(server) & {killed.id, gone.id, cut.id}, 5, "a client that went away")
            check(late.ended("the deadline", deadline + LATE) == 9070, "the deadline: %s", late.answer)
            check(tree(dead[0]), "nothing hangs there")
            faults.disarm()
            wait_until(lambda: tree(dead[0]) == [] and tree(dead[1]) == [], 60, "what was begun is taken back")
            for stuck, name in ((killed, "a"), (late, "e")):
                answer = attempt(server.connect("root@" + name), set_destination(stuck.path))
                check(answer[0] is None, "after the mounts came back: %s", answer)
            # SIGTERM waits for a statement as long as drain_timeout says, not for its mount.
            faults.arm("fsync", 0, os.path.join(work, "dead"), every=True)
            last = Stuck(server, "d", os.path.join(dead[0], "last"))
            wait_until(lambda: faults.hits == 1, 60, "the last one hangs")
            start = time.monotonic()
            server.stop()
            check(time.monotonic() - start < deadline / 2, "SIGTERM: %.1f s", time.monotonic() - start)
            last.ended("SIGTERM", 5)
        finally:
            faults.disarm()
    print("the whole pool stuck: a view %.4f s (%.4f s before), a login %.4f s (%.4f s), another SET %.3f s at most"
          % (hurried[0], calm[0], hurried[1], calm[1], max(others)), flush=True)


def kill_while_stuck(server, faults, work):
    """SIGTERM does not wait for a dead mount beyond its grace."""
    stuck = server.connect("root@a")
    faults.arm("fsync", 0, os.path.join(work, "dead"), every=True)
    check(attempt(stuck, set_destination(os.path.join(work, "dead", "last")))[0] == 9070, "not 9070")
    start = time.monotonic()
    server.stop()
    check(time.monotonic() - start < LATE, "the server took %.1f s to end", time.monotonic() - start)
    faults.disarm()
    server.start()
    code, text = attempt(server.connect("root@a"), set_destination(os.path.join(work, "dead", "last")))
    check(code is None, "after the restart: %s %s", code, text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-dead-") as base:
        whole_pool_stuck(options.server, options.shim, base)
        work = os.path.join(base, "work")
        os.mkdir(work)
        faults = Faults(os.path.join(base, "control"))
        settings = ["--set", "max_destinations=100000", "--set", "backup_dest_timeout=%d" % DEADLINE]
        server = Server(options.server, os.path.join(base, "data"), settings,
                        env=faults.environment(options.shim))
        with server:
            for name in ("a", "b"):
                query(server.connect("root@sys"), "CREATE TENANT " + name)
            try:
                for operation in ("fsync", "write", "link", "mkdir", "open"):
                    hang_and_look(server, faults, work, operation)
                kill_while_stuck(server, faults, work)
            except BaseException:
                faults.disarm()
                print(server.log())
                raise


if __name__ == "__main__":
    main()
