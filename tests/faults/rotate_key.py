#!/usr/bin/python3
"""ALTER SYSTEM ROTATE CATALOG KEY: nothing is lost, wherever the server is killed and whatever call fails while it runs, and
whoever writes and reads meanwhile; the key that somebody else gives; and the way back from ALTER SYSTEM BACKUP CATALOG KEY.

    rotate_key.py --server PROGRAM --shim LIBRARY [case ...]
"""

import argparse
import contextlib
import errno
import json
import os
import random
import subprocess
import threading
import time
from pathlib import Path

import audit
from adopt import Site
from faults import KILLED, Server, attempt, check, query, run_cases, wait_until
from harness import key_file

PASSWORD = "a password of keys"
ROTATE = "ALTER SYSTEM ROTATE CATALOG KEY"
MOST_CALLS = 900
SECONDS = 120
KILLS = 12


def catalog_key(server):
    return Path(server.data_dir, "catalog.key").read_bytes()


def fresh(server):
    return os.path.join(server.data_dir, "catalog.key.new")


def with_keys(server, tenant="t"):
    query(server.connect(), "ALTER SYSTEM SET tde_method = 'internal' TENANT = " + tenant)
    query(server.connect("root@" + tenant), "ALTER INSTANCE ROTATE INNODB MASTER KEY")


class Kept:
    """The master keys of a tenant, which only the catalogue's key opens."""

    def __init__(self, site, server=None):
        self.path = site.path("kept")
        with_keys(server or site.server)
        self.keys = self.read(server or site.server)

    def read(self, server):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.path)
        query(server.connect(), "ALTER SYSTEM BACKUP KEY TENANT = t TO 'file://%s'" % self.path)
        return key_file.keys_of(self.path)

    def check(self, server, when):
        check(self.read(server) == self.keys, "%s: other master keys", when)


class Told:
    """Each change is an event that says who made it and from where, and exactly one line of the audit."""

    def __init__(self, server, known=None):
        self.server = server
        self.known = len(self.events()) if known is None else known

    def events(self):
        return query(self.server.connect(), "SELECT VALUE5, VALUE6 FROM oceanbase.DBA_OB_ROOTSERVICE_EVENT_HISTORY"
                                            " WHERE EVENT = 'rotate_catalog_key'")

    def lines(self):
        return [line for line in audit.statements(self.server, ROTATE) if any(
            change["event"] == "rotate_catalog_key" for change in line.get("changes", []))]

    def check(self, least, when, most=None):
        events = self.events()
        count = len(events) - self.known
        check(least <= count <= (least if most is None else most), "%s: %d events of %d", when, count, least)
        wait_until(lambda: len(self.lines()) >= len(events), SECONDS, "%s: %d lines of the audit" % (when, len(events)))
        lines = self.lines()
        check(len(lines) == len(events), "%s: %d lines of %d changes", when, len(lines), len(events))
        check(len({line["id"] for line in lines}) == len(lines), "%s: a row comes twice", when)
        for who, address in [*events, *((line["user"] + "@" + line["tenant"], line["address"]) for line in lines)]:
            check(who == "root@sys" and address.startswith("127.0.0.1:"), "%s: by %s from %s", when, who, address)


def notes(connection):
    return " ".join(row[2] for row in query(connection, "SHOW WARNINGS"))


