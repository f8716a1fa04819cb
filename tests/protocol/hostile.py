#!/usr/bin/python3
"""A client without any right computes the worst that functions, operators and collations can be asked for: KILL
ends it within a second, ob_query_timeout likewise, SIGTERM ends the server, and nobody else waits meanwhile.

    hostile.py --server PROGRAM --functions PROGRAM [--all] [--seed N]

--functions is the program of the catalogue's tests: it prints the engine's own table. Without --all a part of the
statements runs, by chance; the seed is shown.
"""

import argparse
import contextlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
from harness.expect import expect  # noqa: E402
from harness.server import Server, attempt, query  # noqa: E402

ENDS_WITHIN = 1.0            # seconds, of KILL and of a limit of time
P99 = 0.050                  # of another client's statement
BUSY = 20                    # times what the same statement took on the idle server: a loaded machine's measure
HOSTILE = 6                  # sessions at a time
SAMPLE = 24

V = "(%s)" % " UNION ALL ".join("SELECT %d%s" % (n, " AS n" if n == 0 else "") for n in range(100))
ROWS = "%s a, %s b, %s c, %s d" % (V, V, V, V)
LONG = "CONCAT(REPEAT('a',400000),a.n,b.n,c.n,d.n)"

# What has stopped the server.
FOUND = [
    # One row: a client that still reads what was sent before KILL would be measured instead.
    "SELECT SUM(LOCATE(CONCAT(REPEAT('a',80000),'b',a.n), REPEAT('a',160000))) FROM " + ROWS,
    "SELECT SUM(LOCATE(CONCAT(REPEAT('a',400000),'b',a.n), REPEAT('a',900000))) FROM " + ROWS,
    "SELECT COUNT(REPLACE(REPEAT('a',900000), CONCAT(REPEAT('a',400000),'b',a.n), 'c')) FROM " + ROWS,
    "SELECT SUM(REPEAT('a',900000) LIKE CONCAT('%',REPEAT('a',400000),'_',REPEAT('a',1000),'b',a.n)) FROM " + ROWS,
    "SELECT SUM(REPEAT('a',900000) LIKE CONCAT(REPEAT('%a',200000),'b',a.n)) FROM " + ROWS,
    "SELECT SUM(CONCAT(REPEAT('x',2000),a.n) REGEXP '((((x?){30}){30})y|((x*)*z))') FROM " + ROWS,
    "SELECT REPEAT('x',1000000) REGEXP '((((x?){30}){30})y|((x*)*z))'",
    "SELECT SUM('x' REGEXP CONCAT(REPEAT('x{1000}',100),a.n,b.n,c.n,d.n)) FROM " + ROWS,
    "SELECT COUNT(*) FROM %s GROUP BY %s" % (ROWS, LONG),
    "SELECT 1 FROM %s ORDER BY %s" % (ROWS, LONG),
    "SELECT COUNT(DISTINCT %s) FROM %s" % (LONG, ROWS),
    "SELECT 1 FROM %s ORDER BY a.n*b.n*c.n+d.n" % ROWS,
    "SELECT COUNT(*) FROM " + ROWS,
    "SELECT COUNT(DISTINCT x) FROM (SELECT '%s' AS x FROM %s) t" % ("a" * 4000000, ROWS),
]

ARGUMENTS = {
    "t": [LONG, "REPEAT('ab',400000+a.n)", "CONCAT('%',REPEAT('a',300000),'b',a.n)", "REPEAT('9',800000+b.n)",
          "CONCAT('0.',REPEAT('0',500000),a.n)", "REPEAT('\u00e9',300000+a.n)", "REPEAT(' ',900000+a.n)",
          "REPEAT('%W',100000+a.n)", "REPEAT('a,',400000+a.n)"],
    "i": ["a.n", "-1", "1000000", "9223372036854775807"],
    "r": ["a.n/7", "1e300"],
    "d": ["'2024-01-31'", "CONCAT('2024-01-31',REPEAT(' ',500000+a.n))"],
}
ARGUMENTS.update({"u": ARGUMENTS["i"], "n": ARGUMENTS["t"], "h": ARGUMENTS["t"], "x": ARGUMENTS["t"],
                  "a": ARGUMENTS["d"], "m": ARGUMENTS["d"], "w": ARGUMENTS["t"],
                  "D": ["a.n", "-1.5", "CAST(a.n AS DECIMAL(65,30))", "99999999999999999999999999999999999.9"]})

