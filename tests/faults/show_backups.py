#!/usr/bin/python3
"""SHOW BACKUPS, RESTORE … PREVIEW and ADD RESTORE SOURCE: what lies at destinations, whoever wrote it; whole, damaged, hostile, slow.

    show_backups.py --server PROGRAM
"""

import argparse
import os
import shutil
import tempfile
import threading
import time

import backup_jobs
from backup_jobs import directory_of, make_tenant, wait_for_end
from faults import Server, attempt, check, query, wait_until
from harness.backup_set import write, write_piece, write_set

HOUR = 3_600_000_000_000
START = 1_673_436_600_000_000_000  # 2023-01-11 11:30:00 UTC
TYPE, PATH, ID, STATUS, TENANT, FROM, FROM_TEXT, TO, TO_TEXT, BYTES, OPENED_BY, COMMENT = range(12)


class Place:
    """A data destination with a full and an incremental set, and an archive with a frozen and an active piece."""

    def __init__(self, base):
        self.data, self.log = os.path.join(base, "data"), os.path.join(base, "log")
        for place in (self.data, self.log):
            shutil.rmtree(place, ignore_errors=True)
            os.mkdir(place)
        write_set(self.data, 2, START + 2 * HOUR, before=write_set(self.data, 1, START + HOUR))
        last = write_piece(self.log, 1, [START, START + HOUR, START + 2 * HOUR])
        write_piece(self.log, 2, [START + 2 * HOUR, START + 3 * HOUR], previous=last, frozen=False)

    def uris(self):
        return "file://%s,file://%s" % (self.data, self.log)


def refused(connection, sql):
    """The error's number; None: there was none."""
    return attempt(connection, sql)[0]


def show(connection, uris):
    return [list(row) for row in query(connection, "SHOW BACKUPS FROM '%s'" % uris)]


def of_type(rows, kind):
    return [row for row in rows if row[TYPE] == kind]


def whole(system, place):
    query(system, "SET time_zone = '+00:00'")
    rows = show(system, place.uris())
    check([(row[PATH], row[COMMENT]) for row in of_type(rows, "DESTINATION")] ==
          [("file://" + place.data, "no format file"), ("file://" + place.log, "no format file")], "%s", rows)
    sets = of_type(rows, "BACKUP_SET")
    check([(row[PATH], int(row[ID]), row[STATUS], row[TENANT], int(row[TO]) - START) for row in sets] ==
          [("file://%s/backup_set_1_full" % place.data, 1, "COMPLETE", "t (1002)", HOUR),
           ("file://%s/backup_set_2_inc" % place.data, 2, "COMPLETE", "t (1002)", 2 * HOUR)], "%s", sets)
    check([row[TO_TEXT] for row in sets] == ["2023-01-11 12:30:00.000000", "2023-01-11 13:30:00.000000"], "%s", sets)
    check(all(row[OPENED_BY] == "backup key 0123456789abcdef" and int(row[BYTES]) > 0 for row in sets), "%s", sets)
    pieces = of_type(rows, "BACKUP_PIECE")
    check([(row[PATH], row[STATUS], int(row[FROM]) - START, int(row[TO]) - START) for row in pieces] ==
          [("file://%s/piece_d1002r1p1" % place.log, "COMPLETE", 0, 2 * HOUR),
           ("file://%s/piece_d1002r1p2" % place.log, "ACTIVE", 2 * HOUR, 3 * HOUR)], "%s", pieces)
    windows = of_type(rows, "RESTORE_WINDOW")
    check([(int(row[ID]), int(row[FROM]) - START, int(row[TO]) - START) for row in windows] ==
          [(1, HOUR, 3 * HOUR), (2, 2 * HOUR, 3 * HOUR)], "%s", windows)
    alone = of_type(show(system, "file://" + place.data), "RESTORE_WINDOW")
    check([int(row[FROM]) == int(row[TO]) for row in alone] == [True, True], "%s", alone)


def damaged(system, place):
    os.remove(os.path.join(place.data, "backup_set_1_full/infos/data_1_1.obbak"))
    rows = show(system, place.uris())
    sets = of_type(rows, "BACKUP_SET")
    check([row[STATUS] for row in sets] == ["DAMAGED", "COMPLETE"], "%s", sets)
    check("missing: backup_set_1_full/infos/data_1_1.obbak" in sets[0][COMMENT], "%s", sets)
    check("can't be restored" in sets[1][COMMENT], "%s", sets)
    check(of_type(rows, "RESTORE_WINDOW") == [], "%s", rows)