def changes(site):
    """What was set before works afterwards, the old key opens nothing, and tools that work without a server take the new one."""
    server, kept = site.server, Kept(site)
    site.set("dest")
    old = catalog_key(server)
    for number, user in ((1227, "root@t"), (None, "root@sys"), (None, "root@sys")):
        connection = server.connect(user)
        before = catalog_key(server)
        check(attempt(connection, ROTATE)[0] == number, "%s: another answer", user)
        check((catalog_key(server) == before) == bool(number) and not os.path.exists(fresh(server)), "%s: the files", user)
        check(bool(number) or "BACKUP CATALOG KEY" in notes(connection), "no warning: %s", notes(connection))
    check(attempt(server.connect(), "ALTER SYSTEM ROTATE CATALOG KEY NOW")[0] == 1064, "more words")
    kept.check(server, "in the server that changed it")
    site.set("dest")
    Told(server, 0).check(2, "two changes")
    server.stop()
    reset = subprocess.run([server.binary, "reset-password", "--data-dir", server.data_dir, "--password-file", "-"],
                           input="new\n", capture_output=True, text=True, timeout=SECONDS)
    check(reset.returncode == 0, "reset-password: %s", reset)
    server.start()
    check(query(server.connect(password="new"), "SELECT 1") == ((1,),), "the new password")
    query(server.connect(password="new"), "SET PASSWORD = ''")
    kept.check(server, "after a restart")
    server.stop()
    new = catalog_key(server)
    Path(server.data_dir, "catalog.key").write_bytes(old)
    refused = subprocess.run(server.command(), capture_output=True, text=True, timeout=SECONDS)
    check(refused.returncode != 0 and "is not the one of this catalogue" in refused.stderr + refused.stdout, "the old key: %s", refused)
    Path(server.data_dir, "catalog.key").write_bytes(new)
    server.start()


def killed(site):
    """At every call of the server's on its files. What was acknowledged is there."""
    server, kept = site.server, Kept(site)
    outcomes, changed_times, told = set(), 0, Told(server)
    for nth in range(1, MOST_CALLS, site.share):
        before = catalog_key(server)
        connection = server.connect()
        site.faults.arm("any", KILLED, server.data_dir, nth)
        code, text = attempt(connection, ROTATE)
        site.faults.disarm()
        if code is not None:
            check(server.exit_code() == -9, "call %d: %s %s", nth, code, text)
            server.start()
        changed = catalog_key(server) != before
        check(not os.path.exists(fresh(server)), "call %d: the new key is still there", nth)
        kept.check(server, "call %d" % nth)
        outcomes.add(changed)
        changed_times += changed
        told.check(changed_times, "call %d" % nth)
        if code is None:
            check(changed, "what was acknowledged is lost")
            check(outcomes == {False, True} and nth > 5, "outcomes: %s after %d calls", outcomes, nth)
            return
    check(False, "it never ended")


def fails(site):
    """A call that fails: the statement says so, or has changed the key all the same. The next one succeeds, and the start."""
    server, kept = site.server, Kept(site)
    told, acknowledged, tried = Told(server), 0, 0
    for kind, code in (("any", errno.EIO), ("any", errno.ENOSPC), ("sync", errno.EIO), ("rename", errno.EACCES)):
        refused = 0
        for nth in range(1, MOST_CALLS, site.share if kind == "any" else 1):
            connection = server.connect()
            site.faults.arm(kind, code, server.data_dir, nth)
            number, _ = attempt(connection, ROTATE)
            hits = site.faults.hits
            site.faults.disarm()
            refused += number is not None
            acknowledged += number is None
            tried += 1
            kept.check(server, "%s, call %d: at once" % (kind, nth))
            if hits == 0:
                check(number is None, "%s, call %d: %s without a fault", kind, nth, number)
                break
            if nth % 4 == 0:
                server.kill()
                server.start()
                kept.check(server, "%s, call %d: after kill -9" % (kind, nth))
        check(nth > 1 and (refused > 0 or kind == "rename"), "%s: %d refusals in %d calls", kind, refused, nth)
        query(server.connect(), ROTATE)
        acknowledged, tried = acknowledged + 1, tried + 1
        check(not os.path.exists(fresh(server)), "the new key is still there")
        kept.check(server, "at the end")
        told.check(acknowledged, kind, tried)
        server.stop()
        server.start()
        kept.check(server, "at the end, after a restart")


