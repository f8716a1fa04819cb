#!/usr/bin/python3
"""VALIDATE finds what is missing or damaged at the destination, and nothing else; also through kill -9.

    validate.py --server PROGRAM
"""

import argparse
import contextlib
import os
import random
import shutil
import sqlite3
import tempfile
import time

from backup_jobs import directory_of, files_below, make_tenant, wait_for_end
from faults import Server, attempt, check, query, wait_until

SHOWN = 2           # seconds: job_visible_time of this server
COLUMNS = "STATUS, RESULT, TASK_COUNT, SUCCESS_TASK_COUNT, COMMENT"


def job(connection, tenant, number):
    """(view, status, result, tasks, good ones, comment); JOBS is read before the history, as tools do."""
    for view in ("JOBS", "JOB_HISTORY"):
        rows = query(connection, "SELECT %s FROM oceanbase.CDB_OB_BACKUP_VALIDATE_%s WHERE TENANT_ID = %d AND JOB_ID = %d"
                     % (COLUMNS, view, tenant, number))
        if rows:
            return (view,) + tuple(rows[0])
    return None


def newest(connection, tenant):
    rows = query(connection, "SELECT MAX(n) FROM (SELECT JOB_ID n FROM oceanbase.CDB_OB_BACKUP_VALIDATE_JOBS WHERE TENANT_ID = %d"
                             " UNION ALL SELECT JOB_ID FROM oceanbase.CDB_OB_BACKUP_VALIDATE_JOB_HISTORY WHERE TENANT_ID = %d) j"
                 % (tenant, tenant))
    return int(rows[0][0] or 0)


def end_of(connection, tenant, number, seconds=60):
    found = []

    def ended():
        found[:] = [job(connection, tenant, number)]
        check(found[0] is not None, "job %d is in neither view", number)
        return found[0][0] == "JOB_HISTORY"
    wait_until(ended, seconds, "the end of job %d" % number)
    return found[0][1:]


def validate(connection, tenant, name, what="BACKUP", level="PHYSICAL"):
    query(connection, "ALTER SYSTEM VALIDATE %s LEVEL = %s TENANT = %s" % (what, level, name))
    return end_of(connection, tenant, newest(connection, tenant))


def tasks_of(connection, tenant, number):
    """[(type, id, status, result, total, validated)] by their number."""
    return [tuple(row) for row in query(
        connection, "SELECT TYPE, ID, STATUS, RESULT, TOTAL_BYTES, VALIDATE_BYTES FROM"
                    " oceanbase.CDB_OB_BACKUP_VALIDATE_TASK_HISTORY WHERE TENANT_ID = %d AND JOB_ID = %d ORDER BY TASK_ID"
                    % (tenant, number))]


def backed_up(server, work, name, statements=("BACKUP DATABASE", "BACKUP INCREMENTAL DATABASE")):
    """A tenant with sets of these kinds; none of them opens without the server's key."""
    tenant = make_tenant(server, work, name)
    own = server.connect("root@%s" % name)
    system = server.connect("root@sys")
    for number, statement in enumerate(statements, 1):
        query(own, "CREATE USER u%d IDENTIFIED BY 'p'" % number)
        query(own, "ALTER SYSTEM %s" % statement)
        check(wait_for_end(system, tenant, number)[1] == "COMPLETED", "backup %d", number)
    own.close()
    system.close()
    return tenant


def whole(server, work):
    """What is whole is called so, at both levels; and a job is shown as running for its time."""
    tenant = backed_up(server, work, "whole")
    connection = server.connect("root@sys")
    for level in ("BASIC", "PHYSICAL"):
        begun = time.monotonic()
        ended = validate(connection, tenant, "whole", level=level)
        check(ended == ("COMPLETED", 0, 3, 3, ""), "%s: %s", level, ended)
        check(time.monotonic() - begun >= SHOWN - 0.5, "it went to the history after %.1f s", time.monotonic() - begun)
        tasks = tasks_of(connection, tenant, newest(connection, tenant))
        check([task[:4] for task in tasks] == [("BACKUP SET", 1, "SUCCESS", 0), ("BACKUP SET", 2, "SUCCESS", 0),
                                               ("BACKUP PIECE", 1, "SUCCESS", 0)], "%s", tasks)
        check(all(task[4] > 0 and task[4] == task[5] for task in tasks), "%s", tasks)
    check(validate(connection, tenant, "whole", "BACKUPSET 2")[:4] == ("COMPLETED", 0, 1, 1), "one set")
    check(validate(connection, tenant, "whole", "ARCHIVELOG_PIECE 1")[:4] == ("COMPLETED", 0, 1, 1), "one piece")
    query(connection, "ALTER SYSTEM NOARCHIVELOG TENANT = whole")
    wait_until(lambda: query(connection, "SELECT STATUS FROM oceanbase.CDB_OB_ARCHIVELOG_PIECE_FILES WHERE TENANT_ID = %d"
                                         % tenant)[0][0] == "FROZEN", 30, "the piece's end")
    check(validate(connection, tenant, "whole", "ARCHIVELOG_PIECE 1")[:4] == ("COMPLETED", 0, 1, 1), "a frozen piece")
    path = query(connection, "SELECT PATH FROM oceanbase.CDB_OB_BACKUP_VALIDATE_JOB_HISTORY WHERE TENANT_ID = %d AND JOB_ID = 3"
                 % tenant)[0][0]
    check(path == "file://" + directory_of(work, "data", "whole"), "PATH is %s", path)
    connection.close()


