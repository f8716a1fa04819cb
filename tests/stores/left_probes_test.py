#!/usr/bin/python3
"""What a CHECK in a bucket could not clean up, since it may not delete, the server was killed or the client has gone: it
counts as nothing at once, whoever made it, and is gone soon.

    left_probes_test.py --server PROGRAM --shim SHIM [--only NAME]
"""

import argparse
import glob
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import names  # noqa: E402
from emulated import SECRET, Emulator  # noqa: E402
from harness.server import attempt, query, wait_until  # noqa: E402
from statements import BUCKETS, Store, check, hints, new_server, set_to  # noqa: E402

SETTLED_SECONDS = 60
NO_DELETE = {"kind": "status", "op": "DeleteObject|DeleteMultipleObjects|DeleteObjects", "status": 403, "code": "AccessDenied"}
STALE = {"kind": "clock", "seconds": 660}        # the store's clock goes on by eleven minutes, and by eight
YOUNG = {"kind": "clock", "seconds": 480}
TOKEN = "0123456789abcdef" * 2
NAME = "check_file/1002_%s_permission_file_20230111T193020_%s.obbak"
MAGIC = b"Breakwater probe 1\n"
OVERWRITTEN, APPENDED = MAGIC + b"It can be overwritten.\n", MAGIC + b"It can be appended to.\n"
BLOCK = MAGIC.ljust(256 << 10, b"x")


def check_of(uri):
    return "ALTER SYSTEM CHECK BACKUP DESTINATION '%s'" % uri


def failed_rows(rows):
    return [row[0] for row in rows if row[1] != "YES"]


def is_set(server, store, path, left=0, **how):
    """A SET succeeds, and so much is left beside what it made."""
    answer = attempt(server.connect("root@t"), set_to(store.uri(path, **how)))
    check(answer[0] is None, "SET of %s: %s", path, answer)
    keys = store.keys(path)
    check("format" in keys and len(keys) == 2 + left, "of %s there is %s", path, keys)


def alone(server, shim, uri):
    done = subprocess.run([server.binary, "check", uri], capture_output=True, text=True, timeout=120,
                          env=dict(os.environ, **names.environment(shim)))
    check(SECRET not in done.stdout + done.stderr, "the key is shown")
    return done


def denied_and_then_granted(server, other, store, shim):
    """The same key may not delete, and then it may."""
    for path, extra in (("denied", ""), ("denied_tagging", "&delete_mode=tagging")):
        if extra:
            store.emulator.arm(NO_DELETE, {"kind": "status", "op": "PutObjectTagging|PutObject[a-z]*Tag.*", "status": 403,
                                           "code": "AccessDenied"})
        else:
            store.emulator.arm(NO_DELETE)
        rows = query(server.connect("root@t"), check_of(store.uri(path, extra=extra)))
        check(failed_rows(rows), "nothing failed: %s", rows)
        check(store.keys(path) != [], "nothing was left")
        again = query(server.connect("root@t"), check_of(store.uri(path, extra=extra)))
        check(next(row for row in again if row[0] == "content")[1] == "YES", "content after a CHECK: %s", again)
        store.emulator.clear()
        answer = attempt(server.connect("root@t"), set_to(store.uri(path, extra=extra)))
        check(answer[0] is None, "a SET once it may delete: %s", answer)

        def remaining():
            return [key for key in store.keys(path) if "_permission_file_" in key and not store.tags(path + "/" + key)]
        wait_until(lambda: remaining() == [], SETTLED_SECONDS, "what was left goes")


