#!/usr/bin/python3
"""DATA_BACKUP_DEST, LOG_ARCHIVE_DEST, CHECK BACKUP DESTINATION, BACKUP KEY and `breakwater check` on the emulated OSS, COS and S3.

    destination_test.py --server PROGRAM --shim SHIM
"""

import argparse
import base64
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import quote

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import names  # noqa: E402
from emulated import SECRET, Emulator  # noqa: E402
from fault_table import OTHER  # noqa: E402
from harness import format_file  # noqa: E402
from harness.server import attempt, query, wait_until  # noqa: E402
from statements import BUCKETS, HOSTS, Store, backup_key_to, check, hints, new_server, set_at_once, set_to  # noqa: E402

READER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "emulator", "reader.js")
READER_SECONDS = 120
VENDORS = ("oss", "cos")     # whose own clients tests/stores/emulator has


def refused(connection, sql, code, hint=""):
    answer = attempt(connection, sql)
    shown = hints(connection)
    check(answer[0] == code, "%s: %s, wanted %s (%s)", sql.replace(SECRET, "***"), answer, code, shown)
    check(re.search(hint, shown), "the hint is %s", shown)
    check(SECRET not in shown + str(answer), "the key is shown")


def accepted(connection, sql):
    answer = attempt(connection, sql)
    check(answer[0] is None, "%s: %s %s", sql.replace(SECRET, "***"), answer,
          hints(connection) if answer[0] else "")


def sets_and_sets_again(server, store):
    t = server.connect("root@t")
    path = "a/b"
    accepted(t, set_to(store.uri(path, extra="&delete_mode=delete")))
    names_ = store.keys(path)
    check(names_[1:] == ["format"] and names_[0].startswith("check_file/1002_connect_file_"), "made: %s", names_)
    fields = format_file.decode(store.emulator.get(store.bucket, path + "/format"))[1]
    check(fields["tenant_id"] == 1002 and fields["path"].startswith("%s://" % store.provider), "%s", fields)
    value = query(t, "SELECT VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER")[0][0]
    check(re.search(r"access_id=AKFULL&encrypt_key=[0-9A-F]+&", value) and SECRET not in value, "VALUE %s", value)
    rows = query(t, "SELECT ENDPOINT, AUTHORIZATION, EXTENSION, DEST_ID FROM oceanbase.DBA_OB_BACKUP_STORAGE_INFO"
                    " ORDER BY DEST_ID DESC LIMIT 1")
    check(rows[0][0].startswith("host=http://" + HOSTS[store.provider]) and "encrypt_key=" in rows[0][1]
          and "delete_mode=delete" in rows[0][2], "%s", rows)
    # Again, and with an option changed: the same number, the same format file.
    before = store.emulator.get(store.bucket, path + "/format")
    accepted(t, set_to(store.uri(path)))
    check(store.emulator.get(store.bucket, path + "/format") == before, "the format file changed")
    check(len(store.keys(path)) == 2, "left behind: %s", store.keys(path))
    # As it is printed over several lines.
    pasted = store.uri(path).replace("?", " ?\n  ").replace("&", " \n &")
    accepted(t, set_to(pasted))
    check("blanks" in hints(t), "no note about blanks: %s", hints(t))
    refused(t, set_to(value), 9026)
    results = query(t, "SELECT DISTINCT RESULT FROM oceanbase.DBA_OB_BACKUP_DEST_CHECKS WHERE PATH LIKE '%%/a/b'")
    check(results == (("OK",),) or list(results) == [("OK",)], "checks: %s", results)
    accepted(t, set_to(""))