def damage(path, how):
    with open(path, "r+b") as file:
        if how == "flip":           # the length stays
            file.seek(os.path.getsize(path) // 2)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 1]))
        elif how == "cut":
            file.truncate(os.path.getsize(path) - 1)
    if how == "remove":
        os.remove(path)


def finds(connection, work, tenant, name, what, file, how, basic_sees):
    """Damage is found, at the level that can see it; undone, all is well again."""
    keep = os.path.join(work, "saved")
    shutil.copy2(file, keep)
    damage(file, how)
    for level, sees in (("BASIC", basic_sees), ("PHYSICAL", True)):
        ended = validate(connection, tenant, name, what, level)
        if sees:
            check(ended[:2] == ("FAILED", -4103) and ended[3] == 0 and ended[4], "%s of %s, %s: %s", how, file, level, ended)
        else:
            check(ended[:2] == ("COMPLETED", 0), "%s of %s, %s: %s", how, file, level, ended)
    shutil.copy2(keep, file)
    os.remove(keep)
    check(validate(connection, tenant, name, what)[:2] == ("COMPLETED", 0), "%s isn't whole again", file)


def damaged(server, work):
    tenant = backed_up(server, work, "damaged", ("BACKUP DATABASE",))
    connection = server.connect("root@sys")
    data = os.path.join(directory_of(work, "data", "damaged"), "backup_set_1_full")
    objects = [file for file in files_below(data) if "infos" in file]
    manifest = os.path.join(data, "single_backup_set_info.obbak")
    check(objects, "the set has no objects")
    for file, how, basic in ((objects[0], "flip", False), (objects[0], "cut", True), (objects[0], "remove", True),
                             (manifest, "flip", True), (manifest, "remove", True)):
        finds(connection, work, tenant, "damaged", "BACKUPSET 1", file, how, basic)
    logs = sorted(file for file in files_below(directory_of(work, "archive", "damaged")) if "/log/" in file)
    check(logs, "the piece has no objects")
    finds(connection, work, tenant, "damaged", "ARCHIVELOG_PIECE 1", logs[0], "remove", True)
    query(connection, "ALTER SYSTEM NOARCHIVELOG TENANT = damaged")
    wait_until(lambda: query(connection, "SELECT STATUS FROM oceanbase.CDB_OB_ARCHIVELOG_PIECE_FILES WHERE TENANT_ID = %d"
                                         % tenant)[0][0] == "FROZEN", 30, "the piece's end")
    finds(connection, work, tenant, "damaged", "ARCHIVELOG_PIECE 1", logs[0], "flip", False)
    finds(connection, work, tenant, "damaged", "ARCHIVELOG_PIECE 1", logs[-1], "cut", True)
    connection.close()


def not_ours(server, work):
    """Without its format file, or with another's, a place is not looked into: that is the verdict, at once."""
    tenant = backed_up(server, work, "lost", ("BACKUP DATABASE",))
    connection = server.connect("root@sys")
    file = os.path.join(directory_of(work, "data", "lost"), "format")
    kept = os.path.join(work, "kept")
    shutil.move(file, kept)
    check(validate(connection, tenant, "lost", "BACKUPSET")[:2] == ("FAILED", -9080), "without a format file")
    shutil.copy(os.path.join(directory_of(work, "data", "whole"), "format"), file)
    check(validate(connection, tenant, "lost", "BACKUPSET")[:2] == ("FAILED", -9081), "with another's")
    shutil.move(kept, file)
    check(validate(connection, tenant, "lost", "BACKUPSET")[:2] == ("COMPLETED", 0), "with its own")
    connection.close()


def gone(server, work):
    """A set of which nothing is there any more, or something else in its place, is no set; the tenant's others are looked at."""
    tenant = backed_up(server, work, "gone")
    connection = server.connect("root@sys")
    data = os.path.join(directory_of(work, "data", "gone"), "backup_set_1_full")
    os.rename(data, data + "-away")
    for replace in (lambda: None, lambda: open(data, "w", encoding="utf-8").close()):
        replace()
        ended = validate(connection, tenant, "gone", "BACKUPSET")
        check(ended[:4] == ("FAILED", -4103, 2, 1) and "INCOMPLETE" in ended[4], "%s", ended)
        tasks = tasks_of(connection, tenant, newest(connection, tenant))
        check([task[2] for task in tasks] == ["FAILED", "SUCCESS"], "%s", tasks)
    os.remove(data)
    os.rename(data + "-away", data)
    check(validate(connection, tenant, "gone", "BACKUPSET 1")[:2] == ("COMPLETED", 0), "once it is back")
    connection.close()


def without_the_key(server, work):
    """A server that hasn't the backup key any more reads all there is, and says that it didn't decrypt it."""
    tenant = backed_up(server, work, "closed", ("BACKUP DATABASE",))
    server.stop()
    with contextlib.closing(sqlite3.connect(os.path.join(server.data_dir, "catalog.db"))) as catalog:
        fingerprint = catalog.execute("SELECT fingerprint FROM backup_key WHERE own = 1").fetchone()[0]
        catalog.execute("CREATE TEMP TABLE kept AS SELECT * FROM backup_key")
        catalog.execute("DELETE FROM backup_key")
        catalog.commit()
        server.start()
        connection = server.connect("root@sys")
        ended = validate(connection, tenant, "closed", "BACKUPSET 1")
        check(ended[:4] == ("COMPLETED", 0, 1, 1) and "not decrypted" in ended[4] and fingerprint in ended[4], "%s", ended)
        data = os.path.join(directory_of(work, "data", "closed"), "backup_set_1_full")
        file = [file for file in files_below(data) if "infos" in file][0]
        finds(connection, work, tenant, "closed", "BACKUPSET 1", file, "flip", False)
        connection.close()
        server.stop()
        catalog.execute("DELETE FROM backup_key")
        catalog.execute("INSERT INTO backup_key SELECT * FROM kept")
        catalog.commit()
    server.start()
    connection = server.connect("root@sys")
    check(validate(connection, tenant, "closed", "BACKUPSET 1") == ("COMPLETED", 0, 1, 1, ""), "with the key again")
    connection.close()


def killed(server, work, rounds, chance):
    """kill -9 while jobs work: what was acknowledged ends by itself, and what is whole is never called damaged."""
    tenant = backed_up(server, work, "killed", ("BACKUP DATABASE",) + ("BACKUP INCREMENTAL DATABASE",) * 5)
    for _ in range(rounds):
        connection = server.connect("root@sys")
        acknowledged = [newest(connection, tenant)]
        for level in ("BASIC", "PHYSICAL", "PHYSICAL"):
            number, _ = attempt(connection, "ALTER SYSTEM VALIDATE BACKUP LEVEL = %s TENANT = killed" % level)
            check(number is None, "VALIDATE is %s", number)
            acknowledged.append(acknowledged[-1] + 1)
        time.sleep(chance.uniform(0, 0.2))
        connection.close()
        server.kill()
        server.start()
        connection = server.connect("root@sys")
        for number in acknowledged[1:]:
            ended = end_of(connection, tenant, number)
            check(ended == ("COMPLETED", 0, 7, 7, ""), "job %d: %s", number, ended)
        connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print("seed", options.seed, flush=True)
    with tempfile.TemporaryDirectory(prefix="breakwater-validate-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        with Server(options.server, os.path.join(base, "data"), ["--set", "job_visible_time=%ds" % SHOWN]) as server:
            for case in (whole, damaged, not_ours, gone, without_the_key):
                case(server, work)
                print(case.__name__, flush=True)
                if case is whole:       # which has seen that jobs are shown for so long; the others don't wait for that
                    query(server.connect("root@sys"), "ALTER SYSTEM SET job_visible_time = '0s'")
            killed(server, work, options.rounds, random.Random(options.seed))
    print("ok")


if __name__ == "__main__":
    main()
