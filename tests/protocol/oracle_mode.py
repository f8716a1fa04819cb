#!/usr/bin/python3
"""An Oracle tenant's session byte by byte: who may log in, the status bit that obclient goes by, types, prepared
statements, and the statement cache, whose texts may be empty here.

    oracle_mode.py --server PROGRAM
"""

import argparse
import decimal
import os
import struct
import sys
import tempfile
from pathlib import Path

import pymysql

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
import wire  # noqa: E402
from harness.expect import expect  # noqa: E402
from harness.packets import lenenc  # noqa: E402
from harness.server import Server, query  # noqa: E402
from wire import BLOB, FIELD_LIST, NEWDECIMAL, VAR_STRING, Failure, Wire  # noqa: E402

ORACLE_STATUS = 0x0004
ORACLE_CLIENT = 1 << 27


def status_of(ok):
    _, at = lenenc(ok, 1)
    _, at = lenenc(ok, at)
    return struct.unpack_from("<H", ok, at)[0]


def refused(server, user, database="SYS"):
    try:
        Wire(server, user=user, database=database)
    except pymysql.err.MySQLError as error:
        return error.args[0]
    raise AssertionError("%s was let in" % user)


class Recording(pymysql.connections.Connection):
    """Keeps the OK that ends its login."""

    def _read_packet(self, *types):
        packet = super()._read_packet(*types)
        if packet.is_ok_packet() and not hasattr(self, "login_ok"):
            self.login_ok = packet.get_all_data()
        return packet


def logins(server):
    for user in ("SYS@o", "sys@o", "SyS@o", "'SYS'@o", "SYS@o#obcluster", "obcluster:o:sys"):
        for flags in (0, ORACLE_CLIENT):
            client = Wire(server, user=user, database="SYS", flags=flags)
            expect(client.query("SELECT USER FROM DUAL"), [("SYS",)], user)
            client.close()
    for user in ("'sys'@o", "root@o", "nobody@o"):
        expect(refused(server, user), 1045, user)
    expect(refused(server, "SYS@o", "oceanbase"), 1049)
    expect(refused(server, "SYS@m"), 1045)


def status_bit(server):
    """In every OK and EOF of an Oracle session; in none of another."""
    for user, database, wanted in (("SYS@o", "SYS", ORACLE_STATUS), ("root@m", "oceanbase", 0), ("root@sys", "oceanbase", 0)):
        client = Wire(server, user=user, database=database)
        recorded = Recording(**server.address(), user=user, database=database, password="")
        expect(status_of(recorded.login_ok) & ORACLE_STATUS, wanted, "the login's OK")
        recorded.close()
        expect(status_of(client.ok(wire.PING)) & ORACLE_STATUS, wanted, "COM_PING")
        expect(status_of(client.ok(wire.QUERY, b"SET autocommit = 1")) & ORACLE_STATUS, wanted, "SET")
        client.query("SELECT 1 FROM DUAL")
        expect(client.status & ORACLE_STATUS, wanted, "the EOF behind rows")
        expect(status_of(client.ok(wire.RESET_CONNECTION)) & ORACLE_STATUS, wanted, "COM_RESET_CONNECTION")
        client.close()
    client = Wire(server)
    client.query("ALTER SYSTEM CHANGE TENANT o")
    expect(status_of(client.ok(wire.PING)) & ORACLE_STATUS, 0, "sys stays in MySQL mode, wherever it goes")
    expect(client.query("SELECT COUNT(*) FROM oceanbase.DBA_OB_BACKUP_PARAMETER"), [("0",)])
    client.close()


