#!/usr/bin/python3
"""Each kind of job, and each of its first system calls: the call fails, or the process is killed before it. The job goes on by itself,
and what it leaves is as if nothing had been.

    job_inject.py --server PROGRAM --shim LIBRARY [--share N] [--seed S]

--share: so many of all cases, drawn.
"""

import argparse
import errno
import os
import random
import tempfile
import time

import pymysql

import clean_up
import restore
import validate
from backup_jobs import check_sets, directory_of, kept, make_tenant, newest_job, wait_for_end, whole
from backup_mix import Dead, Model, state_of
from faults import KILLED, Faults, Server, attempt, check, errno_name, query, wait_until

CALLS = 40          # of each job, from the first on
ERRORS = [errno.EIO, errno.ENOSPC, errno.EACCES, KILLED]
SECONDS = 120       # a job's first pauses are 1 and 10 seconds
HIT = 5             # seconds in which a job comes to the call, if it has so many


class Cases:
    def __init__(self, server, faults, work, chance):
        self.server, self.faults, self.work, self.chance = server, faults, work, chance
        self.tenant = make_tenant(server, work, "t")
        self.model = Model(server, "t")
        self.restored = 0
        self.connect()
        for _ in range(3):
            self.model.change(self.own, chance)
        self.back_up("DATABASE")

    def connect(self):
        self.own, self.system = self.server.connect("root@t"), self.server.connect("root@sys")

    def back_up(self, kind):
        query(self.own, "ALTER SYSTEM BACKUP " + kind)
        check(wait_for_end(self.system, self.tenant, newest_job(self.system, self.tenant), SECONDS)[1] == "COMPLETED", "a backup")

    def uri(self):
        return "file://%s,file://%s" % (directory_of(self.work, "data", "t"), directory_of(self.work, "archive", "t"))

    # ---- the jobs: what begins one, and what holds once it has ended

    def begin_archive(self):
        for _ in range(3):
            try:
                self.model.change(self.own, self.chance)
            except Dead:
                return
            time.sleep(0.3)

    def end_archive(self):
        query(self.system, "ALTER SYSTEM SET archive_lag_target = '1s' TENANT = t")
        self.wait_for_archive(time.time_ns())

    def wait_for_archive(self, checkpoint=0):
        """A fault may meet the archive in any case, and no backup begins while it is interrupted."""
        rows = "SELECT STATUS, CHECKPOINT_SCN FROM oceanbase.CDB_OB_ARCHIVELOG WHERE TENANT_ID = %d" % self.tenant
        wait_until(lambda: query(self.system, rows)[0][0] == "DOING" and int(query(self.system, rows)[0][1]) > checkpoint, SECONDS,
                   "the archive, which is %s" % (query(self.system, rows),))

    def begin_full(self):
        attempt(self.own, "ALTER SYSTEM BACKUP DATABASE")

    def begin_incremental(self):
        attempt(self.own, "ALTER SYSTEM BACKUP INCREMENTAL DATABASE")

    def end_backup(self):
        number = newest_job(self.system, self.tenant)
        ended = wait_for_end(self.system, self.tenant, number, SECONDS)
        check(ended[1:3] == ("COMPLETED", 0), "the backup ended %s", ended)

    end_full = end_incremental = end_backup

    def prepare_delete(self):
        self.back_up("DATABASE")

    def begin_delete(self):
        rows = query(self.own, "SELECT BACKUP_SET_ID, BACKUP_TYPE FROM oceanbase.DBA_OB_BACKUP_SET_FILES WHERE STATUS = 'SUCCESS'"
                               " AND FILE_STATUS = 'AVAILABLE' ORDER BY BACKUP_SET_ID")
        most = min(len(rows) - 1, 32)
        while most > 0 and rows[most][1] != "FULL":     # what an incremental one builds on stays with it
            most -= 1
        ids = [row[0] for row in rows[:most]]
        attempt(self.own, "ALTER SYSTEM DELETE BACKUPSET " + ",".join(map(str, ids)))

    def end_delete(self):
        number = clean_up.newest(self.system, self.tenant)
        if number:
            ended = clean_up.end_of(self.system, self.tenant, number, SECONDS)
            check(ended[0] == "COMPLETED", "the clean-up ended %s", ended)

    def begin_validate(self):
        attempt(self.own, "ALTER SYSTEM VALIDATE BACKUP")

    def end_validate(self):
        number = validate.newest(self.system, self.tenant)
        if number:
            ended = validate.end_of(self.system, self.tenant, number, SECONDS)
            check(ended[0] == "COMPLETED", "the validation ended %s", ended)

    def begin_restore(self):
        self.restored += 1
        query(self.system, "CREATE RESOURCE UNIT IF NOT EXISTS unit1 MAX_CPU = 1, MEMORY_SIZE = '1G'")
        query(self.system, "CREATE RESOURCE POOL p%d UNIT = 'unit1', UNIT_NUM = 1, ZONE_LIST = ('zone1')" % self.restored)
        attempt(self.system, "ALTER SYSTEM RESTORE r%d FROM '%s' WITH 'pool_list=p%d'" % (self.restored, self.uri(), self.restored))

    def end_restore(self):
        name = "r%d" % self.restored
        wait_until(lambda: not restore.in_progress(self.system, name), SECONDS, "the end of the restore")
        rows = restore.history(self.system, name)
        if not rows:
            return                          # it was killed before its statement was entered
        if rows[0][2] == "FAIL" and "-9071" in rows[0][3]:
            check(restore.tenant_of(self.system, name) is None, "a restore that failed left a tenant")
            return                          # who may not read is told so at once
        check(rows[0][2] == "SUCCESS", "the restore ended %s", rows[0])
        connection = self.server.connect("root@" + name)
        found, wanted = state_of(connection), self.model.may_be(int(rows[0][5]))
        connection.close()
        check(found in wanted, "it has %s, and not %s", found, wanted)
        restore.drop(self.system, name)

    # ---- one case

    def run(self, kind, nth, error):
        self.wait_for_archive()
        getattr(self, "prepare_" + kind, lambda: None)()
        self.faults.arm("any", error, self.work, nth)
        try:
            getattr(self, "begin_" + kind)()
        except (pymysql.err.OperationalError, pymysql.err.InterfaceError):
            check(error == KILLED, "the connection broke")
        if error == KILLED:
            end = time.monotonic() + HIT
            while self.server.process.poll() is None and time.monotonic() < end:
                time.sleep(0.01)
            self.faults.disarm()
            self.server.kill()
            self.server.start()
            self.connect()
            self.model.settle()
        getattr(self, "end_" + kind)()
        hits = self.faults.hits
        self.faults.disarm()
        rows, there = check_sets(self.system, self.tenant, directory_of(self.work, "data", "t"))
        check(kept(rows) == whole(there), "the view has %s, the destination %s", kept(rows), whole(there))
        return hits


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--share", type=int)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print("seed", options.seed, flush=True)
    chance = random.Random(options.seed)
    all_cases = [(kind, nth, error) for kind in ("archive", "full", "incremental", "delete", "validate", "restore")
                 for nth in range(1, CALLS + 1) for error in ERRORS
                 if error != errno.ENOSPC or kind not in ("validate", "restore")]     # they write nothing
    drawn = chance.sample(all_cases, options.share) if options.share else all_cases
    with tempfile.TemporaryDirectory(prefix="breakwater-job-inject-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        faults = Faults(os.path.join(base, "control"))
        with Server(options.server, os.path.join(base, "data"), ["--set", "job_visible_time=0"],
                    env=faults.environment(options.shim)) as server:
            cases = Cases(server, faults, work, chance)
            for kind, nth, error in drawn:
                begun = time.monotonic()
                name = "killed" if error == KILLED else errno_name(error)
                print("%s %d %s" % (kind, nth, name), end=": ", flush=True)
                hits = cases.run(kind, nth, error)
                print("%d hits, %.1f s" % (hits, time.monotonic() - begun), flush=True)


if __name__ == "__main__":
    main()