def same_rows_everywhere(server, store, shim):
    t = server.connect("root@t")
    uri = store.uri("rows")
    shown = query(t, "ALTER SYSTEM CHECK BACKUP DESTINATION '%s'" % uri)
    check(all(row[1] == "YES" for row in shown), "CHECK: %s", shown)
    check(store.keys("rows") == [], "CHECK left %s", store.keys("rows"))
    accepted(t, set_to(uri))
    kept = query(t, "SELECT CHECK_NAME FROM oceanbase.DBA_OB_BACKUP_DEST_CHECKS WHERE PATH LIKE '" + store.provider + "%%/rows'"
                    " ORDER BY CHECK_ID DESC, CHECK_NO LIMIT %d" % len(shown))
    check([row[0] for row in kept] == [row[0] for row in shown], "%s but %s", kept, [row[0] for row in shown])
    done = subprocess.run([server.binary, "check", store.uri("cli")], capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, **names.environment(shim)))
    check(done.returncode == 0, "check: %s %s", done.stdout, done.stderr)
    lines = [re.split(r"\s{2,}", line[8:])[0].strip() for line in done.stdout.splitlines()[:-1] if line.startswith("ok ")]
    check(lines == [row[0] for row in shown if row[0] != "owner"], "%s but %s", lines, shown)
    check(store.keys("cli") == [] and SECRET not in done.stdout + done.stderr, "check left %s", store.keys("cli"))
    again = query(t, "ALTER SYSTEM CHECK BACKUP DESTINATION '%s'" % uri)
    check(all(row[1] == "YES" for row in again), "CHECK of what is set: %s", again)
    other = query(server.connect("root@u"), "ALTER SYSTEM CHECK BACKUP DESTINATION '%s'" % uri)
    check(other[-1][:2] == ("owner", "NO"), "another tenant's CHECK: %s", other)


def checked_on_schedule(server, store):
    """Every second, with few and small requests; what is refused there and what holds again is told."""
    root, t = server.connect("root@sys"), server.connect("root@t")
    accepted(t, set_to(store.uri("scheduled")))
    made = store.keys("scheduled")

    def becomes(status, since=None):
        def is_so():
            row = query(t, "SELECT STATUS, CHECKED_BY, ERROR FROM oceanbase.DBA_OB_BACKUP_DEST_STATUS WHERE KIND = 'DATA'")[0]
            check(SECRET not in str(row), "the key is shown")
            return row[:2] == (status, "SCHEDULE")
        wait_until(is_so, 60, "%s by a scheduled check" % status)

    query(root, "ALTER SYSTEM SET destination_check_interval = '1s'")
    becomes("OK")
    names = {row[0] for row in query(t, "SELECT DISTINCT CHECK_NAME FROM oceanbase.DBA_OB_BACKUP_DEST_CHECKS WHERE PATH LIKE"
                                        " '%%/scheduled' AND CHECK_ID = (SELECT MAX(CHECK_ID) FROM"
                                        " oceanbase.DBA_OB_BACKUP_DEST_CHECKS WHERE PATH LIKE '%%/scheduled')")}
    check("overwrite" in names and not names & {"append", "multipart", "write speed", "read speed"}, "%s", names)
    store.emulator.arm({"kind": "status", "op": "PutObject", "status": 403, "code": "AccessDenied"})
    becomes("FAILED")
    store.emulator.clear()
    becomes("OK")
    query(root, "ALTER SYSTEM SET destination_check_interval = '0'")
    wait_until(lambda: store.keys("scheduled") == made, 60, "nothing is left of checks")
    accepted(t, set_to(""))