def left_by_others(server, other, store, shim):
    """`breakwater check` remembers nothing: what it left counts as nothing, and goes when it is ten minutes old."""
    uri = store.uri("others", key="AKNODELETE")
    done = alone(server, shim, uri)
    check(done.returncode == 1 and "delete" in done.stdout, "%s", done)
    left = len(store.keys("others"))
    check(left > 0, "nothing was left")
    check(alone(server, shim, store.uri("others")).returncode == 0, "a check of what another left")
    check(len(store.keys("others")) == left, "young probes went: %s", store.keys("others"))
    is_set(other, store, "others", left=left)
    store.emulator.arm(YOUNG)
    is_set(other, store, "others", left=left)
    store.emulator.clear()
    store.emulator.arm(STALE)
    rows = query(other.connect("root@t"), check_of(store.uri("others")))
    check(not failed_rows(rows), "%s", rows)
    check(len(store.keys("others")) == 2, "stale probes stay after a CHECK: %s", store.keys("others"))
    store.emulator.clear()
    # A SET of an empty place removes them too, and so does the program.
    for path, clean in (("by_set", lambda: is_set(other, store, "by_set")),
                        ("alone", lambda: check(alone(server, shim, store.uri("alone")).returncode == 0, "alone"))):
        check(alone(server, shim, store.uri(path, key="AKNODELETE")).returncode == 1, "nothing failed")
        store.emulator.arm(STALE)
        clean()
        store.emulator.clear()
    check(store.keys("alone") == [], "stale probes stay: %s", store.keys("alone"))


def only_what_is_a_probe(server, other, store, shim):
    name = NAME % ("overwriter", TOKEN)
    cases = [(name, OVERWRITTEN, True), (NAME % ("checker", TOKEN), BLOCK, True), (NAME % ("appender", TOKEN), 2 * APPENDED, True),
             (NAME % ("appender", TOKEN) + "/@APD_PART@0-42", APPENDED, True),
             (name, b"Breakwater has proved this prefix.\n", False), (name, b"", False), (name, OVERWRITTEN + b"x", False),
             (name, b"x" + OVERWRITTEN[1:], False), (NAME % ("overwriter", TOKEN[1:]), OVERWRITTEN, False),
             (name + "x", OVERWRITTEN, False), ("check_file/" + name, OVERWRITTEN, False), ("thing", BLOCK, False),
             (NAME % ("appender", TOKEN) + "/@APD_PART@FORMAT_META", APPENDED, False)]
    for number, (key, content, empty) in enumerate(cases):
        path = "like%d" % number
        store.emulator.put(store.bucket, "%s/%s" % (path, key), content)
        t = server.connect("root@t")
        code, text = attempt(t, set_to(store.uri(path)))
        check(code == (None if empty else 9080), "%s of %d bytes: %s %s", key, len(content), code, text)
        check(empty or os.path.basename(key) in hints(t), "the note doesn't name it: %s", hints(t))
        check(store.emulator.get(store.bucket, "%s/%s" % (path, key)) == content, "%s was changed", key)
    # More than a page of a list, and more than are looked into.
    for path, count, code in (("some", 120, None), ("many", 260, 9080)):
        for number in range(count):
            store.emulator.put(store.bucket, path + "/" + NAME % ("overwriter", "%032x" % number), OVERWRITTEN)
        answer = attempt(server.connect("root@t"), set_to(store.uri(path)))
        check(answer[0] == code, "with %d probes: %s", count, answer)


def without_create_only(server, other, store, shim):
    """Where claims take turns, what a CHECK left is nobody's turn."""
    store.emulator.arm(NO_DELETE, {"kind": "ignore_create_only"})
    check(failed_rows(query(server.connect("root@t"), check_of(store.uri("turns")))), "nothing failed")
    store.emulator.clear()
    store.emulator.arm({"kind": "ignore_create_only"})
    left = len(store.keys("turns"))
    check(left > 0, "nothing was left")
    is_set(other, store, "turns", left=left)
    store.emulator.clear()


def a_client_that_goes(server, other, store, shim):
    for stage in ("headers", "done"):
        store.emulator.arm({"kind": "stall", "op": "PutObject", "key": "/check_file/", "stage": stage, "skip": 1})
        connection = server.connect("root@t")
        thread = threading.Thread(target=attempt, args=(connection, check_of(store.uri("gone"))))
        thread.start()
        wait_until(lambda: any(fault["hits"] for fault in store.emulator.faults()), 60, "the statement waits")
        connection._sock.shutdown(2)
        thread.join(60)
        # It holds no lock: the tenant's other settings go on.
        check(attempt(server.connect("root@t"), set_to(""))[0] is None, "a CHECK that stalls delays a SET")
        store.emulator.clear()
        wait_until(lambda: store.keys("gone") == [], SETTLED_SECONDS, "what was begun is taken back")
    is_set(server, store, "gone")


