#!/usr/bin/python3
"""What a client can make the server hold: statements with long literals cost a small multiple of their length for as
long as they run, and nothing afterwards; one that reads no answers costs a buffer, then its own connection.

    memory.py --server PROGRAM [--any-memory]
"""

import argparse
import contextlib
import os
import re
import struct
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
from handshake import PATIENCE  # noqa: E402
from harness.packets import Failure  # noqa: E402
from harness.server import Server, any_server, wait_until  # noqa: E402
from wire import PING, Wire  # noqa: E402

MIB = 1 << 20
LONGEST = 64 * MIB           # max_allowed_packet's ceiling
FACTOR = 10                  # the packet, the literal, the plan's value, SQLite's, the result, and buffers that grow
KEPT = 16 * MIB
UNREAD = 32 * MIB            # one answer of 1 MB, what was sent ahead, and the system's buffers aside
# Nobody's cache may keep them: each is another one, of another shape.
STATEMENTS = ["SELECT LENGTH('%s')", "SELECT '%s'", "SELECT 1 FROM DUAL WHERE '%s' = 'x'", "SELECT LENGTH('%s') AS `b`",
              "SHOW TABLES LIKE '%s'", "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s'", "SET @a = LENGTH('%s')",
              "SELECT * FROM DBA_OB_TENANTS WHERE TENANT_NAME IN ('x', '%s')", "/* %s */ SELECT 1",
              "SELECT `%s`", "SELECT 1 AS `%s`", "SELECT a.`%s` FROM DUAL a",
              "CREATE USER u IDENTIFIED BY '%s'", "%s"]


def memory(pid, name):
    """In bytes: VmRSS, or VmHWM, the most since reset_peak()."""
    return int(re.search(name + r":\s+(\d+)", Path("/proc/%d/status" % pid).read_text()).group(1)) << 10


def reset_peak(pid):
    Path("/proc/%d/clear_refs" % pid).write_text("5")


def outcome(action, *args):
    """The rows, or the error's number."""
    try:
        return action(*args)
    except Failure as failure:
        return failure.errno


def check(holds, what):
    if not holds:
        raise AssertionError(what)


class Meter:
    def __init__(self, pid, any_memory):
        self.pid, self.any_memory = pid, any_memory
        self.before = memory(pid, "VmRSS")
        reset_peak(pid)

    def bound(self, what, most):
        if self.any_memory:
            return
        wait_until(lambda: memory(self.pid, "VmRSS") - self.before < KEPT, PATIENCE, what + " left memory")
        peak = memory(self.pid, "VmHWM") - self.before
        check(peak < most, "%s took %d MiB" % (what, peak // MIB))
        reset_peak(self.pid)


def unread(server, tls, any_memory):
    """Statements one behind the other, of which no answer is read."""
    with contextlib.closing(Wire(server)) as other, contextlib.closing(Wire(server, ssl=tls)) as silent:
        number = silent.query("SELECT CONNECTION_ID()")[0][0]
        silent.query("SET net_write_timeout = 1")
        meter = Meter(server.pid, any_memory)
        sql = b"SELECT REPEAT('x', 1000000)"
        statement = struct.pack("<I", len(sql) + 1) + b"\x03" + sql
        silent.connection._sock.settimeout(PATIENCE)
        try:
            while True:
                silent.connection._sock.sendall(statement * 1000)
        except OSError:
            pass                # the server has had enough: nobody takes its answers
        wait_until(lambda: all(row[0] != number for row in other.query("SHOW PROCESSLIST")), PATIENCE,
                   "the connection is gone")
        meter.bound("answers that nobody reads", UNREAD)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--any-memory", action="store_true", help="under sanitizers, which keep what is freed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, \
            Server(options.server, os.path.join(directory, "server"),
                   ["--set", "max_allowed_packet=%d" % LONGEST, "--set", "statement_memory=1g",
                    "--set", "server_memory=4g"]) as server:
        with contextlib.closing(Wire(server)) as client:
            client.query("SELECT 1")
            meter = Meter(server.pid, options.any_memory)
            size = LONGEST - 64
            check(client.query("SELECT LENGTH('%s')" % ("x" * size)) == [(str(size),)], "its length")
            meter.bound("a literal of 64 MiB", FACTOR * LONGEST)
            text = "x" * (8 * MIB)
            for sql in STATEMENTS:
                outcome(client.query, sql % text)
                meter.bound(sql, FACTOR * len(text))
            for sql in STATEMENTS[:5]:
                prepared = outcome(client.prepare, sql % text)
                check(not isinstance(prepared, int), "%s: %s" % (sql, prepared))
                outcome(prepared.execute)
                prepared.close()
                client.ok(PING)                 # a close has no answer
                meter.bound("prepared: " + sql, FACTOR * len(text))
            prepared = client.prepare("SELECT LENGTH(?), ?")
            check(prepared.execute(text, 1) == [(len(text), 1)], "a parameter")
            meter.bound("a parameter", FACTOR * len(text))
            check(client.query("SELECT 1") == [("1",)], "the connection goes on")
        for tls in None, any_server():
            unread(server, tls, options.any_memory)
        with contextlib.closing(Wire(server)) as client:
            meter = Meter(server.pid, options.any_memory)
            check(outcome(client.query, "SELECT '%s'" % ("x" * LONGEST)) == 1153, "beyond max_allowed_packet")
            meter.bound("a literal that is too long", 3 * LONGEST)      # of its packets' sum the last one tells


if __name__ == "__main__":
    main()
