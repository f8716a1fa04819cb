#!/usr/bin/python3
"""What a client can ask to be told beside its answers, or not to be told: SESSION_TRACK, OPTIONAL_RESULTSET_METADATA.

    session_changes.py --server PROGRAM
"""

import argparse
import os
import struct
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
import wire  # noqa: E402
from harness.expect import expect  # noqa: E402
from harness.packets import lenenc, text, texts  # noqa: E402
from harness.server import Server  # noqa: E402
from wire import DEPRECATE_EOF, Wire  # noqa: E402

MULTI_STATEMENTS, SESSION_TRACK, OPTIONAL_METADATA = 1 << 16, 1 << 23, 1 << 25
MORE_RESULTS, SESSION_STATE_CHANGED = 0x0008, 0x4000
VARIABLE, SCHEMA, STATE, TRANSACTION = 0, 1, 2, 5


def told_by(packet):
    """The changes in an OK packet, or in the OK that ends rows."""
    affected, at = lenenc(packet, 1)
    _, at = lenenc(packet, at)
    status = struct.unpack_from("<H", packet, at)[0]
    if not status & SESSION_STATE_CHANGED:
        expect((affected, packet[at + 4:]), (0, b""))
        return []
    info, at = text(packet, at + 4)
    told, at = text(packet, at)
    expect((info, at), (b"", len(packet)))
    found, at = [], 0
    while at < len(told):
        kind, (data, at) = told[at], text(told, at + 1)
        found.append((kind, data.decode()) if kind == STATE else (kind, *texts(data)))
    return found


def changes(client, sql):
    return told_by(client.ok(wire.QUERY, sql))


def changes_after_rows(client, sql):
    """Of a query that gives one column; both sides have DEPRECATE_EOF."""
    expect(client.answer(wire.QUERY, sql), b"\1", sql)
    client.packet()
    while True:
        packet = client.packet()
        if packet[:1] == b"\xfe":
            return told_by(packet)


def variables_and_schema(server):
    client = Wire(server, flags=SESSION_TRACK)
    expect(changes(client, b"SET time_zone = '+01:00', sql_safe_updates = 1"), [(VARIABLE, "time_zone", "+01:00")])
    expect(changes(client, b"SET sql_safe_updates = 0"), [])
    expect(changes(client, b"SET NAMES latin1"), [(VARIABLE, name, "latin1") for name in (
        "character_set_client", "character_set_results", "character_set_connection")])
    expect(changes(client, b"USE mysql"), [(SCHEMA, "mysql")])
    expect(changes(client, b"SET session_track_system_variables = '*', session_track_schema = OFF")[0][1:],
           ("session_track_system_variables", "*"))
    expect(changes(client, b"SET autocommit = 1, autocommit = 0, @a = 1"), [(VARIABLE, "autocommit", "OFF")])
    expect(changes(client, b"USE oceanbase"), [])
    expect(changes(client, b"SET session_track_system_variables = ''"), [])
    expect(changes(client, b"SET autocommit = 1"), [])
    client.close()
    client = Wire(server)
    expect(changes(client, b"SET autocommit = 1"), [], "a client that didn't ask")
    client.close()


def state(server):
    client = Wire(server, flags=SESSION_TRACK)
    client.ok(wire.QUERY, b"SET session_track_system_variables = '', session_track_schema = OFF")
    expect(changes(client, b"SET @a = 1"), [], "nobody asked for it")
    expect(changes(client, b"SET session_track_state_change = ON"), [], "its own switch is no news")
    for sql in b"SET @b = 2", b"SET sql_safe_updates = 1", b"USE mysql":
        expect(changes(client, sql), [(STATE, "1")], sql)
    expect(changes(client, b"BEGIN"), [])
    expect(changes(client, b"COMMIT"), [])
    client.close()


def transaction(server):
    client = Wire(server, flags=SESSION_TRACK | DEPRECATE_EOF)
    expect(changes(client, b"BEGIN"), [], "nobody asked for it")
    expect(changes(client, b"COMMIT"), [])
    client.ok(wire.QUERY, b"SET session_track_transaction_info = STATE")
    expect(changes(client, b"BEGIN"), [(TRANSACTION, "T_______")])
    expect(changes(client, b"BEGIN"), [])
    expect(changes_after_rows(client, b"SELECT 1"), [(TRANSACTION, "T_____S_")])
    expect(changes_after_rows(client, b"SHOW DATABASES"), [])
    expect(changes(client, b"ROLLBACK"), [(TRANSACTION, "________")])
    expect(changes(client, b"ROLLBACK"), [])
    expect(changes_after_rows(client, b"SELECT 1"), [])
    client.ok(wire.QUERY, b"BEGIN")
    client.ok(wire.RESET_CONNECTION)
    client.ok(wire.QUERY, b"SET session_track_transaction_info = STATE")
    expect(changes(client, b"BEGIN"), [(TRANSACTION, "T_______")], "as after login")
    client.close()


def optional_metadata(server):
    client = Wire(server, flags=OPTIONAL_METADATA | DEPRECATE_EOF | MULTI_STATEMENTS)
    expect(client.answer(wire.QUERY, b"SELECT 7 AS seven"), b"\1\1")
    expect(wire.Column(client.packet()).name, "seven")
    expect(texts(client.packet()), ["7"])
    expect(client.packet()[:1], b"\xfe")
    expect(client.answer(wire.STMT_PREPARE, b"SELECT ?")[-1:], b"\1")
    expect([wire.Column(client.packet()).name for _ in range(2)], ["?", "?"])

    first = client.ok(wire.QUERY, b"SET resultset_metadata = NONE; SELECT 7 AS seven, 8")
    expect(struct.unpack_from("<H", first, 3)[0] & MORE_RESULTS, MORE_RESULTS)
    expect(client.packet(), b"\0\2", "the next of several statements")
    expect(texts(client.packet()), ["7", "8"])
    expect(client.packet()[:1], b"\xfe")
    prepared = client.answer(wire.STMT_PREPARE, b"SELECT 'text'")
    expect(prepared[-1:], b"\0")
    expect(client.answer(wire.STMT_EXECUTE, prepared[1:5] + b"\0\1\0\0\0"), b"\0\1")
    expect(client.packet(), b"\0\0\4text")
    expect(client.packet()[:1], b"\xfe")
    client.ok(wire.RESET_CONNECTION)
    expect(client.answer(wire.QUERY, b"SELECT 1"), b"\1\1", "as after login")
    client.close()

    client = Wire(server)
    client.ok(wire.QUERY, b"SET resultset_metadata = NONE")
    expect((client.query("SELECT 1 AS one"), client.columns[0].name), ([("1",)], "one"), "a client that didn't ask")
    client.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    program = parser.parse_args().server
    with tempfile.TemporaryDirectory() as directory, Server(program, os.path.join(directory, "server")) as server:
        variables_and_schema(server)
        state(server)
        transaction(server)
        optional_metadata(server)


if __name__ == "__main__":
    main()
