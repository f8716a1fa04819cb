#!/usr/bin/python3
"""backup_schedule with the server's real clock: jobs come once a minute, whether it is killed in between or not.

    schedules.py --server PROGRAM [--kills N]
"""

import argparse
import os
import random
import tempfile
import time

from backup_jobs import make_tenant
from faults import Server, check, query, wait_until

SECONDS = 200       # a minute, and what the machine takes
MINUTE = 60


def runs(connection, tenant):
    """When jobs of the schedule were begun, in minutes since the epoch."""
    rows = []
    for view in ("JOBS", "JOB_HISTORY"):
        rows += query(connection, "SELECT UNIX_TIMESTAMP(START_TIMESTAMP) FROM oceanbase.CDB_OB_BACKUP_%s WHERE TENANT_ID = %d"
                                  " AND DESCRIPTION = 'backup_schedule'" % (view, tenant))
    return sorted(int(row[0]) // MINUTE for row in rows)


def last(connection, kind):
    return query(connection, "SELECT LAST_STATUS, LAST_JOB_ID, LAST_RESULT FROM oceanbase.CDB_OB_BACKUP_SCHEDULES WHERE TYPE = '%s'"
                 % kind)[0]


def each_minute(server, work, chance, kills):
    tenant = make_tenant(server, work, "t")
    system = server.connect("root@sys")
    query(system, "ALTER SYSTEM SET backup_schedule = 'full=* * * * *; validate=* * * * *' TENANT = t")
    check(last(system, "FULL") == (None, None, None), "nothing has run yet")
    wait_until(lambda: last(system, "FULL")[0] == "COMPLETED", SECONDS, "the first backup")
    wait_until(lambda: last(system, "VALIDATE")[0] == "COMPLETED", SECONDS, "the first validation")
    system.close()
    for _ in range(kills):
        time.sleep(chance.uniform(0, 5))
        server.kill()
        server.start()
    system = server.connect("root@sys")
    begun = len(runs(system, tenant))
    if kills:
        wait_until(lambda: len(runs(system, tenant)) > begun, SECONDS, "a backup after the kills")
    minutes = runs(system, tenant)
    check(len(set(minutes)) == len(minutes), "two in one minute: %s", minutes)
    query(system, "ALTER SYSTEM SET backup_schedule = '' TENANT = t")
    check(query(system, "SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_SCHEDULES") == ((0,),), "it is planned still")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print("seed %d" % options.seed, flush=True)
    with tempfile.TemporaryDirectory(prefix="bw_schedules_") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        with Server(options.server, os.path.join(base, "data"), ["--set", "job_visible_time=0"]) as server:
            each_minute(server, work, random.Random(options.seed), options.kills)
            print("ok each_minute", flush=True)


if __name__ == "__main__":
    main()
