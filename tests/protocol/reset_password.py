#!/usr/bin/python3
"""`breakwater reset-password`: a lost password has a way back, for whoever may write the data directory, while no server runs.

    reset_password.py --server PROGRAM
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness.expect import check  # noqa: E402
from harness.server import Server, attempt, query  # noqa: E402

FIRST, LOST, NEW = "the first password", "a lost password", "another password"
SECONDS = 120


def reset(server, *args, password=NEW):
    done = subprocess.run([server.binary, "reset-password", *args, "--password-file", "-"], input=password + "\nnot this\n",
                          capture_output=True, text=True, timeout=SECONDS)
    check(password not in done.stdout + done.stderr or not password, "the password is shown: %s", done)
    return done.returncode, done.stdout + done.stderr


def refuses(server, words, *args, **how):
    code, said = reset(server, *args, **how)
    check(code == 1 and words in said, "%s: %s %s, not %s", args, code, said, words)


def may_log_in(server, password, user="root@sys"):
    try:
        return query(server.connect(user, password=password), "SELECT 1") == ((1,),)
    except Exception as refused:  # noqa: BLE001
        check(getattr(refused, "args", (0,))[0] == 1045, "%r", refused)
        return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-reset-") as base:
        data = os.path.join(base, "data")
        server = Server(options.server, data, env=dict(os.environ, BREAKWATER_ROOT_PASSWORD=FIRST))
        refuses(server, "there is no catalogue in", "--data-dir", data)
        check(not os.path.exists(data), "a catalogue was made")
        server.start()
        check(may_log_in(server, FIRST), "the password of the first start")
        check("is ignored" not in server.log(), "the log of the first start")
        root = server.connect(password=FIRST)
        query(root, "ALTER USER root IDENTIFIED BY '%s'" % LOST)
        query(root, "CREATE TENANT t")
        refuses(server, "in use by another server", "--data-dir", data)
        server.stop()
        server.start()
        check("(BREAKWATER_ROOT_PASSWORD) is ignored" in server.log(), "the log says that the variable is ignored")
        check(may_log_in(server, LOST) and not may_log_in(server, FIRST), "it isn't set again")
        server.stop()
        for words, args in (("no tenant x", ["--tenant", "x"]), ("no account 'x'@'%'", ["--user", "x"]),
                            ("no account 'root'@'h'", ["--host", "h"])):
            refuses(server, words, "--data-dir", data, *args)
        refuses(server, "no password was given", "--data-dir", data, password="")
        refuses(server, "longer than 128 bytes", "--data-dir", data, password="x" * 129)
        for args in ([], ["--tenant", "t", "--user", "root"]):
            code, said = reset(server, "--data-dir", data, *args)
            check(code == 0 and "is changed" in said, "%s: %s", args, said)
        server.start()
        check(may_log_in(server, NEW) and not may_log_in(server, LOST), "the new one, and no other")
        check(may_log_in(server, NEW, "root@t"), "of another tenant")
        events = query(server.connect(password=NEW), "SELECT VALUE1 FROM oceanbase.DBA_OB_ROOTSERVICE_EVENT_HISTORY"
                                                     " WHERE EVENT = 'reset_password' ORDER BY TIMESTAMP")
        check([int(row[0]) for row in events] == [1, 1002], "the events: %s", events)
        code, _ = attempt(server.connect("root@t", password=NEW), "SELECT 1")
        check(code is None, "it works")
        server.stop()
        check(NEW not in server.log() and FIRST not in server.log(), "a password is in the log")


if __name__ == "__main__":
    main()
