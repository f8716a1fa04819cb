#!/usr/bin/python3
"""kill -9 within SET DATA_BACKUP_DEST and BACKUP KEY, and the intent that is left is put into the form that an older version
would have left it in (server/execute/backup/intent_record.h): it is settled all the same.

    old_intents.py --server PROGRAM --shim LIBRARY
"""

import argparse
import glob
import itertools
import os
import sqlite3
import tempfile

from faults import KILLED, Faults, Server, attempt, check, query, storage_rows, tree, values, wait_until

MOST_CALLS = 700
SETTLED_SECONDS = 60
PROOF = 48                      # bytes of the MAC behind a check file
OLD_FORMATS = {b"none": b"renews", b"format": b"", b"both": b"obbak"}
# What the mark said: device, inode and depth; without the depth; there was none.
MARKS = [3, 2, 0]


def old_form(record, words_of_mark):
    """files, format (of a key backup) and nothing else, as they were."""
    fields = [field.split(b"=", 1) for field in record.split(b"\0")[:-1]]
    one = dict(fields)
    check(one[b"intent"] == b"1", "another form of a record: %s", record)
    if one[b"makes"] == b"destination":
        lines, digest = [one[b"check"], one[b"token"], OLD_FORMATS[one[b"formats"]]], None
    else:
        lines = [one[b"file"], one[b"temp"], b"replaces" if one[b"replaces"] == b"yes" else b""]
        digest = bytes.fromhex(one[b"digest"].decode())
    if words_of_mark:
        lines.append(b" ".join([b"at"] + one[b"began_in"].split()[:words_of_mark]))
    lines += [value for name, value in fields if name == b"directory"]
    return b"".join(line + b"\0" for line in lines), digest


def put_back(database, words_of_mark):
    """Every open intent; how many there are."""
    with sqlite3.connect(database) as catalogue:
        rows = catalogue.execute("SELECT intent_id, record, format FROM intent").fetchall()
        for intent, record, made in rows:
            files, digest = old_form(record, words_of_mark)
            catalogue.execute("UPDATE intent SET record = x'', files = ?, format = ? WHERE intent_id = ?",
                              [files, made if digest is None else digest, intent])
    catalogue.close()
    return len(rows)


def put_back_check_files(work):
    """As earlier versions wrote them: without the MAC at the end."""
    for path in glob.glob(work + "/**/check_file/*", recursive=True) + glob.glob(work + "/**/check_file/.*", recursive=True):
        with open(path, "rb") as file:
            content = file.read()
        if content[-PROOF:].startswith(b"Breakwater MAC 1"):
            with open(path, "wb") as file:
                file.write(content[:-PROOF])


def open_intents(database):
    catalogue = sqlite3.connect(database)
    count = catalogue.execute("SELECT COUNT(*) FROM intent").fetchone()[0]
    catalogue.close()
    return count


class Killing:
    def __init__(self, server, faults, work):
        self.server, self.faults, self.work = server, faults, work
        self.database = os.path.join(server.data_dir, "catalog.db")
        self.put_back = self.entered = 0

    def everywhere(self, name, sql, step, look):
        """At every step-th of the statement's calls."""
        marks = itertools.cycle(MARKS)
        for nth in range(1, MOST_CALLS, step):
            place = os.path.join(self.work, "%s%d" % (name, nth), "at")
            connection = self.server.connect("root@t")
            self.faults.arm("any", KILLED, self.work, nth)
            code, text = attempt(connection, sql % place)
            self.faults.disarm()
            if code is None:
                check(nth > 1, "%s makes no call", sql)
                return
            check(self.server.exit_code() == -9, "call %d of %s: %s %s", nth, sql, code, text)
            put_back_check_files(self.work)
            self.put_back += put_back(self.database, next(marks))
            self.server.start()
            wait_until(lambda: open_intents(self.database) == 0, SETTLED_SECONDS, "the old intent is settled")
            look(place, "killed at call %d" % nth)
            again = attempt(self.server.connect("root@t"), sql % place)
            check(again[0] is None, "killed at call %d; and again: %s", nth, again)
        raise AssertionError("%s makes too many calls" % sql)

    def nothing_of_a_set(self, place, when):
        system = self.server.connect("root@sys")
        check(tree(os.path.dirname(place)) is None, "%s: left behind: %s", when, tree(os.path.dirname(place)))
        check((1002, "file://" + place) not in storage_rows(system), "%s: it is a destination", when)
        check(values(system)[1002] != "file://" + place, "%s: the value is set", when)

    def all_or_nothing_of_a_key(self, place, when):
        entered = (1002, "file://" + place) in storage_rows(self.server.connect("root@sys"))
        self.entered += entered
        left = tree(os.path.dirname(place))
        check(left == ([os.path.basename(place)] if entered else None), "%s: entered %s, left %s", when, entered, left)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-old-intents-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        faults = Faults(os.path.join(base, "control"))
        with Server(options.server, os.path.join(base, "data"), env=faults.environment(options.shim)) as server:
            admin = server.connect("root@sys")
            query(admin, "CREATE TENANT t")
            query(admin, "ALTER SYSTEM SET tde_method = 'internal' TENANT = t")
            tenant = server.connect("root@t")
            query(tenant, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
            query(tenant, "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s/first'" % base)
            killing = Killing(server, faults, work)
            killing.everywhere("set", "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s'", 4, killing.nothing_of_a_set)
            killing.everywhere("key", "ALTER SYSTEM BACKUP KEY TO 'file://%s'", 1, killing.all_or_nothing_of_a_key)
            check(killing.put_back > 20, "only %d intents were left open", killing.put_back)
            check(killing.entered > 0, "no key file was whole when the server was killed")
    print("%d intents of the old forms settled, %d keys entered" % (killing.put_back, killing.entered))


if __name__ == "__main__":
    main()
