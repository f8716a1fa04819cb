#!/usr/bin/python3
"""Prepared statements on the wire: what each command answers, packet by packet.

    prepared.py --server PROGRAM
"""

import argparse
import datetime
import os
import struct
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
import wire  # noqa: E402
from harness.expect import expect  # noqa: E402
from harness.server import Server, wait_until  # noqa: E402
from wire import CURSOR_EXISTS, LAST_ROW_SENT, Failure, Wire  # noqa: E402

TENANTS = 6
CANARY = "CANARY-prepared-5e1f"


def refused(errno, text, action, *args):
    try:
        action(*args)
    except Failure as failure:
        expect((failure.errno, failure.text), (errno, text), "the error")
        return
    raise AssertionError("no error %d: %s" % (errno, text))


def one(client, sql, *values):
    statement = client.prepare(sql)
    rows = statement.execute(*values)
    statement.close()
    expect(len(rows), 1, sql)
    return rows[0]


def values_and_types(client):
    moment, day = datetime.datetime(2024, 2, 29, 23, 59, 58, 123456), datetime.date(2024, 2, 29)
    span = datetime.timedelta(hours=-30, minutes=-1)
    expect(one(client, "SELECT ?, ?, ?, ?", 7, -7, 2 ** 64 - 1, 1.5), (7, -7, 2 ** 64 - 1, 1.5))
    expect(one(client, "SELECT ? + 1, CONCAT(?, 'x'), ?", 41, "a", None), (42, "ax", None))
    expect(one(client, "SELECT CAST(? AS DATETIME(6)), CAST(? AS DATE), CAST(? AS TIME)", moment, day, span),
           (moment, day, span))
    expect(one(client, "SELECT ?, ?, ?", moment, day, span), (moment, day, span), "values come back with their own types")
    whole = moment.replace(microsecond=0)
    expect(one(client, "SELECT ?, CONCAT(?), ? > ?, ? = ?", whole, whole, whole, "2024-02-29T00:00:00Z", day, whole),
           (whole, "2024-02-29 23:59:58", 1, 0))
    expect(one(client, "SELECT COUNT(*) > 0 FROM DBA_OB_TENANTS WHERE CREATE_TIME > ? AND MODIFY_TIME > ?", whole, day), (1,))
    expect(one(client, "SELECT ? + 0, CAST(? AS DECIMAL(10,3))", Decimal("1.25"), Decimal("-7.5")),
           (Decimal("1.25"), Decimal("-7.500")), "decimals")
    narrow = [((wire.TINY, 0, b"\xff"), -1), ((wire.TINY, 0x80, b"\xff"), 255), ((wire.SHORT, 0, b"\xfe\xff"), -2),
              ((wire.LONG, 0x80, b"\xff" * 4), 2 ** 32 - 1), ((wire.FLOAT, 0, struct.pack("<f", 0.5)), 0.5)]
    for sent, meant in narrow:
        expect(one(client, "SELECT ?", sent), (meant,))
    # The columns of a view: BIGINT, VARCHAR, LONGTEXT, TIMESTAMP(6).
    statement = client.prepare("SELECT TENANT_ID, TENANT_NAME, CREATE_TIME FROM DBA_OB_TENANTS WHERE TENANT_ID = ?")
    expect([c.name for c in statement.columns], ["TENANT_ID", "TENANT_NAME", "CREATE_TIME"])
    expect([(p.name, p.type) for p in statement.parameters], [("?", wire.VAR_STRING)])
    for value in 1, "1", 1.0, Decimal(1):
        rows = statement.execute(value)
        expect((len(rows), rows[0][:2]), (1, (1, "sys")), repr(value))
        expect(rows[0][2].date().year >= 2024, True)
    text = client.query("SELECT TENANT_ID, TENANT_NAME, CREATE_TIME FROM DBA_OB_TENANTS WHERE TENANT_ID = 1")[0]
    expect((str(rows[0][0]), rows[0][1], rows[0][2].isoformat(" ", "microseconds")), text, "text and binary agree")
    expect(statement.execute(None), [], "= NULL")
    expect((len(statement.execute(1)), len(statement.execute(1, new_types=False))), (1, 1), "the types of before")
    statement.close()


