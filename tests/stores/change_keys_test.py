#!/usr/bin/python3
"""ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST on the emulated stores: keys are rotated and the destination stays what it is; keys
that don't do are refused and the old ones stay; a kill in the middle leaves the old ones or the new ones.

    change_keys_test.py --server PROGRAM --shim SHIM [--only NAME]
"""

import argparse
import glob
import os
import sqlite3
import sys
import tempfile
import threading
from urllib.parse import quote

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from emulated import SECRET, Emulator  # noqa: E402
from harness.server import attempt, query, wait_until  # noqa: E402
from statements import BUCKETS, HOSTS, Store, backup_key_to, check, hints, new_server, set_to  # noqa: E402

NEW, NEWER = "another-Secret/Key+9876543210zyxwvutsrqp", "a-third-Secret/Key+0000000000zyxwvutsr"
SETTLED_SECONDS = 60


def host(store):
    return "host=http://%s:%d" % (HOSTS[store.provider], store.emulator.http)


def place(store, path):
    return "%s://%s/%s" % (store.provider, store.bucket, path)


def change(path, key=None, secret=None, attribute=None, verb="CHANGE"):
    sql = "ALTER SYSTEM %s EXTERNAL_STORAGE_DEST PATH = '%s' SET" % (verb, path)
    if key:
        sql += " ACCESS_INFO = 'access_id=%s&access_key=%s'" % (key, secret)
    return sql + (" ATTRIBUTE = '%s'" % attribute if attribute else "")


def accepted(connection, sql):
    answer = attempt(connection, sql)
    check(answer[0] is None, "%s: %s %s", sql[:60], answer, hints(connection))


def refused(connection, sql, code):
    answer = attempt(connection, sql)
    check(answer[0] == code, "%s: %s, wanted %s", sql[:60], answer, code)
    told = "%s %s" % (answer[1], hints(connection))
    check(not any(secret in told for secret in (SECRET, NEW, NEWER)), "a secret is told: %s", told)


def row(connection, path):
    """DEST_ID, AUTHORIZATION, EXTENSION, CHECK_FILE_NAME"""
    rows = query(connection, "SELECT DEST_ID, AUTHORIZATION, EXTENSION, CHECK_FILE_NAME, DEST_TYPE"
                             " FROM oceanbase.DBA_OB_BACKUP_STORAGE_INFO WHERE PATH = '%s'" % path)
    check(len(rows) == 1, "%s", rows)
    return rows[0]


def value(connection):
    return query(connection, "SELECT VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER")[0][0]


def archive(connection):
    return dict(query(connection, "SELECT NAME, VALUE FROM oceanbase.DBA_OB_ARCHIVE_DEST"))


def shown_key(text):
    return text.split("encrypt_key=")[1].split("&")[0]


