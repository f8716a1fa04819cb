#!/usr/bin/python3
"""A CHECK that is stopped in the middle, or can't clean up, spoils nothing: what it left counts as nothing at once and is
gone soon, whoever made it, this server, another one or `breakwater check`.

    check.py --server PROGRAM --shim LIBRARY [CASE ...]
"""

import argparse
import errno
import os
import sqlite3
import subprocess
import threading

from faults import (KILLED, Faults, Server, attempt, check, query, read_format, run_cases, storage_rows, tree,
                    values, wait_until)

MOST_CALLS = 120
SETTLED_SECONDS = 60
STALE_SECONDS = 600
TOKEN = "0123456789abcdef" * 2
OPTIONS = None


def set_to(place):
    return "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s'" % place


def check_of(place):
    return "ALTER SYSTEM CHECK BACKUP DESTINATION 'file://%s'" % place


def probes(place):
    return [name for name in tree(place) or [] if ".probe" in name]


class Place:
    """A server with the shim, and a directory for the places."""

    def __init__(self, base):
        self.work = os.path.join(base, "work")
        os.mkdir(self.work)
        self.faults = Faults(os.path.join(base, "control"))
        self.environment = self.faults.environment(OPTIONS.shim)
        self.server = Server(OPTIONS.server, os.path.join(base, "data"), env=self.environment)

    def __enter__(self):
        self.server.start()
        query(self.server.connect("root@sys"), "CREATE TENANT t")
        return self

    def __exit__(self, *error):
        self.faults.disarm()
        self.server.stop()

    def connect(self):
        return self.server.connect("root@t")

    def intents(self):
        catalogue = sqlite3.connect(os.path.join(self.server.data_dir, "catalog.db"))
        count = catalogue.execute("SELECT COUNT(*) FROM intent").fetchone()[0]
        catalogue.close()
        return count

    def settled(self):
        wait_until(lambda: self.intents() == 0, SETTLED_SECONDS, "every intent is settled")

    def is_set(self, place):
        answer = attempt(self.connect(), set_to(place))
        check(answer[0] is None, "SET of %s: %s", place, answer)
        check(read_format(place) is not None, "no format file in %s", place)

    def alone(self, place):
        """`breakwater check`"""
        return subprocess.run([self.server.binary, "check", "file://" + place], capture_output=True, text=True, timeout=120,
                              env=dict(os.environ, **self.environment))


def killed_at_every_call(base):
    """The server, in CHECKs of a missing directory, of an empty one and of its own."""
    with Place(base) as place:
        own = os.path.join(place.work, "own")
        place.is_set(own)
        before = tree(own)
        for kind, step in (("missing", 3), ("empty", 4), ("own", 5)):
            for nth in range(1, MOST_CALLS, step):
                at = own if kind == "own" else os.path.join(place.work, "%s%d" % (kind, nth), "at")
                if kind == "empty":
                    os.makedirs(at)
                connection = place.connect()
                place.faults.arm("any", KILLED, place.work, nth)
                code, text = attempt(connection, check_of(at))
                place.faults.disarm()
                if code is None:
                    check(nth > 1 and all(row[1] == "YES" for row in text), "%s", text)
                    break
                check(place.server.exit_code() == -9, "call %d: %s %s", nth, code, text)
                place.server.start()
                place.settled()
                check(values(place.server.connect("root@sys")).get(1002) == "file://" + own, "the value changed")
                if kind == "missing":
                    check(tree(os.path.dirname(at)) is None, "killed at call %d: %s", nth, tree(os.path.dirname(at)))
                elif kind == "empty":
                    check(tree(at) == [], "killed at call %d: %s", nth, tree(at))
                else:
                    check(tree(at) == before, "killed at call %d: %s", nth, tree(at))
            else:
                raise AssertionError("a CHECK makes too many calls")


def killed_alone_at_every_call(base):
    """`breakwater check`, of which nothing is remembered: the place can be set at once, by a server that knows nothing."""
    with Place(base) as place:
        seen = 0
        for nth in range(1, MOST_CALLS, 3):
            at = os.path.join(place.work, "place%d" % nth)
            os.mkdir(at)
            place.faults.arm("any", KILLED, place.work, nth)
            done = place.alone(at)
            place.faults.disarm()
            if done.returncode == 0:
                break
            check(done.returncode == -9, "call %d: %s", nth, done)
            left = probes(at)
            seen += len(left)
            rows = query(place.connect(), check_of(at))
            check(all(row[1] == "YES" for row in rows), "a CHECK of what was left by a kill at call %d (%s): %s", nth, left, rows)
            place.is_set(at)
            for name in left:       # not older than ten minutes: it may be a proof's that runs
                check(os.path.exists(os.path.join(at, name)), "%s is gone", name)
                os.utime(os.path.join(at, name), times=(0, os.stat(os.path.join(at, name)).st_mtime - STALE_SECONDS - 1))
            place.is_set(at)
            check(probes(at) == [], "stale probes stay: %s", probes(at))
        else:
            raise AssertionError("a check makes too many calls")
        check(seen > 5, "only %d probes were left", seen)


