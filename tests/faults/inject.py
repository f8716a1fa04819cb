#!/usr/bin/python3
"""One system call after the other fails during SET DATA_BACKUP_DEST, BACKUP KEY and CHECK: a clear error, nothing half
done, and the same statement succeeds afterwards.

    inject.py --server PROGRAM --shim LIBRARY [--operation NAME] [--error NAME] [--verbose]

For each operation and each errno the first, second, third ... call fails, until a run of the statement no longer
reaches that many. Two places: the destination's directory, and the server's data directory (the catalogue).
"""

import argparse
import errno
import os
import subprocess
import tempfile

from faults import (Failure, Faults, Server, attempt, check, errno_name, read_format, storage_rows, tree, values,
                    wait_until)

ERRORS = [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.ESTALE]
DESTINATION_OPERATIONS = ["fsync", "link", "rename", "write", "close", "open", "mkdir", "unlink"]
CATALOGUE_OPERATIONS = ["fsync", "fdatasync", "write", "pwrite"]
MOST_CALLS = 40
SETTLED_SECONDS = 60
# What a statement may answer when the file system fails with this errno (docs/spec/behaviour.md#file-errors), or 9070: it
# gave up waiting.
DESTINATION_CODES = {errno.EIO: {4009, 9070}, errno.ENOSPC: {9082}, errno.EDQUOT: {9082}, errno.ESTALE: {4009, 9070}}
CATALOGUE_CODES = {errno.EIO: {4009, 4016}, errno.ENOSPC: {4184}, errno.EDQUOT: {4184},
                   errno.ESTALE: {4009, 4016}}