def delays_no_other(server, other, store, shim):
    """CHECKs that were ended while the store stalls are settled later: a SET of another place doesn't wait for that."""
    store.emulator.arm({"kind": "stall", "stage": "headers", "skip": 3})
    for number in range(4):
        connection = server.connect("root@t")
        hits = sum(fault["hits"] for fault in store.emulator.faults())
        thread = threading.Thread(target=attempt, args=(connection, check_of(store.uri("stalls%d" % number))))
        thread.start()
        wait_until(lambda: sum(fault["hits"] for fault in store.emulator.faults()) > hits, 60, "the statement waits")
        query(server.connect("root@sys"), "KILL QUERY %d" % connection.thread_id())
        thread.join(60)
    with tempfile.TemporaryDirectory(prefix="breakwater-elsewhere-") as elsewhere:
        begun = time.monotonic()
        answer = attempt(server.connect("root@t"), set_to("file://" + elsewhere + "/d"))
        took = time.monotonic() - begun
    check(answer[0] is None and took < 6, "a SET elsewhere: %s in %.1f s", answer, took)
    store.emulator.clear()
    wait_until(lambda: not any(store.keys("stalls%d" % number) for number in range(4)), SETTLED_SECONDS, "what was begun goes")
    check(attempt(server.connect("root@t"), set_to(""))[0] is None, "''")


def killed_in_the_middle(server, other, store, shim):
    catalogue, = glob.glob(os.path.join(server.data_dir, "*.db"))

    def intents():
        connection = sqlite3.connect(catalogue)
        count = connection.execute("SELECT COUNT(*) FROM intent").fetchone()[0]
        connection.close()
        return count
    step = 4 if store.provider == "s3" else 8
    for nth in range(3, 60, step):
        path, stage = "killed%d" % nth, ("headers", "done")[nth // step % 2]
        store.emulator.arm({"kind": "stall", "stage": stage, "skip": nth})
        connection, answers = server.connect("root@t"), []
        thread = threading.Thread(target=lambda: answers.append(attempt(connection, check_of(store.uri(path)))))
        thread.start()
        wait_until(lambda: answers or store.emulator.faults()[0]["hits"], 60, "the statement waits or ends")
        if answers:
            thread.join(60)
            store.emulator.clear()
            check(nth > 8 and not failed_rows(answers[0][1]), "%s", answers)
            return
        server.kill()
        thread.join(60)
        store.emulator.clear()
        server.start()
        early = nth // step % 3 == 0
        if early:    # at once, or after everything is settled
            is_set(server, store, path)
        wait_until(lambda: intents() == 0, SETTLED_SECONDS, "every intent is settled")
        if not early:
            check(store.keys(path) == [], "killed at request %d: %s", nth, store.keys(path))
        check(store.emulator.uploads(store.bucket) == [], "an upload is left")
    raise AssertionError("a CHECK makes too many requests")


CASES = (denied_and_then_granted, left_by_others, only_what_is_a_probe, without_create_only, a_client_that_goes,
         delays_no_other, killed_in_the_middle)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-left-") as base, Emulator() as emulator:
        server, other = new_server(options, base, "one"), new_server(options, base, "two")
        with server, other:
            for provider in BUCKETS:
                store = Store(emulator, provider)
                for case in CASES:
                    if options.only in (None, case.__name__):
                        try:
                            case(server, other, store, options.shim)
                        except BaseException:
                            print(server.log()[-20000:])
                            raise
                        emulator.clear()
                        emulator.wipe(store.bucket)
                        print(provider, case.__name__, "ok", flush=True)
            check(SECRET not in server.log() + other.log(), "the key is in the log")


if __name__ == "__main__":
    main()
