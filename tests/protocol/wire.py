"""COM_* by hand over a connection that PyMySQL logged in: bytes out, packets in."""

import datetime
import decimal
import struct

import pymysql

from harness.packets import Failure, lenenc, packed, text, texts

INIT_DB, QUERY, FIELD_LIST, STATISTICS, PROCESS_INFO, PROCESS_KILL, DEBUG, PING = 2, 3, 4, 9, 10, 12, 13, 14
STMT_PREPARE, STMT_EXECUTE, STMT_SEND_LONG_DATA, STMT_CLOSE, STMT_RESET, SET_OPTION, STMT_FETCH = range(0x16, 0x1D)
RESET_CONNECTION = 0x1F
TINY, SHORT, LONG, FLOAT, DOUBLE, NULL, TIMESTAMP, LONGLONG, DATE, TIME, DATETIME = 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12
NEWDECIMAL, BLOB, VAR_STRING = 246, 252, 253
DEPRECATE_EOF = 1 << 24
CURSOR_EXISTS, LAST_ROW_SENT = 0x40, 0x80


def typed(value):
    """(type, unsigned flag, bytes) of a Python value."""
    if value is None:
        return NULL, 0, b""
    if isinstance(value, tuple):
        return value                                   # spelt out by the caller
    if isinstance(value, bool):
        return TINY, 0, struct.pack("<b", value)
    if isinstance(value, int):
        return (LONGLONG, 0, struct.pack("<q", value)) if value < 2 ** 63 else (LONGLONG, 0x80, struct.pack("<Q", value))
    if isinstance(value, float):
        return DOUBLE, 0, struct.pack("<d", value)
    if isinstance(value, decimal.Decimal):
        return NEWDECIMAL, 0, packed(str(value).encode())
    if isinstance(value, datetime.datetime):
        return DATETIME, 0, struct.pack("<BHBBBBBI", 11, value.year, value.month, value.day, value.hour, value.minute,
                                        value.second, value.microsecond)
    if isinstance(value, datetime.date):
        return DATE, 0, struct.pack("<BHBB", 4, value.year, value.month, value.day)
    if isinstance(value, datetime.timedelta):
        span = abs(value)
        return TIME, 0, struct.pack("<BBIBBBI", 12, value < datetime.timedelta(), span.days, span.seconds // 3600,
                                    span.seconds // 60 % 60, span.seconds % 60, span.microseconds)
    return VAR_STRING, 0, packed(value if isinstance(value, bytes) else value.encode())


class Column:
    def __init__(self, packet):
        at = 0
        fields = []
        for _ in range(6):
            field, at = text(packet, at)
            fields.append(field.decode())
        _, self.schema, self.table, self.org_table, self.name, self.org_name = fields
        self.charset, self.length, self.type, self.flags, self.decimals = struct.unpack_from("<HIBHB", packet, at + 1)


class Wire:
    """Without DEPRECATE_EOF, as PyMySQL negotiates, unless `flags` has it."""
    codec = "utf-8"     # of texts in binary rows

    def __init__(self, server, user="root@sys", password="", database="oceanbase", flags=0, ssl=None):
        self.connection = pymysql.connect(host="127.0.0.1", port=server.port, user=user, password=password,
                                          database=database, client_flag=flags, connect_timeout=120, read_timeout=600,
                                          ssl=ssl)
        self.deprecates_eof = bool(flags & DEPRECATE_EOF)

    def close(self):
        self.connection.close()

    def send(self, command, data=b""):
        """A command and nothing read."""
        body = bytes([command]) + data
        self.sequence = 0
        out = b""
        while True:
            part, body = body[:0xFFFFFF], body[0xFFFFFF:]
            out += struct.pack("<I", len(part) | self.sequence << 24) + part
            self.sequence += 1
            if len(part) < 0xFFFFFF:
                break
        self.connection._sock.sendall(out)

    def exactly(self, count):
        data = self.connection._rfile.read(count)
        if len(data) != count:
            raise EOFError("the server closed the connection")
        return data

    def packet(self):
        payload = b""
        while True:
            header = struct.unpack("<I", self.exactly(4))[0]
            if header >> 24 != self.sequence & 0xFF:
                raise AssertionError("packet %d where %d was due" % (header >> 24, self.sequence & 0xFF))
            self.sequence += 1
            payload += self.exactly(header & 0xFFFFFF)
            if header & 0xFFFFFF < 0xFFFFFF:
                return payload

    def answer(self, command, data=b""):
        """The first packet of the answer; an ERR raises Failure."""
        self.send(command, data)
        payload = self.packet()
        if payload[:1] == b"\xff":
            raise Failure.of(payload)
        return payload

    def ok(self, command, data=b""):
        payload = self.answer(command, data)
        if payload[:1] != b"\0":
            raise AssertionError("no OK: %r" % payload)
        return payload

    def definitions(self, count):
        columns = [Column(self.packet()) for _ in range(count)]
        if count and not self.deprecates_eof:
            self.eof()
        return columns

    def eof(self, payload=None):
        """(warnings, status)"""
        payload = self.packet() if payload is None else payload
        if payload[:1] == b"\xff":
            raise Failure.of(payload)
        if self.deprecates_eof and payload[:3] == b"\xfe\0\0":
            status, warnings = struct.unpack_from("<HH", payload, 3)
            return warnings, status
        if self.deprecates_eof or payload[:1] != b"\xfe" or len(payload) != 5:
            raise AssertionError("no EOF: %r" % payload)
        return struct.unpack_from("<HH", payload, 1)

    def query(self, sql):
        """Rows of texts, or None."""
        first = self.answer(QUERY, sql.encode())
        if first[:1] == b"\0":
            return None
        self.columns = self.definitions(lenenc(first, 0)[0])
        rows = []
        while True:
            packet = self.packet()
            if packet[:1] == b"\xff":
                raise Failure.of(packet)
            if packet[:1] == b"\xfe" and len(packet) < 9:
                self.warnings, self.status = self.eof(packet)
                return rows
            row = tuple(texts(packet))
            if len(row) != len(self.columns):
                raise AssertionError("%d fields in a row of %d columns" % (len(row), len(self.columns)))
            rows.append(row)

    def prepare(self, sql):
        return Prepared(self, sql)


class Prepared:
    def __init__(self, wire, sql):
        self.wire = wire
        first = wire.answer(STMT_PREPARE, sql.encode())
        self.id, columns, parameters, _, self.warnings = struct.unpack_from("<IHHBH", first, 1)
        self.parameters = wire.definitions(parameters)
        self.columns = wire.definitions(columns)

    def body(self, values, new_types=True, flags=0):
        """`values`: None for NULL; Ellipsis for one that was sent ahead."""
        out = struct.pack("<IBI", self.id, flags, 1)
        if not values:
            return out
        bitmap = bytearray((len(values) + 7) // 8)
        fields = []
        for index, value in enumerate(values):
            if value is None:
                bitmap[index // 8] |= 1 << index % 8
            fields.append((BLOB, 0, b"") if value is ... else typed(value))
        out += bytes(bitmap) + (b"\1" if new_types else b"\0")
        if new_types:
            out += b"".join(bytes([kind, flag]) for kind, flag, _ in fields)
        return out + b"".join(data for _, _, data in fields)

    def execute(self, *values, new_types=True):
        """Rows of Python values, or None for a statement without a result."""
        return self.result(self.wire.answer(STMT_EXECUTE, self.body(values, new_types)))

    def result(self, first):
        if first[:1] == b"\0":
            return None
        self.columns = self.wire.definitions(lenenc(first, 0)[0])
        return self.rows()

    def open(self, *values):
        """A read-only cursor; the status of its EOF."""
        first = self.wire.answer(STMT_EXECUTE, self.body(values, flags=1))
        self.columns = [Column(self.wire.packet()) for _ in range(lenenc(first, 0)[0])]
        return self.wire.eof()[1]

    def fetch(self, count):
        """(rows, status)"""
        self.wire.send(STMT_FETCH, struct.pack("<II", self.id, count))
        return self.rows(), self.status

    def rows(self):
        rows = []
        while True:
            packet = self.wire.packet()
            if packet[:1] != b"\0":
                self.warnings, self.status = self.wire.eof(packet)
                return rows
            rows.append(self.row(packet))

    def row(self, packet):
        at = 1 + (len(self.columns) + 9) // 8
        row = []
        for index, column in enumerate(self.columns):
            if packet[1 + (index + 2) // 8] >> (index + 2) % 8 & 1:
                row.append(None)
                continue
            value, at = self.value(column, packet, at)
            row.append(value)
        if at != len(packet):
            raise AssertionError("%d bytes too many in a row" % (len(packet) - at))
        return tuple(row)

    def value(self, column, data, at):
        if column.type == LONGLONG:
            return struct.unpack_from("<Q" if column.flags & 32 else "<q", data, at)[0], at + 8
        if column.type == DOUBLE:
            return struct.unpack_from("<d", data, at)[0], at + 8
        if column.type in (DATE, DATETIME, TIMESTAMP):
            size, at = data[at], at + 1
            fields = struct.unpack_from("<HBBBBBI", data[at:at + size].ljust(11, b"\0"))
            moment = datetime.datetime(*fields)
            return (moment.date() if column.type == DATE else moment), at + size
        if column.type == TIME:
            size, at = data[at], at + 1
            sign, days, hours, minutes, seconds, micros = struct.unpack_from("<BIBBBI", data[at:at + size].ljust(12, b"\0"))
            span = datetime.timedelta(days, seconds, micros, 0, minutes, hours)
            return (-span if sign else span), at + size
        field, at = text(data, at)
        if column.type == NEWDECIMAL:
            return decimal.Decimal(field.decode()), at
        return field.decode(self.wire.codec) if column.charset != 63 else field, at

    def send_ahead(self, parameter, data):
        self.wire.send(STMT_SEND_LONG_DATA, struct.pack("<IH", self.id, parameter) + data)

    def reset(self):
        self.wire.ok(STMT_RESET, struct.pack("<I", self.id))

    def close(self):
        self.wire.send(STMT_CLOSE, struct.pack("<I", self.id))
