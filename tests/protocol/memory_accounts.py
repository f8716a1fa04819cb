#!/usr/bin/python3
"""Each way in which a client can make the server hold memory, against the release server with its own limits: whoever
takes more than statement_memory ends (1037) and nobody else, all together never hold more than server_memory, and what
was taken goes back to the system.

    memory_accounts.py --server PROGRAM [--any-memory]
"""

import argparse
import contextlib
import os
import socket
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
from compression import Client as Compressed  # noqa: E402
from handshake import PATIENCE  # noqa: E402
from harness.packets import Failure  # noqa: E402
from harness.server import Server, ServerError, attempt, query, wait_until  # noqa: E402
from memory import MIB, check, memory, outcome, reset_peak  # noqa: E402
from wire import PING, Wire  # noqa: E402

STATEMENT = 64 * MIB          # the settings' defaults
SERVER = 256 * MIB
KEPT = 14 * MIB               # what one statement more leaves in caches of plans and of pages
BESIDE = 48 * MIB             # buffers of malloc, of each thread's connection to the catalogue, of parsing
OUT_OF_MEMORY, TIMEOUT, TOO_LARGE = 1037, 4012, 1153
MULTI_STATEMENTS = 1 << 16
SECONDS = 4                   # of a statement that no account ends
PATIENT = 100                 # of one that its account must end

ROWS = "(SELECT COLUMN_NAME AS c, ORDINAL_POSITION AS n FROM information_schema.COLUMNS LIMIT 100)"
FOUR = "{v} a, {v} b, {v} c, {v} d".format(v=ROWS)
TWO = "{v} a, {v} b".format(v=ROWS)
LONG = "REPEAT(CONCAT(a.c, b.c, c.c, d.c), 20)"

# (statement, the numbers it may end with; None: rows)
STATEMENTS = [
    ("SELECT GROUP_CONCAT(DISTINCT '') FROM " + FOUR, {TIMEOUT, None}),
    ("SELECT GROUP_CONCAT(DISTINCT a.c ORDER BY b.c DESC, c.n) FROM " + FOUR, {TIMEOUT, None}),
    ("SELECT GROUP_CONCAT(CONCAT(a.c, b.c) ORDER BY %s) FROM %s" % (LONG, FOUR), {TIMEOUT, None}),
    ("SELECT " + ", ".join(["REPEAT('a',15999999)"] * 60), {OUT_OF_MEMORY, TOO_LARGE, None}),
    ("SELECT " + ", ".join(["REPEAT('a',1000000)"] * 60), {OUT_OF_MEMORY, TOO_LARGE}),
    ("SELECT %s FROM %s ORDER BY 1" % (LONG, FOUR), {OUT_OF_MEMORY}),
    ("SELECT COUNT(*) FROM %s GROUP BY %s" % (FOUR, LONG), {OUT_OF_MEMORY}),
    ("SELECT DISTINCT %s FROM %s ORDER BY 1" % (LONG, FOUR), {OUT_OF_MEMORY}),
    ("SELECT COUNT(DISTINCT %s) FROM %s" % (LONG, FOUR), {OUT_OF_MEMORY}),
    ("SELECT COUNT(DISTINCT %s, a.n) FROM %s" % (LONG, FOUR), {OUT_OF_MEMORY, TIMEOUT}),
    ("SELECT SUM(n) FROM (SELECT a.n AS n, RANK() OVER (ORDER BY %s) AS r FROM %s) w" % (LONG, FOUR), {OUT_OF_MEMORY}),
    ("SELECT MAX(r) FROM (SELECT COUNT(*) OVER (PARTITION BY %s) AS r FROM %s) w" % (LONG, FOUR), {OUT_OF_MEMORY}),
    ("SELECT %s FROM %s UNION SELECT 'x' ORDER BY 1" % (LONG, FOUR), {OUT_OF_MEMORY}),
    ("SELECT 1 FROM DUAL WHERE 'x' IN (SELECT %s FROM %s)" % (LONG, FOUR), {OUT_OF_MEMORY, TIMEOUT}),
    ("SELECT COUNT(*) FROM %s WHERE a.c IN (SELECT %s FROM %s)" % (TWO, LONG, FOUR), {OUT_OF_MEMORY, TIMEOUT}),
    ("WITH w AS (SELECT %s AS t FROM %s LIMIT 1000000) SELECT COUNT(*) FROM w x JOIN w y ON x.t = y.t" % (LONG, FOUR),
     {OUT_OF_MEMORY, TIMEOUT}),
    ("WITH RECURSIVE r AS (SELECT 1 AS n, 'a' AS t UNION ALL SELECT n + 1, CONCAT(n, REPEAT('a', 200000)) FROM r WHERE "
     "n < 1000) SELECT COUNT(DISTINCT t) FROM r", {OUT_OF_MEMORY}),
    ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT r.n + 1 FROM r, %s WHERE r.n < 9) SELECT COUNT(*) FROM r"
     % TWO, {OUT_OF_MEMORY, TIMEOUT}),
    ("SELECT COUNT(*) FROM " + ", ".join("information_schema.COLUMNS c%d" % i for i in range(40)),
     {OUT_OF_MEMORY, TIMEOUT}),
    ("SELECT 1 FROM DUAL WHERE 1 IN (%s)" % ",".join(["1"] * 90000), {OUT_OF_MEMORY, None, 1235}),
    ("SELECT " + ",".join(["'%s'" % ("x" * 1000)] * 1900), {OUT_OF_MEMORY, None}),
]