def where_values_stand(client):
    rows = client.prepare("SELECT TENANT_ID FROM DBA_OB_TENANTS ORDER BY 1 LIMIT ?, ?")
    expect(len(rows.execute(0, 5)), 5)
    expect(rows.execute("1", 1.0), [(1001,)], "LIMIT takes what is a number")
    likes = client.prepare("SELECT COUNT(*) FROM DBA_OB_TENANTS WHERE TENANT_NAME LIKE ? AND TENANT_ID IN (?, ?, ?)")
    expect(likes.execute("p%", 1, 1002, 1004), [(2,)])
    expect(client.prepare("SHOW VARIABLES WHERE Variable_name = ?").execute("autocommit"), [("autocommit", "ON")])
    expect(client.prepare("SET @a = ?, @b = ?").execute("x", -5), None)
    expect(client.query("SELECT @a, @b"), [("x", "-5")])
    expect(client.prepare("SELECT @a").execute(), [("x",)], "user variables are read anew")
    client.query("SET @a = 5")
    expect(one(client, "SELECT @a + ?", 1), (6,))
    expect(client.prepare("SET SESSION wait_timeout = ?").execute(777.0), None)
    expect(client.query("SELECT @@wait_timeout"), [("777",)])
    try:
        client.prepare("CREATE USER u IDENTIFIED BY ?")
        raise AssertionError("a parameter as a password")
    except Failure as failure:
        expect(failure.errno, 1064, "as in MySQL")


def secrets(client, server, directory):
    """A destination and a password as parameters: set, and seen nowhere."""
    tenant = client.query("SELECT TENANT_NAME FROM DBA_OB_TENANTS WHERE TENANT_ID = 1002")[0][0]
    path = os.path.join(directory, "data")
    os.makedirs(path)
    os.chmod(path, 0o777)
    place = "file://" + path
    setting = client.prepare("ALTER SYSTEM SET DATA_BACKUP_DEST = ? TENANT = %s" % tenant)
    expect((len(setting.parameters), len(setting.columns)), (1, 0))
    expect(setting.execute(place), None)
    expect(client.query("SELECT VALUE FROM CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = 1002"), [(place,)])
    expect(setting.execute(place), None, "again")
    setting.send_ahead(0, place[:10].encode())
    setting.send_ahead(0, place[10:].encode())
    expect(setting.execute(...), None, "sent in pieces")
    bad = "oss://bucket/dir?host=h.example&access_id=i&access_key=%s&no_such=1" % CANARY
    try:
        setting.execute(bad)
        raise AssertionError("a bad destination")
    except Failure as failure:
        expect(CANARY in failure.text, False, failure.text)
    try:
        setting.execute(None)
        raise AssertionError("NULL as a destination")
    except Failure as failure:
        expect(failure.errno, 9026)
    expect(setting.execute(""), None, "an empty one clears")
    changing = client.prepare("ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = ? SET ACCESS_INFO = ? ATTRIBUTE = ?")
    expect(len(changing.parameters), 3)
    try:
        changing.execute("oss://b/p", "access_id=i&access_key=" + CANARY, "max_iops=1")
        raise AssertionError("keys of a destination that isn't there")
    except Failure as failure:
        expect(failure.errno in (1235, 4016), True, failure.text)
        expect(CANARY in failure.text, False, failure.text)
    adopting = client.prepare("ALTER SYSTEM ADOPT BACKUP DESTINATION ? TENANT = %s" % tenant)
    expect(adopting.execute(place), None, "adopts what is known")
    try:
        adopting.execute(bad)
        raise AssertionError("a bad destination is adopted")
    except Failure as failure:
        expect(CANARY in failure.text, False, failure.text)
    leaving = client.prepare("ALTER SYSTEM RELEASE BACKUP DESTINATION ? TENANT = %s" % tenant)
    expect(leaving.execute(place), None, "gives it up")
    expect(os.path.exists(path), False, "the directory is left")
    keys = client.prepare("ALTER SYSTEM BACKUP KEY TENANT = %s TO ? ENCRYPTED BY ?" % tenant)
    expect(len(keys.parameters), 2)
    try:
        keys.execute("file://" + os.path.join(directory, "keys"), CANARY)
    except Failure as failure:
        expect(CANARY in failure.text, False, failure.text)
    wait_until(lambda: "ENCRYPTED BY ?" in server.log(), 60, "the log shows the statement with its placeholders")
    seen = repr(client.query("SHOW WARNINGS")) + repr(client.query("SHOW FULL PROCESSLIST")) + server.log()
    expect(CANARY in seen, False, "the canary was shown")


