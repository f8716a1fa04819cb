#!/usr/bin/python3
"""Nobody can put a request of his own into the server's requests to an object store: every statement and command that
takes a URI, every option of it, every control character. The store is a listener that keeps each byte it is sent.

    splitting.py --server PROGRAM
"""

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness.expect import check  # noqa: E402
from harness.server import Server, attempt, query  # noqa: E402

SMUGGLED = "A\r\nContent-Length: 0\r\n\r\nDELETE /other HTTP/1.1\r\nX: "
SETTINGS = ["--set", "backup_dest_allow_http=true", "--set", "backup_dest_allow_loopback=true"]


class Store:
    """Answers 403 to everything."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.streams = []       # what each connection was sent: they come side by side
        self.connections = 0
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            self.connections += 1
            self.streams.append(bytearray())
            threading.Thread(target=self.serve, args=(connection, self.streams[-1]), daemon=True).start()

    def serve(self, connection, stream):
        with connection:
            while True:
                try:
                    piece = connection.recv(65536)
                except ConnectionResetError:
                    return
                if not piece:
                    return
                stream += piece
                if stream.endswith(b"\r\n\r\n"):
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


def uri(scheme, port, option, value):
    options = {"host": "http://127.0.0.1:%d" % port, "access_id": "AK", "access_key": "SK"}
    if scheme == "cos":
        options["appid"] = "1"
    options[option] = options.get(option, "") + value
    return "%s://bucket/dir?%s" % (scheme, "&".join("%s=%s" % item for item in options.items()))


def quoted(text):
    escapes = {"\\": "\\\\", "'": "\\'", "\0": "\\0"}
    return "'%s'" % "".join(escapes.get(c, c) for c in text)


def statements(text):
    yield "ALTER SYSTEM SET DATA_BACKUP_DEST = %s TENANT = t" % quoted(text)
    yield "ALTER SYSTEM SET LOG_ARCHIVE_DEST = %s TENANT = t" % quoted("LOCATION=" + text + " BINDING=Optional")
    yield "ALTER SYSTEM CHECK BACKUP DESTINATION %s TENANT = t" % quoted(text)
    yield "ALTER SYSTEM BACKUP KEY TENANT = t TO %s" % quoted(text)


def evil_uris(port):
    for scheme in ("s3", "oss", "cos"):
        for option in ("access_id", "access_key", "host", "s3_region", "appid", "delete_mode", "checksum_type",
                       "addressing_model", "max_iops", "max_bandwidth", "role_arn", "external_id", "zone", "unknown"):
            yield uri(scheme, port, option, SMUGGLED)
        for character in ["\0", "\n", "\r", "\x1f", "\x7f", "\x80", "\x85", "\x9f"]:
            yield uri(scheme, port, "access_id", character + "x")
        yield uri(scheme, port, "access_id", "x").replace("/dir", "/d" + SMUGGLED + "ir")
        yield uri(scheme, port, "access_id", "x").replace("bucket", "buc" + SMUGGLED + "ket")


def statements_refuse(server, store):
    connection = server.connect("root@sys")
    query(connection, "CREATE TENANT t")
    user = server.connect("root@t")
    query(user, "ALTER SYSTEM SET tde_method = 'internal'")
    query(user, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
    for text in evil_uris(store.port):
        for statement in statements(text):
            code, message = attempt(connection, statement)
            check(code == 9026, "%r was answered %s %s", statement, code, message)
            check("DELETE" not in str(message), "the error repeats the URI: %s", message)
    check(store.connections == 0, "a refused URI was connected to")
    # So that it is no listener that nobody reaches.
    code, _ = attempt(connection, next(statements(uri("s3", store.port, "access_id", "x"))))
    check(code is not None and store.connections > 0, "a good URI is not connected to: %s", code)


def commands_refuse(program, store):
    before = store.connections
    for text in evil_uris(store.port):
        if "\0" in text:
            continue        # no argument can hold it
        done = subprocess.run([program, "check", text], capture_output=True, timeout=60, check=False)
        check(done.returncode != 0, "check took %r", text)
        check(b"holds the control character" in done.stderr, "check of %r said %s", text, done.stderr)
    check(store.connections == before, "check connected to a refused URI")
    done = subprocess.run([program, "key", "verify", "/nowhere/a\nb"], capture_output=True, timeout=60, check=False)
    check(done.returncode != 0 and b"the path holds the control character U+000A at position 11" in done.stderr,
          "key verify said %s", done.stderr)
    good = subprocess.run([program, "check", uri("s3", store.port, "access_id", "x")], capture_output=True, timeout=60,
                          check=False)
    check(store.connections > before, "check of a good URI did not connect: %s", good.stderr)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--server", required=True)
    options = arguments.parse_args()
    store = Store()
    with tempfile.TemporaryDirectory() as base:
        with Server(options.server, os.path.join(base, "data"), args=SETTINGS) as server:
            statements_refuse(server, store)
        commands_refuse(os.path.abspath(options.server), store)
    requests = 0
    for stream in map(bytes, store.streams):
        lines = re.findall(rb"^[A-Z]+ \S+ HTTP/1\.1\r$", stream, re.M)
        heads = stream.count(b"\r\n\r\n")
        # A connection that was cut off may end in the middle of a request.
        check(len(lines) - heads in ((0, 1) if not stream.endswith(b"\r\n\r\n") else (0,)),
              "%d request lines in %d requests: %s", len(lines), heads, stream)
        check(b"DELETE /other" not in stream, "a request was smuggled in")
        requests += heads
    check(requests > 0, "no request at all")
    print("ok: %d requests, none but the server's own" % requests)


main()