class Meter:
    def __init__(self, server, any_memory):
        self.pid, self.any_memory = server.pid, any_memory
        self.before, self.left = memory(self.pid, "VmRSS"), 0
        reset_peak(self.pid)

    def most(self, what, most):
        """The peak since the last call, which then must go back."""
        if self.any_memory:
            return
        peak = memory(self.pid, "VmHWM") - self.before
        print("%6.1f MiB  %s" % (peak / MIB, what[:100]))
        check(peak < most, "%s took %d MiB" % (what[:200], peak // MIB))

    def gone(self, what):
        """What it took, but for what caches keep of it: less than KEPT, and of all together no more than twice that."""
        if self.any_memory:
            return
        now = lambda: memory(self.pid, "VmRSS") - self.before       # noqa: E731
        most = min(self.left + KEPT, 2 * KEPT)
        try:
            wait_until(lambda: now() < most, PATIENCE, "memory to go back")
        except ServerError:
            raise AssertionError("%s left %.1f MiB, of %.1f before" % (what[:200], now() / MIB, self.left / MIB)) from None
        self.left = max(now(), 0)
        reset_peak(self.pid)


class Neighbour(threading.Thread):
    """Somebody else's small statements, which go on whatever others do."""

    SMALL = ["SELECT 1", "SELECT COUNT(*), MAX(COLUMN_NAME) FROM information_schema.COLUMNS",
             "SELECT TABLE_NAME FROM information_schema.TABLES ORDER BY TABLE_NAME DESC", "SHOW VARIABLES"]

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.stop, self.failure, self.rounds = server, threading.Event(), None, 0

    def run(self):
        try:
            # Of another tenant than the sessions that hold so much: the places of long SELECTs are shared by tenant.
            with contextlib.closing(self.server.connect("root@t1")) as connection:
                while not self.stop.is_set():
                    number, told = attempt(connection, self.SMALL[self.rounds % len(self.SMALL)])
                    check(number is None, "%s: %s" % (number, told))
                    self.rounds += 1
        except Exception as failure:      # noqa: BLE001: told by done()
            self.failure = failure

    def done(self):
        self.stop.set()
        self.join(PATIENCE)
        check(self.failure is None, "somebody else's statement: %s" % self.failure)
        check(self.rounds > 0, "somebody else's statements")


def low(server):
    """An account without any right."""
    return server.connect("low@t1", "pw", database="information_schema")


def statements(server, meter):
    for sql, allowed in STATEMENTS:
        with contextlib.closing(low(server)) as client:
            query(client, "SET ob_query_timeout = %d" % ((SECONDS if TIMEOUT in allowed else PATIENT) * 1000000))
            number, told = attempt(client, sql)
            check(number in allowed, "%s: %s %s" % (sql[:200], number, str(told)[:200]))
            if number == OUT_OF_MEMORY:
                hints = " ".join(row[2] for row in query(client, "SHOW WARNINGS"))
                check("statement_memory" in hints, "the hint of %s: %s" % (sql[:100], hints))
            check(query(client, "SELECT 1") == ((1,),), "the connection goes on after " + sql[:100])
        meter.most(sql, STATEMENT + BESIDE)
        meter.gone(sql)


def at_once(server, meter):
    """Many greedy ones together: never more than the server's account."""
    clients = [low(server) for _ in range(8)]
    numbers = []

    def run(client):
        query(client, "SET ob_query_timeout = %d" % (PATIENT * 1000000))
        numbers.append(attempt(client, "SELECT %s FROM %s ORDER BY 1" % (LONG, FOUR))[0])
    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    check(len(numbers) == len(clients) and OUT_OF_MEMORY in numbers, "eight sorts at once: %s" % numbers)
    meter.most("eight sorts at once", SERVER + BESIDE)
    for client in clients:
        client.close()
    meter.gone("eight sorts at once")


def session_keeps(server, meter):
    """Of one session: values sent ahead, cursors, prepared statements, variables."""
    with contextlib.closing(Wire(server)) as client:
        kept = []
        with contextlib.suppress(Failure):
            for number in range(400):
                kept.append(client.prepare("SELECT %d, '%s'" % (number, "x" * 500000)))
        check(10 < len(kept) < 400, "prepared statements: %d" % len(kept))
        meter.most("prepared statements", STATEMENT + BESIDE)
        for prepared in kept:
            prepared.close()
        client.ok(PING)
        meter.gone("prepared statements")

        cursors = []
        try:
            for _ in range(100):
                cursors.append(client.prepare("SELECT a.c, REPEAT('x', 1000) FROM %s" % TWO))
                cursors[-1].open()
            raise AssertionError("a hundred cursors of 10 MB")
        except Failure as failure:
            check(failure.errno == OUT_OF_MEMORY, "cursors: %s" % failure.errno)
        check(len(cursors) > 2, "cursors: %d" % len(cursors))
        meter.most("open cursors", STATEMENT + BESIDE)
        rows, _ = cursors[0].fetch(3)
        check(len(rows) == 3 and len(rows[0][1]) == 1000, "a cursor that was open goes on")
        for cursor in cursors:
            cursor.close()
        client.ok(PING)
        meter.gone("open cursors")

        prepared = client.prepare("SELECT LENGTH(?), LENGTH(?)")
        for parameter in 0, 1:
            for _ in range(40):
                prepared.send_ahead(parameter, b"x" * MIB)
        check(outcome(prepared.execute, ..., ...) in (TOO_LARGE, OUT_OF_MEMORY, 1105), "80 MiB sent ahead")
        meter.most("values sent ahead", STATEMENT + BESIDE)
        prepared.close()
        client.ok(PING)
        meter.gone("values sent ahead")
        check(client.query("SELECT 1") == [("1",)], "the connection goes on")


def of_all(server, meter):
    """What waits between the statements of many sessions: half of the server's account together, and small
    statements go on."""
    ways = {"variables": variables, "values sent ahead": sent_ahead, "half a command": half_commands,
            "answers that nobody reads": unread_rows, "compressed answers that nobody reads": unread_compressed,
            "cursors": cursors_of_many}
    for what, way in ways.items():
        neighbour = Neighbour(server)
        neighbour.start()
        with contextlib.ExitStack() as clients:
            way(server, clients)
            time.sleep(0.2)
            meter.most(what, SERVER + BESIDE)
            neighbour.done()
        meter.gone(what)


def sessions(server, clients, count):
    return [clients.enter_context(contextlib.closing(Wire(server))) for _ in range(count)]


def variables(server, clients):
    refused = 0
    for client in sessions(server, clients, 250):
        client.query("SET @a = REPEAT('a', 900000)")
        refused += client.query("SELECT LENGTH(@a)") != [("900000",)]
    check(refused > 0, "250 sessions with a variable of 900 kB")


def sent_ahead(server, clients):
    refused, waiting = 0, []
    for client in sessions(server, clients, 24):
        prepared = client.prepare("SELECT LENGTH(?)")       # has its place, whatever others hold
        try:
            for _ in range(15):
                prepared.send_ahead(0, b"x" * MIB)
            client.ok(PING)
            waiting.append(prepared)
        except (Failure, OSError, EOFError) as failure:     # half a packet has no room either: the connection ends
            check(getattr(failure, "errno", None) in (OUT_OF_MEMORY, None, 32, 104), "values sent ahead: %r" % failure)
            refused += 1
    for prepared in waiting:
        refused += outcome(prepared.execute, ...) == OUT_OF_MEMORY
    check(refused > 0, "24 values of 15 MiB sent ahead")


def half_commands(server, clients):
    """Of 16 MB all but the last byte."""
    waiting = sessions(server, clients, 24)
    for client in waiting:
        body = b"\x03SELECT '" + b"x" * (15 * MIB)
        with contextlib.suppress(OSError):
            client.connection._sock.sendall(struct.pack("<I", len(body) + 1)[:3] + b"\0" + body)
    refused = 0
    for client in waiting:
        client.connection._sock.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            try:
                told = client.connection._sock.recv(64)
                check(told[4:7] in (b"", b"\xff" + struct.pack("<H", OUT_OF_MEMORY)), "half a command: %r" % told)
            except ConnectionError:
                pass
            refused += 1
    check(refused > 0, "24 halves of 15 MiB")


def silent(connection, sql):
    """Sends a statement and reads nothing of its answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(struct.pack("<I", len(sql) + 1) + b"\x03" + sql)


WIDE = ("SELECT " + ", ".join(["REPEAT('%s', 1000000)" % letter for letter in "abcdefghijklmno"])).encode()


def unread_rows(server, clients):
    for client in sessions(server, clients, 24):
        silent(client.connection._sock, WIDE)
    time.sleep(2)


def unread_compressed(server, clients):
    """Rows that compress to nothing wait before compression."""
    hard = "SELECT " + ", ".join("SHA2(CONCAT(a.c, b.c, %d), 512)" % i for i in range(40)) + " FROM " + TWO
    for number in range(24):
        client = clients.enter_context(contextlib.closing(Compressed(server.port, ("zlib", "zstd")[number % 2])))
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.send(b"\x03" + hard.encode())
    time.sleep(2)


def cursors_of_many(server, clients):
    refused = 0
    for client in sessions(server, clients, 12):
        for _ in range(3):
            prepared = client.prepare("SELECT a.c, REPEAT('x', 1500) FROM %s" % TWO)
            refused += outcome(prepared.open) == OUT_OF_MEMORY
    check(refused > 0, "36 cursors of 15 MB")


def lists(server, meter):
    """Several statements in one text, as many as it has bytes."""
    with contextlib.closing(Wire(server, flags=MULTI_STATEMENTS)) as client:
        check(client.query("SELECT 1;" + ";" * (15 * MIB)) == [("1",)], "the first of many")
        check(outcome(client.query, "SELECT 1") is not None, "then an error, and the connection goes on")
    meter.most("16 million semicolons", 4 * 16 * MIB)
    meter.gone("16 million semicolons")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--any-memory", action="store_true", help="under sanitizers, which keep what is freed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, \
            Server(options.server, os.path.join(directory, "server")) as server:
        with contextlib.closing(server.connect()) as root:
            for sql in ("CREATE RESOURCE UNIT u1 MAX_CPU 1, MEMORY_SIZE '1G'",
                        "CREATE RESOURCE POOL p1 UNIT = 'u1', UNIT_NUM = 1, ZONE_LIST = ('zone1')",
                        "CREATE TENANT t1 RESOURCE_POOL_LIST = ('p1') SET ob_tcp_invited_nodes = '%'"):
                query(root, sql)
        with contextlib.closing(server.connect("root@t1")) as tenant:
            query(tenant, "CREATE USER low IDENTIFIED BY 'pw'")
        with contextlib.closing(low(server)) as client:
            query(client, "SELECT COUNT(*) FROM information_schema.COLUMNS")
        meter = Meter(server, options.any_memory)
        statements(server, meter)
        at_once(server, meter)
        session_keeps(server, meter)
        lists(server, meter)
        of_all(server, meter)


if __name__ == "__main__":
    main()