def hostile(system, place):
    write(place.data, "backup_set_7_full/single_backup_set_info.obbak", b"[" * 100_000)
    write(place.data, "backup_set_8_full/single_backup_set_info.obbak", b"\x1b[2J" * 3_000_000)
    write(place.log, "piece_d1002r1p9/single_piece_info.obarc", b'{"a":' * 100_000)
    os.symlink("/etc", os.path.join(place.data, "backup_set_9_full"))
    rows = show(system, place.uris())
    check([row[STATUS] for row in of_type(rows, "BACKUP_SET")] == ["COMPLETE", "COMPLETE", "DAMAGED", "DAMAGED"], "%s", rows)
    check([row[STATUS] for row in of_type(rows, "BACKUP_PIECE")] == ["COMPLETE", "ACTIVE", "DAMAGED"], "%s", rows)
    check(not any("\x1b" in str(value) for row in rows for value in row), "%s", rows)
    check(all(len(row[COMMENT]) <= 1024 for row in rows), "comments are bounded")


def many(system, place):
    for number in range(10, 1300):
        os.makedirs(os.path.join(place.data, "backup_set_%d_full/infos" % number))
        write(place.data, "backup_sets/backup_set_%d_full_start.obbak" % number, b"{}")
    rows = show(system, place.uris())
    sets = of_type(rows, "BACKUP_SET")
    check(len(sets) == 1000 and int(sets[-1][ID]) == 1299, "%d", len(sets))
    check("--sets-before 300" in of_type(rows, "DESTINATION")[0][COMMENT], "%s", rows[0])


def preview(system, place):
    for until, sets, pieces in (("", ["1", "2"], ["2"]), ("UNTIL SCN = %d" % (START + HOUR), ["1"], []),
                                ("UNTIL TIME = '2023-01-11 13:00:00'", ["1"], ["1"])):
        query(system, "SET time_zone = '+00:00'")
        query(system, "ALTER SYSTEM RESTORE FROM '%s' %s PREVIEW" % (place.uris(), until))
        rows = [list(map(str, row)) for row in query(system, "SHOW RESTORE PREVIEW")]
        want = [["BACKUP_SET", number] for number in sets] + [["BACKUP_PIECE", number] for number in pieces]
        check([row[:2] for row in rows] == want, "%s: %s", until, rows)
        check(rows[0][2] == "file://%s/backup_set_1_full" % place.data, "%s", rows)
        check("min_restore_scn: %d (2023-01-11 12:30:00.000000)" % (START + HOUR) in rows[0][3], "%s", rows)
    check(refused(system, "SHOW RESTORE PREVIEW") == 1235, "it is shown once")
    query(system, "ALTER SYSTEM RESTORE FROM '%s' UNTIL SCN = %d PREVIEW" % (place.uris(), START + 9 * HOUR))
    check(refused(system, "SHOW RESTORE PREVIEW") == 9011, "nothing leads there")


def tenants_see_their_own(server, system, place, work):
    make_tenant(server, work, "two")    # 1002, as in the sets that write_set() makes
    make_tenant(server, work, "one")
    one = server.connect("root@one")
    own = "file://" + directory_of(work, "data", "one")
    rows = show(one, own + ",file://" + directory_of(work, "archive", "one"))
    check([row[TYPE] for row in rows][:2] == ["DESTINATION", "BACKUP_PIECE"] or rows[0][TYPE] == "DESTINATION", "%s", rows)
    check("tenant one" in rows[0][COMMENT], "%s", rows[0])
    for other in ("file://" + place.data, "file://" + directory_of(work, "data", "two"), own + ",file://" + place.log):
        check(refused(one, "SHOW BACKUPS FROM '%s'" % other) == 9081, "%s is not the tenant's", other)
    # Somebody else's sets in its own place are nobody's that it may see.
    write_set(directory_of(work, "data", "one"), 77, START)
    check("77" not in [str(row[ID]) for row in of_type(show(one, own), "BACKUP_SET")], "another tenant's set")
    check("77" in [str(row[ID]) for row in of_type(show(system, own), "BACKUP_SET")], "root@sys sees it")
    shutil.move(os.path.join(directory_of(work, "data", "one"), "format"), os.path.join(work, "format.one"))
    check(refused(one, "SHOW BACKUPS FROM '%s'" % own) == 9080, "its format file is gone")
    shutil.copy(os.path.join(directory_of(work, "data", "two"), "format"), os.path.join(directory_of(work, "data", "one"), "format"))
    check(refused(one, "SHOW BACKUPS FROM '%s'" % own) == 9081, "it has another tenant's")
    shutil.move(os.path.join(work, "format.one"), os.path.join(directory_of(work, "data", "one"), "format"))


