#!/usr/bin/python3
"""The clean-up deletes what it was told to, or what a policy lets expire, and nothing else.

    clean_up.py --server PROGRAM
"""

import argparse
import os
import shutil
import tempfile
import time

from backup_jobs import check_sets, complete_by_the_tool, directory_of, files_below, make_tenant, set_rows, wait_for_end
from faults import Server, check, query, tree, wait_until

SHOWN = 2           # seconds: job_visible_time of this server
COLUMNS = "STATUS, RESULT, TASK_COUNT, SUCCESS_TASK_COUNT, COMMENT"


def job(connection, tenant, number):
    """(view, status, result, tasks, good ones, comment); JOBS is read before the history, as tools do."""
    for view in ("JOBS", "JOB_HISTORY"):
        rows = query(connection, "SELECT %s FROM oceanbase.CDB_OB_BACKUP_DELETE_%s WHERE TENANT_ID = %d AND JOB_ID = %d"
                     % (COLUMNS, view, tenant, number))
        if rows:
            return (view,) + tuple(rows[0])
    return None


def newest(connection, tenant):
    rows = query(connection, "SELECT MAX(n) FROM (SELECT JOB_ID n FROM oceanbase.CDB_OB_BACKUP_DELETE_JOBS WHERE TENANT_ID = %d"
                             " UNION ALL SELECT JOB_ID FROM oceanbase.CDB_OB_BACKUP_DELETE_JOB_HISTORY WHERE TENANT_ID = %d) j"
                 % (tenant, tenant))
    return int(rows[0][0] or 0)


def end_of(connection, tenant, number, seconds=60):
    found = []

    def ended():
        found[:] = [job(connection, tenant, number)]
        check(found[0] is not None, "job %d is in neither view", number)
        return found[0][0] == "JOB_HISTORY"
    wait_until(ended, seconds, "the end of clean-up %d" % number)
    return found[0][1:]


def wait_for_deletions(connection, tenant, seconds=60):
    wait_until(lambda: not query(connection, "SELECT 1 FROM oceanbase.CDB_OB_BACKUP_DELETE_JOBS WHERE TENANT_ID = %d LIMIT 1"
                                             % tenant), seconds, "the end of all clean-ups of tenant %d" % tenant)


def delete(connection, tenant, name, what):
    query(connection, "ALTER SYSTEM DELETE %s TENANT = %s" % (what, name))
    return end_of(connection, tenant, newest(connection, tenant))


def tasks_of(connection, tenant, number):
    return [tuple(row) for row in query(
        connection, "SELECT TASK_TYPE, ID, STATUS, RESULT FROM oceanbase.CDB_OB_BACKUP_DELETE_TASK_HISTORY"
                    " WHERE TENANT_ID = %d AND JOB_ID = %d ORDER BY TASK_ID" % (tenant, number))]


def back_up(server, connection, tenant, name, kinds):
    own = server.connect("root@%s" % name)
    first = len(set_rows(connection, tenant)) + 1
    for number, kind in enumerate(kinds, first):
        query(own, "CREATE USER u%d IDENTIFIED BY 'p'" % number)
        query(own, "ALTER SYSTEM BACKUP %sDATABASE" % ("INCREMENTAL " if kind == "inc" else ""))
        check(wait_for_end(connection, tenant, number)[1] == "COMPLETED", "backup %d", number)
    own.close()


def names_of_set(work, name, number):
    return [file for file in files_below(directory_of(work, "data", name)) if "backup_set_%d_" % number in file]