def errors(client):
    for sql, number, state, start in (
            ("SELEC 1", 900, "42000", "ORA-00900: You have an error in your SQL syntax"),
            ("SELECT * FROM nothing", 942, "42S02", "ORA-00942: table or view does not exist"),
            ("SELECT x FROM DUAL", 904, "42S22", "ORA-00904: invalid identifier 'X' in 'field list'"),
            ("ALTER SYSTEM SET DATA_BACKUP_DEST = 'x'", 600, "HY000",
             "ORA-00600: internal error code, arguments: -9026, "),
            ("ALTER SYSTEM DROP DELETE BACKUP POLICY 'x'", 600, "0A000",
             "ORA-00600: internal error code, arguments: -4007, ")):
        try:
            client.query(sql)
        except Failure as failure:
            expect((failure.errno, failure.sqlstate, failure.text.startswith(start)), (number, state, True), failure.text)
        else:
            raise AssertionError("no error: " + sql)
    expect(client.query("SHOW ERRORS")[0][1], "600")


def types(client):
    client.query("SELECT TENANT_ID, TENANT_NAME, SYSDATE, 1/3 FROM DBA_OB_TENANTS")
    expect([(c.type, c.charset) for c in client.columns],
           [(NEWDECIMAL, 63), (VAR_STRING, 46), (VAR_STRING, 46), (NEWDECIMAL, 63)])
    client.query("SELECT VALUE FROM DBA_OB_BACKUP_PARAMETER")
    expect([(c.type, c.charset) for c in client.columns], [(BLOB, 46)])
    client.send(FIELD_LIST, b"DBA_OB_TENANTS\0TENANT_ID")
    definition = wire.Column(client.packet())
    client.eof()
    expect((definition.name, definition.type), ("TENANT_ID", NEWDECIMAL))


def prepared(client):
    statement = client.prepare("SELECT TENANT_ID, NVL(?, 'null'), ? || '!', CREATE_TIME FROM DBA_OB_TENANTS WHERE TENANT_ID = ?")
    expect([c.type for c in statement.columns][0], NEWDECIMAL)
    number = int(client.query("SELECT TENANT_ID FROM DBA_OB_TENANTS")[0][0])
    for given, shown in (("x", "x"), ("", "null"), (None, "null")):
        rows = statement.execute(given, given, number)
        expect(rows[0][:3], (decimal.Decimal(number), shown, (given or "") + "!"), given)
        expect(isinstance(rows[0][3], str), True)
    statement.close()
    limited = client.prepare("SELECT COUNT(*) FROM ALL_TAB_COLUMNS WHERE ROWNUM <= ?")
    expect([limited.execute(n)[0][0] for n in (3, 0, 7)], [3, 0, 7])
    limited.close()
    change = client.prepare("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE = ?")
    expect(change.execute("DEFER"), None)
    change.close()


def cache(client):
    """One shape with other literals, among them the empty text, which is NULL."""
    for text, count in (("X", "1"), ("", "0"), ("Y", "0"), ("X", "1"), ("", "0")):
        expect(client.query("SELECT COUNT(*) FROM DUAL WHERE DUMMY = '%s'" % text), [(count,)], text)
    for text, count in (("", "1"), ("X", "0"), ("", "1")):
        expect(client.query("SELECT COUNT(*) FROM DUAL WHERE '%s' IS NULL" % text), [(count,)], text)


def formats(server):
    """A format is the session's: a cached statement shows another session's date in that one's."""
    first, second = (Wire(server, user="SYS@o", database="SYS") for _ in range(2))
    first.query("ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY'")
    second.query("ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM'")
    sizes = [len(client.query("SELECT SYSDATE FROM DUAL")[0][0]) for client in (first, second, first, second)]
    expect(sizes, [4, 7, 4, 7])
    first.ok(wire.RESET_CONNECTION)
    expect(len(first.query("SELECT SYSDATE FROM DUAL")[0][0]), 9)
    first.close()
    second.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    program = parser.parse_args().server
    with tempfile.TemporaryDirectory() as directory, Server(program, os.path.join(directory, "server")) as server:
        connection = server.connect("root@sys")
        query(connection, "CREATE TENANT o SET ob_compatibility_mode = 'oracle'")
        query(connection, "CREATE TENANT m")
        logins(server)
        status_bit(server)
        client = Wire(server, user="SYS@o", database="SYS")
        for test in (errors, types, prepared, cache):
            test(client)
        client.close()
        formats(server)


if __name__ == "__main__":
    main()
