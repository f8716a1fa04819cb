#!/usr/bin/python3
"""What comes late in a bucket: a request that nobody waits for any more and that the store carries out all the same, and what
was left by a server that is dead.

    late_test.py --server PROGRAM --shim SHIM [--only NAME]
"""

import argparse
import glob
import os
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from emulated import SECRET, Emulator  # noqa: E402
from harness.server import attempt, query, wait_until  # noqa: E402
from statements import BUCKETS, Store, check, hints, new_server, set_to  # noqa: E402

SETTLED_SECONDS = 60
LATE_SECONDS = 60            # how long a place waits for a request of RELEASE or RETIRE
IGNORED = {"kind": "ignore_create_only"}


def impatient(server):
    connection = server.connect("root@t")
    query(connection, "SET ob_query_timeout = 2000000")
    return connection


def intents(server):
    catalogue, = glob.glob(os.path.join(server.data_dir, "*.db"))
    connection = sqlite3.connect(catalogue)
    count = connection.execute("SELECT COUNT(*) FROM intent").fetchone()[0]
    connection.close()
    return count


def is_set(server, store, path):
    connection = server.connect("root@t")
    answer = attempt(connection, set_to(store.uri(path)))
    check(answer[0] is None, "SET of %s: %s %s", path, answer, hints(connection))
    check(len(store.keys(path)) == 2, "of %s there is %s", path, store.keys(path))
    return hints(connection)


def a_format_file(server, other, store):
    """Of a SET that was given up: it is nobody's, and the next SET takes it away."""
    store.emulator.arm({"kind": "delay", "op": "PutObject", "key": "/format$", "ms": 9000})
    code, text = attempt(impatient(server), set_to(store.uri("format")))
    check(code == 4012, "%s %s", code, text)
    wait_until(lambda: intents(server) == 0, SETTLED_SECONDS, "the SET is settled")
    check("format" not in store.keys("format"), "it isn't late: %s", store.keys("format"))
    wait_until(lambda: "format" in store.keys("format"), SETTLED_SECONDS, "the format file comes")
    store.emulator.clear()
    # It says nothing to anybody else.
    code, text = attempt(other.connect("root@t"), set_to(store.uri("format")))
    check(code == 9081, "%s %s", code, text)
    note = is_set(server, store, "format")
    check("had come late" in note, "the note: %s", note)
    check("had come late" not in is_set(server, store, "format"), "it comes once")


def a_removal(server, other, store):
    """RELEASE ends without an answer: until it can't be carried out any more, the place is nobody's."""
    is_set(server, store, "removal")
    query(server.connect("root@t"), set_to(""))
    store.emulator.arm({"kind": "stall", "op": "DeleteObject", "key": "/format$", "stage": "headers"})
    begun = time.monotonic()
    code, text = attempt(impatient(server), "ALTER SYSTEM RELEASE BACKUP DESTINATION '%s'" % store.uri("removal"))
    check(code == 4012, "%s %s", code, text)
    store.emulator.clear()
    connection = server.connect("root@t")
    code, text = attempt(connection, set_to(store.uri("removal")))
    check(code is not None and "try again in a minute" in hints(connection), "%s %s %s", code, text, hints(connection))
    check(attempt(server.connect("root@t"), set_to(store.uri("elsewhere")))[0] is None, "another place doesn't wait")
    query(server.connect("root@t"), set_to(""))
    wait_until(lambda: attempt(server.connect("root@t"), set_to(store.uri("removal")))[0] is None, LATE_SECONDS + SETTLED_SECONDS,
               "the place can be set again")
    check(time.monotonic() - begun > LATE_SECONDS, "it waited %.0f s", time.monotonic() - begun)
    is_set(server, store, "removal")


def a_turn_of_a_dead_server(server, other, store):
    """Where create-only isn't heeded, claims take turns: that of a server which is dead holds up nobody for ever."""
    store.emulator.arm(IGNORED)
    turn = "check_file/1002_overwriter_permission_file_20230111T193020_%032x.obbak" % 0
    store.emulator.put(store.bucket, "turn/" + turn, b"Breakwater probe 1\nIt can be overwritten.\n")
    connection = server.connect("root@t")
    code, text = attempt(connection, set_to(store.uri("turn")))
    check(code == 9081, "%s %s", code, text)
    store.emulator.clear()
    store.emulator.arm(IGNORED, {"kind": "clock", "seconds": 660})
    is_set(server, store, "turn")


CASES = {a_format_file: ("s3", "oss", "cos"), a_removal: ("s3",), a_turn_of_a_dead_server: ("s3", "oss", "cos")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-late-") as base, Emulator() as emulator:
        server, other = new_server(options, base, "one"), new_server(options, base, "two")
        with server, other:
            for provider in BUCKETS:
                store = Store(emulator, provider)
                for case, providers in CASES.items():
                    if provider in providers and options.only in (None, case.__name__):
                        try:
                            case(server, other, store)
                        except BaseException:
                            print(server.log()[-20000:])
                            raise
                        emulator.clear()
                        emulator.wipe(store.bucket)
                        print(provider, case.__name__, "ok", flush=True)
            check(SECRET not in server.log() + other.log(), "the key is in the log")


if __name__ == "__main__":
    main()