class Writer(threading.Thread):
    """Gives its tenant one secret after the other; the last that was acknowledged, and the one that was under way."""

    def __init__(self, server, tenant):
        super().__init__(daemon=True)
        self.server, self.tenant, self.count, self.ended, self.failed = server, tenant, 0, threading.Event(), None

    def run(self):
        try:
            with contextlib.closing(self.server.connect("root@" + self.tenant)) as connection:
                while not self.ended.is_set():
                    query(connection, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
                    self.count += 1
        except Exception as failed:  # noqa: BLE001  # told by who looks
            self.failed = failed


def killed_at_random(site):
    """While others write secrets and the key changes again and again."""
    server, kept, chance = site.server, Kept(site), random.Random(7)
    with_keys(server, "u")
    known, told, rotations, under_way = 1, Told(server), 0, 0
    for number in range(KILLS):
        writer = Writer(server, "u")
        writer.start()
        connection = server.connect()
        until = time.monotonic() + chance.random()
        rotated = 0
        while time.monotonic() < until or rotated == 0:
            query(connection, ROTATE)
            rotated += 1
        last = chance.random() < 0.7 and threading.Thread(target=lambda: attempt(connection, ROTATE), daemon=True)  # noqa: B023
        if last:
            last.start()
            time.sleep(chance.random() * 0.02)
        server.kill()
        writer.ended.set()
        writer.join(SECONDS)
        check(writer.count > 0, "kill %d: nothing was written: %s", number, writer.failed)
        known += writer.count
        server.start()
        kept.check(server, "kill %d" % number)
        path = site.path("u%d" % number)
        query(server.connect(), "ALTER SYSTEM BACKUP KEY TENANT = u TO 'file://%s'" % path)
        found = len(key_file.keys_of(path))
        check(known <= found <= known + 1, "kill %d: %d keys of %d", number, found, known)
        known = found
        rotations += rotated
        under_way += bool(last)
        told.check(rotations, "kill %d" % number, rotations + under_way)


def given(site):
    """By a command, by a credential, and in a file with more than one line."""
    base = site.path("given")
    os.mkdir(base)
    source = os.path.join(base, "key")
    lines = [os.urandom(32).hex() for _ in range(3)]

    def gives(*which):
        Path(source).write_text("".join(line + "\n" for line in which), encoding="ascii")
        os.chmod(source, 0o600)

    for name, settings, environment in (("command", ["catalog_key_command=cat '%s'" % source], {}),
                                        ("credential", ["catalog_key_credential=key"], {"CREDENTIALS_DIRECTORY": base})):
        gives(lines[0])
        server = Server(site.server.binary, os.path.join(base, name), [part for text in settings for part in ("--set", text)],
                        env=environment)
        with server:
            query(server.connect(), "CREATE TENANT t")
            kept = Kept(site, server)
            connection = server.connect()
            code, text = attempt(connection, ROTATE)
            check(code == 4179 and "no other key" in text, "%s: one key: %s %s", name, code, text)
            for present, coming in (lines[:2], lines[1:]):
                gives(present, coming)
                query(connection, ROTATE)
                server.kill()
                server.start()
                gives(coming)
                server.kill()
                server.start()
                connection = server.connect()
            saved = site.path("saved-" + name)
            query(connection, "ALTER SYSTEM BACKUP CATALOG KEY TO 'file://%s' ENCRYPTED BY '%s'" % (saved, PASSWORD))
            check(key_file.keys_of(saved, PASSWORD)[1].hex() == lines[2], "%s: another key was saved", name)
            kept.check(server, name)
        check("catalog.key" not in os.listdir(server.data_dir), "%s: the server made a key", name)
        check(not any(line in server.log() for line in lines), "%s: a key is in the log", name)
        gives(lines[0])
        wrong = subprocess.run(server.command(), env=server.env, capture_output=True, text=True, timeout=SECONDS)
        check(wrong.returncode != 0 and "not the one of this catalogue" in wrong.stdout + wrong.stderr, "%s: %s", name, wrong)
    for settings, words in ((["catalog_key_command=false"], "exit code 1"), (["catalog_key_credential=none"], "no credential none"),
                            (["catalog_key_command=true", "catalog_key_file=/x"], "says where the key is")):
        other = Server(site.server.binary, os.path.join(base, "none"), [part for text in settings for part in ("--set", text)])
        other.env.pop("CREDENTIALS_DIRECTORY", None)
        refused = subprocess.run(other.command(), env=other.env, capture_output=True, text=True, timeout=SECONDS)
        check(refused.returncode != 0 and words in refused.stdout + refused.stderr, "%s: %s", settings, refused)


def key_tool(server, *args, password=PASSWORD):
    return subprocess.run([server.binary, "key", *args, "--password-file", "-"], input=password + "\n", capture_output=True,
                          text=True, timeout=SECONDS)


def comes_back(site):
    """BACKUP CATALOG KEY, the key file is lost, `breakwater key restore`."""
    server, kept = site.server, Kept(site)
    saved = site.path("saved")
    back_up = "ALTER SYSTEM BACKUP CATALOG KEY TO 'file://%s'" % saved
    for sql, code in ((back_up, 1210), (back_up + " ENCRYPTED BY ''", 1210), ("ALTER SYSTEM BACKUP CATALOG KEY ENCRYPTED BY 'p'", 9026),
                      (back_up.replace(saved, server.data_dir + "/x") + " ENCRYPTED BY 'p'", 9026)):
        check(attempt(server.connect(), sql)[0] == code, "%s: another answer", sql)
        check(not os.path.exists(saved), "%s: a file was written", sql)
    check(attempt(server.connect("root@t"), back_up + " ENCRYPTED BY 'p'")[0] == 1227, "a tenant's administrator")
    back_up += " ENCRYPTED BY '%s'" % PASSWORD
    query(server.connect(), back_up)
    query(server.connect(), back_up)
    check(key_file.keys_of(saved, PASSWORD)[1] == catalog_key(server), "another key")
    query(server.connect(), ROTATE)
    check(attempt(server.connect(), back_up)[0] == 1086, "the old key was thrown away")
    saved = site.path("saved2")
    query(server.connect(), "ALTER SYSTEM BACKUP CATALOG KEY TO 'file://%s' ENCRYPTED BY '%s'" % (saved, PASSWORD))
    verified = json.loads(key_tool(server, "verify", saved, "--json").stdout)
    check(verified["verified"] and verified["holds"] == "catalog key", "%s", verified)
    check(attempt(server.connect(), "ALTER SYSTEM RESTORE KEY TENANT = t FROM 'file://%s' ENCRYPTED BY '%s'" % (saved, PASSWORD))[0]
          == 1210, "as a tenant's keys")
    site.server.stop()
    place = os.path.join(server.data_dir, "catalog.key")
    present = catalog_key(server)
    check(key_tool(server, "restore", saved, "--to", place).returncode == 1 and catalog_key(server) == present, "it was overwritten")
    os.remove(place)
    for args, password in (((saved,), "wrong"), ((kept.path,), PASSWORD), ((saved + "x",), PASSWORD), ((saved,), "")):
        refused = key_tool(server, "restore", *args, "--to", place, password=password)
        check(refused.returncode == 1 and refused.stderr and not os.path.exists(place), "%s: %s", args, refused)
    done = key_tool(server, "restore", saved, "--to", place)
    check(done.returncode == 0 and catalog_key(server) == present, "%s", done)
    check(os.stat(place).st_mode & 0o777 == 0o600, "its mode")
    server.start()
    kept.check(server, "with the key that was brought back")
    check(PASSWORD not in server.log(), "the password is in the log")


CASES = [changes, killed, fails, killed_at_random, given, comes_back]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--share", type=int, default=1, help="of so many calls one is tried")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()

    def run(case, base):
        site = Site(options.server, options.shim, base)
        site.share = options.share
        with site.server:
            case(site)

    run_cases(CASES, "rotate-key", run, options.cases)


if __name__ == "__main__":
    main()
