#!/usr/bin/python3
"""Clients that come and go, vanish at every byte of the handshake or send one byte a second: when they are gone the
server holds no more descriptors and memory than before, and nobody else waited for them.

    crowds.py --server PROGRAM [--connections 2000] [--seconds 3] [--any-memory]
"""

import argparse
import contextlib
import itertools
import os
import socket
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
from handshake import PATIENCE, connect, packet, read_packet, response  # noqa: E402
from harness.server import Server, query, wait_until  # noqa: E402

THREADS = 4
SLOW = 8                     # clients of one byte a second
CONNECT_TIMEOUT = 2
LONGEST_WAIT = 5             # seconds that a statement beside the crowd may take on the slowest machine
GROWTH = 4 << 20             # bytes

# Of root@sys, whose password is empty.
LOGIN = packet(1, response("root@sys"))
PING, QUIT = packet(0, b"\x0e"), packet(0, b"\x01")


def vanish(client, at_once):
    """By a FIN, or at once, without a word."""
    if at_once:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def cut_short(port, number):
    """Gone before the greeting, after it, or when so many bytes of the answer are sent."""
    client = connect(port)
    sent = number % (len(LOGIN) + 2) - 1
    if sent >= 0:
        read_packet(client)
        client.sendall(LOGIN[:sent])
    vanish(client, number % 2)


def whole(port, number):
    """A login and a ping; then QUIT, or none."""
    client = connect(port)
    read_packet(client)
    client.sendall(LOGIN)
    assert read_packet(client)[:1] == b"\0", "the login"
    client.sendall(PING)
    assert read_packet(client)[:1] == b"\0", "the ping"
    if number % 3:
        client.sendall(QUIT)
        assert client.recv(1) == b""
    vanish(client, number % 2)


class Crowd:
    def __init__(self, port, connections, seconds):
        self.port, self.connections, self.end = port, connections, time.monotonic() + seconds
        self.numbers, self.failures, self.count = itertools.count(), [], 0

    def come_and_go(self):
        try:
            while time.monotonic() < self.end or self.count < self.connections:
                self.count = number = next(self.numbers)
                (whole if number % 4 == 0 else cut_short)(self.port, number // 4 if number % 4 == 0 else number)
        except Exception as failure:  # noqa: BLE001
            self.failures.append(failure)

    def drip(self):
        """One byte a second until the server has had enough."""
        try:
            with contextlib.closing(connect(self.port)) as client:
                begin = time.monotonic()
                read_packet(client)
                client.settimeout(1)
                for byte in LOGIN:
                    client.sendall(bytes([byte]))
                    with contextlib.suppress(TimeoutError):
                        if client.recv(1) == b"":
                            break
                else:
                    raise AssertionError("a login of %d s" % len(LOGIN))
                assert time.monotonic() - begin < PATIENCE, "ended after %.1f s" % (time.monotonic() - begin)
        except ConnectionError:
            pass                             # the same end, seen by send
        except Exception as failure:  # noqa: BLE001
            self.failures.append(failure)

    def run(self):
        threads = [threading.Thread(target=self.come_and_go) for _ in range(THREADS)]
        threads += [threading.Thread(target=self.drip) for _ in range(SLOW)]
        for thread in threads:
            thread.start()
        return threads


def longest_wait(connection, threads):
    """Of statements one after the other, for as long as the crowd is there."""
    longest = 0
    while any(thread.is_alive() for thread in threads):
        begin = time.monotonic()
        assert query(connection, "SELECT 1") == ((1,),)
        longest = max(longest, time.monotonic() - begin)
        time.sleep(0.001)
    return longest


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def resident(pid):
    return int(Path("/proc/%d/statm" % pid).read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def status(connection, name):
    return int(query(connection, "SHOW GLOBAL STATUS LIKE '%s'" % name)[0][1])


def crowd(server, connection, connections, seconds):
    visitors = Crowd(server.port, connections, seconds)
    longest = longest_wait(connection, visitors.run())
    if visitors.failures:
        raise visitors.failures[0]
    assert longest < LONGEST_WAIT, "a statement took %.1f s beside the crowd" % longest
    wait_until(lambda: status(connection, "Threads_connected") == 1, PATIENCE, "the crowd is gone")
    return visitors.count, longest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--any-memory", action="store_true", help="under sanitizers, which keep what is freed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        with Server(options.server, os.path.join(directory, "data"),
                    ["--set", "connect_timeout=%d" % CONNECT_TIMEOUT, "--set", "log_level=error"]) as server:
            with contextlib.closing(server.connect()) as connection:
                crowd(server, connection, options.connections // 2, options.seconds / 2)  # what is kept for the next
                opened, held = descriptors(server.pid), resident(server.pid)
                count, longest = crowd(server, connection, options.connections, options.seconds)
                wait_until(lambda: descriptors(server.pid) <= opened, PATIENCE, "descriptors are back at %d" % opened)
                grown = resident(server.pid) - held
                print("%d connections, %d KiB more, longest wait %.0f ms" % (count, grown >> 10, longest * 1000))
                assert options.any_memory or grown < GROWTH, "%d KiB more" % (grown >> 10)


if __name__ == "__main__":
    main()