def refusals(server, store):
    t, u = server.connect("root@t"), server.connect("root@u")
    emulator, own = store.emulator, OTHER[store.provider]
    refused(t, set_to(store.uri("r", secret="wrong")), 9071, "(?i)signature|key")
    refused(t, set_to(store.uri("r", key="AKRO")), 9071, "(?i)denied|permission|policy")
    refused(t, set_to(store.uri("r", key="AKNODELETE")), 9071)
    check([key for key in store.keys("r") if key == "format"] == [], "a format file after a refusal")
    # What could not be deleted goes as soon as somebody may.
    accepted(t, set_to(store.uri("r")))
    check(len(store.keys("r")) == 2, "left behind: %s", store.keys("r"))
    refused(u, set_to(store.uri("r")), 9081)
    emulator.put(store.bucket, "full/thing", b"x")
    refused(t, set_to(store.uri("full")), 9080)
    check(store.keys("full") == ["thing"], "changed: %s", store.keys("full"))
    emulator.put(store.bucket, "damaged/format", b"not a format file")
    refused(t, set_to(store.uri("damaged")), 9081)
    # What an object store's URI must have: docs/spec/behaviour.md#uri-options.
    for drop in ("host=", "access_id=", "access_key="):
        refused(t, set_to(re.sub(drop + "[^&]*&?", "", store.uri("x"))), 9026)
    refused(t, set_to(store.uri("x", extra="&delete_mode=foo")), 1210)
    if store.provider == "cos":
        refused(t, set_to(store.uri("x").replace("&appid=1250000000", "")), 9026)
    # Faults: the store's words and its request id in the hint, nothing left, and the same statement once it is well.
    for fault, code in (({"kind": "status", "op": "PutObject", "key": "/format$", "status": 500, "code": "InternalError"}, own),
                        ({"kind": "stale_list"}, own)):
        before = query(t, "SELECT VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER")
        emulator.arm(fault)
        refused(t, set_to(store.uri("faulty")), code, "(?i)request|list")
        emulator.clear()
        wait_until(lambda: store.keys("faulty") == [], 30, "nothing is left after a fault")
        check(query(t, "SELECT VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER") == before, "the value changed")
    accepted(t, set_to(store.uri("faulty")))
    # The answer to the format file's write is lost, but it was written.
    emulator.arm({"kind": "reset", "op": "PutObject", "key": "/format$", "stage": "done", "times": 1})
    accepted(t, set_to(store.uri("lost")))
    emulator.clear()


def clocks(server, store):
    """The store's clock an hour off: the client signs by the store's, and the proof says so."""
    t = server.connect("root@t")
    uri = store.uri("clock")
    store.emulator.arm({"kind": "clock", "seconds": 3600})
    try:
        rows = {row[0]: row for row in query(t, "ALTER SYSTEM CHECK BACKUP DESTINATION '%s'" % uri)}
        accepted(t, set_to(uri))
    finally:
        store.emulator.clear()
    check(re.search(r"the store's clock is 3[56]\d\d s ahead", str(rows["authenticate"])), "%s", rows["authenticate"])
    check("set this machine's clock" in rows["authenticate"][4], "the hint: %s", rows["authenticate"])
    wait_until(lambda: "set this machine's clock" in server.log(), 60, "the log says so too")
    check(all(row[1] == "YES" for row in rows.values()), "CHECK: %s", rows)
    same = query(t, "ALTER SYSTEM CHECK BACKUP DESTINATION '%s'" % store.uri("no_clock"))
    check("ahead" not in str(same), "clocks that agree: %s", same)


def tagging(server, store):
    t = server.connect("root@t")
    tagged = "&delete_mode=tagging"
    accepted(t, set_to(store.uri("tagged", extra=tagged)))
    left = store.keys("tagged")
    probes = [key for key in left if "_permission_file_" in key]
    check(probes and "format" in left, "left: %s", left)
    for key in probes:
        check("tagging" in str(store.tags("tagged/" + key)), "%s is not tagged", key)
    refused(t, set_to(store.uri("untagged", key="AKNOTAG", extra=tagged)), 9071)
    accepted(t, set_to(store.uri("untagged", extra=tagged)))


