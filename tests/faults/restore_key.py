#!/usr/bin/python3
"""Key backups bring the keys back: after the data directory is lost, and wherever the server is killed while one is written or
restored. On files; tests/stores/destination_test.py has the same in buckets.

    restore_key.py --server PROGRAM --shim LIBRARY [case ...]
"""

import argparse
import os
import shutil
import sqlite3

from adopt import Site
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from faults import KILLED, Server, attempt, check, query, run_cases, wait_until
from harness import key_file

PASSWORD = "a password of keys"
MOST_CALLS = 900
SETTLED_SECONDS = 60


def rotate(server, tenant, times=1):
    query(server.connect(), "ALTER SYSTEM SET tde_method = 'internal' TENANT = " + tenant)
    for _ in range(times):
        query(server.connect("root@" + tenant), "ALTER INSTANCE ROTATE INNODB MASTER KEY")


def back_up(path, what="TENANT = t"):
    return "ALTER SYSTEM BACKUP KEY %s TO 'file://%s' ENCRYPTED BY '%s'" % (what, path, PASSWORD)


def restore(path, tenant="t"):
    return "ALTER SYSTEM RESTORE KEY TENANT = %s FROM 'file://%s' ENCRYPTED BY '%s'" % (tenant, path, PASSWORD)


def status(server, tenant=1002):
    """(newest, backed up, path, status)"""
    return query(server.connect(), "SELECT NEWEST_VERSION, BACKED_UP_VERSION, BACKUP_PATH, STATUS FROM "
                                   "oceanbase.CDB_OB_BACKUP_KEY_STATUS WHERE TENANT_ID = %d" % tenant)[0]


def lost_directory(site):
    """Rotate, back up, lose the data directory, restore into another installation: what was encrypted before is read."""
    rotate(site.server, "t", 3)
    query(site.server.connect(), back_up(site.path("keys")))
    nonce = bytes(12)
    written = {version: AESGCM(key).encrypt(nonce, b"rows of version %d" % version, None)
               for version, key in key_file.keys_of(site.path("keys"), PASSWORD).items()}
    check(sorted(written) == [1, 2, 3], "versions: %s", sorted(written))
    site.server.kill()
    shutil.rmtree(site.server.data_dir)
    with Server(site.server.binary, site.server.data_dir + ".other", ["--set", "cluster_name=other"]) as other:
        for name in ("x", "y", "back"):
            query(other.connect(), "CREATE TENANT " + name)
        connection = other.connect()
        query(connection, restore(site.path("keys"), "back"))
        told = " ".join(row[2] for row in query(connection, "SHOW WARNINGS"))
        check("of cluster c (" in told and "of tenant t (1002)" in told and "is internal now" in told, "the notes: %s", told)
        check(status(other, 1006) == (3, 3, "file://" + site.path("keys"), "CURRENT"), "%s", status(other, 1006))
        # It goes on from there.
        rotate(other, "back")
        check(status(other, 1006)[3] == "STALE", "%s", status(other, 1006))
        query(other.connect(), back_up(site.path("again"), "TENANT = back"))
        keys = key_file.keys_of(site.path("again"), PASSWORD)
        check(sorted(keys) == [1, 2, 3, 4], "versions: %s", sorted(keys))
        for version, sealed in written.items():
            check(AESGCM(keys[version]).decrypt(nonce, sealed, None) == b"rows of version %d" % version, "version %d", version)
        check(PASSWORD not in other.log(), "the password is in the log")
    site.server.start()


def intents(server):
    with sqlite3.connect(os.path.join(server.data_dir, "catalog.db")) as connection:
        return connection.execute("SELECT COUNT(*) FROM intent").fetchone()[0]


def killed_backing_up(site):
    """Afterwards the status names the file and its newest version, or there is no file."""
    rotate(site.server, "t", 2)
    outcomes = set()
    for nth in range(1, MOST_CALLS, 3):
        path = site.path("killed%d" % nth)
        before = status(site.server)
        site.faults.arm("any", KILLED, os.path.dirname(site.work), nth)
        code, text = attempt(site.server.connect(), back_up(path))
        site.faults.disarm()
        if code is None:
            check(outcomes == {"there", "not there"}, "the outcomes: %s", outcomes)
            return
        check(site.server.exit_code() == -9, "call %d: %s %s", nth, code, text)
        site.server.start()
        wait_until(lambda: intents(site.server) == 0, SETTLED_SECONDS, "what was begun is settled")
        there = os.path.exists(path)
        expected = (2, 2, "file://" + path, "CURRENT") if there else before
        check(status(site.server) == expected, "call %d: %s, not %s", nth, status(site.server), expected)
        if there:
            check(sorted(key_file.keys_of(path, PASSWORD)) == [1, 2], "call %d: not whole", nth)
        outcomes.add("there" if there else "not there")
    check(False, "it never ended")


