#!/usr/bin/python3
"""kill -9 at random moments while tenants are backed up, and old sets are deleted.

    backup_crash.py --server PROGRAM [--rounds N] [--seed S]

After each restart every job whose statement was acknowledged comes to its end by itself, COMPLETED; what the views call complete
is whole at the destination, to the byte; and what lies there besides is nobody's whole set. A set whose deletion was acknowledged
is gone, or it was refused; what isn't deleted, nobody deleted.
"""

import argparse
import os
import random
import tempfile
import threading
import time

import pymysql
from backup_jobs import check_sets, complete_by_the_tool, directory_of, job, kept, make_tenant, newest_job, wait_for_end, whole
from clean_up import wait_for_deletions
from faults import Server, attempt, check, query

TENANTS = ["a", "b", "c"]
LONGEST_STREAM = 0.25     # seconds from the streams' start to the kill


class Stream(threading.Thread):
    """Changes a tenant and backs it up, again and again, until the connection breaks."""

    def __init__(self, server, name, tenant, chance):
        super().__init__(daemon=True)
        self.connection = server.connect("root@%s" % name)
        self.tenant, self.chance = tenant, chance
        self.acknowledged = 0
        self.deletions = 0
        self.error = None

    def run(self):
        try:
            while True:
                self.step()
        except (pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError) as error:
            if error.args and error.args[0] not in (0, 2006, 2013):
                self.error = error          # the server's own answer, not a broken connection

    def step(self):
        query(self.connection, "CREATE USER IF NOT EXISTS u%d" % self.chance.randrange(1_000_000))
        if self.chance.random() < 0.3:
            self.delete()
        statement = self.chance.choice(["BACKUP DATABASE", "BACKUP INCREMENTAL DATABASE"])
        number, _ = attempt(self.connection, "ALTER SYSTEM " + statement)
        if number in (0, 2006, 2013):
            raise OSError()
        check(number in (None, 9036), "BACKUP is %s", number)
        self.acknowledged += number is None

    def delete(self):
        """The oldest full set with all that builds on it; it may be refused, where a backup has just begun to build on it."""
        rows = query(self.connection, "SELECT BACKUP_SET_ID, BACKUP_TYPE FROM oceanbase.DBA_OB_BACKUP_SET_FILES"
                                      " WHERE STATUS = 'SUCCESS' AND FILE_STATUS = 'AVAILABLE' ORDER BY BACKUP_SET_ID")
        full = [row[0] for row in rows if row[1] == "FULL"]
        if len(full) < 2:
            return
        ids = [row[0] for row in rows if row[0] < full[1]][:32]
        number, _ = attempt(self.connection, "ALTER SYSTEM DELETE BACKUPSET " + ",".join(map(str, ids)))
        if number in (0, 2006, 2013):
            raise OSError()
        check(number in (None, 4023), "DELETE BACKUPSET is %s", number)
        self.deletions += number is None


def settle(server, work, tenants):
    """Every job ends by itself; then the destinations are looked at."""
    connection = server.connect("root@sys")
    for name, tenant in tenants.items():
        for number in range(max(1, newest_job(connection, tenant) - 3), newest_job(connection, tenant) + 1):
            if job(connection, tenant, number) is None:
                continue
            ended = wait_for_end(connection, tenant, number)
            check(ended[1:3] == ("COMPLETED", 0), "job %d of %s ended %s", number, name, ended)
        wait_for_deletions(connection, tenant)
        rows, there = check_sets(connection, tenant, directory_of(work, "data", name))
        check(all(row[2] != "DELETING" for row in rows.values()), "%s: no clean-up runs, and there is %s", name, rows)
        check(kept(rows) == whole(there), "%s: the view has %s, the destination %s", name, kept(rows), whole(there))
        complete = complete_by_the_tool(server, directory_of(work, "data", name))
        check(complete == kept(rows), "%s: the view has %s, the tool calls %s complete", name, kept(rows), complete)
    connection.close()


def run(server, work, rounds, chance):
    tenants = {name: make_tenant(server, work, name) for name in TENANTS}
    acknowledged = deletions = 0
    for _ in range(rounds):
        streams = [Stream(server, name, tenant, random.Random(chance.random())) for name, tenant in tenants.items()]
        for stream in streams:
            stream.start()
        time.sleep(chance.uniform(0, LONGEST_STREAM))
        server.kill()
        for stream in streams:
            stream.join(60)
            check(not stream.is_alive(), "a client still waits for a server that was killed")
            if stream.error is not None:
                raise stream.error
        acknowledged += sum(stream.acknowledged for stream in streams)
        deletions += sum(stream.deletions for stream in streams)
        while chance.random() < 0.2:        # the start itself is killed
            server.launch()
            time.sleep(chance.uniform(0, 0.1))
            server.kill()
        server.start()
        settle(server, work, tenants)
    print("%d rounds, %d backups and %d deletions acknowledged" % (rounds, acknowledged, deletions))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print("seed", options.seed, flush=True)
    with tempfile.TemporaryDirectory(prefix="breakwater-backup-crash-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        with Server(options.server, os.path.join(base, "data"), ["--set", "job_visible_time=0"]) as server:
            run(server, work, options.rounds, random.Random(options.seed))


if __name__ == "__main__":
    main()