class Injection:
    def __init__(self, server, faults, work, verbose):
        self.server, self.faults, self.work, self.verbose = server, faults, work, verbose
        self.count = self.injected = self.survived = 0

    def connect(self):
        self.sys = self.server.connect("root@sys")
        self.tenant = self.server.connect("root@t")

    def fresh(self, name):
        self.count += 1
        return os.path.join(self.work, "%s%d" % (name, self.count))

    def note(self, *words):
        if self.verbose:
            print(*words, flush=True)

    # ---- the two statements; each says how it looks when nothing of it happened and when all of it did

    def set_destination(self, path):
        return "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s'" % path

    def check_not_set(self, path, before):
        check(values(self.sys) == before, "the value changed although the statement failed")
        check(tree(path) is None, "the refused directory is not as it was found: %s", tree(path))
        check((1002, "file://" + path) not in storage_rows(self.sys), "a refused destination is in the views")

    def check_set(self, path):
        check(values(self.sys)[1002] == "file://" + path, "the value is not what was acknowledged")
        fields, row = read_format(path), storage_rows(self.sys)[(1002, "file://" + path)]
        check(fields is not None and row == (fields["dest_id"], "backup_data"), "format file %s, row %s", fields, row)
        check([name for name in tree(path) if not name.startswith("check_file")] == ["format"],
              "something is left beside the format file: %s", tree(path))

    def backup_key(self, path):
        return "ALTER SYSTEM BACKUP KEY TO 'file://%s'" % path

    def check_no_key(self, path, before):
        if self.place == "catalogue" and os.path.exists(path):
            self.check_whole(path)      # written before the commit that failed: whole, and entered the next time
            return
        check(not os.path.lexists(path), "a key file is there although the statement failed")
        check(tree(os.path.dirname(path)) is None, "left behind: %s", tree(os.path.dirname(path)))
        check((1002, "file://" + path) not in storage_rows(self.sys), "a failed key backup is in the views")

    def check_key(self, path):
        check(os.path.getsize(path) > 0, "the key file is empty")
        check(tree(os.path.dirname(path)) == [os.path.basename(path)], "left behind: %s", tree(os.path.dirname(path)))
        check(storage_rows(self.sys)[(1002, "file://" + path)][1] == "backup_key", "the key backup has no row")

    def check_whole(self, path):
        done = subprocess.run([self.server.binary, "key", "verify", path], capture_output=True, text=True, timeout=120)
        check(done.returncode == 0, "a damaged key file: %s", done.stdout + done.stderr)

    def old_key(self):
        """A path where a key backup is already."""
        path = self.fresh("keys") + "/key"
        check(attempt(self.tenant, self.backup_key(path))[0] is None, "the first key backup to %s", path)
        self.old = open(path, "rb").read()
        return path

    def check_old_key(self, path, before):
        with open(path, "rb") as file:
            if file.read() != self.old:     # renamed already when its directory's fsync or the commit failed
                self.check_whole(path)
        check(tree(os.path.dirname(path)) == [os.path.basename(path)], "left behind: %s", tree(os.path.dirname(path)))

    def check_replaced(self, path):
        self.check_key(path)
        with open(path, "rb") as file:
            check(file.read() != self.old, "the key file did not change")
        self.check_whole(path)

    def check_destination(self, path):
        return "ALTER SYSTEM CHECK BACKUP DESTINATION 'file://%s'" % path

    def check_unspoiled(self, path, before=None):
        """Whatever a CHECK could not remove counts as nothing, and goes by itself."""
        check(values(self.sys) == before or before is None, "a CHECK changed the value")
        check((1002, "file://" + path) not in storage_rows(self.sys), "a place that was checked is in the views")
        wait_until(lambda: tree(path) is None, SETTLED_SECONDS, "%s is as it was found" % path)

    # ---- one failing call

    def one(self, operation, error, nth, place, statement, path, absent, present):
        """False when the statement makes fewer than nth such calls."""
        before, self.place = values(self.sys), place
        prefix = self.work if place == "destination" else self.server.data_dir
        self.faults.arm(operation, error, prefix, nth)
        code, text = attempt(self.tenant, statement)
        self.faults.disarm()
        if code is None and statement == self.check_destination(path) and any(row[1] != "YES" for row in text):
            # At once, while what the CHECK could not remove is still there.
            again, told = attempt(self.tenant, self.set_destination(path))
            check(again is None, "a SET after a CHECK with %s: %s %s", text, again, told)
            self.injected += self.faults.hits > 0
            self.check_set(path)
            return self.faults.hits > 0
        hit = self.faults.hits > 0
        if not hit:
            check(code is None, "failed without a fault: %s %s", code, text)
            return False
        self.injected += 1
        allowed = (DESTINATION_CODES if place == "destination" else CATALOGUE_CODES)[error]
        if code is None:
            self.survived += 1
            present(path)
        else:
            check(code in allowed, "%s gives %s %s", errno_name(error), code, text)
            absent(path, before)
        again, text = attempt(self.tenant, statement)
        check(again is None, "sent again: %s %s", again, text)
        present(path)
        self.note("  ", place, operation, errno_name(error), "call", nth, "->", code or "survived")
        return True

    def series(self, operation, error, place):
        kinds = (("set", self.set_destination, lambda: self.fresh("dest"), self.check_not_set, self.check_set),
                 ("key", self.backup_key, lambda: self.fresh("keys") + "/key", self.check_no_key, self.check_key),
                 ("key again", self.backup_key, self.old_key, self.check_old_key, self.check_replaced),
                 ("check", self.check_destination, lambda: self.fresh("checked"), self.check_unspoiled, self.check_unspoiled))
        for name, statement, fresh, absent, present in kinds:
            for nth in range(1, MOST_CALLS):
                path = fresh()
                try:
                    if not self.one(operation, error, nth, place, statement(path), path, absent, present):
                        break
                except Failure as failure:
                    raise Failure("%s: call %d of %s in the %s fails with %s: %s"
                                  % (name, nth, operation, place, errno_name(error), failure)) from None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--operation")
    parser.add_argument("--error")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--keep-going", action="store_true")
    options = parser.parse_args()
    errors = [getattr(errno, options.error)] if options.error else ERRORS
    failures = []
    with tempfile.TemporaryDirectory(prefix="breakwater-faults-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        faults = Faults(os.path.join(base, "control"))
        with Server(options.server, os.path.join(base, "data"), ["--set", "max_destinations=100000"],
                    env=faults.environment(options.shim)) as server:
            injection = Injection(server, faults, work, options.verbose)
            admin = server.connect("root@sys")
            for sql in ("CREATE TENANT t", "ALTER SYSTEM SET tde_method = 'internal' TENANT = t"):
                check(attempt(admin, sql)[0] is None, sql)
            injection.connect()
            check(attempt(injection.tenant, "ALTER INSTANCE ROTATE INNODB MASTER KEY")[0] is None, "no key")
            first = os.path.join(base, "first")
            check(attempt(injection.tenant, injection.set_destination(first))[0] is None, "the first SET")
            for place, operations in (("destination", DESTINATION_OPERATIONS), ("catalogue", CATALOGUE_OPERATIONS)):
                for operation in [options.operation] if options.operation in operations else \
                        [] if options.operation else operations:
                    for error in errors:
                        try:
                            injection.series(operation, error, place)
                        except Failure as failure:
                            print("FAILED", failure, flush=True)
                            failures.append(failure)
                            if not options.keep_going:
                                print(server.log())
                                raise SystemExit(1)
            check(injection.injected > 0 or failures, "nothing was ever injected: is the shim loaded?")
    print("%d faults injected, %d of them survived by the statement" % (injection.injected, injection.survived))
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()