def read_by_others(server, store, shim):
    """The vendors' own clients see what the server wrote: the same bytes, the same tags."""
    t = server.connect("root@t")
    accepted(t, set_to(store.uri("others/data", extra="&delete_mode=tagging")))
    accepted(t, backup_key_to(store.uri("others/key")))
    what = {"provider": store.provider, "http": store.emulator.http, "secret": SECRET, "bucket": store.bucket,
            "prefix": "others/"}
    done = subprocess.run(["node", READER, json.dumps(what)], capture_output=True, text=True, timeout=READER_SECONDS,
                          env=dict(os.environ, **names.environment(shim)))
    check(done.returncode == 0, "the vendor's client: %s", done.stderr)
    seen = json.loads(done.stdout)
    kept = {key: row for key, row in store.emulator.objects(store.bucket).items() if key.startswith("others/")}
    check({key: row["tags"] for key, row in seen.items()} == {key: row["tags"] for key, row in kept.items()},
          "%s but %s", seen.keys(), kept.keys())
    for key, row in seen.items():
        check(base64.b64decode(row["content"]) == store.emulator.get(store.bucket, key), "%s differs", key)
    fields = format_file.decode(base64.b64decode(seen["others/data/format"]["content"]))[1]
    check(fields["tenant_id"] == 1002, "%s", fields)
    check("others/key" in seen and len(seen) > 4, "seen: %s", seen.keys())


def archives(server, store):
    """LOG_ARCHIVE_DEST: the same claim, another kind; a prefix is of one kind, whatever scheme names it."""
    query(server.connect("root@sys"), "CREATE TENANT arc" + store.provider)
    connection = server.connect("root@arc" + store.provider)
    archive, data = store.provider + "/arc", store.provider + "/arcdata"
    accepted(connection, "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=%s BINDING=Mandatory'" % store.uri(archive))
    accepted(connection, set_to(store.uri(data)))
    found = dict(query(connection, "SELECT NAME, VALUE FROM DBA_OB_ARCHIVE_DEST"))
    check("&encrypt_key=" in found["path"] and SECRET not in found["path"], "shown as %s", found["path"])
    check(found["binding"] == "MANDATORY" and found["dest_id"] == "1001", "the rows say %s", found)
    rows = query(connection, "SELECT DEST_ID, DEST_TYPE FROM DBA_OB_BACKUP_STORAGE_INFO ORDER BY DEST_ID")
    check(list(rows) == [(1001, "archive_log"), (1002, "backup_data")], "storage information: %s", rows)
    refused(connection, set_to(store.uri(archive)), 9081)
    refused(connection, set_to(store.uri(archive + "/")), 9081)
    refused(connection, "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=%s'" % store.uri(data), 9081)
    # As the documents print it: broken over lines, and set again.
    printed = store.uri(archive).replace("?", " ?\n").replace("&", " &\n")
    accepted(connection, "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=%s BINDING=Optional'" % printed)
    check(dict(query(connection, "SELECT NAME, VALUE FROM DBA_OB_ARCHIVE_DEST"))["binding"] == "OPTIONAL", "not set again")
    code, _ = attempt(connection, "ALTER SYSTEM SET archive_lag_target = '59s'")
    check(code == (4179 if store.provider == "s3" else None), "archive_lag_target in %s: %s", store.provider, code)
    connection.close()


