#!/usr/bin/python3
"""Backups on the emulated stores: a full and an incremental set, each whole; a store that fails, stalls or loses its answer at an
operation of the job holds it up, and the job goes on by itself.

    backup_test.py --server PROGRAM --shim SHIM [--only NAME] [--share [--seed S]]

--share: all but the first case with one of the stores alone, drawn.
"""

import argparse
import hashlib
import json
import os
import random
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "faults"))
import backup_jobs  # noqa: E402
import clean_up  # noqa: E402
from emulated import SECRET, Emulator  # noqa: E402
from harness.server import attempt, query, wait_until  # noqa: E402
from statements import BUCKETS, Store, check, hints, new_server, set_to  # noqa: E402

SETTINGS = ["--set", "job_visible_time=0", "--set", "backup_dest_timeout=2s"]
MANIFEST = "/single_backup_set_info.obbak"


def prepare(server, store, base, tenant):
    """A destination in the bucket; the archive, which is another matter, lies in a directory."""
    connection, system = server.connect("root@" + tenant), server.connect("root@sys")
    place = tenant + "-" + store.provider
    answer = attempt(connection, set_to(store.uri(place, extra="&delete_mode=delete")))
    check(answer[0] is None, "%s %s", answer, hints(connection))
    directory = os.path.join(base, place)
    os.makedirs(directory)
    attempt(connection, "ALTER SYSTEM NOARCHIVELOG")
    query(connection, "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file://%s'" % directory)
    query(connection, "ALTER SYSTEM ARCHIVELOG")
    number = query(system, "SELECT TENANT_ID FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = '%s'" % tenant)[0][0]
    wait_until(lambda: backup_jobs.archives(system, number), 60, "the archive")
    return connection, system, number, place


def back_up(connection, system, tenant, kind="DATABASE"):
    answer = attempt(connection, "ALTER SYSTEM BACKUP " + kind)
    check(answer[0] is None, "%s", answer)
    return backup_jobs.newest_job(system, tenant)


def sets(store, place):
    """{directory: whole} of the sets that lie there."""
    found = {}
    keys = store.keys(place)
    for directory in sorted({key.split("/")[0] for key in keys if key.startswith("backup_set_")}):
        manifest = directory + MANIFEST
        found[directory] = manifest in keys and all(
            entry["name"] in keys and whole(store, place, entry) for entry in read(store, place, manifest)["objects"])
    return found


def read(store, place, key):
    return json.JSONDecoder().raw_decode(store.emulator.get(store.bucket, place + "/" + key).decode())[0]


def whole(store, place, entry):
    content = store.emulator.get(store.bucket, place + "/" + entry["name"])
    return len(content) == entry["length"] and hashlib.sha256(content).hexdigest() == entry["sha256"]


def full_and_incremental(server, store, base):
    connection, system, tenant, place = prepare(server, store, base, "t")
    first = backup_jobs.newest_job(system, tenant)
    for number, kind in enumerate(("DATABASE", "INCREMENTAL DATABASE"), first + 1):
        ended = backup_jobs.wait_for_end(system, tenant, back_up(connection, system, tenant, kind))
        check(ended[1:3] == ("COMPLETED", 0), "%s", ended)
        check(backup_jobs.set_rows(system, tenant)[number][1:] == ("SUCCESS", "AVAILABLE"), "its row")
    wanted = {"backup_set_%d_full" % (first + 1): True, "backup_set_%d_inc" % (first + 2): True}
    check(sets(store, place) == wanted, "there is %s", store.keys(place))
    path = query(connection, "SELECT PATH FROM DBA_OB_BACKUP_SET_FILES ORDER BY BACKUP_SET_ID DESC LIMIT 1")[0][0]
    check(path.startswith("%s://%s/%s?host=" % (store.provider, store.bucket, place)) and "access" not in path, "%s", path)
    for key in store.keys(place):
        check(SECRET.encode() not in store.emulator.get(store.bucket, place + "/" + key), "the access key is in %s", key)


def goes_on(server, store, base):
    """One fault at each kind of request and stage; after it a job ends, and its set is whole."""
    connection, system, tenant, place = prepare(server, store, base, "u")
    for fault in ({"kind": "status", "status": 403, "code": "AccessDenied", "times": 3, "key": "backup_set"},
                  {"kind": "status", "status": 500, "times": 20, "key": "backup_set"},
                  {"kind": "reset", "stage": "done", "key": "data_", "times": 1},
                  {"kind": "reset", "stage": "done", "key": "single_backup_set_info", "times": 1},
                  {"kind": "stall", "stage": "done", "key": "single_backup_set_info", "times": 1},
                  {"kind": "stall", "stage": "body", "key": "data_", "times": 1},
                  {"kind": "reset", "stage": "done", "key": "end_success", "times": 1}):
        store.emulator.arm(fault)
        number = back_up(connection, system, tenant)
        if fault["kind"] == "stall":
            wait_until(lambda: any(each.get("hits") for each in store.emulator.faults()), 60, "the fault")
        ended = backup_jobs.wait_for_end(system, tenant, number, 120)
        store.emulator.clear()
        check(ended[1:3] == ("COMPLETED", 0), "%s: %s", fault, ended)
        there = sets(store, place)
        check(there.get("backup_set_%d_full" % max(backup_jobs.set_rows(system, tenant))) is True, "%s: %s", fault, there)
        check(all(there.values()), "%s left %s", fault, there)


