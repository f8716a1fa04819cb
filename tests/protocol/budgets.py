#!/usr/bin/python3
"""What a client asks to be computed or waited for holds up nobody else: an account without any right sends all that
takes long, in every place where an expression can stand, and beside it root's statements, its longer SELECTs and new
logins go on as ever. KILL ends each.

    budgets.py --server PROGRAM [--slow]
"""

import argparse
import contextlib
import itertools
import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
import wire  # noqa: E402
from harness.expect import expect  # noqa: E402
from harness.server import Server, attempt, query, wait_until  # noqa: E402
from wire import Failure, Wire  # noqa: E402

SESSIONS = 6                # of the account that attacks
WATCHED = 0.6               # seconds that a hostile statement is watched for
P99, LOGIN = 0.050, 1.0     # seconds
KILLED = 2.0                # seconds from KILL to the end of a statement
PATIENCE = 60
LOW = "low@t1"
MULTI_STATEMENTS = 1 << 16

V = "information_schema.COLUMNS"
WRONG = "SELECT " + "1," * 99000 + "FROM"         # seconds of a parser's time
NESTED = "SELECT " + "(1," * 240 + "1" + ")" * 239
LONG = "(SELECT COUNT(*) FROM %s a, %s b, %s c, %s d)" % (V, V, V, V)
SHORT = "(SELECT COUNT(*) FROM %s a)" % V           # a millisecond or so


def connect(server, user=LOW, **more):
    return server.connect(user, connect_timeout=PATIENCE, **more)