def killed_restoring(site):
    """All of its keys are there, or none."""
    rotate(site.server, "t", 3)
    query(site.server.connect(), back_up(site.path("keys")))
    outcomes = set()
    for nth in range(1, MOST_CALLS):
        name = "k%d" % nth
        query(site.server.connect(), "CREATE TENANT " + name)
        tenant = query(site.server.connect(), "SELECT TENANT_ID FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = '%s'" % name)[0][0]
        site.faults.arm("any", KILLED, os.path.dirname(site.work), nth)
        code, text = attempt(site.server.connect(), restore(site.path("keys"), name))
        site.faults.disarm()
        now = status(site.server, tenant) if code is None else None
        if code is not None:
            check(site.server.exit_code() == -9, "call %d: %s %s", nth, code, text)
            site.server.start()
            now = status(site.server, tenant)
        whole = now == (3, 3, "file://" + site.path("keys"), "CURRENT")
        check(whole or now == (None, None, None, "NO_KEY"), "call %d: %s", nth, now)
        check(whole or code is not None, "what was acknowledged is lost: %s", now)
        if code is None:
            check(nth > 2, "it was never killed")
            return
        outcomes.add(whole)
    check(False, "it never ended")


def at_risk_in_the_log(site):
    """The start says whose keys are in no key backup."""
    rotate(site.server, "t")
    query(site.server.connect(), "DROP TENANT u")
    site.server.stop()
    site.server.start()
    wait_until(lambda: "master keys at risk: t NEVER_BACKED_UP;" in site.server.log(), SETTLED_SECONDS, "the line in the log")
    query(site.server.connect(), back_up(site.path("keys")))
    site.server.stop()
    before = site.server.log().count("master keys at risk")
    site.server.start()
    query(site.server.connect(), "SELECT 1")
    check(site.server.log().count("master keys at risk") == before, "it is said of keys that are backed up")


def forged(site):
    """A file without a password is anybody's: what a statement would refuse doesn't come in by it, and nothing of it is kept."""
    key = bytes(range(32))
    files = {"short": key_file.without_password({1: key[:31]}), "long": key_file.without_password({1: key + b"x"}),
             "method": key_file.without_password({1: key}, method="nonsense"),
             "installation": key_file.without_password({1: key}, method="backup key"),
             "early": key_file.without_password({1: key}, created=-1),
             "late": key_file.without_password({1: key}, created=1 << 62), "none": key_file.without_password({}),
             "gap": key_file.without_password({2: key}), "zero": key_file.without_password({0: key})}
    for name, content in files.items():
        with open(site.path(name), "wb") as file:
            file.write(content)
        code, text = attempt(site.server.connect(), "ALTER SYSTEM RESTORE KEY TENANT = t FROM 'file://%s'" % site.path(name))
        check(code in (1210, 4019, 9047), "%s: %s %s", name, code, text)
        check(status(site.server) == (None, None, None, "NO_KEY"), "%s left %s", name, status(site.server))
    with open(site.path("names"), "wb") as file:
        file.write(key_file.without_password({1: key}, tenant=b"\xff\x1b[31m\n"))
    told = site.say("ALTER SYSTEM RESTORE KEY TENANT = t FROM 'file://%s'" % site.path("names"))
    check("\x1b" not in told and "\n" not in told, "the note: %r", told)
    check(status(site.server)[3] == "UNPROTECTED", "%s", status(site.server))


CASES = [forged, lost_directory, killed_backing_up, killed_restoring, at_risk_in_the_log]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()

    def run(case, base):
        site = Site(options.server, options.shim, base, arguments=["--set", "cluster_name=c"])
        with site.server:
            case(site)

    run_cases(CASES, "restore-key", run, options.cases)


if __name__ == "__main__":
    main()