def cancelled(server, store, base):
    """A job that a store holds up is cancelled at once, and what it had written goes once the store answers."""
    connection, system, tenant, place = prepare(server, store, base, "v")
    store.emulator.arm({"kind": "stall", "stage": "body", "key": "single_backup_set_info"})
    number = back_up(connection, system, tenant)
    wait_until(lambda: any("/infos/" in key for key in store.keys(place)), 60, "the objects")
    query(connection, "ALTER SYSTEM CANCEL BACKUP")
    ended = backup_jobs.wait_for_end(system, tenant, number, 5)
    check(ended[1:3] == ("CANCELED", -4072), "%s", ended)
    store.emulator.clear()
    check(backup_jobs.wait_for_end(system, tenant, back_up(connection, system, tenant))[1] == "COMPLETED", "the next one")
    check(list(sets(store, place).values()) == [True], "there is %s", store.keys(place))


def patiently(connection, statement):
    """The answer, once deriving a key was quick enough for this server's short backup_dest_timeout."""
    answers = []

    def answered():
        answers.append(attempt(connection, statement))
        return answers[-1][0] != 4012
    wait_until(answered, 120, "an answer that is no time-out")
    return answers[-1]


def catalog_key(server, store, base):
    """The key of the installation's backups goes to an object and comes back from it; another object stays."""
    del base
    system = server.connect("root@sys")
    place = "catalog-key-" + store.provider
    uri = store.uri(place)
    answer = patiently(system, "ALTER SYSTEM BACKUP CATALOG KEY TO '%s' ENCRYPTED BY 'secret'" % uri)
    check(answer[0] is None, "%s %s", answer, hints(system))
    check(store.emulator.get(store.bucket, place).startswith(b"BWKEYBAK"), "no key file lies there")
    answer = patiently(system, "ALTER SYSTEM RESTORE CATALOG KEY FROM '%s' ENCRYPTED BY 'wrong'" % uri)
    check(answer[0] == 9047, "%s", answer)
    answer = patiently(system, "ALTER SYSTEM RESTORE CATALOG KEY FROM '%s' ENCRYPTED BY 'secret'" % uri)
    check(answer[0] is None, "%s %s", answer, hints(system))
    answer = patiently(system, "ALTER SYSTEM RESTORE CATALOG KEY FROM '%s' ENCRYPTED BY 'secret'" % store.uri(place + "-none"))
    check(answer[0] == 9011, "%s", answer)


