#!/usr/bin/python3
"""VALIDATE on a file system whose calls fail, hang, or after which the power is gone.

    validate_inject.py --server PROGRAM --shim LIBRARY

What nobody could read is asked for again, and never called damaged. A call that hangs holds up its own job, and CANCEL ends that.
"""

import argparse
import errno
import os
import tempfile
import time

from faults import KILLED, Faults, Server, attempt, check, errno_name, query, wait_until
from validate import backed_up, directory_of, end_of, job, newest

DEADLINE = 2        # seconds: backup_dest_timeout
STOP = 30           # seconds in which a server with a job that hangs has to end
NTH = (1, 2, 3, 5)


def begin(connection, tenant, name):
    query(connection, "ALTER SYSTEM VALIDATE BACKUPSET TENANT = %s" % name)
    return newest(connection, tenant)


def fails(server, faults, work, tenant):
    connection = server.connect("root@sys")
    for number in (errno.EIO, errno.EACCES):
        for nth in NTH:
            faults.arm("open", number, directory_of(work, "data", "a"), nth)
            ended = end_of(connection, tenant, begin(connection, tenant, "a"), 90)
            check(ended == ("COMPLETED", 0, 2, 2, ""), "%s at open %d: %s", errno_name(number), nth, ended)
            check(faults.hits > 0, "there is no open %d", nth)
            faults.disarm()
    connection.close()


def hangs(server, faults, work, tenant, other):
    connection = server.connect("root@sys")
    faults.arm("open", 0, directory_of(work, "data", "a"), every=True)
    number = begin(connection, tenant, "a")
    wait_until(lambda: faults.hits > 0, 20, "the call that hangs")
    begun = time.monotonic()
    check(end_of(connection, other, begin(connection, other, "b"))[:2] == ("COMPLETED", 0), "another tenant's")
    check(time.monotonic() - begun < 20, "another tenant's job took %.1f s", time.monotonic() - begun)
    wait_until(lambda: (job(connection, tenant, number)[5] or "") != "", 20 * DEADLINE, "the comment")
    check(job(connection, tenant, number)[:2] == ("JOBS", "DOING"), "it isn't tried again: %s", job(connection, tenant, number))
    query(connection, "ALTER SYSTEM CANCEL VALIDATE BACKUP TENANT = a")
    check(end_of(connection, tenant, number, 5)[:2] == ("CANCELED", -4072), "it isn't cancelled")
    faults.disarm()
    check(end_of(connection, tenant, begin(connection, tenant, "a"), 90)[:2] == ("COMPLETED", 0), "once it answers")
    connection.close()


def stops_while_it_hangs(server, faults, work, tenant):
    connection = server.connect("root@sys")
    faults.arm("open", 0, directory_of(work, "data", "a"), every=True)
    number = begin(connection, tenant, "a")
    connection.close()
    wait_until(lambda: faults.hits > 0, 20, "the call that hangs")
    begun = time.monotonic()
    server.stop()
    check(time.monotonic() - begun < STOP, "the server ended after %.1f s", time.monotonic() - begun)
    faults.disarm()
    server.start()
    connection = server.connect("root@sys")
    check(end_of(connection, tenant, number, 90)[:2] == ("COMPLETED", 0), "after the restart")
    connection.close()


def dies(server, faults, work, tenant):
    for nth in NTH:
        connection = server.connect("root@sys")
        faults.arm("open", KILLED, directory_of(work, "data", "a"), nth)
        # The job may be so quick that the statement isn't answered any more.
        attempt(connection, "ALTER SYSTEM VALIDATE BACKUPSET TENANT = a")
        wait_until(lambda: server.process.poll() is not None, 30, "the server's death")
        server.kill()
        faults.disarm()
        server.start()
        connection = server.connect("root@sys")
        ended = end_of(connection, tenant, newest(connection, tenant), 90)
        check(ended == ("COMPLETED", 0, 2, 2, ""), "killed at open %d: %s", nth, ended)
        connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-validate-inject-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        faults = Faults(os.path.join(base, "control"))
        settings = ["--set", "job_visible_time=0", "--set", "backup_dest_timeout=%ds" % DEADLINE]
        with Server(options.server, os.path.join(base, "data"), settings, env=faults.environment(options.shim)) as server:
            tenant, other = (backed_up(server, work, name) for name in "ab")
            fails(server, faults, work, tenant)
            hangs(server, faults, work, tenant, other)
            stops_while_it_hangs(server, faults, work, tenant)
            dies(server, faults, work, tenant)


if __name__ == "__main__":
    main()