def nothing_can_be_removed(base):
    """unlink(2) fails: the rows say so, a SET of the place succeeds at once all the same, and what was left goes."""
    with Place(base) as place:
        for error in (errno.EIO, errno.EACCES):
            for alone in (False, True):
                at = os.path.join(place.work, "place%d%d" % (error, alone))
                place.faults.arm("unlink", error, place.work, 1, every=True)
                if alone:
                    done = place.alone(at)
                    check(done.returncode == 1 and "FAILED" in done.stdout, "%s", done)
                else:
                    rows = query(place.connect(), check_of(at))
                    check("NO" in [row[1] for row in rows], "%s", rows)
                place.faults.disarm()
                check(probes(at) != [], "nothing was left: is the shim loaded?")
                place.is_set(at)
                if not alone:
                    place.settled()
                    check(probes(at) == [], "left behind: %s", probes(at))


def many_that_cannot_be_removed(base):
    """So many intents of CHECKs are kept; what older ones left counts as nothing."""
    with Place(base) as place:
        at = os.path.join(place.work, "place")
        os.mkdir(at)
        connection = place.connect()
        place.faults.arm("unlink", errno.EIO, place.work, 1, every=True)
        for _ in range(20):
            check("NO" in [row[1] for row in query(connection, check_of(at))], "nothing failed")
        check(place.intents() <= 16, "%d intents", place.intents())
        place.faults.disarm()
        place.is_set(at)
        place.settled()


def a_client_that_goes_and_a_mount_that_hangs(base):
    with Place(base) as place:
        at = os.path.join(place.work, "place")
        os.mkdir(at)
        connection, own = place.connect(), place.connect()
        place.faults.arm("unlink", 0, place.work, 1)
        thread = threading.Thread(target=attempt, args=(connection, check_of(at)))
        thread.start()
        wait_until(lambda: place.faults.hits > 0, SETTLED_SECONDS, "the CHECK hangs")
        # It holds no lock: another setting of the tenant goes on meanwhile.
        check(attempt(own, "ALTER SYSTEM SET DATA_BACKUP_DEST = ''")[0] is None, "a CHECK that hangs holds the tenant's lock")
        attempt(own, "KILL QUERY %d" % connection.thread_id())
        thread.join(SETTLED_SECONDS)
        check(not thread.is_alive(), "KILL doesn't end a CHECK")
        check(place.intents() == 1, "the intent of a CHECK that hangs is %d", place.intents())
        place.faults.disarm()
        place.settled()
        check(tree(at) == [], "left behind: %s", tree(at))
        place.is_set(at)


def at_once(base):
    """CHECKs and a SET of one new directory by one tenant: none fails because another takes the directory away."""
    def ask(connection, sql, answers):
        code, text = attempt(connection, sql)
        failed = [] if code or sql.startswith("ALTER SYSTEM SET") else [
            row for row in query(connection, sql) if row[1] != "YES"]
        answers.append((sql, code, text, failed))

    with Place(base) as place:
        for number in range(20):
            at = os.path.join(place.work, "place%d" % number)
            answers = []
            threads = [threading.Thread(target=ask, args=(place.connect(), sql, answers))
                       for sql in [check_of(at)] * 4 + [set_to(at)] + [check_of(at)] * 4]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(SETTLED_SECONDS)
            for answer in answers:
                check(answer[1] is None and not answer[3], "%s", answer)
            check(len(answers) == len(threads), "a statement hangs")
            check((1002, "file://" + at) in storage_rows(place.server.connect("root@sys")), "not set: %s", at)
            check(sorted(name for name in tree(at) if not name.startswith("check_file/")) == ["check_file", "format"],
                  "left behind: %s", tree(at))


def only_what_is_a_probe(base):
    """By name and content; whatever else is there makes a place not empty."""
    with Place(base) as place:
        name = ".breakwater.tmp.%s.probe1" % TOKEN
        for number, (called, content, empty) in enumerate((
                (name, b"", True), (name, b"Breakwater pro", True), (name, b"Breakwater probe 1\nIt can be overwritten.\n", True),
                (name, b"something else", False), (name, b"Breakwater probe 1\nIt can be overwritten.\nmore", False),
                (name, b"Breakwater has proved this directory.\n", False), (name + "2", b"", False),
                (name.replace(TOKEN, "x" * 32), b"", False), (name.replace("probe1", "format"), b"", False),
                (name.replace(TOKEN, TOKEN[1:]), b"", False), ("probe1", b"Breakwater probe 1\n", False))):
            at = os.path.join(place.work, "place%d" % number)
            os.mkdir(at)
            with open(os.path.join(at, called), "wb") as file:
                file.write(content)
            code, text = attempt(place.connect(), set_to(at))
            check(code == (None if empty else 9080), "%s with %s: %s %s", called, content, code, text)
            with open(os.path.join(at, called), "rb") as file:
                check(file.read() == content, "%s was changed", called)


def main():
    global OPTIONS
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("cases", nargs="*")
    OPTIONS = parser.parse_args()
    cases = (killed_at_every_call, killed_alone_at_every_call, nothing_can_be_removed, many_that_cannot_be_removed,
             a_client_that_goes_and_a_mount_that_hangs, at_once, only_what_is_a_probe)
    run_cases(cases, "check", lambda case, base: case(base), OPTIONS.cases)


if __name__ == "__main__":
    main()
