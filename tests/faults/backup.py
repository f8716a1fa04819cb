#!/usr/bin/python3
"""Backups as tools wait for them: rows at once, DOING while they are shown, the history, and what lies at the destination.

    backup.py --server PROGRAM
"""

import argparse
import hashlib
import os
import shutil
import tempfile
import time

import backup_jobs
from backup_jobs import check_sets, directory_of, job, make_tenant, newest_job, set_rows, sets_at, wait_for_end
from faults import Server, attempt, check, query, wait_until

SHOWN = 3           # seconds: job_visible_time of this server
PASSWORD = "canary-Wolfsmilch-7"


def shown_until_its_time(server, work):
    """A job that is done is DOING until its time is over, and in one of the two views at every moment."""
    tenant = make_tenant(server, work, "shown")
    connection = server.connect("root@sys")
    begun = time.monotonic()
    query(connection, "ALTER SYSTEM BACKUP TENANT = shown DESCRIPTION = 'nightly'")
    check(job(connection, tenant, 1)[0] == "JOBS", "the row isn't there before the OK")
    tasks = query(connection, "SELECT JOB_ID, BACKUP_SET_ID FROM oceanbase.CDB_OB_BACKUP_TASKS WHERE TENANT_ID = %d" % tenant)
    check(tasks == ((1, 1),), "tasks: %s", tasks)
    parent = query(connection, "SELECT JOB_ID, JOB_LEVEL, INITIATOR_JOB_ID, EXECUTOR_TENANT_ID, BACKUP_SET_ID, PATH FROM"
                               " oceanbase.CDB_OB_BACKUP_JOBS WHERE TENANT_ID = 1")
    check(parent == ((1, "CLUSTER", 1, str(tenant), 0, ""),), "the parent is %s", parent)
    own = query(connection, "SELECT INITIATOR_TENANT_ID, INITIATOR_JOB_ID, JOB_LEVEL, PATH, PLUS_ARCHIVELOG, ENCRYPTION_MODE,"
                            " DESCRIPTION, END_TIMESTAMP FROM oceanbase.CDB_OB_BACKUP_JOBS WHERE TENANT_ID = %d" % tenant)
    path = "file://" + directory_of(work, "data", "shown")
    check(own == ((1, 1, "USER_TENANT", path, "OFF", "NONE", "nightly", None),), "the job is %s", own)
    wait_until(lambda: set_rows(connection, tenant) == {1: ("FULL", "SUCCESS", "AVAILABLE")}, 2, "the set")
    check(job(connection, tenant, 1)[:2] == ("JOBS", "DOING"), "a job that is done isn't shown")
    for again in ("ALTER SYSTEM BACKUP TENANT = shown", "ALTER SYSTEM SET DATA_BACKUP_DEST = '' TENANT = shown",
                  "ALTER SYSTEM SET DATA_BACKUP_DEST = '%s' TENANT = shown" % path):
        check(attempt(connection, again)[0] == 9036, "%s is not 9036", again)
    query(connection, "ALTER SYSTEM CANCEL BACKUP TENANT = shown")
    ended = wait_for_end(connection, tenant, 1)
    check(time.monotonic() - begun >= SHOWN, "it went to the history after %.1f s", time.monotonic() - begun)
    check(ended[1:3] == ("COMPLETED", 0), "it ended %s", ended)
    check(wait_for_end(connection, 1, 1)[1] == "COMPLETED", "the parent didn't end with it")
    check_sets(connection, tenant, directory_of(work, "data", "shown"))
    scn = query(connection, "SELECT s.MIN_RESTORE_SCN, s.START_REPLAY_SCN, s.RESULT, t.TENANT_NAME, s.OUTPUT_BYTES, s.FILE_COUNT"
                            " FROM oceanbase.CDB_OB_BACKUP_SET_FILES s JOIN oceanbase.DBA_OB_TENANTS t ON t.TENANT_ID ="
                            " s.TENANT_ID WHERE s.TENANT_ID = %d" % tenant)[0]
    check(abs(scn[0] / 1e9 - time.time()) < 600 and scn[1] == scn[0], "the SCNs are %s", scn)
    check(scn[2:4] == (0, "shown") and scn[4] > 0 and scn[5] >= 2, "the set is %s", scn)
    connection.close()


