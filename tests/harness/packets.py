"""Pieces of MySQL's packets, for tests that read and write them by hand."""

import struct

SIZES = {0xFC: 2, 0xFD: 3, 0xFE: 8}     # bytes of a length-encoded number behind its first
NULL = 0xFB


class Failure(Exception):
    """args: number, SQLSTATE, text."""

    def __init__(self, errno, sqlstate, text):
        super().__init__(errno, sqlstate, text)
        self.errno, self.sqlstate, self.text = errno, sqlstate, text

    @classmethod
    def of(cls, packet):
        """Of an ERR."""
        return cls(struct.unpack_from("<H", packet, 1)[0], packet[4:9].decode(), packet[9:].decode("utf-8", "replace"))


def lenenc(packet, at):
    """A length-encoded number and where it ends; None is NULL."""
    first, at = packet[at], at + 1
    if first == NULL:
        return None, at
    size = SIZES.get(first, 0)
    return int.from_bytes(packet[at:at + size], "little") if size else first, at + size


def text(packet, at):
    """A length-encoded string's bytes and where it ends; None is NULL."""
    size, at = lenenc(packet, at)
    return (None, at) if size is None else (packet[at:at + size], at + size)


def texts(packet):
    """A row of texts."""
    row, at = [], 0
    while at < len(packet):
        field, at = text(packet, at)
        row.append(None if field is None else field.decode())
    return row


def packed(data):
    """A length-encoded string."""
    if len(data) < NULL:
        return bytes([len(data)]) + data
    if len(data) < 1 << 16:
        return b"\xfc" + struct.pack("<H", len(data)) + data
    return b"\xfe" + struct.pack("<Q", len(data)) + data