def names(client, directory):
    """Names and ids are bound as strings or numbers; the text is the name, whatever characters it has."""
    def run(sql, *values):
        statement = client.prepare(sql)
        expect(len(statement.parameters), len(values), sql)
        try:
            return statement.execute(*values)
        except Failure as failure:
            return failure.errno
        finally:
            statement.close()

    expect(run("CREATE RESOURCE UNIT ? MAX_CPU ?, MEMORY_SIZE ?", "bound", 1, "1G"), None)
    expect(run("CREATE RESOURCE POOL ? UNIT = ?, UNIT_NUM = ?", "pool", "bound", 1), None)
    expect(run("CREATE TENANT IF NOT EXISTS ? IDENTIFIED BY ? RESOURCE_POOL_LIST = (?) SET ob_tcp_invited_nodes = ?",
               "of bound `values`", CANARY, "pool", "%"), None)
    expect(run("CREATE TENANT ?", "of bound `values`"), 5156, "it exists")
    for wrong in "", None, "x" * 5000:
        expect(run("CREATE TENANT ?", wrong), 1210 if not wrong else 1059, wrong)
        expect(run("DROP TENANT ?", wrong), 5157, wrong)
    number = client.query("SELECT TENANT_ID FROM DBA_OB_TENANTS WHERE TENANT_NAME = 'of bound `values`'")[0][0]
    expect(run("ALTER TENANT ? RENAME GLOBAL_NAME TO ?", "of bound `values`", "renamed"), None)
    place = "file://" + os.path.join(directory, "checked")
    os.mkdir(place[7:], mode=0o777)
    os.chmod(place[7:], 0o777)
    rows = run("ALTER SYSTEM CHECK BACKUP DESTINATION ? TENANT = ?", place, "renamed")
    expect([row[1] for row in rows], ["YES"] * len(rows), rows)
    expect(rows[0][0], "path")
    expect(run("ALTER SYSTEM SET ha_low_thread_score = ? TENANT = ?", 3, "renamed"), None)
    expect(run("ALTER SYSTEM ADD DELETE BACKUP POLICY ? RECOVERY_WINDOW ? TENANT ?", "default", "7d", "renamed"), None)
    expect(run("ALTER SYSTEM DROP DELETE BACKUP POLICY ? TENANT ?", "default", "renamed"), None)
    expect(run("SHOW PARAMETERS LIKE 'ha_low_thread_score' TENANT = ?", "renamed")[0][6], "3")
    expect(run("ALTER SYSTEM CHANGE TENANT TENANT_ID = ?", "12x"), 1064)
    for one in int(number), number:
        expect(run("ALTER SYSTEM FORGET KEY TENANT_ID = ?", one) is None, False, "a tenant that is there keeps its keys")
    expect(run("DROP TENANT ? FORCE", "renamed"), None)
    expect(run("DROP RESOURCE POOL ?", "pool"), None)
    expect(run("DROP RESOURCE UNIT ?", "bound"), None)


def cursors(client):
    other = client.prepare("SELECT 1")
    listing = client.prepare("SELECT TENANT_ID FROM DBA_OB_TENANTS WHERE TENANT_ID >= ? ORDER BY 1")
    whole = listing.execute(0)
    expect(bool(listing.open(0) & CURSOR_EXISTS), True)
    rows, status = listing.fetch(3)
    expect((rows, bool(status & CURSOR_EXISTS), bool(status & LAST_ROW_SENT)), (whole[:3], True, False))
    expect(other.execute(), [(1,)], "other statements run meanwhile")
    client.query("SELECT 2")
    client.query("CREATE TENANT between_two_fetches")
    rest, status = listing.fetch(1_000_000)
    expect((whole[:3] + rest, bool(status & LAST_ROW_SENT)), (whole, True), "a cursor sees one state")
    refused(1421, "The statement (%d) has no open cursor." % listing.id, listing.fetch, 1)
    listing.open(2 ** 62)
    expect(listing.fetch(1)[0], [], "no rows")
    listing.open(0)
    listing.reset()
    refused(1421, "The statement (%d) has no open cursor." % listing.id, listing.fetch, 1)
    # Longer than what is sent at once.
    wide = client.prepare("SELECT RPAD('x', 30000, 'y'), TENANT_ID FROM DBA_OB_TENANTS")
    wide.open()
    rows, status = wide.fetch(2 ** 32 - 1)
    expect((len(rows), bool(status & LAST_ROW_SENT)), (len(whole) + 2, True))
    expect(client.prepare("SET @x = 1").execute(), None)


