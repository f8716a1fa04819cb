#!/usr/bin/python3
"""SQLite's own backup of the catalogue of a running server, as docs/files.md promises it: while clients read and write,
the copy holds whatever was acknowledged before it began, and a server starts on it. And a connection that has nothing
to do keeps nobody from SQLite's write-ahead log.

    online_backup.py --server PROGRAM [--rounds N]
"""

import argparse
import contextlib
import os
import shutil
import sqlite3
import tempfile
import threading

from faults import Server, attempt, check, query
from harness.server import wait_until

PATIENCE = 60  # seconds for what takes milliseconds
COUNT = "SELECT COUNT(*) FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_TYPE = 'USER'"


class Load:
    """Clients that create tenants and look at them, until the `with` ends."""

    def __init__(self, server):
        self.server, self.created, self.ended, self.errors = server, 0, threading.Event(), []
        self.threads = [threading.Thread(target=self.run, args=(work,)) for work in (self.create, self.look, self.look)]

    def run(self, work):
        try:
            with contextlib.closing(self.server.connect("root@sys")) as connection:
                while not self.ended.is_set():
                    work(connection)
        except Exception as error:  # pylint: disable=broad-except  # told by __exit__
            self.errors.append(error)

    def create(self, connection):
        query(connection, "CREATE TENANT t%d" % self.created)
        self.created += 1

    def look(self, connection):
        known = self.created
        seen = query(connection, COUNT)[0][0]
        check(seen >= known, "%d tenants were acknowledged, and %d are seen", known, seen)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()
        check(not self.errors, "%s", self.errors)


def back_up(catalogue, copy):
    with contextlib.closing(sqlite3.connect(catalogue, timeout=PATIENCE)) as source, \
            contextlib.closing(sqlite3.connect(copy)) as target:
        source.backup(target, pages=16, sleep=0.001)


def check_copy(program, data, backup, known):
    os.chmod(backup, 0o600)
    directory = os.path.dirname(backup)
    os.chmod(directory, 0o700)
    shutil.copy(os.path.join(data, "catalog.key"), directory)
    with Server(program, directory) as server, contextlib.closing(server.connect("root@sys")) as connection:
        seen = query(connection, COUNT)[0][0]
        check(seen >= known, "%d tenants were acknowledged before the backup, and %d are in it", known, seen)
        check(attempt(connection, "CREATE TENANT after")[0] is None, "the copy takes no tenant")


def log_ends(catalogue):
    """Whether the write-ahead log can be cut to nothing: nobody reads from it."""
    with contextlib.closing(sqlite3.connect(catalogue, timeout=0)) as connection:
        return connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        data = os.path.join(base, "data")
        catalogue = os.path.join(data, "catalog.db")
        with Server(options.server, data) as server:
            with Load(server) as load:
                for number in range(options.rounds):
                    wanted = load.created + 20
                    wait_until(lambda: load.created >= wanted or load.errors, PATIENCE, "some tenants more")  # noqa: B023
                    known, copy = load.created, os.path.join(base, "copy%d" % number, "catalog.db")
                    os.mkdir(os.path.dirname(copy))
                    back_up(catalogue, copy)
                    check_copy(options.server, data, copy, known)
            with contextlib.closing(server.connect("root@sys")) as idle:
                query(idle, COUNT)
                wait_until(lambda: log_ends(catalogue), PATIENCE, "the idle connection lets go of the log")
                query(idle, "CREATE TENANT last")
                check(query(idle, COUNT)[0][0] == load.created + 1, "the last tenant isn't seen")


if __name__ == "__main__":
    main()
