#!/usr/bin/python3
"""Every command of the protocol, whole, cut short and unknown: the answer, and that the connection goes on.

    commands.py --server PROGRAM
"""

import argparse
import os
import struct
import sys
import tempfile
import threading
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
import wire  # noqa: E402
from harness.expect import expect  # noqa: E402
from harness.packets import lenenc, packed  # noqa: E402
from harness.server import Server, any_server, wait_until  # noqa: E402
from wire import Failure, Wire  # noqa: E402

MULTI_STATEMENTS = 1 << 16
QUIT, CHANGE_USER = 0x01, 0x11
SERVED = {QUIT, wire.INIT_DB, wire.QUERY, wire.FIELD_LIST, wire.STATISTICS, wire.PROCESS_INFO, wire.PROCESS_KILL,
          wire.DEBUG, wire.PING, CHANGE_USER, *range(wire.STMT_PREPARE, wire.STMT_FETCH + 1), wire.RESET_CONNECTION}


def errno_of(action, *args):
    try:
        action(*args)
    except Failure as failure:
        return failure.errno
    return 0


def unknown_commands(client):
    for code in set(range(256)) - SERVED:
        for body in b"", b"\0" * 8:
            expect(errno_of(client.answer, code, body), 1047, "command %#x" % code)
            client.ok(wire.PING)
    client.connection._sock.sendall(b"\0\0\0\0")      # a packet of no bytes
    client.sequence = 1
    expect(client.packet()[1:3], struct.pack("<H", 1047))
    client.ok(wire.PING)


def in_other_states(server):
    """Over TLS, and with a cursor open."""
    encrypted = Wire(server, ssl=any_server())
    expect(encrypted.query("SHOW STATUS LIKE 'Ssl_version'")[0][1][:3], "TLS")
    fetching = Wire(server)
    cursor = fetching.prepare("SELECT TENANT_ID FROM DBA_OB_TENANTS ORDER BY 1")
    cursor.open()
    for client in encrypted, fetching:
        unknown_commands(client)
        prefixes(client)
    expect(cursor.fetch(1)[0], [(1,)], "the cursor is still open")
    for client in encrypted, fetching:
        client.close()


def change_user(server):
    """Its prefixes, whole packets that end nowhere, and the bound on all of them."""
    body = (b"small@sys\0" + b"\x14" + b"\1" * 20 + b"oceanbase\0" + b"\x2d\0" + b"mysql_native_password\0"
            + packed(packed(b"_client_name") + packed(b"test")))
    for size in range(len(body) + 1):
        client = Wire(server)
        client.send(CHANGE_USER, body[:size])
        answer = client.packet()
        expect(answer[0] in (0xFE, 0xFF), True, "%d bytes: %r" % (size, answer))
        client.connection._force_close()
    client = Wire(server)
    client.sequence = 0
    fragment = b"\xff\xff\xff" + b"%c" + bytes([CHANGE_USER]) + b"x" * 0xFFFFFE
    errno = 0
    for number in range(8):
        try:
            client.connection._sock.sendall(fragment % number)
        except OSError:
            break
    while not errno:
        header = client.exactly(4)
        payload = client.exactly(int.from_bytes(header[:3], "little"))
        expect(payload[0], 0xFF)
        errno = struct.unpack_from("<H", payload, 1)[0]
    expect(errno, 1153)
    client.connection._force_close()


def simple_commands(client):
    for name in b"oceanbase", b"information_schema", b"mysql":
        client.ok(wire.INIT_DB, name)
        expect(client.query("SELECT DATABASE()"), [(name.decode(),)])
    expect(errno_of(client.answer, wire.INIT_DB, b"select"), 1049, "a reserved word is a name")
    client.ok(wire.INIT_DB, b"oceanbase")
    expect(client.answer(wire.STATISTICS).startswith(b"Uptime: "), True)
    expect(client.answer(wire.DEBUG)[:1], b"\xfe")
    expect(errno_of(client.query, "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE t"), 1235, "an error, no request")
    client.ok(wire.QUERY, b"SET @a = 1\0")
    client.ok(wire.RESET_CONNECTION)
    expect(client.query("SELECT @a"), [(None,)])
    first = client.answer(wire.PROCESS_INFO)
    client.definitions(first[0])
    rows = 0
    while client.packet()[:1] != b"\xfe":
        rows += 1
    expect(rows >= 1, True, "SHOW PROCESSLIST")
    expect(errno_of(client.answer, wire.PROCESS_KILL, struct.pack("<I", 4_000_000)), 1094)


def fields(client, table, wildcard=b""):
    client.send(wire.FIELD_LIST, table + b"\0" + wildcard)
    names = []
    while True:
        packet = client.packet()
        if packet[:1] == b"\xff":
            raise Failure.of(packet)
        if packet[:1] == b"\xfe":
            return names
        names.append(wire.Column(packet).name)


def field_list_nowhere(server):
    client = Wire(server, database="")
    expect(errno_of(fields, client, b"DBA_OB_TENANTS"), 1046, "COM_FIELD_LIST without a database")
    client.close()


def field_lists(client):
    expect(fields(client, b"CDB_OB_BACKUP_PARAMETER"), ["TENANT_ID", "NAME", "VALUE"])
    expect(fields(client, b"CDB_OB_BACKUP_PARAMETER", b"%A%E"), ["NAME", "VALUE"])
    expect(fields(client, b"CDB_OB_BACKUP_PARAMETER", b"tenant\\_%"), ["TENANT_ID"])
    expect(errno_of(fields, client, b"nothing"), 1146)
    expect(errno_of(fields, client, b"CDB_OB_BACKUP_PARAMETER", b"%" * 100_000), 1835)
    expect(errno_of(fields, client, b"x" * 1_000_000), 1146)