def by_the_tenant(server, work):
    """A tenant backs itself up; an incremental set builds on the newest one."""
    tenant = make_tenant(server, work, "own")
    connection = server.connect("root@own")
    system = server.connect("root@sys")
    kinds = []
    for number, statement in enumerate(("BACKUP INCREMENTAL DATABASE", "BACKUP INCREMENTAL DATABASE",
                                        "BACKUP DATABASE PLUS ARCHIVELOG", "BACKUP INCREMENTAL DATABASE"), 1):
        query(connection, "CREATE USER u%d IDENTIFIED BY 'p'" % number)
        query(connection, "ALTER SYSTEM %s" % statement)
        rows = query(connection, "SELECT INITIATOR_TENANT_ID, INITIATOR_JOB_ID, PLUS_ARCHIVELOG FROM DBA_OB_BACKUP_JOBS")
        check(rows == ((tenant, 0, "ON" if "PLUS" in statement else "OFF"),), "the job is %s", rows)
        ended = wait_for_end(system, tenant, number)
        check(ended[1] == "COMPLETED", "job %d ended %s", number, ended)
        kinds.append(set_rows(system, tenant)[number][0])
    check(kinds == ["FULL", "INC", "FULL", "INC"], "the types are %s", kinds)
    chain = query(connection, "SELECT PREV_FULL_BACKUP_SET_ID, PREV_INC_BACKUP_SET_ID FROM DBA_OB_BACKUP_SET_FILES"
                              " ORDER BY BACKUP_SET_ID")
    check(chain == ((0, 0), (1, 1), (0, 0), (3, 3)), "the chain is %s", chain)
    check_sets(system, tenant, directory_of(work, "data", "own"))
    connection.close()
    system.close()


def format_file_missing(server, work):
    """The job reads the format file first: -9080 without it, -9081 for another's, at once and once only."""
    tenant = make_tenant(server, work, "format")
    other = make_tenant(server, work, "other")
    connection = server.connect("root@sys")
    file = os.path.join(directory_of(work, "data", "format"), "format")
    saved = file + "-saved"
    shutil.move(file, os.path.join(work, "saved"))
    for result, prepare in ((-9080, lambda: None),
                            (-9081, lambda: shutil.copy(os.path.join(directory_of(work, "data", "other"), "format"), file))):
        prepare()
        query(connection, "ALTER SYSTEM BACKUP TENANT = format")
        ended = wait_for_end(connection, tenant, newest_job(connection, tenant), 10)
        check(ended[1:3] == ("FAILED", result) and ended[3], "it ended %s", ended)
        check(wait_for_end(connection, 1, newest_job(connection, 1))[1:3] == ("FAILED", result), "the parent didn't")
    check(set_rows(connection, tenant) == {} and sets_at(directory_of(work, "data", "format")) == {}, "there is a set")
    shutil.move(os.path.join(work, "saved"), file)
    query(connection, "ALTER SYSTEM BACKUP TENANT = format, other")
    for each in (tenant, other):
        check(wait_for_end(connection, each, newest_job(connection, each))[1] == "COMPLETED", "tenant %d didn't", each)
    check(set_rows(connection, tenant) == {3: ("FULL", "SUCCESS", "AVAILABLE")}, "numbers of sets were given again")
    check(not os.path.exists(saved), "")
    connection.close()


def fails_then_goes_on(server, work):
    """What fails is tried again; CANCEL ends a job between two attempts; what it left is removed."""
    tenant = make_tenant(server, work, "fails")
    connection = server.connect("root@sys")
    data = directory_of(work, "data", "fails")
    blocker = os.path.join(data, "backup_sets")
    with open(blocker, "w", encoding="utf-8"):
        pass                                     # a file where the job needs a directory
    query(connection, "ALTER SYSTEM BACKUP TENANT = fails")
    wait_until(lambda: (job(connection, tenant, 1)[3] or "") != "", 20, "the first failure's comment")
    check(job(connection, tenant, 1)[:2] == ("JOBS", "DOING"), "it isn't tried again")
    os.remove(blocker)
    check(wait_for_end(connection, tenant, 1)[1:3] == ("COMPLETED", 0), "it didn't go on")
    os.rename(blocker, blocker + "-away")
    with open(blocker, "w", encoding="utf-8"):
        pass
    query(connection, "ALTER SYSTEM BACKUP TENANT = fails")
    wait_until(lambda: (job(connection, tenant, 2)[3] or "") != "", 20, "the second job's failure")
    query(connection, "ALTER SYSTEM CANCEL BACKUP")
    ended = wait_for_end(connection, tenant, 2, 5)
    check(ended[1:3] == ("CANCELED", -4072), "it ended %s", ended)
    os.remove(blocker)
    os.rename(blocker + "-away", blocker)
    query(connection, "ALTER SYSTEM BACKUP TENANT = fails")
    check(wait_for_end(connection, tenant, 3)[1] == "COMPLETED", "the next one didn't")
    check(sorted(sets_at(data)) == [1, 3], "there is %s", sets_at(data))
    connection.close()