# Where a value can stand.
PLACES = [
    "SELECT SUM(LENGTH({0})) FROM {1}",
    "SELECT COUNT(*) FROM {1} WHERE {0} IS NOT NULL AND a.n<>b.n",
    "SELECT COUNT(*) FROM {1} WHERE {0} = {0}",
    "SELECT 1 FROM {1} ORDER BY {0}",
    "SELECT COUNT(*) FROM {1} GROUP BY {0}",
    "SELECT DISTINCT {0} FROM {1}",
    "SELECT COUNT(DISTINCT {0}) FROM {1}",
    "SELECT COUNT(DISTINCT {0}, a.n) FROM {1}",
    "SELECT GROUP_CONCAT(DISTINCT {0} ORDER BY {0}) FROM {1}",
    "SELECT MAX({0}), MIN({0} COLLATE utf8mb4_bin) FROM {1}",
    "SELECT ROW_NUMBER() OVER (PARTITION BY {0} ORDER BY a.n) FROM {1}",
    "SELECT COUNT(*) FROM {1} WHERE BINARY {0} IN (SELECT {0} FROM {1})",
]
OPERATORS = ["{0} LIKE {1}", "{0} REGEXP LEFT({1},20)", "{0} < {1}", "{0} <=> {1}", "BINARY {0} > {1}", "{0} + {1}",
             "{0} DIV {1}", "CAST({0} AS DECIMAL(20,2))", "CAST({0} AS SIGNED)", "CAST({0} AS DATETIME)",
             "CAST({0} AS CHAR(1000))", "CAST({0} AS BINARY(1000000))", "{0} COLLATE utf8mb4_bin = {1}",
             "CASE {0} WHEN {1} THEN 1 ELSE 2 END", "{0} BETWEEN {1} AND {0}", "IF({0},{1},{0})",
             "NULLIF({0},{1})", "COALESCE(NULL,{0})", "{0} IN ({1},{0})"]


def functions(program):
    """The engine's table: name, least, most, letters."""
    with tempfile.NamedTemporaryFile("r") as file:
        subprocess.run([program, "--gtest_filter=FunctionTable.IsPrinted"], check=True, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, BREAKWATER_FUNCTIONS=file.name), timeout=120)
        rows = [line.rstrip("\n").split("\t") for line in file]
    assert len(rows) > 100, rows
    return [(name, int(least), int(most), letters) for name, least, most, letters in rows if name != "sleep"]


def statements(table, chance):
    """One for each function and operator, in a place by chance."""
    value = lambda letter: chance.choice(ARGUMENTS[letter])  # noqa: E731
    values = []
    for name, least, most, letters in table:
        count = least if most < 0 else chance.randint(least, most)
        given = [value(letters[min(i, len(letters) - 1)]) for i in range(count)]
        values.append("%s(%s)" % (name, ",".join(given)))
    values += [operator.format(value("t"), value("t")) for operator in OPERATORS]
    return [chance.choice(PLACES).format(value, ROWS) for value in values]