def by_hand(server, work):
    """What is older than the newest full set goes, with what builds on it, and not a file of it is left."""
    tenant = make_tenant(server, work, "hand")
    connection = server.connect("root@sys")
    back_up(server, connection, tenant, "hand", ["full", "inc", "full", "inc"])
    for what, comment in (("BACKUPSET 1", "id=1(dependent by backup set id=2)"),
                          ("BACKUPSET 1, 2, 3", "id=3(newer than latest full backupset id=3)"),
                          ("BACKUPSET 9", "id=9(get set failed)"),
                          ("BACKUP ALL data_backup_dest = 'file://%s'" % directory_of(work, "data", "hand"),
                           "id=4(newer than latest full backupset id=3)")):
        check(delete(connection, tenant, "hand", what) == ("FAILED", -9045, 0, 0, comment), "%s", what)
    check(complete_by_the_tool(server, directory_of(work, "data", "hand")) == [1, 2, 3, 4], "something is gone")
    begun = time.monotonic()
    check(delete(connection, tenant, "hand", "BACKUPSET 1, 2") == ("COMPLETED", 0, 2, 2, ""), "BACKUPSET 1, 2")
    check(time.monotonic() - begun >= SHOWN - 0.5, "it went to the history after %.1f s", time.monotonic() - begun)
    check(tasks_of(connection, tenant, newest(connection, tenant)) == [
        ("BACKUP SET", 2, "COMPLETED", 0), ("BACKUP SET", 1, "COMPLETED", 0)], "its tasks")
    rows, _ = check_sets(connection, tenant, directory_of(work, "data", "hand"))
    check([rows[number][2] for number in (1, 2, 3, 4)] == ["DELETED", "DELETED", "AVAILABLE", "AVAILABLE"], "%s", rows)
    for number in (1, 2):
        check(names_of_set(work, "hand", number) == [], "set %d has left %s", number, names_of_set(work, "hand", number))
    check(complete_by_the_tool(server, directory_of(work, "data", "hand")) == [3, 4], "by the tool")
    check(delete(connection, tenant, "hand", "BACKUPSET 1")[4] == "id=1(already deleted)", "twice")
    back_up(server, connection, tenant, "hand", ["inc"])
    check(set_rows(connection, tenant)[5] == ("INC", "SUCCESS", "AVAILABLE"), "%s", set_rows(connection, tenant))
    connection.close()


def freeze(connection, tenant, name, piece):
    query(connection, "ALTER SYSTEM NOARCHIVELOG TENANT = %s" % name)
    wait_until(lambda: query(connection, "SELECT STATUS FROM oceanbase.CDB_OB_ARCHIVELOG_PIECE_FILES WHERE TENANT_ID = %d"
                                         " AND PIECE_ID = %d" % (tenant, piece))[0][0] == "FROZEN", 30, "the piece's end")
    query(connection, "ALTER SYSTEM ARCHIVELOG TENANT = %s" % name)
    wait_until(lambda: query(connection, "SELECT STATUS FROM oceanbase.CDB_OB_ARCHIVELOG WHERE TENANT_ID = %d"
                                         % tenant)[0][0] == "DOING", 30, "the next round")


def pieces(connection, tenant):
    return [tuple(row) for row in query(connection, "SELECT PIECE_ID, FILE_STATUS FROM oceanbase.CDB_OB_ARCHIVELOG_PIECE_FILES"
                                                    " WHERE TENANT_ID = %d ORDER BY PIECE_ID" % tenant)]


def of_the_log(server, work):
    """Pieces that end before the newest full set go, with their round; those behind it don't."""
    tenant = make_tenant(server, work, "log")
    connection = server.connect("root@sys")
    back_up(server, connection, tenant, "log", ["full"])
    freeze(connection, tenant, "log", 1)
    check(delete(connection, tenant, "log", "ARCHIVELOG_PIECE 1")[:2] == ("FAILED", -9069), "it is needed by set 1")
    back_up(server, connection, tenant, "log", ["full"])
    check(delete(connection, tenant, "log", "ARCHIVELOG_PIECE 2")[4] == "id=2(is active piece)", "an active one")
    check(delete(connection, tenant, "log", "ARCHIVELOG_PIECE 1") == ("COMPLETED", 0, 1, 1, ""), "piece 1")
    check(pieces(connection, tenant) == [(1, "DELETED"), (2, "AVAILABLE")], "%s", pieces(connection, tenant))
    left = [file for file in files_below(directory_of(work, "archive", "log")) if "r1p1" in file or "r1_" in file]
    check(left == [], "piece 1 has left %s", left)
    check([file for file in files_below(directory_of(work, "archive", "log")) if "r2p2" in file], "piece 2 is gone")
    connection.close()


