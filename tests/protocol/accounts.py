#!/usr/bin/python3
"""Whose accounts are whose: who may change which, how long a session may live, what a login that can't be judged is
told, and what neither tells: which tenants there are.

    accounts.py --server PROGRAM
"""

import argparse
import contextlib
import os
import resource
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
from handshake import ERR, NATIVE, OK, PATIENCE, SHA2, asked_of_a_stranger, connect, packet, read_packet, \
    response  # noqa: E402
from harness.expect import expect  # noqa: E402
from harness.server import Server, attempt, query, wait_until  # noqa: E402

import pymysql  # noqa: E402
from pymysql.constants import CLIENT  # noqa: E402

MISSING = "Access denied; you need (at least one of) the %s privilege(s) for this operation"
NAMES = 120                  # unknown names that are tried in each tenant
KILLED, USER_LOCKED, TENANT_LOCKED = 1927, 3118, 5260


def errno_of(connection, sql):
    return attempt(connection, sql)[0]


def can_log_in(server, user, password=""):
    try:
        server.connect(user, password, database=None).close()
        return True
    except pymysql.err.MySQLError:
        return False


# ---- who may change whom

CREDENTIALS = ["ALTER USER {0} IDENTIFIED BY 'taken'", "GRANT SELECT ON *.* TO {0} IDENTIFIED BY 'taken'",
               "GRANT USAGE ON *.* TO {0} IDENTIFIED BY 'taken'", "SET PASSWORD FOR {0} = 'taken'",
               "SET PASSWORD FOR {0} = PASSWORD('taken')",
               "ALTER USER {0} IDENTIFIED WITH mysql_native_password BY 'taken'",
               "ALTER USER {0} IDENTIFIED WITH caching_sha2_password",
               "GRANT SELECT ON *.* TO {0} IDENTIFIED WITH mysql_native_password BY 'taken'",
               "GRANT SELECT ON *.* TO low, {0} IDENTIFIED BY 'taken'"]
OTHERS = ["ALTER USER {0} ACCOUNT LOCK", "ALTER USER {0} REQUIRE SSL", "ALTER USER {0} REQUIRE X509", "DROP USER {0}",
          "CREATE USER '{0}'@'192.0.2.1' IDENTIFIED BY 'taken'", "REVOKE ALL PRIVILEGES, GRANT OPTION FROM {0}"]
ORACLE = ["ALTER USER {0} IDENTIFIED BY taken", 'ALTER USER {0} IDENTIFIED BY "taken"',
          "GRANT SELECT ON *.* TO {0} IDENTIFIED BY taken", "ALTER USER {0} ACCOUNT LOCK", "ALTER USER {0} REQUIRE SSL",
          "DROP USER {0}"]


def refusals(connection, statements, victim, missing):
    for statement in statements:
        answer = attempt(connection, statement.format(victim))
        expect(answer, (1227, MISSING % missing), statement.format(victim))


def changes(server, root):
    """Another's credential, lock and TLS need take CREATE USER, root's SUPER; one's own password takes nothing."""
    with contextlib.closing(server.connect("root@t", database=None)) as admin:
        query(admin, "ALTER USER root IDENTIFIED BY 'roots'")
        for name, held in ("low", "SELECT"), ("maker", "CREATE USER, SELECT"), ("super", "SUPER, SELECT"):
            query(admin, "CREATE USER %s IDENTIFIED BY 'own'" % name)
            query(admin, "GRANT %s ON *.* TO %s WITH GRANT OPTION" % (held, name))
        query(admin, "CREATE USER victim IDENTIFIED BY 'own'")
        with contextlib.closing(server.connect("low@t", "own", database=None)) as low:
            refusals(low, CREDENTIALS + OTHERS[:5], "victim", "CREATE USER")
            refusals(low, CREDENTIALS + OTHERS[:5], "root", "SUPER")
            refusals(low, ["RENAME USER {0} TO other", "RENAME USER {0} TO root"], "victim", "CREATE USER")
            expect(errno_of(low, "REVOKE SELECT ON *.* FROM root"), 1227)
            for own in ("ALTER USER low IDENTIFIED BY 'own'", "ALTER USER CURRENT_USER() IDENTIFIED BY 'own'",
                        "SET PASSWORD = 'own'", "SET PASSWORD FOR low = 'own'",
                        "GRANT SELECT ON *.* TO low IDENTIFIED BY 'own'"):
                expect(attempt(low, own), (None, ()), own)
            refusals(low, OTHERS[:3], "low", "CREATE USER")
        with contextlib.closing(server.connect("maker@t", "own", database=None)) as maker:
            refusals(maker, CREDENTIALS + OTHERS[:5], "root", "SUPER")
            expect(errno_of(maker, "REVOKE SELECT ON *.* FROM root"), 1227)
            query(maker, "GRANT SELECT ON *.* TO victim IDENTIFIED BY 'changed'")
        with contextlib.closing(server.connect("super@t", "own", database=None)) as super_:
            refusals(super_, CREDENTIALS + OTHERS[:5], "victim", "CREATE USER")
            query(super_, "GRANT SELECT ON *.* TO root IDENTIFIED BY 'again'")
        expect([can_log_in(server, "root@t", word) for word in ("taken", "roots", "again")], [False, False, True])
        expect([can_log_in(server, "victim@t", word) for word in ("taken", "own", "changed")], [False, False, True])
    query(root, "CREATE USER low IDENTIFIED BY 'own'")
    query(root, "GRANT SELECT ON *.* TO low WITH GRANT OPTION")
    with contextlib.closing(server.connect("low@sys", "own", database=None)) as low:
        refusals(low, CREDENTIALS, "root", "SUPER")
        refusals(low, ["ALTER SYSTEM CHANGE TENANT t"], "t", "ALTER SYSTEM")
    expect(can_log_in(server, "root@sys"), True, "root's password is what it was")