def without_eof(server):
    """A cursor for a client of DEPRECATE_EOF: its OK, as an EOF has it, behind the columns and behind each fetch."""
    client = Wire(server, flags=wire.DEPRECATE_EOF)
    listing = client.prepare("SELECT TENANT_ID FROM DBA_OB_TENANTS WHERE TENANT_ID >= ? ORDER BY 1")
    whole = listing.execute(0)
    expect((listing.status & (CURSOR_EXISTS | LAST_ROW_SENT), client.query("SELECT 'text'")), (0, [("text",)]))
    expect(listing.open(0) & (CURSOR_EXISTS | LAST_ROW_SENT), CURSOR_EXISTS)
    rows, status = listing.fetch(3)
    expect((rows, status & (CURSOR_EXISTS | LAST_ROW_SENT)), (whole[:3], CURSOR_EXISTS))
    rest, status = listing.fetch(1000)
    expect((rest, bool(status & LAST_ROW_SENT)), (whole[3:], True))
    refused(1421, "The statement (%d) has no open cursor." % listing.id, listing.fetch, 1)
    expect(client.query("SELECT 1"), [("1",)])
    client.close()


def errors(client):
    refused(1243, "Unknown prepared statement handler (99) given to mysqld_stmt_execute", client.answer,
            wire.STMT_EXECUTE, struct.pack("<IBI", 99, 0, 1))
    refused(1243, "Unknown prepared statement handler (99) given to mysqld_stmt_fetch", client.answer,
            wire.STMT_FETCH, struct.pack("<II", 99, 1))
    refused(1243, "Unknown prepared statement handler (99) given to mysqld_stmt_reset", client.answer,
            wire.STMT_RESET, struct.pack("<I", 99))
    client.send(wire.STMT_CLOSE, struct.pack("<I", 99))
    client.send(wire.STMT_SEND_LONG_DATA, struct.pack("<IH", 99, 0) + b"x")
    client.ok(wire.PING)
    statement = client.prepare("SELECT ?")
    wrong = "Incorrect arguments to mysqld_stmt_execute"
    refused(1210, wrong, statement.execute)
    whole = statement.body(("text",))
    for size in range(9, len(whole)):
        refused(1210, wrong, client.answer, wire.STMT_EXECUTE, whole[:size])
    statement.send_ahead(1, b"x")
    refused(1210, "Incorrect arguments to mysqld_stmt_send_long_data", statement.execute, "a")
    expect(statement.execute("a"), [("a",)], "the error is told once")
    statement.send_ahead(0, b"long")
    statement.reset()
    expect(statement.execute("short"), [("short",)])
    statement.close()
    refused(1243, "Unknown prepared statement handler (%d) given to mysqld_stmt_execute" % statement.id,
            statement.execute, 1)
    for sql, errno in (("SELECT nothing", 1054), ("SELECT * FROM nothing", 1146), ("SELEC", 1064), ("", 1065),
                       ("INSERT INTO t VALUES (1)", 1235), ("SELECT 1; SELECT 2", 1149)):
        try:
            client.prepare(sql)
            raise AssertionError(sql)
        except Failure as failure:
            expect(failure.errno, errno, sql)


