#!/usr/bin/python3
"""A first start that is killed before any of its calls on the data directory, or has no room for one of them.

    first_start.py --server PROGRAM --shim LIBRARY

Whatever it left, the next start goes on from there and ends with a catalogue, its key and no mark; a catalogue that
is emptied after that is refused.
"""

import argparse
import errno
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from faults import KILLED, Faults, Server, ServerError, check, errno_name, query

SECONDS = 120
MOST_CALLS = 400
MARK = "catalog.first-start"
# What nobody can make anything of.
POOR_WORDS = ["BUF lib", "Internal error", r"disk I/O error", "database or disk is full", "backup device"]


def few(each, step, share):
    """The first calls, each of them, and then some: hundreds of writes are of the one commit. Of all of them a share."""
    return [*range(1, each, share), *range(each, MOST_CALLS, step * share)]


class FirstStart:
    def __init__(self, program, shim, base, share):
        self.program, self.shim, self.base, self.share = os.path.abspath(program), shim, base, share
        self.faults = Faults(os.path.join(base, "control"))

    def fresh(self):
        self.data = os.path.join(self.base, "data")
        shutil.rmtree(self.data, ignore_errors=True)

    def file(self, name):
        return Path(self.data, name)

    def server(self, **more):
        return Server(self.program, self.data, **more)

    def run(self):
        """A start that ends by itself, or is ready: (exit code or None, what it said)."""
        server = self.server(env=self.faults.environment(self.shim)).launch()
        server._ready.wait(SECONDS)
        if server.port is not None:
            self.faults.disarm()
            try:
                server.stop()
            except ServerError:
                check("ended with -9" in str(sys.exc_info()[1]), "%s", server.log())
                return -9, server.log()
            return None, server.log()
        code = server.process.wait(SECONDS)
        server._reader.join(SECONDS)
        return code, server.log()

    def goes_on(self, where):
        """The next start, with nothing in its way."""
        key = self.file("catalog.key")
        before = key.read_bytes() if key.exists() else None
        with self.server() as server:
            rows = query(server.connect("root@sys"), "SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS")
            check(rows == (("sys",),), "%s: the tenants are %s", where, rows)
            check(not self.file(MARK).exists(), "%s: the mark is still there while clients are served", where)
        check(before in (None, key.read_bytes()), "%s: the key was replaced", where)

    def killed_everywhere(self):
        for nth in few(40, 7, self.share):
            self.fresh()
            self.faults.arm("any", KILLED, self.data, nth)
            code, said = self.run()
            if code is None:
                check(nth > 40, "only %d calls were seen", nth - 1)
                return nth
            check(code == -9, "call %d: it ended with %s: %s", nth, code, said)
            self.goes_on("killed before call %d" % nth)
        raise AssertionError("a first start makes too many calls")

    def without_room(self, number):
        """A full disk or quota: the text says so, and names no inside of a library."""
        seen = 0
        for operation in ("write", "pwrite", "fsync", "fdatasync", "link", "mkdir"):
            for nth in few(16, 11, self.share):
                self.fresh()
                self.faults.arm(operation, number, self.data, nth)
                code, said = self.run()
                if self.faults.hits == 0:
                    break
                if code is None:        # what isn't needed failed
                    continue
                seen += 1
                where = "%s %d, %s" % (operation, nth, errno_name(number))
                check(code > 0, "%s: it ended with %s: %s", where, code, said)
                for word in POOR_WORDS:
                    check(not re.search(word, said), "%s: %r says nothing:\n%s", where, word, said)
                check(re.search("No space|quota|full|out of disk", said, re.I), "%s: the reason is missing:\n%s",
                      where, said)
                check(len([line for line in said.splitlines() if " error " in line.lower()]) >= 1, "%s: %s", where, said)
                self.faults.disarm()
                self.goes_on(where)
        check(seen > 4 // self.share, "only %d calls failed", seen)
        return seen

    def emptied(self):
        """What a finished first start left is never taken for one that was cut off."""
        self.fresh()
        with self.server() as server:
            query(server.connect("root@sys"), "CREATE TENANT t")
        whole = self.file("catalog.db").read_bytes()

        def refused(why):
            before = sorted(os.listdir(self.data))
            done = subprocess.run([self.program, "serve", "--data-dir", self.data, "--listen", "127.0.0.1:0"],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS)
            said = done.stdout + done.stderr
            check(done.returncode > 0, "%s: it started: %s", why, said)
            check("restore the data directory" in said and "Internal error" not in said, "%s: %s", why, said)
            check(sorted(os.listdir(self.data)) == before, "%s: something was made: %s", why, os.listdir(self.data))

        self.file("catalog.db").write_bytes(b"")
        refused("0 bytes")
        self.file("catalog.db").write_bytes(whole[:4096])
        refused("its header alone")
        self.file("catalog.db").unlink()
        refused("deleted")
        self.file("catalog.db").write_bytes(whole)
        with self.server() as server:
            check(query(server.connect("root@sys"), "SELECT COUNT(*) FROM oceanbase.DBA_OB_TENANTS") == ((3,),),
                  "the whole one isn't what it was")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--share", type=int, default=1, help="of so many calls one fails")
    options = parser.parse_args()
    base = tempfile.mkdtemp(prefix="breakwater-first-")
    try:
        test = FirstStart(options.server, options.shim, base, options.share)
        print("killed before one of %d calls" % test.killed_everywhere(), flush=True)
        test.faults.disarm()
        for number in (errno.ENOSPC, errno.EDQUOT):
            print("%s in one of %d calls" % (errno_name(number), test.without_room(number)), flush=True)
        test.emptied()
        print("an emptied catalogue is refused", flush=True)
    finally:
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
