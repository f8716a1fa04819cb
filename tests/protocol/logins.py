#!/usr/bin/python3
"""What a login needs beside its password: TLS, a client's certificate, a place among the account's connections.

    logins.py --server PROGRAM
"""

import argparse
import contextlib
import os
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
from harness.server import Server, attempt, query  # noqa: E402

import pymysql  # noqa: E402

CERTIFICATE = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
               "-days", "2", "-subj", "/CN=client", "-addext", "basicConstraints=critical,CA:TRUE"]


def expect(actual, wanted, what=""):
    if actual != wanted:
        raise AssertionError("%s\n  wanted %r\n  got    %r" % (what, wanted, actual))


def tls(*pair):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if pair:
        context.load_cert_chain(*pair)
    return context


def login(server, context=None, user="u@sys", password="secret"):
    """The errno, or None and the connection's cipher."""
    try:
        with contextlib.closing(server.connect(user, password, ssl=context)) as connection:
            return None, query(connection, "SHOW STATUS LIKE 'Ssl_cipher'")[0][1] != ""
    except pymysql.err.MySQLError as error:
        return error.args[0], None


def requirements(server, root, pair):
    plain, encrypted, certified = (lambda: login(server)), (lambda: login(server, tls())), (
        lambda: login(server, tls(*pair)))
    refused, in_clear, over_tls = (1045, None), (None, False), (None, True)
    query(root, "CREATE USER u IDENTIFIED BY 'secret' REQUIRE SSL")
    expect((plain(), encrypted(), certified()), (refused, over_tls, over_tls), "REQUIRE SSL")
    expect("REQUIRE SSL" in query(root, "SHOW CREATE USER u")[0][0], True)
    expect(query(root, "SELECT ssl_type FROM mysql.user WHERE User = 'u'"), (("ANY",),))
    query(root, "ALTER USER u REQUIRE X509")
    expect((plain(), encrypted(), certified()), (refused, refused, over_tls), "REQUIRE X509")
    expect(query(root, "SELECT ssl_type FROM mysql.user WHERE User = 'u'"), (("X509",),))
    query(root, "ALTER USER u REQUIRE NONE")
    expect((plain(), encrypted(), certified()), (in_clear, over_tls, over_tls), "REQUIRE NONE")
    expect(attempt(root, "ALTER USER u REQUIRE CIPHER")[0], 1064)


def by_socket(server):
    """The mariadb client takes TLS wherever it is offered, and goes without where it is told to."""
    for more in ([], ["--skip-ssl"]):
        done = subprocess.run(["mariadb", "--no-defaults", "--socket", server.socket, "-u", "u@sys", "-psecret", *more,
                               "-N", "-e", "SELECT 'in'"], capture_output=True, text=True, timeout=600)
        expect((done.stdout, done.returncode), ("in\n", 0), done.stderr)


def places(server, root):
    query(root, "GRANT ALTER SYSTEM ON *.* TO u")
    held = [server.connect("u@sys", "secret") for _ in range(2)]
    try:
        server.connect("u@sys", "secret")
        raise AssertionError("a third connection")
    except pymysql.err.MySQLError as error:
        expect(error.args, (1203, "User u already has more than 'max_user_connections' active connections"))
    held.pop().close()
    # The place is free when the server has seen the client go.
    while login(server)[0] == 1203:
        pass
    expect(attempt(held[0], "KILL %d" % root.thread_id()), (1095, "You are not owner of thread %d" % root.thread_id()))
    held.pop().close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    program = parser.parse_args().server
    with tempfile.TemporaryDirectory() as directory:
        pair = [os.path.join(directory, name) for name in ("client.pem", "client-key.pem")]
        subprocess.run(CERTIFICATE + ["-out", pair[0], "-keyout", pair[1]], check=True, capture_output=True,
                       timeout=600)
        data = os.path.join(directory, "server")
        with Server(program, data, ["--set", "ssl_ca=" + pair[0], "--set", "max_user_connections=2"]) as server:
            with contextlib.closing(server.connect()) as root:
                requirements(server, root, pair)
                by_socket(server)
                places(server, root)
        with Server(program, data, ["--set", "require_secure_transport=true"]) as server:
            expect(login(server), (3159, None))
            expect(login(server, tls()), (None, True))
            by_socket(server)


if __name__ == "__main__":
    main()
