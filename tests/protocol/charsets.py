#!/usr/bin/python3
"""SET NAMES: what a client sends and gets is in its character set, by text and by prepared statements, whatever it is inside.

    charsets.py --server PROGRAM
"""

import argparse
import contextlib
import os
import sys
import tempfile
from pathlib import Path

import pymysql

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
from harness.expect import expect  # noqa: E402
from harness.packets import packed  # noqa: E402
from harness.server import Server  # noqa: E402
from wire import BLOB, QUERY, VAR_STRING, Failure, Wire  # noqa: E402

# The character set, what Python calls it, its collation's number, texts of it, and one that it hasn't.
CHARSETS = (("gbk", "gbk", 28, ("备份", "乗'\\", "a"), "𠀀"), ("gb18030", "gb18030", 248, ("备份𠀀", "ä", "乗"), None),
            ("latin1", "cp1252", 8, ("äöü€", "é'"), "备"), ("ascii", "ascii", 11, ("plain", ""), "ä"))


def quoted(text):
    return "'%s'" % text.replace("\\", "\\\\").replace("'", "''")


def ask(connection, sql):
    """The rows, or the error, of what is sent as it is."""
    try:
        connection._execute_command(3, sql)  # pylint: disable=protected-access
        connection._read_query_result()  # pylint: disable=protected-access
        return connection._result  # pylint: disable=protected-access
    except pymysql.MySQLError as error:
        return error


def by_text(server):
    for charset, codec, number, texts, foreign in CHARSETS:
        with contextlib.closing(server.connect()) as connection:
            ask(connection, b"SET NAMES " + charset.encode())
            connection.encoding = codec
            for text in texts:
                result = ask(connection, ("SELECT %s AS %s, HEX(%s)" % (quoted(text), "`" + text.replace("'", "") + "x`",
                                                                       quoted(text))).encode(codec))
                expect(result.rows, ((text, text.encode().hex().upper()),), charset)
                expect(result.fields[0].name, text.replace("'", "") + "x", "a label in " + charset)
                expect(result.fields[0].charsetnr, number, "the collation of a column in " + charset)
            if foreign:
                result = ask(connection, b"SELECT CONVERT(0x%s USING utf8mb4)" % foreign.encode().hex().encode())
                expect(result.rows[0][0], "?", "what %s hasn't" % charset)
            result = ask(connection, b"SELECT 0xE4FF, _binary 0x80")
            expect(result.rows, ((b"\xe4\xff", b"\x80"),), "bytes in " + charset)
            failed = ask(connection, ("SELECT nothing FROM (SELECT 1 %s) t" % ("`" + texts[0] + "`")).encode(codec))
            expect(failed.args[0], 1054, charset)


def not_of_the_charset(server):
    for charset, wrong in (("ascii", b"\xe4"), ("gbk", b"\x81"), ("gbk", b"\xff"), ("gb18030", b"\x81\x30"), ("latin1", b"\x81")):
        with contextlib.closing(server.connect()) as connection:
            ask(connection, b"SET NAMES " + charset.encode())
            failed = ask(connection, b"SELECT '" + wrong + b"'")
            expect(failed.args[0], 1300, "%s in %s" % (wrong, charset))
            failed = ask(connection, b"CREATE TENANT t" + wrong)
            expect(failed.args[0], 1300, "a name %s in %s" % (wrong, charset))
            expect(ask(connection, b"SELECT 1").rows[0][0], 1, "afterwards")
    with contextlib.closing(server.connect()) as connection:
        connection.encoding = "latin1"
        for sql in (b"SELECT '\xff'", b"SELECT _utf8mb4 0xFF", b"SELECT CONVERT(0xFF USING utf8mb4)"):
            expect(ask(connection, sql).rows, (("?",),), "what is no UTF-8 leaves as none: %s" % sql)
        expect(ask(connection, b"SELECT 0xFF").rows, ((b"\xff",),), "bytes")


def by_variables(server):
    with contextlib.closing(server.connect()) as connection:
        ask(connection, b"SET character_set_client = 'gb18030', character_set_results = 'latin1'")
        connection.encoding = "latin1"
        expect(ask(connection, "SELECT 'ä备'".encode("gb18030")).rows, (("ä?",),), "each way by its own")
        ask(connection, b"SET character_set_results = NULL")
        connection.encoding = "utf8"
        expect(ask(connection, "SELECT 'ä备'".encode("gb18030")).rows, (("ä备",),), "NULL converts nothing")
        expect(ask(connection, b"SET NAMES koi8r").args[0], 1115, "one that isn't known")
        ask(connection, b"SET NAMES gbk")
        connection.encoding = "gbk"
        expect(ask(connection, "SELECT '备'".encode("gbk")).rows, (("备",),), "again")
        expect(ask(connection, "CREATE TENANT `备`".encode("gbk")).affected_rows, 0, "a name")
        ask(connection, b"SET NAMES utf8mb4")
        connection.encoding = "utf8"
        rows = ask(connection, b"SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_TYPE = 'USER'").rows
        expect(rows, (("备",),), "is UTF-8 inside")


def prepared(server):
    """A bound text is converted, bytes aren't; the answer is binary rows, also by a cursor."""
    for charset, codec, _, texts, _ in CHARSETS:
        with contextlib.closing(Wire(server)) as client:
            client.query("SET NAMES " + charset)
            client.codec = codec
            client.send(QUERY, ("SELECT `%sx`" % texts[0]).encode(codec))
            failed = client.packet()
            expect((failed[:1], ("'%sx'" % texts[0]).encode(codec) in failed), (b"\xff", True), "an error in " + charset)
            statement = client.prepare("SELECT HEX(?), ?, ?")
            for text in texts:
                sent = text.encode(codec)
                wanted = [(text.encode().hex().upper(), text, sent)]
                values = sent, sent, (BLOB, 0, packed(sent))
                expect(statement.execute(*values), wanted, "%s bound in %s" % (text, charset))
                statement.open(*values)
                expect(statement.fetch(5)[0], wanted, "%s fetched in %s" % (text, charset))
                statement.send_ahead(0, sent)
                statement.send_ahead(1, sent)
                text_ahead = (VAR_STRING, 0, b"")
                expect(statement.execute(text_ahead, text_ahead, values[2]), wanted, "%s sent ahead in %s" % (text, charset))
            if charset == "gbk":
                try:
                    statement.execute(b"\x81", b"", b"")
                    raise AssertionError("half a character is bound")
                except Failure as failure:
                    expect(failure.errno, 1300, "half a character")
            expect(client.prepare("SELECT CONCAT('%s', ?)" % "x").execute(b"y"), [("xy",)], "afterwards")


def after_the_session(server):
    """What the connection itself says when the session has begun anew in between."""
    for again in (b"\x1f", b"\x11nobody\0\0oceanbase\0"):
        with contextlib.closing(Wire(server)) as client:
            client.query("SET NAMES gbk")
            client.send(again[0], again[1:])
            client.packet()
            client.send(0x50)
            try:
                first = client.packet()
            except (OSError, EOFError, pymysql.MySQLError, AssertionError):
                continue        # a wrong login has ended the connection
            expect(first[:1], b"\xff", "an unknown command after %s" % again)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    program = parser.parse_args().server
    with tempfile.TemporaryDirectory() as directory:
        with Server(program, os.path.join(directory, "data")) as server:
            by_text(server)
            not_of_the_charset(server)
            by_variables(server)
            prepared(server)
            after_the_session(server)
            expect(server.connect().ping(), None, "the server is there")


if __name__ == "__main__":
    main()
