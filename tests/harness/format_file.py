#!/usr/bin/env python3
"""Reads and rewrites format files and check files, written from the description of the layout and not from
the server's code, so that it checks the server's encoder as well.

    format_file.py show FILE                         one "field value" a line; fails on anything odd
    format_file.py rewrite FILE FIELD=VALUE...        changes fields, with correct lengths and checksums
    format_file.py flip FILE OFFSET                   flips the lowest bit of one byte
    format_file.py truncate FILE LENGTH
    format_file.py vectors                            encodes the two worked examples and compares

The layout: a header of 48 bytes, little-endian, then a payload: a version (varint 1), the length of the body
(a varint in 5 bytes), the body. A string in the body is such an object of its own that holds
varint(length + 1), the bytes, a NUL; an integer is a varint of its 64 bits in two's complement.
"""

import struct
import sys

FORMAT_TYPE, CHECK_TYPE = 29, 33
FORMAT_FIELDS = ["cluster_name", "tenant_name", "path", "cluster_id", "tenant_id", "incarnation", "dest_id",
                 "dest_type", "ts"]
CHECK_FIELDS = [name for name in FORMAT_FIELDS if not name.startswith("dest_")]
STRINGS = {"cluster_name", "tenant_name", "path"}
HEADER = struct.Struct("<HHHHhh4xqqqq")


class Damaged(Exception):
    pass


def crc32c(data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc


def header_checksum(data_type, length, data_checksum):
    words = 1 ^ 1 ^ data_type ^ 48          # header_version, compressor_type, data_type, header_length
    for value in (length, length, data_checksum, 0):
        for shift in (0, 16, 32, 48):
            words ^= (value >> shift) & 0xFFFF
    return words - 0x10000 if words & 0x8000 else words


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def wide_varint(value):
    return bytes([value & 0x7F | 0x80, value >> 7 & 0x7F | 0x80, value >> 14 & 0x7F | 0x80,
                  value >> 21 & 0x7F | 0x80, value >> 28 & 0x7F])


def versioned(body):
    return varint(1) + wide_varint(len(body)) + body


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def bytes(self, count):
        if self.at + count > len(self.data):
            raise Damaged("ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.bytes(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
            if shift > 63:
                raise Damaged("a varint of more than 10 bytes")

    def versioned(self):
        if self.varint() != 1:
            raise Damaged("another version")
        return Reader(self.bytes(self.varint()))

    def string(self):
        body = self.versioned()
        data = body.bytes(body.varint())
        if not data.endswith(b"\0"):
            raise Damaged("a string without its NUL")
        return data[:-1].decode("utf-8")

    def integer(self):
        value = self.varint()
        return value - (1 << 64) if value >> 63 else value


def decode(data):
    """(data_type, {field: value}); Damaged when anything does not hold."""
    if len(data) < HEADER.size:
        raise Damaged("shorter than a header")
    (data_type, header_version, data_version, compressor, header_length, checksum, length, zlength, data_checksum,
     align) = HEADER.unpack(data[:HEADER.size])
    if (header_version, data_version, compressor, header_length, align) != (1, 1, 1, 48, 0):
        raise Damaged("another header")
    if checksum != header_checksum(data_type, length, data_checksum) or length != zlength:
        raise Damaged("header checksum")
    payload = data[HEADER.size:HEADER.size + length]
    if len(payload) != length or crc32c(payload) != data_checksum:
        raise Damaged("data checksum")
    body = Reader(payload).versioned()
    names = {FORMAT_TYPE: FORMAT_FIELDS, CHECK_TYPE: CHECK_FIELDS}.get(data_type)
    if names is None:
        raise Damaged("neither a format file nor a check file")
    return data_type, {name: body.string() if name in STRINGS else body.integer() for name in names}


def encode(data_type, fields):
    names = FORMAT_FIELDS if data_type == FORMAT_TYPE else CHECK_FIELDS
    body = b""
    for name in names:
        if name in STRINGS:
            text = fields[name].encode("utf-8") + b"\0"
            body += versioned(varint(len(text)) + text)
        else:
            body += varint(int(fields[name]))
    payload = versioned(body)
    crc = crc32c(payload)
    return HEADER.pack(data_type, 1, 1, 1, 48, header_checksum(data_type, len(payload), crc), len(payload),
                       len(payload), crc, 0) + payload


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def rewrite(path, changes):
    data_type, fields = decode(read(path))
    for name, value in changes.items():
        if name not in fields:
            raise SystemExit("no field " + name)
        fields[name] = value
    write(path, encode(data_type, fields))


EXAMPLE = {"cluster_name": "obcluster", "tenant_name": "mysql_tenant", "path": "file:///data/nfs/backup/data",
           "cluster_id": 1, "tenant_id": 1002, "incarnation": 1, "dest_id": 1001, "dest_type": 0,
           "ts": 1673436649723677}
FORMAT_EXAMPLE = ("1d000100010001003000676b000000005e000000000000005e00000000000000c6a38cc80000000000000000000000"
                  "0001d880808000018b808080000a6f62636c757374657200018e808080000d6d7973716c5f74656e616e7400019e80"
                  "8080001d66696c653a2f2f2f646174612f6e66732f6261636b75702f646174610001ea0701e907009daebea8b5bffc"
                  "02")
CHECK_EXAMPLE = ("2100010001000100300017f8000000005b000000000000005b0000000000000054eb5213000000000000000000000000"
                 "01d580808000018b808080000a6f62636c757374657200018e808080000d6d7973716c5f74656e616e7400019e808080"
                 "001d66696c653a2f2f2f646174612f6e66732f6261636b75702f646174610001ea07019daebea8b5bffc02")


def check_vectors():
    for data_type, text in ((FORMAT_TYPE, FORMAT_EXAMPLE), (CHECK_TYPE, CHECK_EXAMPLE)):
        data = bytes.fromhex(text)
        assert encode(data_type, EXAMPLE) == data, "the worked example of type %d differs" % data_type
        assert decode(data) == (data_type, {n: EXAMPLE[n] for n in decode(data)[1]})
    assert crc32c(b"123456789") == 0x58E3FA20
    for data_type, length, crc, wanted in ((27, 173, 3011330068, -3262), (13, 300, 2397211904, 991),
                                           (4, 3637, 1987640562, -30018), (0, 96, 1663955940, -28423)):
        assert header_checksum(data_type, length, crc) == wanted


def main(args):
    command = args[0] if args else ""
    if command == "show":
        data_type, fields = decode(read(args[1]))
        print("type", {FORMAT_TYPE: "format", CHECK_TYPE: "check"}[data_type])
        for name, value in fields.items():
            print(name, value)
    elif command == "rewrite":
        rewrite(args[1], dict(change.split("=", 1) for change in args[2:]))
    elif command == "flip":
        data = bytearray(read(args[1]))
        data[int(args[2])] ^= 1
        write(args[1], bytes(data))
    elif command == "truncate":
        write(args[1], read(args[1])[:int(args[2])])
    elif command == "vectors":
        check_vectors()
        print("ok")
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
