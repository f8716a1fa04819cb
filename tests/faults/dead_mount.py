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

from faults import Faults, Server, attempt, check, query, read_format, tree, values

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
        work = os.path.join(base, "work")
        os.mkdir(work)
        faults = Faults(os.path.join(base, "control"))
        server = Server(options.server, os.path.join(base, "data"), ["--set", "backup_dest_timeout=%d" % DEADLINE],
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