def restored(server, store, base):
    """A tenant out of a bucket, with its keys out of another object; a store that doesn't answer is asked again, one that refuses
    ends it."""
    connection, system, tenant, place = prepare(server, store, base, "w")
    name, uri = "r_" + store.provider, store.uri(place)
    query(connection, "CREATE USER u_%s IDENTIFIED BY 'p'" % store.provider)
    query(connection, "ALTER SYSTEM SET tde_method = 'internal'")
    query(connection, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
    key = store.uri("keys-" + place + "/key")
    answer = patiently(connection, "ALTER SYSTEM BACKUP KEY TO '%s' ENCRYPTED BY 'canary-key'" % key)
    check(answer[0] is None, "%s %s", answer, hints(connection))
    check(backup_jobs.wait_for_end(system, tenant, back_up(connection, system, tenant))[1] == "COMPLETED", "the set")
    query(system, "CREATE RESOURCE UNIT IF NOT EXISTS unit1 MAX_CPU = 1, MEMORY_SIZE = '1G'")
    query(system, "CREATE RESOURCE POOL p_%s UNIT = 'unit1', UNIT_NUM = 1, ZONE_LIST = ('zone1')" % store.provider)
    statement = "ALTER SYSTEM RESTORE %s FROM '%s,file://%s' WITH 'pool_list=p_%s' WITH KEY FROM '%%s' ENCRYPTED BY 'canary-key'" \
        % (name, uri, os.path.join(base, place), store.provider)
    check(attempt(system, statement % store.uri("keys-" + place + "/none"))[0] == 9011, "a key that isn't there")
    for fault, ends in (({"kind": "status", "status": 403, "code": "AccessDenied", "key": "single_backup_set_info"}, "FAIL"),
                        ({"kind": "status", "status": 500, "times": 12, "key": "backup_set"}, "SUCCESS")):
        store.emulator.arm(fault)
        answer = attempt(system, statement % key)
        check(answer[0] is None, "%s %s", answer, hints(system))
        rows = wait_for_restore(system, name)
        store.emulator.clear()
        check([row[0] for row in rows] == [ends, ends], "%s: %s", fault, rows)
        check(all("access" not in str(row) and SECRET not in str(row) for row in rows), "%s", rows)
    check(rows[0][2].startswith("%s://%s/%s,file://" % (store.provider, store.bucket, place)), "BACKUP_DEST is %s", rows)
    server.connect("u_%s@%s" % (store.provider, name), "p").close()
    keys = query(server.connect("root@" + name), "SHOW PARAMETERS LIKE 'tde_method'")
    check("internal" in keys[0], "%s", keys)


def wait_for_restore(system, name):
    wait_until(lambda: not query(system, "SELECT 1 FROM oceanbase.CDB_OB_RESTORE_PROGRESS WHERE RESTORE_TENANT_NAME = '%s'"
                                 % name), 180, "the restore")
    return query(system, "SELECT STATUS, COMMENT, BACKUP_DEST FROM oceanbase.CDB_OB_RESTORE_HISTORY WHERE RESTORE_TENANT_NAME = '%s'"
                         " ORDER BY JOB_ID DESC LIMIT 2" % name)


def cleaned_up(server, store, base):
    """Old sets go from a bucket as delete_mode says, whatever the store does meanwhile: `delete` leaves nothing of them,
    `tagging` leaves all of it, tagged."""
    connection, system, tenant, place = prepare(server, store, base, "x")
    first = back_up(connection, system, tenant)
    check(backup_jobs.wait_for_end(system, tenant, first)[1] == "COMPLETED", "the first set")
    old = max(backup_jobs.set_rows(system, tenant))
    for mode, fault in (("delete", None),
                        ("delete", {"kind": "status", "status": 500, "times": 12, "op": "Delete"}),
                        ("delete", {"kind": "reset", "stage": "done", "times": 1, "op": "Delete"}),
                        ("tagging", None),
                        ("tagging", {"kind": "reset", "stage": "done", "times": 1, "op": "PutObjectTagging"})):
        answer = attempt(connection, set_to(store.uri(place, extra="&delete_mode=" + mode)))
        check(answer[0] is None, "%s %s", answer, hints(connection))
        check(backup_jobs.wait_for_end(system, tenant, back_up(connection, system, tenant))[1] == "COMPLETED", "the newer set")
        bears = "backup_set_%d_" % old
        before = [key for key in store.keys(place) if bears in key]
        if fault is not None:
            store.emulator.arm(dict(fault, key=bears))
        query(connection, "ALTER SYSTEM DELETE BACKUPSET %d" % old)
        ended = clean_up.end_of(system, tenant, clean_up.newest(system, tenant), 120)
        store.emulator.clear()
        check(ended == ("COMPLETED", 0, 1, 1, ""), "%s %s: %s", mode, fault, ended)
        check(backup_jobs.set_rows(system, tenant)[old][2] == "DELETED", "its row")
        after = [key for key in store.keys(place) if bears in key]
        check(after == (before if mode == "tagging" else []), "%s %s left %s", mode, fault, after)
        untagged = [key for key in after if "tagging" not in str(store.tags(place + "/" + key))]
        check(untagged == [], "%s isn't tagged", untagged)
        old = max(backup_jobs.set_rows(system, tenant))
    check(sets(store, place)["backup_set_%d_full" % old], "the newest set isn't whole")


CASES = [full_and_incremental, goes_on, cancelled, catalog_key, restored, cleaned_up]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--only")
    parser.add_argument("--share", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    drawn = random.Random(options.seed).choice(list(BUCKETS)) if options.share else None
    print("seed", options.seed, flush=True)
    with tempfile.TemporaryDirectory(prefix="breakwater-backup-stores-") as base, Emulator() as emulator:
        with new_server(options, base, "one", ("t", "u", "v", "w", "x"), SETTINGS) as server:
            for provider in BUCKETS:
                store = Store(emulator, provider)
                for case in CASES if drawn in (None, provider) else CASES[:1]:
                    if options.only in (None, case.__name__):
                        case(server, store, base)
                        emulator.clear()
                        emulator.wipe(store.bucket)
                        print(provider, case.__name__, "ok", flush=True)
            check(SECRET not in server.log(), "a key is in the log")


if __name__ == "__main__":
    main()