def keys(server, store):
    t, u = server.connect("root@t"), server.connect("root@u")
    accepted(t, set_to(store.uri("data")))
    accepted(t, backup_key_to(store.uri("keys/one")))
    first = store.emulator.get(store.bucket, "keys/one")
    query(t, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
    accepted(t, backup_key_to(store.uri("keys/one")))
    check(store.emulator.get(store.bucket, "keys/one") != first, "the key file is the old one")
    refused(u, backup_key_to(store.uri("keys/one")), 1086)
    store.emulator.put(store.bucket, "keys/thing", b"x")
    refused(t, backup_key_to(store.uri("keys/thing")), 1086)
    check(store.emulator.get(store.bucket, "keys/thing") == b"x", "a foreign object is gone")
    refused(t, backup_key_to(store.uri("data")), 9026)
    refused(u, backup_key_to(store.uri("data/key")), 9026)
    accepted(t, backup_key_to(store.uri("data/key")))
    rows = query(t, "SELECT DEST_TYPE, AUTHORIZATION FROM oceanbase.DBA_OB_BACKUP_STORAGE_INFO WHERE PATH LIKE '" + store.provider + "%%/keys/one'")
    check(len(rows) == 1 and rows[0][0] == "backup_key" and "encrypt_key=" in rows[0][1], "%s", rows)
    restored_from(server, store)


def race(first, second, store, rounds):
    """Two servers, each for itself cluster 1 and tenant 1002, claim one prefix at once: exactly one gets it, also where
    the condition of a create-only write is ignored."""
    for ignored in (False, True):
        if ignored:
            store.emulator.arm({"kind": "ignore_create_only"})
        wins = 0
        for number in range(rounds):
            uri = store.uri("race%d%d" % (ignored, number))
            answers = []
            barrier = threading.Barrier(2)

            def claim(connection):
                barrier.wait()
                answers.append(attempt(connection, set_to(uri))[0])

            threads = [threading.Thread(target=claim, args=(server.connect("root@t"),)) for server in (first, second)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            won = answers.count(None)
            check(won <= 1 and set(answers) - {None} <= {9081, 9080}, "round %d: %s", number, answers)
            check(won == 1 or ignored, "nobody won round %d: %s", number, answers)
            wins += won
            if won:
                check("format" in store.keys("race%d%d" % (ignored, number)), "no format file in round %d", number)
        check(wins > rounds / 2, "only %d of %d rounds had a winner", wins, rounds)
        store.emulator.clear()


def killed_while_waiting(server, store):
    sys_, t = server.connect("root@sys"), server.connect("root@t")
    store.emulator.arm({"kind": "stall", "op": "PutObject", "key": "/format$", "stage": "headers"})
    answers = []
    thread = threading.Thread(target=lambda: answers.append(attempt(t, set_to(store.uri("killed")))))
    thread.start()
    wait_until(lambda: any(fault["hits"] for fault in store.emulator.faults()), 60, "the statement waits")
    start = time.monotonic()
    query(sys_, "KILL QUERY %d" % t.thread_id())
    thread.join(120)
    check(answers and answers[0][0] == 1317 and time.monotonic() - start < 20, "KILL QUERY: %s", answers)
    store.emulator.clear()
    wait_until(lambda: store.keys("killed") == [], 60, "what was begun is taken back")
    accepted(t, set_to(store.uri("killed")))


def restored_from(server, store):
    """The keys of keys/one in another tenant."""
    sys_, tenant = server.connect("root@sys"), "restored_" + store.provider
    query(sys_, "CREATE TENANT " + tenant)
    restore = "ALTER SYSTEM RESTORE KEY TENANT = %s FROM '%s' ENCRYPTED BY '%s'"
    refused(sys_, restore % (tenant, store.uri("keys/one"), "wrong"), 9047)
    refused(sys_, restore % (tenant, store.uri("keys/nothing"), "secret"), 9011)
    refused(sys_, restore % (tenant, store.uri("keys/one", key="AKNOREAD"), "secret"), 9071)
    accepted(sys_, restore % (tenant, store.uri("keys/one"), "secret"))
    rows = query(sys_, "SELECT NEWEST_VERSION, BACKED_UP_VERSION, STATUS, BACKUP_PATH FROM oceanbase.CDB_OB_BACKUP_KEY_STATUS"
                       " WHERE TENANT_NAME = '%s'" % tenant)
    check(rows[0][0] == rows[0][1] >= 2 and rows[0][2] == "CURRENT" and rows[0][3].endswith("/keys/one"), "%s", rows)


def by_the_sessions_time(server, store):
    """ob_query_timeout, where a session has set it, ends SET, CHECK and BACKUP KEY with 4012; nothing is set, and what was
    begun is taken back."""
    t = server.connect("root@t")
    before = query(t, "SELECT VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER")
    query(t, "SET ob_query_timeout = 1500000")
    checked = "ALTER SYSTEM CHECK BACKUP DESTINATION '%s'" % store.uri("late")
    for key, stage, statement in (("/format$", "headers", set_to(store.uri("late"))),
                                  ("late_key", "headers", backup_key_to(store.uri("late_key"))),
                                  ("/check_file/", "headers", checked), ("/check_file/", "done", checked)):
        store.emulator.arm({"kind": "stall", "op": "PutObject", "key": key, "stage": stage})
        start = time.monotonic()
        code, text = attempt(t, statement)
        check(code == 4012 and time.monotonic() - start < 20, "%s: %s %s", statement[:30], code, text)
        check("ob_query_timeout" in hints(t), "no word of ob_query_timeout: %s", hints(t))
        store.emulator.clear()
        wait_until(lambda: store.keys("late") == [] and store.keys("late_key") == [], 60, "what was begun is taken back")
    query(t, "SET ob_query_timeout = 60000000")
    check(query(t, "SELECT VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER") == before, "the value changed")
    accepted(t, set_to(store.uri("late")))


def adopts(server, store):
    """A catalogue that doesn't know a destination any more takes it up again, by the MAC behind the check file."""
    t, root = server.connect("root@t"), server.connect()
    uri, adopt = store.uri("adopted"), "ALTER SYSTEM ADOPT BACKUP DESTINATION '%s' TENANT = t%s"
    accepted(t, set_to(uri))
    number = format_file.decode(store.emulator.get(store.bucket, "adopted/format"))[1]["dest_id"]
    accepted(t, set_to(""))
    server.stop()
    with sqlite3.connect(os.path.join(server.data_dir, "catalog.db")) as catalogue:
        for table in ("backup_storage_info", "path_claim"):
            catalogue.execute("DELETE FROM %s WHERE path_key LIKE '%%/adopted?%%'" % table)
        catalogue.execute("UPDATE tenant SET next_dest_id = ? WHERE tenant_name = 't'", [number])
    catalogue.close()
    server.start()
    t, root = server.connect("root@t"), server.connect()
    refused(t, set_to(uri), 9081, "another tenant or cluster")
    refused(root, set_to(uri) + " TENANT = t", 9081, "doesn't know the number.*ADOPT")
    accepted(t, set_to(store.uri("adopted_beside")))
    beside = format_file.decode(store.emulator.get(store.bucket, "adopted_beside/format"))[1]["dest_id"]
    check(beside == number + 1, "%s is given again: %s", number, beside)
    refused(t, adopt % (uri, ""), 1227)
    check_file, = [key for key in store.keys("adopted") if key != "format"]
    content = store.emulator.get(store.bucket, "adopted/" + check_file)
    check(content[-48:-32] == b"Breakwater MAC 1", "no MAC: %s", content)
    store.emulator.put(store.bucket, "adopted/" + check_file, content[:-1] + bytes([content[-1] ^ 1]))
    refused(root, adopt % (uri, " FORCE"), 9081, "another installation")
    store.emulator.put(store.bucket, "adopted/" + check_file, content[:-48])
    refused(root, adopt % (uri, ""), 9081, "FORCE")
    accepted(root, adopt % (uri, " FORCE"))
    check(len(store.keys("adopted")) == 2, "left behind: %s", store.keys("adopted"))
    accepted(root, adopt % (uri, ""))
    accepted(t, set_to(uri))
    check(format_file.decode(store.emulator.get(store.bucket, "adopted/format"))[1]["dest_id"] == number, "the number")


def gives_up(server, store):
    """RELEASE leaves nothing, RETIRE a tombstone; what else is there keeps the first out."""
    t, root = server.connect("root@t"), server.connect()
    for mode in ("delete", "tagging"):
        path = "left_" + mode
        uri = store.uri(path, extra="&delete_mode=" + mode)
        release, retire = ("ALTER SYSTEM %s BACKUP DESTINATION '%s'" % (verb, uri) for verb in ("RELEASE", "RETIRE"))
        accepted(t, set_to(uri))
        refused(t, release, 1235, "DATA_BACKUP_DEST = ''")
        refused(t, retire, 1235, "DATA_BACKUP_DEST = ''")
        accepted(t, set_to(""))
        store.emulator.put(store.bucket, path + "/backup_set_1", b"x")
        refused(t, release, 1235, "holds backup_set_1")
        accepted(t, retire)
        check(b"Breakwater tombstone 1" in store.emulator.get(store.bucket, path + "/format"), "no tombstone")
        check("backup_set_1" in store.keys(path), "RETIRE took a backup: %s", store.keys(path))
        refused(t, set_to(uri), 9081, "was retired: it holds")
        refused(root, set_to(uri) + " TENANT = t", 9081, "retired on 20.* by root@t")
        refused(root, "ALTER SYSTEM ADOPT BACKUP DESTINATION '%s' TENANT = t FORCE" % uri, 9081, "retired on 20")
        refused(t, retire, 9081)
        beside = store.uri(path + "_beside", extra="&delete_mode=" + mode)
        accepted(t, set_to(beside))
        accepted(t, set_to(""))
        accepted(t, "ALTER SYSTEM RELEASE BACKUP DESTINATION '%s'" % beside)
        check(store.keys(path + "_beside") == [], "left behind: %s", store.keys(path + "_beside"))
        refused(t, "ALTER SYSTEM RELEASE BACKUP DESTINATION '%s'" % beside, 9080)
        # A store that refuses in the middle: the place stays the tenant's, or is given up; said again it is.
        accepted(t, set_to(beside))
        accepted(t, set_to(""))
        store.emulator.arm({"kind": "status", "op": "DeleteObject", "key": "/format$", "status": 403, "code": "AccessDenied"})
        refused(t, "ALTER SYSTEM RELEASE BACKUP DESTINATION '%s'" % beside, 9071)
        store.emulator.clear()
        accepted(t, "ALTER SYSTEM RELEASE BACKUP DESTINATION '%s'" % beside)
        check(store.keys(path + "_beside") == [], "left behind: %s", store.keys(path + "_beside"))


def many_at_once(server, store, tenants=64):
    one, every = set_at_once(server, store, tenants, 50)
    # Far from one after the other; the figure itself is the bench's, for a quiet machine.
    check(every < tenants / 3 * one, "one SET took %.2f s, %d at once %.2f s", one, tenants, every)
    print("one SET %.2f s, %d at once %.2f s" % (one, tenants, every), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-stores-") as base, Emulator() as emulator:
        first, second = new_server(options, base, "one"), new_server(options, base, "two")
        with first, second:
            try:
                for provider in BUCKETS:
                    store = Store(emulator, provider)
                    for name, test in (("sets", lambda: sets_and_sets_again(first, store)),
                                       ("rows", lambda: same_rows_everywhere(first, store, options.shim)),
                                       ("scheduled", lambda: checked_on_schedule(first, store)),
                                       ("refusals", lambda: refusals(first, store)),
                                       ("clocks", lambda: clocks(first, store)),
                                       ("tagging", lambda: tagging(first, store)),
                                       ("others", lambda: store.provider in VENDORS and read_by_others(
                                           first, store, options.shim)),
                                       ("archives", lambda: archives(first, store)),
                                       ("keys", lambda: keys(first, store)),
                                       ("adopts", lambda: adopts(first, store)),
                                       ("gives_up", lambda: gives_up(first, store)),
                                       ("race", lambda: race(first, second, store, options.rounds)),
                                       ("killed", lambda: killed_while_waiting(first, store)),
                                       ("time", lambda: by_the_sessions_time(first, store))):
                        if options.only in (None, name):
                            test()
                            print(provider, name, "ok", flush=True)
                if options.only in (None, "many"):
                    many_at_once(first, Store(emulator, "s3"))
            except BaseException:
                print(first.log()[-20000:])
                raise
            check(SECRET not in first.log() and quote(SECRET, safe="") not in first.log(), "the key is in the log")


if __name__ == "__main__":
    main()