def oracle_changes(server):
    with contextlib.closing(server.connect("SYS@o", database=None)) as admin:
        query(admin, "CREATE USER low IDENTIFIED BY own")
        query(admin, "CREATE USER victim IDENTIFIED BY own")
        query(admin, "GRANT SELECT ON *.* TO low WITH GRANT OPTION")
        with contextlib.closing(server.connect("low@o", "own", database=None)) as low:
            for victim, statement in ((v, s) for v in ("victim", "SYS", "sys") for s in ORACLE):
                number, text = attempt(low, statement.format(victim))
                expect((number, text[:9]), (1031, "ORA-01031"), statement.format(victim))
            query(low, "ALTER USER low IDENTIFIED BY own2")
        expect([can_log_in(server, "SYS@o"), can_log_in(server, "victim@o", "own"), can_log_in(server, "low@o", "own2")],
               [True] * 3)


# ---- how long a session lives

def is_closed(connection):
    """Whether the server has ended it."""
    connection._sock.settimeout(PATIENCE)
    try:
        return connection._sock.recv(1) == b""
    except ConnectionError:
        return True


def ends(connection, sql, number, what):
    expect(errno_of(connection, sql), number, what)
    expect(is_closed(connection), True, what)


def statements_of(connection):
    """Each kind of command that is a statement, and the error that it met."""
    def command(code, body=b""):
        connection._execute_command(code, body)
        return connection._read_packet()
    return {"query": lambda: query(connection, "SELECT 1"), "several": lambda: query(connection, "SELECT 1; SELECT 2"),
            "init_db": lambda: command(0x02, b"oceanbase"), "field_list": lambda: command(0x04, b"x\0"),
            "process_info": lambda: command(0x0A), "kill": lambda: command(0x0C, struct.pack("<I", 1 << 30)),
            "prepare": lambda: command(0x16, b"SELECT 1"), "execute": lambda: command(0x17, struct.pack("<IBI", 1, 0, 1)),
            "reset_statement": lambda: command(0x1A, struct.pack("<I", 1)),
            "fetch": lambda: command(0x1C, struct.pack("<II", 1, 1)), "reset": lambda: command(0x1F)}


