#!/usr/bin/python3
"""The compressed protocol with programs that aren't ours: mariadb's own client by zlib, and frames that Python's zlib
and zstandard make and read.

    compression.py --server PROGRAM
"""

import argparse
import contextlib
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
import handshake  # noqa: E402
from harness.expect import expect  # noqa: E402
from harness.packets import lenenc, texts  # noqa: E402
from harness.server import Server  # noqa: E402
from wire import DEPRECATE_EOF  # noqa: E402

import zstandard  # noqa: E402

COMPRESS, ZSTD = 1 << 5, 1 << 26
LEVEL = 3
QUERY, PING = b"\x03", b"\x0e"
ALGORITHMS = {"zlib": (COMPRESS, zlib.compress, zlib.decompress),
              "zstd": (ZSTD, zstandard.ZstdCompressor(LEVEL).compress,
                       lambda frame: zstandard.ZstdDecompressor().decompress(frame, 1 << 24))}


class Client:
    """Packets in frames of `algorithm`."""

    def __init__(self, port, algorithm):
        bit, self.compress, self.decompress = ALGORITHMS[algorithm]
        self.socket = handshake.connect(port)
        handshake.read_packet(self.socket)
        answer = handshake.response("root@sys", capabilities=handshake.CAPABILITIES | DEPRECATE_EOF | bit,
                                    more=bytes([LEVEL]) if bit == ZSTD else b"")
        self.socket.sendall(handshake.packet(1, answer))
        expect(handshake.read_packet(self.socket)[0], handshake.OK)
        self.plain, self.compressed_frames = b"", 0

    def close(self):
        self.socket.close()

    def frame(self, sequence, plain, compressed):
        body = self.compress(plain) if compressed else plain
        return struct.pack("<I", len(body) | sequence << 24) + struct.pack("<I", len(plain) * compressed)[:3] + body

    def read(self, count):
        """So many bytes of what is in the frames, which are numbered one after the other."""
        while len(self.plain) < count:
            header = handshake.exactly(self.socket, 7)
            expect(header[3], self.sequence & 0xFF, "the frame's number")
            self.sequence += 1
            body, size = handshake.exactly(self.socket, int.from_bytes(header[:3], "little")), int.from_bytes(header[4:], "little")
            if size:
                body = self.decompress(body)
                self.compressed_frames += 1
                expect(len(body), size)
            self.plain += body
        data, self.plain = self.plain[:count], self.plain[count:]
        return data

    def packet(self):
        size = int.from_bytes(self.read(4)[:3], "little")
        return self.read(size)

    def send(self, command, pieces=1, compressed=True):
        """A command as so many frames."""
        whole = handshake.packet(0, command)
        step = -(-len(whole) // pieces)
        for number, begin in enumerate(range(0, len(whole), step)):
            self.socket.sendall(self.frame(number, whole[begin:begin + step], compressed))
        self.sequence = pieces

    def rows(self, sql, **how):
        self.send(QUERY + sql.encode(), **how)
        columns, _ = lenenc(self.packet(), 0)
        for _ in range(columns):
            self.packet()
        rows = []
        while True:
            packet = self.packet()
            if packet[0] == 0xFE and len(packet) < 100:
                return rows
            rows.append(texts(packet))


def by_hand(server):
    for algorithm in ALGORITHMS:
        with contextlib.closing(Client(server.port, algorithm)) as client:
            for compressed in True, False:
                client.send(PING, compressed=compressed)
                expect(client.packet()[0], handshake.OK)
            for code in 0x05, 0x12, 0x20, 0xFF:
                client.send(bytes([code]) + b"rest")
                expect(struct.unpack_from("<BH", client.packet()), (handshake.ERR, 1047))
            expect(client.rows("SELECT 1, 'two'"), [["1", "two"]])
            expect(client.rows("SELECT '%s'" % ("x" * 1000), pieces=5), [["x" * 1000]])
            seen = client.compressed_frames
            expect(client.rows("SELECT REPEAT('abc', 1000000)"), [["abc" * 1000000]])
            expect(client.compressed_frames > seen, True, "frames are compressed")
            expect(client.rows("SELECT LENGTH('%s')" % ("y" * 5_000_000)), [["5000000"]])
            expect(client.rows("SHOW STATUS LIKE 'Compression%'"),
                   [["Compression", "ON"], ["Compression_algorithm", algorithm]])


def by_mariadb(server):
    def run(sql, *more):
        done = subprocess.run(["mariadb", "--no-defaults", "--socket", server.socket, "-u", "root@sys", "-N", *more],
                              input=sql, capture_output=True, text=True, timeout=600)
        expect(done.returncode, 0, done.stderr)
        return done.stdout

    status = "SHOW STATUS LIKE 'Compression%';"
    expect(run(status), "Compression\tOFF\nCompression_algorithm\t\n")
    for more in ["--compress"], ["--compress", "--ssl", "-h", "127.0.0.1", "-P", str(server.port), "--protocol=tcp"]:
        expect(run(status, *more), "Compression\tON\nCompression_algorithm\tzlib\n")
        expect(run("SELECT REPEAT('xyz', 200000); SELECT 'after';", *more), "xyz" * 200000 + "\nafter\n")
        expect(run("SELECT LENGTH('%s');" % ("z" * 2_000_000), *more), "2000000\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    program = parser.parse_args().server
    with tempfile.TemporaryDirectory() as directory, Server(program, os.path.join(directory, "server"), ["--set", "max_computed_text=16m"]) as server:
        by_hand(server)
        by_mariadb(server)


if __name__ == "__main__":
    main()
