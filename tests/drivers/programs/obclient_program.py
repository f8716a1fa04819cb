"""obclient 2.2, byte for byte: its capabilities, character set and attributes, the statements that it sends by itself,
and what it makes of the answers. It can't be installed from Debian, so this is its transcript."""

import hashlib
import socket
import ssl
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from harness.packets import Failure, lenenc, packed, texts  # noqa: E402
import scenario  # noqa: E402

SSL, CAPABILITIES, UTF8 = 0x800, 0x08BFA28D, 33
RESERVED_BITS = 0x38000000      # 27 to 29 mean other things to OceanBase than to MySQL: never advertised
ORACLE_MODE = 0x0004            # in the status: obclient would speak Oracle's SQL
MAX_PACKET = 1 << 24
ATTRIBUTES = {"__mysql_client_type": "__ob_libobclient", "__ob_client_name": "OceanBase Connector/C",
              "__ob_client_version": "2.2.10", "__proxy_capability_flag": "1360128",
              "__ob_client_attribute_capability_flag": "5", "_client_name": "libmariadb", "_pid": "1"}
COM_INIT_DB, COM_QUERY, COM_FIELD_LIST, COM_STATISTICS = 2, 3, 4, 9


def native(password, salt):
    """mysql_native_password's answer."""
    if not password:
        return b""
    first = hashlib.sha1(password.encode()).digest()
    second = hashlib.sha1(salt + hashlib.sha1(first).digest()).digest()
    return bytes(a ^ b for a, b in zip(first, second))


class Obclient:
    def __init__(self, user, password, how):
        if how == "socket":
            self.stream = socket.socket(socket.AF_UNIX)
            self.stream.settimeout(60)
            self.stream.connect(scenario.SOCKET)
        else:
            self.stream = socket.create_connection((scenario.HOST, scenario.PORT), 60)
        self.sequence = 0
        salt = self.greeting(self.read())
        capabilities = CAPABILITIES
        if how == "tls":
            capabilities |= SSL
            self.write(struct.pack("<IIB23x", capabilities, MAX_PACKET, UTF8))
            context = ssl.create_default_context(cafile=scenario.CA)
            context.check_hostname = False
            self.stream = context.wrap_socket(self.stream)
        attributes = b"".join(packed(word.encode()) for pair in ATTRIBUTES.items() for word in pair)
        self.write(struct.pack("<IIB23x", capabilities, MAX_PACKET, UTF8) + user.encode() + b"\0"
                   + packed(native(password, salt)) + b"oceanbase\0mysql_native_password\0" + packed(attributes))
        answer = self.read()
        if answer[0] == 0xFE:
            plugin, salt = answer[1:].split(b"\0", 1)
            assert plugin == b"mysql_native_password", plugin
            self.write(native(password, salt[:20]))
            answer = self.read()
        self.okay(answer)
        comment, version = self.query("select @@version_comment, @@version limit 1")[0]
        assert comment.startswith("OceanBase") and len(comment.split()) >= 4, comment
        assert version.startswith("5.7.25-OceanBase"), version

    def greeting(self, packet):
        assert packet[0] == 10, packet
        end = packet.index(b"\0", 1)
        low, = struct.unpack_from("<H", packet, end + 14)
        high, = struct.unpack_from("<H", packet, end + 19)
        assert not (low | high << 16) & RESERVED_BITS, hex(low | high << 16)
        salt = packet[end + 5:end + 13] + packet[end + 32:end + 44]
        assert len(salt) == 20 and 0 not in salt, salt
        return salt

    def read(self):
        size, = struct.unpack("<I", self.exactly(3) + b"\0")
        assert self.exactly(1)[0] == self.sequence, "a packet out of sequence"
        self.sequence = self.sequence + 1 & 255
        return self.exactly(size)

    def exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.stream.recv(size - len(data))
            if not more:
                raise Failure(2013, "HY000", "Lost connection to MySQL server during query")
            data += more
        return data

    def write(self, data):
        self.stream.sendall(struct.pack("<I", len(data))[:3] + bytes([self.sequence]) + data)
        self.sequence = self.sequence + 1 & 255

    def command(self, byte, data=b""):
        self.sequence = 0
        self.write(bytes([byte]) + data)
        packet = self.read()
        if packet[0] == 0xFF:
            self.okay(packet)
        return packet

    def okay(self, packet):
        """An OK, without a text, which obclient would print at login; or an error."""
        if packet[0] == 0xFF:
            raise Failure.of(packet)
        assert packet[0] == 0, packet
        at = lenenc(packet, lenenc(packet, 1)[1])[1]
        self.status(struct.unpack_from("<H", packet, at)[0])

    def status(self, bits):
        assert not bits & ORACLE_MODE, "an Oracle-mode session"

    def until_eof(self):
        packets = []
        while True:
            packet = self.read()
            if packet[0] == 0xFF:
                self.okay(packet)
            if packet[0] == 0xFE and len(packet) < 9:
                self.status(struct.unpack_from("<H", packet, 3)[0])
                return packets
            packets.append(packet)

    def query(self, sql):
        packet = self.command(COM_QUERY, sql.encode())
        if packet[0] == 0:
            self.okay(packet)
            return []
        columns = self.until_eof()
        assert len(columns) == lenenc(packet, 0)[0], columns
        return [texts(row) for row in self.until_eof()]

    def start(self):
        """What an interactive obclient asks before its first prompt, then at \\s and USE."""
        assert ["oceanbase"] in self.query("show databases")
        tables = self.query("show tables")
        for (table,) in tables:
            packet = self.command(COM_FIELD_LIST, table.encode() + b"\0")
            assert [packet] + self.until_eof(), table
        assert self.query("select @@version_comment limit 1")
        assert self.query("select USER()")[0][0].startswith("root@")
        self.okay(self.command(COM_INIT_DB, b"information_schema"))
        assert self.query("SELECT DATABASE()") == [["information_schema"]]
        self.okay(self.command(COM_INIT_DB, b"oceanbase"))
        assert self.query("select DATABASE(), USER() limit 1")[0][0] == "oceanbase"
        assert self.query("select @@character_set_client, @@character_set_connection, @@character_set_server,"
                          " @@character_set_database limit 1")
        assert b"Uptime" in self.command(COM_STATISTICS)

    def close(self):
        self.stream.close()


class Transcript(scenario.DbApi):
    version = "2.2.13"
    Error = Failure

    def connect(self, user, password, how="tcp"):
        session = Obclient(user, password, how)
        if user == scenario.SYS:
            session.start()
        return session

    def failure(self, error):
        return list(error.args)

    def rows(self, session, sql):
        return session.query(sql)

    def times(self, session):
        return self.rows(session, scenario.TIMES)[0]


Transcript().run()
