#!/usr/bin/python3
"""What a login needs beside its password: the account's plugin, TLS, a client's certificate, a place among the
connections; and what it never tells: who exists.

    logins.py --server PROGRAM
"""

import argparse
import contextlib
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
from handshake import CAPABILITIES, ERR, NATIVE, PATIENCE, SHA2, asked_of_a_stranger, connect, greeted_plugin, \
    packet, read_packet  # noqa: E402
from harness.expect import expect  # noqa: E402
from harness.server import Server, any_server, attempt, has_ipv6_loopback, query, wait_until  # noqa: E402
from wire import Wire  # noqa: E402

import pymysql  # noqa: E402

CLIENT_INTERACTIVE, CLIENT_SSL = 1 << 10, 1 << 11
CERTIFICATE = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
               "-days", "2", "-subj", "/CN=client", "-addext", "basicConstraints=critical,CA:TRUE"]


def tls(*pair):
    context = any_server()
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
    wait_until(lambda: login(server)[0] is None, PATIENCE, "the place is free when the server has seen the client go")
    expect(attempt(held[0], "KILL %d" % root.thread_id()), (1095, "You are not owner of thread %d" % root.thread_id()))
    held.pop().close()


def plugins(server, root):
    """An account made WITH or VIA a plugin is one of that plugin alone; one made without, of either."""
    secret = "'secret'"
    query(root, "CREATE USER either IDENTIFIED BY " + secret)
    query(root, "CREATE USER native IDENTIFIED WITH mysql_native_password BY " + secret)
    query(root, "CREATE USER sha2 IDENTIFIED VIA caching_sha2_password BY " + secret)
    rows = query(root, "SELECT User, plugin FROM mysql.user WHERE User IN ('either', 'native', 'sha2') ORDER BY User")
    expect(rows, (("either", NATIVE), ("native", NATIVE), ("sha2", SHA2)), "mysql.user")
    for user in "either@sys", "native@sys", "sha2@sys":
        for context in None, tls():
            expect(login(server, context, user)[0], None, user)
            expect(login(server, context, user, "wrong")[0], 1045, user)
    password = ("the password", "the password, encrypted")
    asked = {(user, brings): asked_of_a_stranger(server.port, user + "@sys", brings)
             for user in ("either", "native", "sha2") for brings in (NATIVE, SHA2)}
    refused = (ERR, 1045)
    expect(asked, {("either", NATIVE): refused, ("either", SHA2): (*password, *refused),
                   ("native", NATIVE): refused, ("native", SHA2): (NATIVE, *refused),
                   ("sha2", NATIVE): (SHA2, *password, *refused), ("sha2", SHA2): (*password, *refused)})


def strangers(server, kinds):
    """What each of 60 unknown names is asked for, by a client of each plugin: as accounts that exist, which are of so
    many kinds, now one way and now the other, but each name always the same way."""
    names = ["stranger%d@sys" % number for number in range(60)]
    asked = [tuple(asked_of_a_stranger(server.port, name, brings) for brings in (NATIVE, SHA2)) for name in names]
    known = {tuple(asked_of_a_stranger(server.port, user + "@sys", brings) for brings in (NATIVE, SHA2))
             for user in ("either", "native", "sha2")}
    expect(len(known), kinds)
    expect(set(asked), known, "unknown names pass for all kinds of accounts")
    return asked


def one_plugin_for_all(server):
    """An account of either plugin is now one of this alone, and so are the strangers that pass for one."""
    with connect(server.port) as client:
        expect(greeted_plugin(read_packet(client)), SHA2)
    expect(asked_of_a_stranger(server.port, "either@sys", NATIVE)[0], SHA2)
    strangers(server, 2)
    for user in "either@sys", "native@sys", "sha2@sys":
        expect(login(server, tls(), user)[0], None, user)