class Watcher:
    """Another client: one statement after the other, and new logins beside them."""

    def __init__(self, server, slack):
        self.server, self.slack = server, slack
        self.over = threading.Event()
        self.statements, self.logins, self.failures = [], [], []
        self.threads = [threading.Thread(target=self.guard, args=(what,)) for what in (self.ask, self.log_in)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind, value, trace):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def guard(self, what):
        try:
            what()
        except Exception as failure:  # noqa: BLE001
            self.failures.append(failure)

    def ask(self):
        with contextlib.closing(connect(self.server, "root@sys")) as connection:
            while not self.over.is_set():
                begin = time.monotonic()
                query(connection, "SELECT 1")
                self.statements.append(time.monotonic() - begin)
                time.sleep(0.001)

    def log_in(self):
        while not self.over.is_set():
            begin = time.monotonic()
            connect(self.server, "root@sys").close()
            self.logins.append(time.monotonic() - begin)
            time.sleep(0.02)

    def p99(self):
        return sorted(self.statements)[len(self.statements) * 99 // 100]

    def check(self, what):
        if self.failures:
            raise self.failures[0]
        assert len(self.statements) > 5, "%s: only %d statements beside it" % (what, len(self.statements))
        assert self.p99() < P99 * self.slack, "%s: p99 of SELECT 1 %.0f ms" % (what, self.p99() * 1000)
        assert max(self.logins) < LOGIN * self.slack, "%s: a login took %.1f s" % (what, max(self.logins))


class Attacker:
    """A session that sends one statement again and again until it is told to stop."""

    def __init__(self, server, user, act, **more):
        self.connection = connect(server, user, **more)
        self.id = self.connection.thread_id()
        self.act, self.over = act, threading.Event()
        self.answers = []
        self.thread = threading.Thread(target=self.run, daemon=True)    # a test that failed ends all the same
        self.thread.start()

    def run(self):
        while not self.over.is_set():
            try:
                self.answers.append(self.act(self.connection))
            except Exception as failure:  # noqa: BLE001
                self.answers.append((type(failure), str(failure)))
                if not self.connection.open:
                    return

    def stop(self, root):
        """KILL QUERY until the session has nothing that runs. How long that took."""
        self.over.set()
        begin = time.monotonic()
        while self.thread.is_alive():
            attempt(root, "KILL QUERY %d" % self.id)
            self.thread.join(0.01)      # of commands in one write each takes a KILL of its own
            assert time.monotonic() - begin < PATIENCE, "KILL QUERY has no effect"
        self.connection.close()
        return time.monotonic() - begin


def sends(sql):
    return lambda connection: attempt(connection, sql)


def prepared(sql, cursor):
    """By COM_STMT_EXECUTE, with a cursor or without."""
    def act(connection):
        by_hand = Wire.__new__(Wire)
        by_hand.connection, by_hand.deprecates_eof = connection, False
        try:
            statement = by_hand.prepare(sql)
            statement.open() if cursor and statement.columns else statement.execute()
            statement.close()
        except Failure as failure:
            return failure.errno, failure.text
        return None, ()
    return act


def pipelined(connection):
    """Many commands in one write, each just within what a statement may take at once."""
    by_hand = Wire.__new__(Wire)
    by_hand.connection, by_hand.deprecates_eof = connection, False
    body = b"\x03SELECT " + SHORT.encode()
    command = len(body).to_bytes(3, "little") + b"\0" + body
    connection._sock.sendall(command * 40)
    for _ in range(40):
        by_hand.sequence = 1
        first = by_hand.packet()
        if first[:1] == b"\xff":
            continue
        by_hand.definitions(1)
        while by_hand.packet()[:1] not in (b"\xfe", b"\xff"):
            pass
    return None, ()


def unread(sql):
    """Whose results are thrown away as they come, up to the error that ends the text: this client would read for longer than the
    server works, and who watches beside it would wait for this interpreter."""
    ends = [b"\xff" + number.to_bytes(2, "little") + b"#" for number in (1064, 1317)]

    def act(connection):
        connection._sock.sendall((len(sql) + 1).to_bytes(3, "little") + b"\0\x03" + sql.encode())
        tail = b""
        while not any(end in tail for end in ends):
            more = connection._sock.recv(1 << 18)
            if not more:
                raise ConnectionError("the server has closed the connection")
            tail = tail[-4:] + more
        return None, ()
    return act


def hostile():
    """(what, who, act, flags)"""
    for sql in ("SELECT SLEEP(20)", "DO SLEEP(20)", "SET @a = SLEEP(20)", "KILL SLEEP(20)",
                "SET SESSION sql_select_limit = SLEEP(20)", "SET @a = 1, @b = SLEEP(20), @c = SLEEP(20)",
                "SELECT SLEEP(20) FROM %s" % V, "SELECT SLEEP(0.01) FROM %s a, %s b" % (V, V),
                "SELECT " + LONG, "DO " + LONG, "DO SLEEP(%s)" % LONG, "SET @a = " + LONG, "KILL " + LONG,
                "KILL QUERY " + LONG, "SET SESSION sql_select_limit = " + LONG, "SET @a = 1, @b = (@c := %s)" % LONG,
                "SET " + ", ".join("@a = " + SHORT for _ in range(300)),
                "DO " + ", ".join(SHORT for _ in range(300)),
                WRONG, NESTED, "SET " + ", ".join("@a = 1 + 1" for _ in range(20000)), "DO 1" + " + 1" * 3000,
                "SELECT 1 IN (" + ", ".join("1" for _ in range(30000)) + ")",
                "SHOW VARIABLES WHERE Value = " + LONG, "EXPLAIN SELECT " + LONG,
                "SELECT * FROM %s a, %s b, %s c ORDER BY a.COLUMN_NAME, b.COLUMN_NAME, c.COLUMN_NAME" % (V, V, V)):
        yield sql[:60], LOW, sends(sql), 0
    for sql in ("ALTER TENANT t1 SET VARIABLES ob_tcp_invited_nodes = " + LONG,
                "ALTER TENANT t1 SET VARIABLES ob_tcp_invited_nodes = SLEEP(20)",
                "SET GLOBAL sql_select_limit = " + LONG,
                "CREATE TENANT t2 RESOURCE_POOL_LIST = ('p2') SET ob_tcp_invited_nodes = " + LONG):
        yield sql[:60], "other@sys", sends(sql), 0
    for sql in "SELECT " + LONG, "SELECT SLEEP(20)", "SET @a = " + LONG, "DO SLEEP(20)":
        yield "prepared " + sql[:40], LOW, prepared(sql, False), 0
        yield "with a cursor " + sql[:40], LOW, prepared(sql, True), 0
    for sql in WRONG, NESTED, "SELECT 1 IN (" + ", ".join("1" for _ in range(30000)) + ")":
        yield "prepared " + sql[:40], LOW, prepared(sql, False), 0
    yield "many wrong statements in one text", LOW, unread(";".join(["SELECT 1"] * 4000 + ["(((("])), MULTI_STATEMENTS
    yield "many statements in one text", LOW, sends(";".join("SELECT " + SHORT for _ in range(300))), MULTI_STATEMENTS
    yield "many commands at once", LOW, pipelined, 0


def attack(server, root, slack, what, who, act, flags):
    attackers = [Attacker(server, who, act, client_flag=flags) for _ in range(SESSIONS)]
    with Watcher(server, slack) as watcher:
        time.sleep(WATCHED * slack)
    longest = max(attacker.stop(root) for attacker in attackers)
    unexpected = [answer for attacker in attackers for answer in attacker.answers if isinstance(answer[0], type)]
    assert not unexpected, "%s: %r" % (what, unexpected[0])
    watcher.check(what)
    assert longest < KILLED * slack, "%s: %.1f s from KILL QUERY to the end" % (what, longest)
    print("%-62s p99 %5.1f ms, longest login %5.0f ms, killed in %4.0f ms"
          % (what, watcher.p99() * 1000, max(watcher.logins) * 1000, longest * 1000))


def attacks(server, root, slack, chosen, share):
    """What holds others up does so each time; what else the machine had to do, hardly three times in a row."""
    for what, *how in list(hostile())[random.randrange(share)::share]:
        if chosen not in what:
            continue
        for last in False, False, True:
            try:
                attack(server, root, slack, what, *how)
                break
            except AssertionError as failure:
                if last:
                    raise
                print("once more: %s" % failure)


# ---- SLEEP


def timed(connection, sql):
    begin = time.monotonic()
    answer = attempt(connection, sql)
    return answer, time.monotonic() - begin


def sleeping(server, root):
    """What SLEEP gives, where it may stand, and what ends it."""
    for sql, wanted in (("SELECT SLEEP(0.3)", ((0,),)), ("SELECT SLEEP(0.1), 'x', SLEEP(0.2) AS s", ((0, "x", 0),)),
                        ("SELECT SLEEP(0.1) FROM (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) t", ((0,),) * 3),
                        ("DO SLEEP(0.15), SLEEP(0.15)", ()), ("SET @a = SLEEP(0.3)", ())):
        answer, took = timed(root, sql)
        expect(answer, (None, wanted), sql)
        assert took >= 0.29, "%s took %.2f s" % (sql, took)
    expect(query(root, "SELECT @a"), ((0,),))
    for sql in "SELECT SLEEP(9) LIMIT 0", "SELECT SLEEP(9) FROM DBA_OB_TENANTS WHERE 1 = 0", "SELECT SLEEP(0)":
        assert timed(root, sql)[1] < 5, sql
    for where in ("SELECT 1 FROM DBA_OB_TENANTS WHERE SLEEP(9)", "SELECT 1 + SLEEP(9)", "SELECT (SELECT SLEEP(9))",
                  "SELECT IF(1, SLEEP(9), 1)", "SELECT DISTINCT SLEEP(9) FROM DBA_OB_TENANTS", "SET @a = 1 + SLEEP(9)",
                  "SELECT SLEEP(9) UNION SELECT 1", "SELECT COUNT(SLEEP(9)) FROM DBA_OB_TENANTS", "KILL (SELECT SLEEP(6))",
                  "SELECT SLEEP(9) AS s FROM DBA_OB_TENANTS ORDER BY s", "SELECT SLEEP(9) FROM DBA_OB_TENANTS ORDER BY 1",
                  "SELECT SLEEP(9) AS s FROM DBA_OB_TENANTS HAVING s = 0", "SELECT SLEEP(9) AS s FROM DBA_OB_TENANTS GROUP BY s",
                  "SELECT * FROM (SELECT SLEEP(9)) t", "SELECT @a := SLEEP(9)", "SELECT BENCHMARK(9, 1)", "DO GET_LOCK('a', 9)"):
        answer, took = timed(root, where)
        expect(answer[0], 1235, where)
        assert took < 5, where
    for argument in "NULL", "-1":
        expect(attempt(root, "SELECT SLEEP(%s)" % argument)[0], 1210, argument)
        expect(attempt(root, "SET @a = SLEEP(%s)" % argument)[0], 1210, argument)
    expect(attempt(root, "SELECT SLEEP()")[0], 1582)
    before = int(query(root, "SHOW STATUS LIKE 'Com_do'")[0][1])
    query(root, "DO 1, 2")
    expect(int(query(root, "SHOW STATUS LIKE 'Com_do'")[0][1]), before + 1)


def ended(server, root):
    """By KILL QUERY it gives 1, by the statement's limit 4012, by KILL the connection goes, and so it does by SIGTERM."""
    for sql, wanted in (("SELECT SLEEP(60)", ((1,),)), ("SELECT SLEEP(60), 7, SLEEP(60)", ((1, 7, 1),)), ("DO SLEEP(60)", ()),
                        ("SET @a = SLEEP(60)", ())):
        expect(killed(server, root, sql, "KILL QUERY %d"), (None, wanted), sql)
    for sql in ("SELECT SLEEP(60) FROM (SELECT 1 UNION ALL SELECT 2) t", "SET SESSION sql_select_limit = SLEEP(60)", "KILL SLEEP(60)",
                "SELECT SLEEP(60) FROM information_schema.SCHEMATA"):
        expect(killed(server, root, sql, "KILL QUERY %d")[0], 1317, sql)
    invited = "SELECT @@global.ob_tcp_invited_nodes"
    with contextlib.closing(connect(server, "root@t1")) as owner:
        before = query(owner, invited)
        expect(killed(server, root, "ALTER TENANT t1 SET VARIABLES ob_tcp_invited_nodes = SLEEP(60)", "KILL QUERY %d",
                      "other@sys")[0], 1317)
        expect(query(owner, invited), before, "what was killed has changed nothing")
    assert killed(server, root, "SELECT SLEEP(60)", "KILL %d")[0] == 2013, "KILL"
    with contextlib.closing(connect(server)) as connection:
        query(connection, "SET ob_query_timeout = 300000")
        for sql in "SELECT SLEEP(60)", "DO SLEEP(60)", "SET @a = SLEEP(60)", "SELECT SLEEP(0.2) FROM %s" % V:
            answer, took = timed(connection, sql)
            expect(answer[0], 4012, sql)
            assert took < PATIENCE / 2, "%s ended after %.1f s" % (sql, took)


def killed(server, root, sql, kill, user=LOW):
    answers = []
    with contextlib.closing(connect(server, user)) as connection:
        number = connection.thread_id()
        thread = threading.Thread(target=lambda: answers.append(attempt(connection, sql)))
        thread.start()
        running = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = %d AND COMMAND = 'Query'" % number
        wait_until(lambda: query(root, running)[0][0] == 1, PATIENCE, "it runs")
        begin = time.monotonic()
        query(root, kill % number)
        thread.join(PATIENCE)
        assert time.monotonic() - begin < KILLED * 5, "%s: killed only after %.1f s" % (sql, time.monotonic() - begin)
    return answers[0]


def rights(server):
    """An expression reads no more than a SELECT may, and names are checked before anything is computed."""
    secret = "(SELECT COUNT(*) FROM oceanbase.DBA_OB_TENANTS)"
    with contextlib.closing(connect(server)) as connection:
        for sql in "SELECT " + secret, "SET @a = " + secret, "DO " + secret, "KILL " + secret, "DO SLEEP(%s)" % secret:
            expect(attempt(connection, sql)[0], 1142, sql)
        for sql, wanted in (("SET no_such = SLEEP(60)", 1193), ("SET @a = SLEEP(60), version = 1", 1238),
                            ("SET GLOBAL sql_select_limit = SLEEP(60)", 1227), ("KILL 18446744073709551616", 1094)):
            answer, took = timed(connection, sql)
            expect(answer[0], wanted, sql)
            assert took < 5, sql
        query(connection, "SET @a = -5, @b = 18446744073709551615, @c = 1.50, @d = 1e1, @e = 'x', @f = NULL, @g = x'41'")
        query(connection, "SET @h = @a, @i = @@version_comment, @a = 0")
        expect(query(connection, "SELECT @a, @b, @c, @d, @e, @f, @g, @h, @i = @@version_comment"),
               ((0, 2 ** 64 - 1, "1.50", 10.0, "x", None, "A", -5, 1),))


# ---- shares


def few(slack):
    """Rows to multiply by: what takes seconds here would be minutes under a sanitizer, and a read transaction has 30 s."""
    return "(SELECT 1 FROM %s LIMIT %d)" % (V, max(10, 100 // slack))


def long_select(connection, slack):
    """A SELECT that takes longer than its budget."""
    return timed(connection, "SELECT COUNT(*) FROM %s a, %s b WHERE a.COLUMN_NAME < 'zz'" % (V, few(slack)))


def shares(server, root, slack):
    """A tenant has half of the places and root@sys one of its own; the rest waits in line, for its own time-out."""
    query(root, "SET ob_query_timeout = 60000000")
    alone = max(long_select(root, slack)[1] for _ in range(3))
    sleepers = [Attacker(server, LOW, sends("SELECT SLEEP(4)")) for _ in range(8)]
    answer, took = long_select(root, slack)
    expect(answer[0], None, "beside sleepers")
    assert took < alone * 5 + 1 * slack, "beside sleepers %.2f s, alone %.2f s" % (took, alone)
    for sleeper in sleepers:
        sleeper.stop(root)
    waits_with_its_literals(server, slack)
    busy = [Attacker(server, LOW, sends("SELECT " + LONG)) for _ in range(8)]
    time.sleep(0.2)
    for user in "root@sys", "root@t3":
        with contextlib.closing(connect(server, user)) as connection:
            query(connection, "SET ob_query_timeout = 60000000")
            answer, took = long_select(connection, slack)
            expect(answer[0], None, "%s beside a tenant's long SELECTs" % user)
            assert took < alone * 10 + 2 * slack, "%s: %.2f s, alone %.2f s" % (user, took, alone)
    with contextlib.closing(connect(server)) as connection:
        query(connection, "SET ob_query_timeout = 500000")
        expect(long_select(connection, slack)[0][0], 4012, "it waits in line for its own time-out")
    for attacker in busy:
        attacker.stop(root)
    numbers = {answer[0] for attacker in busy for answer in attacker.answers}
    assert 1041 not in numbers, numbers


def waits_with_its_literals(server, slack):
    """What a statement in line compares with is its own, whatever others ask for on its thread meanwhile."""
    sql = "SELECT COUNT(*) > 0 FROM %s a, %s b, (SELECT CONCAT('it', CHAR(39), 's') AS s) t WHERE t.s = 'it''s'" % (V, few(slack))
    answers = []
    with contextlib.ExitStack() as stack:
        waiting, *others = [stack.enter_context(contextlib.closing(connect(server))) for _ in range(13)]
        for _ in range(4):
            expect(attempt(waiting, sql), (None, ((1,),)), "and its plan is in the cache")
        threads = [threading.Thread(target=lambda: answers.append(attempt(waiting, sql)))]
        for other in others[:4]:
            query(other, "SET ob_query_timeout = 1000000")
            threads.insert(0, threading.Thread(target=attempt, args=(other, "SELECT " + LONG)))
        for thread in threads:
            thread.start()
            time.sleep(0.05)
        while threads[-1].is_alive():
            for other in others[4:]:
                attempt(other, "SELECT 1 FROM DUAL WHERE 'no''body' = 'no''thing'")
        for thread in threads:
            thread.join()
    expect(answers, [(None, ((1,),))])


# ---- transactions


def transactions(server, root, slack):
    """A SELECT whose client takes nothing ends its read transaction with its time: the log can be begun anew."""
    import sqlite3
    values = itertools.count(10 ** 9)   # each another one: what changes nothing may not be written
    slow = Wire(server)
    slow.query("SET ob_query_timeout = %d" % (4_000_000 * slack))
    slow.send(wire.QUERY, ("SELECT a.*, b.* FROM DBA_OB_TENANTS t, %s a, %s b" % (V, V)).encode())
    with contextlib.closing(sqlite3.connect(os.path.join(server.data_dir, "catalog.db"), timeout=1)) as catalogue:
        def begun_anew():
            query(root, "SET GLOBAL sql_select_limit = %d" % next(values))
            busy, in_log, done = catalogue.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
            return busy == 0 and in_log == done
        wait_until(lambda: not begun_anew(), PATIENCE, "the SELECT holds the log back")
        wait_until(begun_anew, PATIENCE, "the log can be begun anew though the client has taken nothing")
    query(root, "SET GLOBAL sql_select_limit = 18446744073709551615")
    slow.connection._force_close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--slow", type=float, default=1, help="times as long for everything: sanitizers")
    parser.add_argument("--share", type=int, default=1, help="of so many attacks one is made, by chance")
    parser.add_argument("--only", default="", help="the attacks whose name holds this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        with Server(options.server, os.path.join(directory, "data"), ["--set", "log_level=error", "--set", "drain_timeout=1s"]) as server:
            with contextlib.closing(connect(server, "root@sys")) as root:
                for number in 1, 3:
                    query(root, "CREATE RESOURCE UNIT u%d MAX_CPU 1, MEMORY_SIZE '1G'" % number)
                    query(root, "CREATE RESOURCE POOL p%d UNIT 'u%d', UNIT_NUM 1" % (number, number))
                    query(root, "CREATE TENANT t%d RESOURCE_POOL_LIST = ('p%d') SET ob_tcp_invited_nodes = '%%'"
                          % (number, number))
                query(root, "CREATE USER other")
                query(root, "GRANT ALL PRIVILEGES ON *.* TO other")
                with contextlib.closing(connect(server, "root@t1")) as owner:
                    query(owner, "CREATE USER low")
                attacks(server, root, options.slow, options.only, options.share)
                sleeping(server, root)
                ended(server, root)
                rights(server)
                shares(server, root, options.slow)
                transactions(server, root, options.slow)
                late = Attacker(server, LOW, sends("SELECT SLEEP(3600)"))
                late.over.set()
                begin = time.monotonic()
            server.stop()
            assert time.monotonic() - begin < 8 * options.slow, "the server's end took %.1f s" % (time.monotonic() - begin)
            late.thread.join()
    print("budgets: ok")


if __name__ == "__main__":
    main()
