#!/usr/bin/python3
"""The clean-up on a file system whose calls fail, hang, or after which the power is gone.

    clean_up_inject.py --server PROGRAM --shim LIBRARY

One call fails: the job goes on by itself, and nothing is left. It hangs: its own job waits, another tenant's doesn't, and CANCEL
ends it. The process dies before it: the job goes on after the restart. What is half gone is never called complete.
"""

import argparse
import errno
import os
import tempfile
import time

from backup_jobs import check_sets, complete_by_the_tool, directory_of, make_tenant, set_rows
from clean_up import back_up, delete, end_of, job, names_of_set, newest
from faults import KILLED, Faults, Server, attempt, check, errno_name, query, wait_until

DEADLINE = 2        # seconds: backup_dest_timeout
CALLS = [("unlink", 1), ("unlink", 2), ("unlink", 3), ("unlink", 4), ("open", 1), ("open", 4), ("open", 9)]


def older(connection, tenant, server, name):
    """Another full set: the number of the one that it makes an old one."""
    back_up(server, connection, tenant, name, ["full"])
    return max(set_rows(connection, tenant)) - 1


def is_gone(server, connection, work, tenant, name, number, what):
    rows, _ = check_sets(connection, tenant, directory_of(work, "data", name))
    check(rows[number][2] == "DELETED", "%s: set %d is %s", what, number, rows[number])
    check(names_of_set(work, name, number) == [], "%s: it has left %s", what, names_of_set(work, name, number))
    check(number not in complete_by_the_tool(server, directory_of(work, "data", name)), "%s: it is complete", what)


def fails(server, faults, work, tenant):
    connection = server.connect("root@sys")
    for operation, nth in CALLS:
        number = older(connection, tenant, server, "a")
        faults.arm(operation, errno.EIO, directory_of(work, "data", "a"), nth)
        query(connection, "ALTER SYSTEM DELETE BACKUPSET %d TENANT = a" % number)
        ended = end_of(connection, tenant, newest(connection, tenant), 90)
        what = "%s %d %s" % (operation, nth, errno_name(errno.EIO))
        check(ended == ("COMPLETED", 0, 1, 1, ""), "%s: %s", what, ended)
        check(faults.hits > 0, "there is no %s", what)
        faults.disarm()
        is_gone(server, connection, work, tenant, "a", number, what)
    connection.close()


def hangs(server, faults, work, tenant, other):
    connection = server.connect("root@sys")
    number, others = older(connection, tenant, server, "a"), older(connection, other, server, "b")
    faults.arm("unlink", 0, directory_of(work, "data", "a"), every=True)
    query(connection, "ALTER SYSTEM DELETE BACKUPSET %d TENANT = a" % number)
    hung = newest(connection, tenant)
    wait_until(lambda: faults.hits > 0, 20, "the call that hangs")
    check(set_rows(connection, tenant)[number][2] == "DELETING", "it is %s", set_rows(connection, tenant)[number])
    begun = time.monotonic()
    check(delete(connection, other, "b", "BACKUPSET %d" % others)[:2] == ("COMPLETED", 0), "another tenant's")
    check(time.monotonic() - begun < 20, "another tenant's clean-up took %.1f s", time.monotonic() - begun)
    check(job(connection, tenant, hung)[:2] == ("JOBS", "DOING"), "it has ended: %s", job(connection, tenant, hung))
    query(connection, "ALTER SYSTEM CANCEL DELETE BACKUP TENANT = a")
    check(end_of(connection, tenant, hung, 5)[:2] == ("CANCELED", -4072), "it isn't cancelled")
    check(set_rows(connection, tenant)[number][2] == "DELETING", "it is %s", set_rows(connection, tenant)[number])
    faults.disarm()
    check(delete(connection, tenant, "a", "BACKUPSET %d" % number)[:2] == ("COMPLETED", 0), "once it answers")
    is_gone(server, connection, work, tenant, "a", number, "after a cancel")
    connection.close()


def dies(server, faults, work, tenant):
    for operation, nth in CALLS[:5]:
        connection = server.connect("root@sys")
        number = older(connection, tenant, server, "a")
        faults.arm(operation, KILLED, directory_of(work, "data", "a"), nth)
        # The job may be so quick that the statement isn't answered any more.
        attempt(connection, "ALTER SYSTEM DELETE BACKUPSET %d TENANT = a" % number)
        wait_until(lambda: server.process.poll() is not None, 30, "the server's death")
        server.kill()
        faults.disarm()
        server.start()
        connection = server.connect("root@sys")
        what = "killed at %s %d" % (operation, nth)
        ended = end_of(connection, tenant, newest(connection, tenant), 90)
        check(ended == ("COMPLETED", 0, 1, 1, ""), "%s: %s", what, ended)
        is_gone(server, connection, work, tenant, "a", number, what)
        connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-clean-up-inject-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        faults = Faults(os.path.join(base, "control"))
        settings = ["--set", "job_visible_time=0", "--set", "backup_dest_timeout=%ds" % DEADLINE]
        with Server(options.server, os.path.join(base, "data"), settings, env=faults.environment(options.shim)) as server:
            tenant, other = (make_tenant(server, work, name) for name in "ab")
            connection = server.connect("root@sys")
            for name, number in (("a", tenant), ("b", other)):
                back_up(server, connection, number, name, ["full"])
            connection.close()
            fails(server, faults, work, tenant)
            hangs(server, faults, work, tenant, other)
            dies(server, faults, work, tenant)
    print("ok")


if __name__ == "__main__":
    main()