def several_statements(server, client):
    expect(errno_of(client.query, "SET @b = 1; SET @b = 2"), 1149)
    expect(client.query("SELECT @b"), [(None,)], "none of them ran")
    client.answer(wire.SET_OPTION, b"\0\0")
    client.query("SET @b = 1; SET @c = 2")
    client.packet()
    expect(client.query("SELECT @b, @c"), [("1", "2")])
    client.answer(wire.SET_OPTION, b"\1\0")
    expect(errno_of(client.query, "SET @b = 1; SET @b = 2"), 1149)
    # The second statement is one that this account may not run: it's judged for itself.
    client.query("CREATE USER small IDENTIFIED BY 'x'")
    small = Wire(server, "small@sys", "x", flags=MULTI_STATEMENTS)
    small.query("SET @a = 1; CREATE TENANT forbidden; SET @a = 3")
    expect(struct.unpack_from("<H", small.packet(), 1)[0], 1227)
    expect(small.query("SELECT @a"), [("1",)], "nothing runs behind an error")
    small.close()


def bounds(client):
    """Before any work is done: 1064 (1235 of the binder, 1037 of the memory that parsing takes) and a connection that goes on."""
    for sql in ("SELECT " + "(" * 100_000 + "1" + ")" * 100_000, "SELECT 1 WHERE " + " OR ".join(["1 = 1"] * 100_000),
                "SELECT " + "-" * 100_000 + "1", "SELECT " + "NOT " * 100_000 + "1", "(" * 100_000,
                "SELECT " + "CASE WHEN 1 THEN " * 50_000, "SELECT 1" + " UNION SELECT 1" * 60_000):
        expect(errno_of(client.query, sql) in (1037, 1064, 1235), True, sql[:40])
        expect(errno_of(client.prepare, sql) in (1037, 1064, 1235), True, sql[:40])
        client.ok(wire.PING)
    size = 15 << 20
    expect(client.query("SELECT LENGTH('%s')" % ("x" * size)), [(str(size),)], "a long literal")
    client.query("SET ob_query_timeout = 10000000")


def prefixes(client):
    """Every prefix of every valid packet."""
    statement = client.prepare("SELECT ?, ?")
    whole = [(wire.INIT_DB, b"oceanbase"), (wire.QUERY, b"SELECT 1, 'x'"), (wire.FIELD_LIST, b"DBA_OB_TENANTS\0%"),
             (wire.PROCESS_KILL, struct.pack("<I", 4_000_000)), (wire.SET_OPTION, b"\1\0"),
             (wire.STMT_PREPARE, b"SELECT ?, 'x' FROM DBA_OB_TENANTS LIMIT ?"),
             (wire.STMT_EXECUTE, statement.body((1, "x"))), (wire.STMT_RESET, struct.pack("<I", statement.id)),
             (wire.STMT_FETCH, struct.pack("<II", statement.id, 1))]
    for code, body in whole:
        for size in range(len(body)):
            client.send(code, body[:size])
            client.packet()
            drain(client)
    for code in wire.STMT_CLOSE, wire.STMT_SEND_LONG_DATA:
        for size in range(4):
            expect(errno_of(client.answer, code, b"\0" * size), 1835)
    client.ok(wire.PING)


def drain(client):
    """Reads whatever an answer still holds: up to the answer of a PING sent behind it."""
    marker = b"\0\0\0\2\0\0\0"
    kept = client.sequence
    client.connection._sock.sendall(struct.pack("<I", 1) + bytes([wire.PING]))
    while True:
        header = struct.unpack("<I", client.exactly(4))[0]
        payload = client.exactly(header & 0xFFFFFF)
        if header >> 24 == 1 and payload == marker:
            return
        expect(header >> 24, kept & 0xFF, "the sequence")
        kept += 1


def kill_races(server, client):
    """KILL QUERY and statements at the same time: each is answered, by a result or by 1317, and nothing later is hit."""
    victim = Wire(server)
    number = victim.query("SELECT CONNECTION_ID()")[0][0]
    stop = threading.Event()

    def killer():
        other = Wire(server)
        while not stop.is_set():
            other.query("KILL QUERY " + number)
        other.close()

    thread = threading.Thread(target=killer)
    thread.start()
    outcomes = set()
    statement = victim.prepare("SELECT COUNT(*) FROM DBA_OB_TENANTS a, DBA_OB_TENANTS b WHERE a.TENANT_ID > ?")
    for _ in range(300):
        outcomes.add(errno_of(victim.query, "SELECT COUNT(*) FROM DBA_OB_TENANTS a, DBA_OB_TENANTS b, DBA_OB_TENANTS c"))
        outcomes.add(errno_of(statement.execute, 0))
    stop.set()
    thread.join(60)
    expect(outcomes <= {0, 1317}, True, repr(outcomes))
    victim.query("SELECT 1")
    client.ok(wire.PROCESS_KILL, struct.pack("<I", int(number)))
    wait_until(lambda: all(row[0] != number for row in client.query("SHOW PROCESSLIST")), 60, "the connection is gone")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    program = parser.parse_args().server
    with tempfile.TemporaryDirectory() as directory, Server(program, os.path.join(directory, "server")) as server:
        client = Wire(server)
        unknown_commands(client)
        simple_commands(client)
        in_other_states(server)
        field_lists(client)
        field_list_nowhere(server)
        several_statements(server, client)
        prefixes(client)
        change_user(server)
        bounds(client)
        kill_races(server, client)
        client.close()


if __name__ == "__main__":
    main()