def sessions(server, root):
    """A session ends at its next statement when its account is gone, though another has the name, or locked; or its
    tenant is."""
    query(root, "CREATE TENANT s SET ob_tcp_invited_nodes = '%'")
    with contextlib.closing(server.connect("root@s", database=None)) as admin:
        def made():
            query(admin, "CREATE USER u IDENTIFIED BY 'own'")
            query(admin, "GRANT ALL PRIVILEGES ON *.* TO u WITH GRANT OPTION")

        def opened():
            return server.connect("u@s", "own", database=None, client_flag=CLIENT.MULTI_STATEMENTS)

        made()
        kinds = list(statements_of(None))
        held = [opened() for _ in kinds]
        beside = server.connect("root@s", database=None)
        query(admin, "DROP USER u")
        made()
        for kind, connection in zip(kinds, held):
            try:
                statements_of(connection)[kind]()
                raise AssertionError("a %s of a session whose account is gone" % kind)
            except pymysql.err.MySQLError as error:
                expect(error.args[0], KILLED, kind)
            expect(is_closed(connection), True, kind)
        expect(query(beside, "SELECT 1"), ((1,),), "others go on")
        beside.close()

        held = opened()
        query(admin, "ALTER USER u IDENTIFIED BY 'own'")
        query(admin, "GRANT SELECT ON *.* TO u")
        expect(query(held, "SELECT 1"), ((1,),), "a change is no end")
        query(admin, "ALTER USER u ACCOUNT LOCK")
        ends(held, "SELECT 1", USER_LOCKED, "a locked account")
        query(admin, "ALTER USER u ACCOUNT UNLOCK")
        held = opened()
        query(admin, "DROP USER u")
        ends(held, "CREATE USER w IDENTIFIED BY 'x'", KILLED, "a dropped account")
        made()
        held = opened()
    query(root, "ALTER TENANT s LOCK")
    ends(held, "SELECT 1", TENANT_LOCKED, "a locked tenant")
    query(root, "ALTER TENANT s UNLOCK")
    held = [server.connect("u@s", "own", database=None) for _ in range(2)]
    query(root, "ALTER TENANT s RENAME GLOBAL_NAME TO s2")
    expect(query(held[0], "SELECT 1"), ((1,),), "a renamed tenant is the same")
    query(root, "DROP TENANT s2 FORCE")
    ends(held[0], "SELECT 1", KILLED, "a dropped tenant")
    query(root, "CREATE TENANT s2 SET ob_tcp_invited_nodes = '%'")
    ends(held[1], "SELECT 1", KILLED, "another tenant has its name")
    query(root, "DROP TENANT s2 FORCE")
    with contextlib.closing(server.connect(database=None)) as own:
        query(own, "CREATE USER itself IDENTIFIED BY 'own'")
        query(own, "GRANT CREATE USER ON *.* TO itself")
        with contextlib.closing(server.connect("itself@sys", "own", database=None)) as itself:
            expect(attempt(itself, "DROP USER itself"), (None, ()), "the statement that does it is the last")
            ends(itself, "SELECT 1", KILLED, "one's own")


# ---- ob_tcp_invited_nodes

def invitations(server, root):
    """A list that took 26 s a login, on a thread that serves others too."""
    query(root, "CREATE TENANT invites SET ob_tcp_invited_nodes = '%'")
    hostile = "1" + "%1" * 40 + "x"
    with contextlib.closing(server.connect("root@invites", database=None)) as admin:
        begin = time.monotonic()
        query(admin, "SET GLOBAL ob_tcp_invited_nodes = '%s'" % ",".join([hostile] * 45))
        for _ in range(20):
            expect(can_log_in(server, "root@invites"), False)
        expect(time.monotonic() - begin < 20, True, "twenty logins")
        expect(errno_of(admin, "SET GLOBAL ob_tcp_invited_nodes = '%s'" % ("%" * 4097)), 1231)
        query(admin, "SET GLOBAL ob_tcp_invited_nodes = '10.0.0.0/8, 127.0.0.0/8'")
        expect(can_log_in(server, "root@invites"), True)
        query(admin, "SET GLOBAL ob_tcp_invited_nodes = '::/0'")
        expect(can_log_in(server, "root@invites"), False)
    query(root, "DROP TENANT invites FORCE")


# ---- which tenants there are

def asked(server, tenant, number):
    user = "stranger%d@%s" % (number, tenant)
    return tuple(asked_of_a_stranger(server.port, user, brings) for brings in (NATIVE, SHA2))


def tenants_hidden(server, root):
    """Strangers meet one distribution of plugins, whatever their tenant's accounts are and whether there is one."""
    with contextlib.closing(server.connect("root@t", "again", database=None)) as admin:
        for number in range(8):
            query(admin, "CREATE USER n%d IDENTIFIED WITH mysql_native_password BY 'x'" % number)
    for number in range(8):
        query(root, "CREATE USER s%d IDENTIFIED WITH caching_sha2_password BY 'x'" % number)
    tenants = ("t", "o", "sys", "nowhere", "elsewhere")
    shares = {}
    for tenant in tenants:
        answers = [asked(server, tenant, number) for number in range(NAMES)]
        shares[tenant] = {answer: answers.count(answer) / NAMES for answer in set(answers)}
    kinds = set().union(*shares.values())
    expect(len(kinds), 3, "of either plugin, of each")
    for kind in kinds:
        of_all = [shares[tenant].get(kind, 0) for tenant in tenants]
        # Of 120 names a share has a standard deviation of at most 4.6 %.
        expect(max(of_all) - min(of_all) < 0.28, True, "%s: %s" % (kind, dict(zip(tenants, of_all))))
        expect(min(of_all) > 0, True, str(kind))

    def has_case(tenant):
        """Whether the case of names matters there."""
        return any(asked_of_a_stranger(server.port, "case%d@%s" % (n, tenant), NATIVE)
                   != asked_of_a_stranger(server.port, "CASE%d@%s" % (n, tenant), NATIVE) for n in range(24))
    expect((has_case("t"), has_case("o")), (True, False))
    unknown = {has_case("nowhere%d" % number) for number in range(24)}
    expect(unknown, {True, False}, "tenants that aren't there pass for either")


