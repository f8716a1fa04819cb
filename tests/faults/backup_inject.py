#!/usr/bin/python3
"""Backups on a file system whose calls fail, hang, or after which the power is gone.

    backup_inject.py --server PROGRAM --shim LIBRARY

One call fails: the job goes on by itself and its set is whole. It hangs: its own job waits, another tenant's doesn't, and the
server ends in time. The process dies before it: the job goes on after the restart.
"""

import argparse
import errno
import os
import tempfile
import time

from backup_jobs import check_sets, directory_of, job, kept, make_tenant, newest_job, wait_for_end, whole
from faults import KILLED, Faults, Server, attempt, check, errno_name, query, wait_until

DEADLINE = 2        # seconds: backup_dest_timeout
STOP = 30           # seconds in which a server with a job that hangs has to end
CALLS = [("open", 2), ("open", 5), ("write", 1), ("write", 2), ("fsync", 1), ("fsync", 3), ("link", 1), ("link", 3), ("mkdir", 1)]


def back_up(server, name, kind="DATABASE"):
    connection = server.connect("root@%s" % name)
    query(connection, "ALTER SYSTEM BACKUP %s" % kind)
    connection.close()


def ends_whole(server, work, name, tenant, seconds=90):
    connection = server.connect("root@sys")
    number = newest_job(connection, tenant)
    ended = wait_for_end(connection, tenant, number, seconds)
    check(ended[1:3] == ("COMPLETED", 0), "job %d of %s ended %s", number, name, ended)
    rows, there = check_sets(connection, tenant, directory_of(work, "data", name))
    check(kept(rows) == whole(there), "%s: the view has %s, the destination %s", name, kept(rows), whole(there))
    connection.close()


def fails(server, faults, work, tenant):
    for operation, nth in CALLS:
        for number in (errno.EIO, errno.ENOSPC):
            faults.arm(operation, number, directory_of(work, "data", "a"), nth)
            back_up(server, "a")
            ends_whole(server, work, "a", tenant)
            print("%s %d %s: %d calls failed" % (operation, nth, errno_name(number), faults.hits), flush=True)
            faults.disarm()


def hangs(server, faults, work, tenant, other):
    connection = server.connect("root@sys")
    faults.arm("open", 0, directory_of(work, "data", "a"), every=True)
    back_up(server, "a")
    wait_until(lambda: faults.hits > 0, 20, "the call that hangs")
    begun = time.monotonic()
    back_up(server, "b")
    ends_whole(server, work, "b", other)
    check(time.monotonic() - begun < 20, "another tenant's backup took %.1f s", time.monotonic() - begun)
    check(job(connection, tenant, newest_job(connection, tenant))[0] == "JOBS", "it ended")
    wait_until(lambda: "can not connect" in (job(connection, tenant, newest_job(connection, tenant))[3] or ""), 20 * DEADLINE,
               "the comment")
    faults.disarm()
    ends_whole(server, work, "a", tenant)
    connection.close()


def stops_while_it_hangs(server, faults, work, tenant):
    faults.arm("open", 0, directory_of(work, "data", "a"), every=True)
    back_up(server, "a")
    wait_until(lambda: faults.hits > 0, 20, "the call that hangs")
    begun = time.monotonic()
    server.stop()
    check(time.monotonic() - begun < STOP, "the server ended after %.1f s", time.monotonic() - begun)
    faults.disarm()
    server.start()
    ends_whole(server, work, "a", tenant)


def dies(server, faults, work, tenant):
    for operation, nth in CALLS:
        connection = server.connect("root@a")       # before: what an earlier job left may be removed at any moment
        faults.arm(operation, KILLED, directory_of(work, "data", "a"), nth)
        attempt(connection, "ALTER SYSTEM BACKUP INCREMENTAL DATABASE")
        if server.process.poll() is None:
            try:
                wait_until(lambda: server.process.poll() is not None, 10, "the kill")
            except Exception:                   # noqa: BLE001 - the backup has fewer such calls
                faults.disarm()
                ends_whole(server, work, "a", tenant)
                continue
        server.kill()
        faults.disarm()
        server.start()
        ends_whole(server, work, "a", tenant)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-backup-inject-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        faults = Faults(os.path.join(base, "control"))
        settings = ["--set", "job_visible_time=0", "--set", "backup_dest_timeout=%ds" % DEADLINE]
        with Server(options.server, os.path.join(base, "data"), settings, env=faults.environment(options.shim)) as server:
            tenant, other = (make_tenant(server, work, name) for name in "ab")
            fails(server, faults, work, tenant)
            hangs(server, faults, work, tenant, other)
            stops_while_it_hangs(server, faults, work, tenant)
            dies(server, faults, work, tenant)


if __name__ == "__main__":
    main()