def texts(client):
    """PREPARE as text: what a client may choose is bounded, and nothing stays of what is closed."""
    refused(1059, "Identifier name '%s' is too long" % ("n" * 128), client.query, "PREPARE %s FROM 'SELECT 1'" % ("n" * 129))
    first = client.prepare("SELECT 1")
    for number in range(3):
        client.query("PREPARE s FROM 'SELECT %d'" % number)
    client.send(wire.STMT_CLOSE, struct.pack("<I", first.id + 3))    # by its number
    refused(1243, "Unknown prepared statement handler (s) given to EXECUTE", client.query, "EXECUTE s")
    first.close()
    client.query("SET @large = REPEAT('x', 900000)")
    client.query("PREPARE l FROM 'SELECT LENGTH(?)'")
    expect(client.query("EXECUTE l USING @large"), [("900000",)])
    refused(1210, "Incorrect arguments to EXECUTE", client.query, "EXECUTE l USING " + ", ".join(["@large"] * 60000))
    client.query("PREPARE l FROM 'SELECT " + ", ".join(["LENGTH(?)"] * 1000) + "'")
    try:
        client.query("EXECUTE l USING " + ", ".join(["@large"] * 1000))
        raise AssertionError("1.8 GB of values")
    except Failure as failure:
        expect(failure.errno, 1037, failure.text)
    expect(client.query("EXECUTE l USING " + ", ".join(["@nothing"] * 1000)), [(None,) * 1000], "and it goes on")
    client.query("DEALLOCATE PREPARE l")


def limits(client):
    client.ok(wire.RESET_CONNECTION)
    open_ones = [client.prepare("SELECT 1") for _ in range(10)]
    try:
        client.query("ALTER SYSTEM CHANGE TENANT TENANT_ID = 1002")
        raise AssertionError("a change of tenant with prepared statements open")
    except Failure as failure:
        expect(failure.errno, 4179)
    client.query("SET GLOBAL max_prepared_stmt_count = %d" % len(open_ones))
    try:
        refused(1461, "Can't create more than max_prepared_stmt_count statements (current value: 10)",
                client.prepare, "SELECT 1")
        open_ones.pop().close()
        client.prepare("SELECT 1").close()
    finally:
        client.query("SET GLOBAL max_prepared_stmt_count = 16382")
    client.ok(wire.RESET_CONNECTION)
    for statement in open_ones:
        try:
            statement.execute()
            raise AssertionError("a statement survived COM_RESET_CONNECTION")
        except Failure as failure:
            expect(failure.errno, 1243)
    client.query("ALTER SYSTEM CHANGE TENANT TENANT_ID = 1002")
    client.ok(wire.RESET_CONNECTION)
    many = client.prepare("SELECT 1999 IN (" + ",".join("?" * 2000) + ")")
    expect((many.execute(*range(2000)), many.execute(*range(1, 1999), 0, 0)), ([(1,)], [(0,)]))
    try:
        client.prepare("SELECT ? IN (" + ",".join("?" * 66_000) + ")")
        raise AssertionError("66,000 parameters")
    except Failure as failure:
        expect(failure.errno, 1390)


def long_values(client):
    size = 20 << 20
    statement = client.prepare("SELECT LENGTH(?), ?")
    rows = statement.execute("x" * size, "y" * size)
    expect((rows[0][0], len(rows[0][1])), (size, size), "a packet of 40 MiB, a row of 20 MiB")
    for _ in range(5):
        statement.send_ahead(0, b"z" * (15 << 20))
    refused(1105, "Parameter of prepared statement which is set through mysql_send_long_data() is longer than "
            "'max_allowed_packet' bytes", statement.execute, ..., "y")
    statement.send_ahead(0, b"z" * 1000)
    expect(statement.execute(..., "y"), [(1000, "y")])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    program = parser.parse_args().server
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o777)
        with Server(program, os.path.join(directory, "server"), ["--set", "log_level=debug", "--set", "statement_memory=512m", "--set", "server_memory=1g",
                    "--set", "max_allowed_packet=67108864"]) as server:
            client = Wire(server)
            client.query("SET ob_query_timeout = 600000000")
            for number in range(TENANTS):
                client.query("CREATE TENANT p%d" % number)
            values_and_types(client)
            where_values_stand(client)
            secrets(client, server, directory)
            names(client, directory)
            cursors(client)
            without_eof(server)
            errors(client)
            texts(client)
            limits(client)
            long_values(client)
            client.close()


if __name__ == "__main__":
    main()