def last_places(server):
    """The administrator's, beyond max_connections; after it there is none."""
    held = [server.connect("either@sys", "secret") for _ in range(3)]
    expect(login(server, user="either@sys")[0], 1040)

    def administrator():
        """The refused one has the place until the server has seen it go."""
        with contextlib.suppress(pymysql.err.OperationalError):
            held.append(server.connect())
        return len(held) == 4

    wait_until(administrator, PATIENCE, "the administrator's place")
    with connect(server.port) as client:
        expect(struct.unpack_from("<BH", read_packet(client)), (ERR, 1040), "in place of a greeting")
    for connection in held[:2]:
        connection.close()
    wait_until(lambda: login(server, user="either@sys")[0] is None, PATIENCE, "a place is free again")
    for connection in held[2:]:
        connection.close()


def by_ipv6(server):
    """The address is the account's host and the one that is shown."""
    port = int(re.search(r"\[::1\]:(\d+)", server.log()).group(1))
    with contextlib.closing(server.connect()) as root:
        query(root, "CREATE USER six@'::1' IDENTIFIED BY 'secret'")
    expect(login(server, user="six@sys")[0], 1045, "from 127.0.0.1")
    with contextlib.closing(pymysql.connect(host="::1", port=port, user="six@sys", password="secret",
                                            read_timeout=600)) as client:
        expect(query(client, "SELECT USER(), CURRENT_USER()"), (("six@::1", "six@::1"),))
        host = query(client, "SHOW PROCESSLIST")[0][2]
        expect(bool(re.fullmatch(r"::1:\d+", host)), True, host)


def certificate(server):
    """The one that the server shows now."""
    with connect(server.port) as client:
        body = read_packet(client)
        expect(body[0], 10)
        client.sendall(packet(1, struct.pack("<IIB23x", CAPABILITIES | CLIENT_SSL, 1 << 24, 45)))
        with tls().wrap_socket(client) as encrypted:
            return encrypted.getpeercert(True)


def certificate_again(server, files):
    """SIGHUP: new connections meet the new certificate, old ones go on, and files that can't be used change nothing."""
    before = certificate(server)
    with contextlib.closing(server.connect(ssl=tls())) as held:
        subprocess.run(CERTIFICATE + ["-out", files[0], "-keyout", files[1]], check=True, capture_output=True, timeout=600)
        os.kill(server.pid, signal.SIGHUP)
        wait_until(lambda: certificate(server) != before, PATIENCE, "the new certificate")
        expect(query(held, "SELECT 1"), ((1,),))
        after = certificate(server)
        Path(files[0]).write_text("no certificate")
        os.kill(server.pid, signal.SIGHUP)
        wait_until(lambda: "the old certificate stays in use" in server.log(), PATIENCE, "the refusal in the log")
        expect(certificate(server), after)
        expect(query(held, "SELECT 2"), ((2,),))


def idle(server):
    """Of two idle connections the one ends whose wait_timeout is over; CLIENT_INTERACTIVE has its own."""
    query_one = "SELECT @@wait_timeout"
    with contextlib.closing(Wire(server, "either@sys", "secret", "", CLIENT_INTERACTIVE)) as interactive, \
            contextlib.closing(Wire(server, "either@sys", "secret", "")) as other:
        expect((interactive.query(query_one), other.query(query_one)), ([("7",)], [("28800",)]))
        interactive.query("SET wait_timeout = 1")
        expect(interactive.connection._rfile.read(1), b"", "the server closes it")
        expect(other.query("SELECT 1"), [("1",)])


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
                plugins(server, root)
                asked = strangers(server, 3)
        with Server(program, data) as server:
            expect(strangers(server, 3), asked, "after a restart")
        with Server(program, data, ["--set", "default_authentication_plugin=caching_sha2_password"]) as server:
            one_plugin_for_all(server)
        own = [shutil.copy(file, os.path.join(directory, "own-" + os.path.basename(file))) for file in pair]
        six = ["--listen", "[::1]:0"] if has_ipv6_loopback() else []
        with Server(program, data, [*six, "--set", "max_connections=3", "--set",
                                    "interactive_timeout=7", "--set", "ssl_cert=" + own[0], "--set",
                                    "ssl_key=" + own[1]]) as server:
            last_places(server)
            if six:
                by_ipv6(server)
            certificate_again(server, own)
            idle(server)
        with Server(program, data, ["--set", "require_secure_transport=true"]) as server:
            expect(login(server), (3159, None))
            expect(login(server, tls()), (None, True))
            by_socket(server)


if __name__ == "__main__":
    main()