def rotated(server, store):
    """The old key is revoked, the new one proved; number, files and limits stay."""
    t, path = server.connect("root@t"), place(store, "rotated")
    store.emulator.user("AKNEW", NEW)
    accepted(t, set_to(store.uri("rotated", extra="&delete_mode=delete&max_iops=100&max_bandwidth=10MB")))
    before, shown, keys = row(t, path), value(t), store.keys("rotated")
    format_file = store.emulator.get(store.bucket, "rotated/format")
    for key, secret in (("AKNEW", "wrong"), ("AKRO", SECRET), ("AKNODELETE", SECRET), ("AKNOREAD", SECRET), ("NOBODY", NEW)):
        refused(t, change(path, key, secret), 9071)
        check((row(t, path), value(t)) == (before, shown), "a refused key changed something")
    wait_until(lambda: [key for key in store.keys("rotated") if "_permission_file_" not in key] == keys, 60, "as it was")
    last = query(t, "SELECT RESULT FROM oceanbase.DBA_OB_BACKUP_DEST_CHECKS WHERE PATH = '%s' ORDER BY CHECK_ID DESC, CHECK_NO DESC"
                    " LIMIT 1" % path)
    check(last[0][0] == "FAILED", "the refusal's rows are not kept: %s", last)
    store.emulator.user("AKFULL", SECRET, suspended=True)
    refused(t, set_to(store.uri("rotated")), 9071)
    accepted(t, change(path + "/?" + host(store), "AKNEW", NEW))
    after, now = row(t, path), value(t)
    check(after[0] == before[0] and after[2:] == before[2:], "%s became %s", before, after)
    check(after[1].startswith("access_id=AKNEW&encrypt_key=") and shown_key(after[1]) != shown_key(before[1]), "%s", after)
    check(now == shown.replace(before[1], after[1]), "the value %s became %s", shown, now)
    check(store.emulator.get(store.bucket, "rotated/format") == format_file, "the format file changed")
    wait_until(lambda: store.keys("rotated") == keys, 60, "nothing is left: %s" % store.keys("rotated"))
    # The place is the tenant's as before, with the new key.
    accepted(t, set_to(store.uri("rotated", key="AKNEW", secret=NEW)))
    check(row(t, path)[0] == before[0], "another number")
    events = query(server.connect("root@sys"), "SELECT EVENT FROM oceanbase.DBA_OB_ROOTSERVICE_EVENT_HISTORY")
    check(any("change_external_storage_dest" in str(event) for event in events), "no event: %s", events)
    store.emulator.user("AKFULL", SECRET)
    accepted(t, set_to(""))


def limits(server, store):
    t, path = server.connect("root@t"), place(store, "limits")
    accepted(t, set_to(store.uri("limits", extra="&max_iops=100&zone=z1")))
    before, shown = row(t, path), value(t)
    store.emulator.forget()
    accepted(t, change(path, attribute="max_bandwidth=5MB", verb="ALTER"))
    check(store.emulator.log() == [], "limits need no proof: %s", store.emulator.log())
    check(row(t, path) == before, "%s became %s", before, row(t, path))
    check(value(t) == shown.replace("max_iops=100", "max_iops=100&max_bandwidth=5MB"), "%s became %s", shown, value(t))
    accepted(t, change(path, attribute="max_iops=7&max_bandwidth=0", verb="MODIFY"))
    check(value(t) == shown.replace("max_iops=100", "max_iops=7&max_bandwidth=0"), "%s became %s", shown, value(t))
    for wrong in ("max_iops=x", "max_bandwidth=fast", "max_iops=1&delete_mode=tagging", "nothing", "max_iops=1&max_iops=2"):
        refused(t, change(path, attribute=wrong), 1210)
    # Both at once.
    accepted(t, change(path, "AKNEW", NEW, "max_iops=8"))
    check("access_id=AKNEW&" in value(t) and "max_iops=8&max_bandwidth=0&zone=z1" in value(t), "%s", value(t))
    # One that no parameter names.
    accepted(t, set_to(""))
    accepted(t, change(path, "AKFULL", SECRET, "max_iops=9"))
    check("no parameter" in hints(t) and value(t) == "", "%s %s", hints(t), value(t))
    check(row(t, path)[1].startswith("access_id=AKFULL&"), "%s", row(t, path))


def archives(server, store):
    t, path = server.connect("root@t"), place(store, "archive")
    if store.provider == "s3":
        accepted(t, "ALTER SYSTEM SET archive_lag_target = '120s'")
    accepted(t, "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=%s BINDING=Mandatory PIECE_SWITCH_INTERVAL=2d'"
             % store.uri("archive", extra="&max_iops=3"))
    accepted(t, set_to(store.uri("data")))
    before, shown, data = row(t, path), archive(t), value(t)
    accepted(t, change(path, "AKNEW", NEW))
    after, now = row(t, path), archive(t)
    check(after[0] == before[0] and after[1].startswith("access_id=AKNEW&"), "%s became %s", before, after)
    check(now == dict(shown, path=shown["path"].replace(before[1], after[1])), "%s became %s", shown, now)
    check("max_iops=3" in now["path"] and value(t) == data, "%s %s", now, value(t))
    accepted(t, "ALTER SYSTEM SET LOG_ARCHIVE_DEST = ''")
    accepted(t, set_to(""))