# ---- silent connections

def silence(program, directory):
    """As many silent connections as there are places shut nobody out, and fill no log."""
    with Server(program, os.path.join(directory, "silent"),
                ["--set", "max_unauthenticated_connections=50", "--set", "connect_timeout=60"]) as server:
        before = len(server.lines)
        held = []
        for number in range(400):
            held.append(connect(server.port))
            read_packet(held[-1])
            if number % 50 == 49:
                begin = time.monotonic()
                server.connect().close()
                pymysql.connect(unix_socket=server.socket, user="root@sys").close()
                with socket.create_connection(("127.0.0.1", server.port), PATIENCE, ("127.0.0.9", 0)) as other:
                    read_packet(other)
                    other.sendall(packet(1, response("root@sys")))
                    expect(read_packet(other)[0], OK, "from another address")
                expect(time.monotonic() - begin < 10, True, "not a tenth of connect_timeout")
        with contextlib.closing(server.connect()) as root:
            wait_until(lambda: int(query(root, "SHOW GLOBAL STATUS LIKE 'Threads_connected'")[0][1]) <= 30, PATIENCE,
                       "the oldest have gone")
        for client in held:
            client.close()
        lines = [line for line in server.lines[before:] if "silent connection" in line]
        expect(1 <= len(lines) < 60, True, "%d lines of %d connections" % (len(lines), len(held)))


# ---- a login that nobody can judge

PROXIED = b"PROXY TCP4 192.0.2.7 127.0.0.1 4660 2881\r\n"


def answer_to(server, user="root@sys"):
    """The last packet of a login that comes through a proxy."""
    with connect(server.port) as client:
        client.sendall(PROXIED)
        read_packet(client)
        client.sendall(packet(1, response(user, NATIVE, b"\1" * 20)))
        return read_packet(client)


def number_of(answer):
    return struct.unpack_from("<H", answer, 1)[0] if answer[0] == ERR else None


def no_descriptors(program, directory):
    with Server(program, os.path.join(directory, "few"),
                ["--set", "io_threads=1", "--set", "max_connect_errors=3", "--set",
                 "proxy_protocol_networks=127.0.0.0/8"]) as server:
        descriptors = lambda: {int(name) for name in os.listdir("/proc/%d/fd" % server.pid)}    # noqa: E731
        used = descriptors()
        free = (number for number in range(10_000) if number not in used)
        one_more = next(free) + 1           # for the connection itself; none for the catalogue
        soft, hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (one_more, hard))
        for _ in range(5):
            wait_until(lambda: descriptors() <= used, PATIENCE, "the connection before to be gone")
            answer = answer_to(server)
            expect(number_of(answer), 1040)
            expect(answer.endswith(b"try again"), True, answer)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (soft, hard))
        expect(number_of(answer_to(server)), 1045, "none of the five was counted")
        wait_until(lambda: "no file descriptor is left" in server.log(), PATIENCE, "the line")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    parser.add_argument("--sanitized", action="store_true", help="UBSan looks at an object through a pipe: it needs descriptors")
    options = parser.parse_args()
    program = options.server
    with tempfile.TemporaryDirectory() as directory:
        with Server(program, os.path.join(directory, "server")) as server:
            with contextlib.closing(server.connect()) as root:
                query(root, "CREATE TENANT t SET ob_tcp_invited_nodes = '%'")
                query(root, "CREATE TENANT o SET ob_tcp_invited_nodes = '%', ob_compatibility_mode = 'oracle'")
                changes(server, root)
                oracle_changes(server)
                sessions(server, root)
                invitations(server, root)
                tenants_hidden(server, root)
        silence(program, directory)
        if not options.sanitized:
            no_descriptors(program, directory)


if __name__ == "__main__":
    main()