def by_policy(server, work):
    """What expires goes by DELETE OBSOLETE; the newest set that does stays, with its log."""
    tenant = make_tenant(server, work, "policy")
    connection = server.connect("root@sys")
    back_up(server, connection, tenant, "policy", ["full", "inc"])
    freeze(connection, tenant, "policy", 1)
    back_up(server, connection, tenant, "policy", ["full", "inc"])
    query(connection, "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '1d' TENANT policy")
    check(delete(connection, tenant, "policy", "OBSOLETE BACKUP") == ("COMPLETED", 0, 0, 0, ""), "nothing has expired")
    check(delete(connection, tenant, "policy", "BACKUPSET 1, 2")[:2] == ("FAILED", -9045), "by hand, beside a policy")
    query(connection, "ALTER SYSTEM DROP DELETE BACKUP POLICY 'default' TENANT policy")
    query(connection, "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '1us' TENANT policy")
    check(delete(connection, tenant, "policy", "OBSOLETE BACKUP") == ("COMPLETED", 0, 3, 3, ""), "what has expired")
    check(tasks_of(connection, tenant, newest(connection, tenant)) == [
        ("BACKUP SET", 2, "COMPLETED", 0), ("BACKUP SET", 1, "COMPLETED", 0), ("BACKUP PIECE", 1, "COMPLETED", 0)], "its tasks")
    check(complete_by_the_tool(server, directory_of(work, "data", "policy")) == [3, 4], "by the tool")
    check(delete(connection, tenant, "policy", "OBSOLETE BACKUP")[2] == 0, "again")
    connection.close()


def not_ours(server, work):
    """Without its format file, or with another's, nothing of a place is touched."""
    tenant = make_tenant(server, work, "lost")
    connection = server.connect("root@sys")
    back_up(server, connection, tenant, "lost", ["full", "full"])
    data = directory_of(work, "data", "lost")
    file = os.path.join(data, "format")
    kept = os.path.join(work, "kept")
    shutil.move(file, kept)
    before = tree(data)
    ended = delete(connection, tenant, "lost", "BACKUPSET 1")
    check(ended[:2] == ("FAILED", -9045) and ended[4].startswith("id=1(dest connectivity check failed)"), "%s", ended)
    shutil.copy(os.path.join(directory_of(work, "data", "hand"), "format"), file)
    check(delete(connection, tenant, "lost", "BACKUPSET 1")[:2] == ("FAILED", -9045), "with another's")
    os.remove(file)
    check(tree(data) == before, "something was touched")
    shutil.move(kept, file)
    check(set_rows(connection, tenant)[1][2] == "AVAILABLE", "it is %s", set_rows(connection, tenant)[1])
    check(delete(connection, tenant, "lost", "BACKUPSET 1")[:2] == ("COMPLETED", 0), "with its own")
    connection.close()


def old_path(server, work):
    """At a destination that isn't the current one any more everything may go."""
    tenant = make_tenant(server, work, "old")
    connection = server.connect("root@sys")
    back_up(server, connection, tenant, "old", ["full", "inc"])
    moved = os.path.join(work, "data", "moved")
    os.makedirs(moved)
    time.sleep(SHOWN)
    wait_until(lambda: not query(connection, "SELECT 1 FROM oceanbase.CDB_OB_BACKUP_JOBS WHERE TENANT_ID = %d" % tenant), 30,
               "the end of jobs")
    query(connection, "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s' TENANT = old" % moved)
    path = "file://" + directory_of(work, "data", "old")
    check(delete(connection, tenant, "old", "BACKUPSET 1")[4] == "id=1(dependent by backup set id=2)", "a base")
    check(delete(connection, tenant, "old", "BACKUP ALL data_backup_dest = '%s'" % path) == ("COMPLETED", 0, 2, 2, ""), "all")
    check(names_of_set(work, "old", 1) + names_of_set(work, "old", 2) == [], "something is left")
    connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-clean-up-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        with Server(options.server, os.path.join(base, "data"), ["--set", "job_visible_time=%ds" % SHOWN]) as server:
            for case in (by_hand, of_the_log, by_policy, not_ours, old_path):
                case(server, work)
                print(case.__name__, flush=True)
    print("ok")


if __name__ == "__main__":
    main()