def named_by(server, store):
    t, u, path = server.connect("root@t"), server.connect("root@u"), place(store, "named")
    accepted(t, set_to(store.uri("named")))
    for wrong in (path + "x", path + "?host=elsewhere", path + "?" + host(store) + "&access_id=a", "named", ""):
        refused(t, change(wrong, "AKNEW", NEW), 4016)
    refused(u, change(path, "AKNEW", NEW), 4016)
    accepted(t, backup_key_to(store.uri("key")))
    refused(t, change(place(store, "key"), "AKNEW", NEW), 4016)
    if store.provider == "oss":     # the same path at two endpoints
        accepted(t, set_to(store.uri("named").replace(HOSTS["oss"], "oss-cn-hangzhou-internal.aliyuncs.com").replace("named", "two")))
        accepted(t, set_to(store.uri("two/in")))
        accepted(t, change(place(store, "two/in"), "AKNEW", NEW))
    # Its files are gone: nothing to change.
    store.emulator.wipe(store.bucket)
    before = row(t, path)
    refused(t, change(path, "AKNEW", NEW), 9080)
    check(row(t, path) == before and store.keys("named") == [], "%s %s", row(t, path), store.keys("named"))
    accepted(t, set_to(""))


def killed_in_the_middle(server, store):
    catalogue, = glob.glob(os.path.join(server.data_dir, "*.db"))

    def intents():
        connection = sqlite3.connect(catalogue)
        count = connection.execute("SELECT COUNT(*) FROM intent").fetchone()[0]
        connection.close()
        return count
    path = place(store, "killed")
    accepted(server.connect("root@t"), set_to(store.uri("killed")))
    keys = store.keys("killed")
    for nth in range(0, 60, 3 if store.provider == "s3" else 7):
        t = server.connect("root@t")
        accepted(t, change(path, "AKFULL", SECRET))
        before, shown = row(t, path), value(t)
        store.emulator.arm({"kind": "stall", "stage": ("headers", "done")[nth % 2], "skip": nth})
        answers = []
        thread = threading.Thread(target=lambda: answers.append(attempt(t, change(path, "AKNEW", NEW))))
        thread.start()
        wait_until(lambda: answers or store.emulator.faults()[0]["hits"], 60, "the statement waits or ends")
        if answers:
            thread.join(60)
            store.emulator.clear()
            check(nth > 8 and answers[0][0] is None, "%s", answers)
            break
        server.kill()
        thread.join(60)
        store.emulator.clear()
        server.start()
        t = server.connect("root@t")
        wait_until(lambda: intents() == 0, SETTLED_SECONDS, "every intent is settled")
        check(store.keys("killed") == keys, "killed at request %d: %s", nth, store.keys("killed"))
        now = row(t, path)
        check(value(t) == shown.replace(before[1], now[1]), "%s, but %s", now, value(t))
        check(now[1] == before[1] or nth > 20, "not proved, but changed: %s", now)
        accepted(t, change(path, "AKNEW", NEW))
    else:
        raise AssertionError("it makes too many requests")
    accepted(server.connect("root@t"), set_to(""))


CASES = (rotated, limits, archives, named_by, killed_in_the_middle)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-keys-") as base, Emulator() as emulator:
        with new_server(options, base, "one") as server:
            for provider in BUCKETS:
                store = Store(emulator, provider)
                emulator.user("AKNEW", NEW)
                for case in CASES:
                    if options.only in (None, case.__name__):
                        try:
                            case(server, store)
                        except BaseException:
                            print(server.log()[-20000:])
                            raise
                        emulator.clear()
                        emulator.wipe(store.bucket)
                        print(provider, case.__name__, "ok", flush=True)
            for secret in (SECRET, NEW, NEWER):
                for text in (secret, quote(secret, safe="")):
                    check(text not in server.log(), "a key is in the log")
                    for name in glob.glob(os.path.join(server.data_dir, "*")):
                        if os.path.isfile(name):
                            with open(name, "rb") as file:
                                check(text.encode() not in file.read(), "a key is in %s", name)


if __name__ == "__main__":
    main()