def named_sources(server, system, work):
    """A restore of what is named reads nothing else, and one that is begun forgets the names."""
    tenant = make_tenant(server, work, "source")
    connection = server.connect("root@source")
    data, log = directory_of(work, "data", "source"), directory_of(work, "archive", "source")
    ends = []
    for value in (11, 22):
        query(connection, "SET GLOBAL auto_increment_increment = %d" % value)
        before = backup_jobs.newest_job(system, tenant)
        query(connection, "ALTER SYSTEM BACKUP DATABASE PLUS ARCHIVELOG")
        ends.append(wait_for_end(system, tenant, before + 1))
        check(ends[-1][1:3] == ("COMPLETED", 0), "%s", ends)
    for name, sets, value in (("from_first", "backup_set_1_full", "11"), ("from_second", "backup_set_2_full", "22")):
        query(system, "CREATE RESOURCE POOL p_%s UNIT = 'unit1', UNIT_NUM = 1, ZONE_LIST = ('zone1')" % name)
        query(system, "ALTER SYSTEM ADD RESTORE SOURCE 'file://%s/%s'" % (data, sets))
        query(system, "ALTER SYSTEM RESTORE %s WITH 'pool_list=p_%s'" % (name, name))
        check(refused(system, "ALTER SYSTEM RESTORE again WITH 'pool_list=p_%s'" % name) == 1235, "the names are forgotten")
        shown = query(system, "SELECT BACKUP_DEST FROM oceanbase.CDB_OB_RESTORE_PROGRESS WHERE RESTORE_TENANT_NAME = '%s'" % name)
        check({row[0] for row in shown} == {"file://%s/%s" % (data, sets)}, "%s", shown)
        wait_until(lambda: query(system, "SELECT STATUS FROM oceanbase.CDB_OB_RESTORE_HISTORY WHERE RESTORE_TENANT_NAME = '%s'"
                                 % name), 60, "the end of the restore")
        status = query(system, "SELECT STATUS, COMMENT FROM oceanbase.CDB_OB_RESTORE_HISTORY WHERE RESTORE_TENANT_NAME = '%s'" % name)
        check(status[0][0] == "SUCCESS", "%s", status)
        restored = server.connect("root@" + name)
        check(query(restored, "SELECT @@GLOBAL.auto_increment_increment")[0][0] == int(value), "%s has another moment", name)
    piece = next(name for name in os.listdir(log) if name.startswith("piece_"))
    query(system, "CREATE RESOURCE POOL p_log UNIT = 'unit1', UNIT_NUM = 1, ZONE_LIST = ('zone1')")
    query(system, "ALTER SYSTEM ADD RESTORE SOURCE 'file://%s/backup_set_1_full,file://%s/%s'" % (data, log, piece))
    query(system, "ALTER SYSTEM RESTORE from_log WITH 'pool_list=p_log'")
    wait_until(lambda: query(system, "SELECT STATUS FROM oceanbase.CDB_OB_RESTORE_HISTORY WHERE RESTORE_TENANT_NAME = 'from_log'"),
               60, "the end of the restore")
    restored = server.connect("root@from_log")
    check(query(restored, "SELECT @@GLOBAL.auto_increment_increment")[0][0] == 22, "set 1 and the log lead to the second value")


def killed(server, system, place):
    """A look that takes long ends with KILL QUERY, and holds up nobody."""
    for number in range(2000, 9000):
        os.makedirs(os.path.join(place.data, "backup_set_%d_full" % number))
    looker = server.connect("root@sys")
    outcome = []
    thread = threading.Thread(target=lambda: outcome.append(refused(looker, "SHOW BACKUPS FROM 'file://%s'" % place.data)))
    thread.start()
    time.sleep(0.05)
    number = looker.thread_id()
    begun = time.monotonic()
    attempt(system, "KILL QUERY %d" % number)
    thread.join(60)
    check(outcome and outcome[0] in (None, 1317), "%s", outcome)
    check(time.monotonic() - begun < 30, "it went on for long")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bw_show_") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        with Server(options.server, os.path.join(base, "state"), ["--set", "job_visible_time=0"]) as server:
            system = server.connect("root@sys")
            query(system, "CREATE RESOURCE UNIT unit1 MAX_CPU = 1, MEMORY_SIZE = '1G'")
            for case in (whole, damaged, hostile, many, preview):
                case(system, Place(base))
                print("ok", case.__name__, flush=True)
            tenants_see_their_own(server, system, Place(base), work)
            print("ok tenants_see_their_own", flush=True)
            named_sources(server, system, work)
            print("ok named_sources", flush=True)
            killed(server, system, Place(base))
            print("ok killed", flush=True)


if __name__ == "__main__":
    main()