class Neighbour(threading.Thread):
    """Another client, whose statements are timed."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.connection, self.times, self.done = server.connect(), [], False

    def run(self):
        while not self.done:
            begin = time.monotonic()
            query(self.connection, "SELECT 1")
            self.times.append(time.monotonic() - begin)
            time.sleep(0.002)

    def p99(self):
        return statistics.quantiles(self.times, n=100)[98]

    @staticmethod
    def watch(server, seconds=None):
        neighbour = Neighbour(server)
        neighbour.start()
        if seconds is not None:
            time.sleep(seconds)
            neighbour.end()
        return neighbour

    def end(self):
        self.done = True
        self.join(60)
        self.connection.close()


class Hostile(threading.Thread):
    """One statement in a session of its own."""

    def __init__(self, server, sql, limit=None):
        super().__init__(daemon=True)
        self.connection = server.connect("low@t1", "pw", read_timeout=120)
        self.id = query(self.connection, "SELECT CONNECTION_ID()")[0][0]
        if limit is not None:
            query(self.connection, "SET ob_query_timeout = %d" % (limit * 1000000))
        self.sql, self.answer, self.ended = sql, None, None

    def run(self):
        self.answer = attempt(self.connection, self.sql)
        self.ended = time.monotonic()


def all_end(sessions, by, what):
    for session in sessions:
        session.join(60)
        late = (session.ended or time.monotonic()) - by
        assert session.ended is not None and late < ENDS_WITHIN * load(), (
            "%s: %.2f s late: %.200s -> %r" % (what, late, session.sql, session.answer))
        with contextlib.suppress(Exception):
            session.connection.close()


def killed(server, root, sqls):
    sessions = [Hostile(server, sql) for sql in sqls]
    for session in sessions:
        session.start()
    time.sleep(0.4)
    for session in sessions:
        attempt(root, "KILL QUERY %d" % session.id)
    all_end(sessions, time.monotonic(), "KILL QUERY")


def timed_out(server, sqls, limit=0.4):
    sessions = [Hostile(server, sql, limit) for sql in sqls]
    begin = time.monotonic()
    for session in sessions:
        session.start()
    all_end(sessions, begin + limit, "ob_query_timeout")


def load():
    """How many times longer than on an idle machine something takes now."""
    wall, cpu = time.monotonic(), time.thread_time()
    while time.thread_time() - cpu < 0.05:
        pass
    return max(1, (time.monotonic() - wall) / 0.05)


def batches(items):
    return [items[i:i + HOSTILE] for i in range(0, len(items), HOSTILE)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--functions", required=True)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--patience", type=float, default=1, help="times as long, for builds with sanitizers")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    options = parser.parse_args()
    global ENDS_WITHIN
    ENDS_WITHIN *= options.patience
    chance = random.Random(options.seed)
    print("seed", options.seed, flush=True)
    table = statements(functions(options.functions), chance)
    chance.shuffle(table)
    chosen = FOUND + (table if options.all else table[:SAMPLE])

    with tempfile.TemporaryDirectory() as directory:
        server = Server(options.server, directory + "/data", ["--set", "drain_timeout=1s"]).start()
        root = server.connect()
        query(root, "CREATE TENANT t1")
        tenant = server.connect("root@t1", "")
        query(tenant, "CREATE USER low IDENTIFIED BY 'pw'")
        idle = Neighbour.watch(server, 1)
        limit = max(P99, BUSY * idle.p99()) * options.patience
        neighbour = Neighbour.watch(server)
        loads = []
        for batch in batches(chosen):
            loads.append(load())
            killed(server, root, batch)
            timed_out(server, batch)
        neighbour.end()
        limit *= statistics.median(loads)
        print("idle p99 %.2f ms, beside %d statements %.2f ms of %d, longest %.1f ms" % (
            1000 * idle.p99(), 2 * len(chosen), 1000 * neighbour.p99(), len(neighbour.times),
            1000 * max(neighbour.times)))
        assert neighbour.p99() < limit, "p99 %.1f ms" % (1000 * neighbour.p99())
        expect(query(root, "SELECT 1"), ((1,),), "the server")

        # The end of the server waits for none of them.
        sessions = [Hostile(server, sql) for sql in FOUND[1:1 + HOSTILE]]
        for session in sessions:
            session.start()
        time.sleep(0.3)
        begin = time.monotonic()
        server.stop()
        took = time.monotonic() - begin
        print("ended %.2f s after SIGTERM" % took)
        assert took < 1 + 2 * ENDS_WITHIN * load(), "%.2f s after SIGTERM" % took


if __name__ == "__main__":
    main()
