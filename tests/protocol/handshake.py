"""A login by hand: a socket, the greeting, packets as the test makes them."""

import socket
import struct

from harness.packets import packed

PATIENCE = 60                # seconds for what takes milliseconds on a machine with nothing else to do
CAPABILITIES = 0x0008A205    # LONG_PASSWORD, LONG_FLAG, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH
NATIVE, SHA2 = "mysql_native_password", "caching_sha2_password"
RESPONSE_SIZES = {NATIVE: 20, SHA2: 32}
OK, MORE_DATA, SWITCH, ERR = 0x00, 0x01, 0xFE, 0xFF
FULL_LOGIN, PUBLIC_KEY_REQUEST = b"\x01\x04", b"\x02"


def packet(sequence, body):
    return struct.pack("<I", len(body) | sequence << 24) + body


def response(user, plugin=NATIVE, auth=b"", capabilities=CAPABILITIES, more=b""):
    """The handshake response's body; `more` stands behind the plugin."""
    return (struct.pack("<IIB23x", capabilities, 1 << 24, 45) + user.encode() + b"\0" + packed(auth) + plugin.encode()
            + b"\0" + more)


def exactly(client, count):
    data = b""
    while len(data) < count:
        more = client.recv(count - len(data))
        if not more:
            raise EOFError("the server closed the connection")
        data += more
    return data


def read_packet(client):
    """The next packet's body."""
    return exactly(client, int.from_bytes(exactly(client, 4)[:3], "little"))


def connect(port, address="127.0.0.1"):
    return socket.create_connection((address, port), timeout=PATIENCE)


def greeted_plugin(greeting):
    return greeting.rstrip(b"\0").rsplit(b"\0", 1)[1].decode()


def asked_of_a_stranger(port, user, plugin):
    """What the server asks of a client that brings `plugin` and knows no password, up to the refusal."""
    asked = []
    with connect(port) as client:
        read_packet(client)
        answer = response(user, plugin, b"\1" * RESPONSE_SIZES[plugin])
        for sequence in range(1, 20, 2):
            client.sendall(packet(sequence, answer))
            body = read_packet(client)
            if body[0] == SWITCH:
                plugin = body[1:].split(b"\0")[0].decode()
                asked.append(plugin)
                answer = b"\1" * RESPONSE_SIZES[plugin]
            elif body == FULL_LOGIN:
                asked.append("the password")
                answer = PUBLIC_KEY_REQUEST
            elif body[0] == MORE_DATA:
                asked.append("the password, encrypted")
                answer = b"\1" * 256
            else:
                return (*asked, body[0], struct.unpack_from("<H", body, 1)[0])
    raise AssertionError(asked)