def in_both_modes(server, work):
    """The views give the same rows in whole, to sys, to a tenant in MySQL mode and to one in Oracle mode."""
    system = server.connect("root@sys")
    for mode, user, schema in (("mysql", "root@views_mysql", "oceanbase."), ("oracle", "SYS@views_oracle", "SYS.")):
        tenant = make_tenant(server, work, "views_" + mode, mode)
        connection = server.connect(user, database=None)
        query(connection, "ALTER SYSTEM BACKUP DATABASE PLUS ARCHIVELOG DESCRIPTION = 'both'")
        for view in ("JOBS", "TASKS"):
            rows = query(connection, "SELECT * FROM %sDBA_OB_BACKUP_%s" % (schema, view))
            check(len(rows) == 1, "%s in %s mode: %s", view, mode, rows)
        check(wait_for_end(system, tenant, 1)[1] == "COMPLETED", "the backup in %s mode", mode)
        for view in ("JOB_HISTORY", "TASK_HISTORY", "SET_FILES"):
            rows = query(connection, "SELECT * FROM %sDBA_OB_BACKUP_%s" % (schema, view))
            everybody = query(system, "SELECT * FROM oceanbase.CDB_OB_BACKUP_%s WHERE TENANT_ID = %d" % (view, tenant))
            check(len(rows) == len(everybody) == 1, "%s in %s mode: %s, %s", view, mode, rows, everybody)
            check(None not in [row for row in rows[0][:8]], "%s in %s mode: %s", view, mode, rows)
        shown = query(connection, "SELECT STATUS, FILE_STATUS, START_REPLAY_SCN_DISPLAY, MIN_RESTORE_SCN_DISPLAY, ELAPSED_SECONDES"
                                  " FROM %sDBA_OB_BACKUP_SET_FILES" % schema)[0]
        check(shown[:2] == ("SUCCESS", "AVAILABLE") and shown[2] and shown[3], "%s", shown)
        if mode == "mysql":         # in the other one it is a TIMESTAMP in NLS_TIMESTAMP_FORMAT
            check(str(shown[2])[:19] == str(shown[3])[:19], "%s", shown)
        connection.close()
    system.close()


def secrets_stay(server, work):
    """No password in clear at the destination, in the catalogue, in a view or in the log."""
    tenant = make_tenant(server, work, "secret")
    connection = server.connect("root@secret")
    query(connection, "CREATE USER holder IDENTIFIED BY '%s'" % PASSWORD)
    query(connection, "SET ENCRYPTION ON IDENTIFIED BY '%s' ONLY" % PASSWORD)
    query(connection, "ALTER SYSTEM BACKUP DATABASE")
    system = server.connect("root@sys")
    check(wait_for_end(system, tenant, 1)[1] == "COMPLETED", "it didn't end")
    mode, mark = query(connection, "SELECT ENCRYPTION_MODE, PASSWD FROM DBA_OB_BACKUP_SET_FILES")[0]
    check(mode == "PASSWORD" and len(mark) == 41 and mark[0] == "*", "the views say %s %s", mode, mark)
    unkeyed = "*" + hashlib.sha1(hashlib.sha1(PASSWORD.encode()).digest()).hexdigest()
    check(mark.lower() != unkeyed, "PASSWD can be tried without the server's key")
    for file in list(backup_jobs.files_below(directory_of(work, "data", "secret"))) + list(backup_jobs.files_below(server.data_dir)):
        with open(file, "rb") as content:
            check(PASSWORD.encode() not in content.read(), "the password is in %s", file)
    check(PASSWORD not in server.log(), "the password is in the log")
    connection.close()
    system.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-backup-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        with Server(options.server, os.path.join(base, "data"), ["--set", "job_visible_time=%ds" % SHOWN]) as server:
            for test in (shown_until_its_time, by_the_tenant, format_file_missing, fails_then_goes_on, in_both_modes,
                         secrets_stay):
                begun = time.monotonic()
                test(server, work)
                print("%s: %.1f s" % (test.__name__, time.monotonic() - begun), flush=True)


if __name__ == "__main__":
    main()
