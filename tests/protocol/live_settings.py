#!/usr/bin/python3
"""Settings of a running server: what SIGHUP reads again and what ALTER SYSTEM SET changes is in force at once.

    live_settings.py --server PROGRAM
"""

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
from handshake import PATIENCE  # noqa: E402
from harness.expect import expect  # noqa: E402
from harness.server import Server, attempt, query, wait_until  # noqa: E402

import pymysql  # noqa: E402


def login(server, user="u@sys"):
    """A connection, or the errno."""
    try:
        return server.connect(user, "secret")
    except pymysql.err.MySQLError as error:
        return error.args[0]


def hang_up(server, ends_with):
    """SIGHUP, and the line that says how it ended."""
    seen = server.log().count(ends_with)
    os.kill(server.pid, signal.SIGHUP)
    wait_until(lambda: server.log().count(ends_with) > seen, PATIENCE, ends_with)


def parameter(connection, name):
    return query(connection, "SHOW PARAMETERS LIKE '%s'" % name)[0][6]


def by_signal(server, root, config, place):
    """The file is read again; the command line wins; a wrong file changes nothing."""
    def write(text):
        Path(config).write_text(text)

    def destination():
        return attempt(root, "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s' TENANT = t" % place)[0]

    write("backup_dest_allow = ['/somewhere/else']\nio_threads = 2\nmax_user_connections = 9\n")
    hang_up(server, "the settings are read again")
    expect(destination(), 9026, "outside of what is allowed now")
    expect(parameter(root, "backup_dest_allow"), "/somewhere/else")
    expect(parameter(root, "max_user_connections"), "3", "the command line wins")
    expect("setting io_threads stays '1' until a restart: file and command line say '2'" in server.log(), True)
    expect("setting backup_dest_allow: '' is '/somewhere/else' now, by file and command line" in server.log(), True)
    write("backup_dest_allow = []\nwait_timeout = 'soon'\n")
    hang_up(server, "the settings stay as they are: %s:2: wait_timeout = 'soon': must be" % config)
    expect(destination(), 9026, "nothing of a wrong file counts")
    os.remove(config)
    hang_up(server, "the settings stay as they are: ")
    write("")
    hang_up(server, "the settings are read again")
    expect(destination(), None)


def by_statement(server, root):
    first = login(server)
    query(root, "ALTER SYSTEM SET max_user_connections = 1")
    expect(login(server), 1203, "at once")
    expect(parameter(root, "max_user_connections"), "1")
    expect(query(root, "SHOW GLOBAL VARIABLES LIKE 'max_user_connections'"), (("max_user_connections", "1"),))
    line = "setting max_user_connections: '3' is '1' now, by root@127.0.0.1"
    wait_until(lambda: line in server.log(), PATIENCE, line)
    query(root, "ALTER SYSTEM RESET max_user_connections")
    with contextlib.closing(login(server)) as second:
        expect(query(second, "SELECT 1"), ((1,),))
    first.close()

    query(root, "ALTER SYSTEM SET require_secure_transport = true, max_connect_errors = 77")
    expect(login(server), 3159)
    hang_up(server, "the settings are read again")
    expect(parameter(root, "max_connect_errors"), "1000", "SIGHUP takes back what ALTER SYSTEM has set")
    login(server).close()

    query(root, "ALTER SYSTEM SET wait_timeout = '4s'")
    with contextlib.closing(login(server)) as idle:
        expect(query(idle, "SELECT @@wait_timeout"), ((4,),))
        idle._sock.settimeout(PATIENCE)
        expect(idle._rfile.read(1), b"", "the server closes it")
    expect(query(root, "SELECT @@wait_timeout"), ((28800,),), "a session keeps its own")
    query(root, "ALTER SYSTEM SET wait_timeout = '8h'")

    query(root, "ALTER SYSTEM SET log_level = 'error'")
    lines = len(server.lines)
    query(root, "ALTER SYSTEM SET max_connect_errors = 99")
    query(root, "ALTER SYSTEM SET log_level = 'info'")
    query(root, "ALTER SYSTEM SET max_connect_errors = 1000")
    wait_until(lambda: "setting max_connect_errors: '99' is '1000' now" in server.log(), PATIENCE, "the line")
    expect([line for line in server.lines[lines:] if "'1000' is '99'" in line], [], "no line below the level")


def shown_in_the_log(server, root, program):
    """What a setting is set to is readable in the statement's line; what is no value of it isn't."""
    table = subprocess.run([program, "serve", "--help"], capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"^  (\w+) = (.*)\n      .* \((.*)\)$", table, re.M)
    at_once = [(name, default) for name, default, limits in rows if "; changes with " not in limits]
    expect(len(at_once) > 10, True, table)
    for name, default in at_once:
        statement = "ALTER SYSTEM SET %s = '%s'" % (name, default)
        expect(attempt(root, statement)[0], None, statement)
        attempt(root, "ALTER SYSTEM SET %s = 'k3y-of-mine'" % name)
        query(root, "ALTER SYSTEM RESET " + name)
    wait_until(lambda: "ms: ALTER SYSTEM RESET " + at_once[-1][0] in server.log(), PATIENCE, "the last line")
    log = server.log()
    missing = [row for row in at_once if "ms: ALTER SYSTEM SET %s = '%s'\n" % row not in log]
    expect(missing, [], "settings that the log doesn't show")
    expect("k3y-of-mine" in log, False, "a wrong value is in the log")


def refused(root, user, tenant):
    for statement, wanted in (
            ("SET io_threads = 2", (1235, "changing io_threads in a running server not supported")),
            ("SET backup_dest_allow = ''", (1235, "changing backup_dest_allow by SQL not supported")),
            ("SET max_connections = 'k3y'", (1231, "ALTER SYSTEM: max_connections = '...': must be 1 to 1000000")),
            ("SET max_connections = 5 TENANT = t",
             (1235, "TENANT with max_connections, a setting of the server not supported")),
            ("SET max_connections = 5 SCOPE = SPFILE", (1235, "SCOPE = SPFILE with max_connections not supported")),
            ("RESET io_threads", (1235, "changing io_threads in a running server not supported")),
            ("SET max_conections = 5", (5099, "System config unknown"))):
        expect(attempt(root, "ALTER SYSTEM " + statement), wanted, statement)
    expect(attempt(user, "ALTER SYSTEM SET max_connections = 5")[0], 1227, "without the privilege")
    expect(attempt(tenant, "ALTER SYSTEM SET max_connections = 5")[0], 1227, "of a user tenant")
    expect(parameter(root, "max_connections"), "10000")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    program = parser.parse_args().server
    with tempfile.TemporaryDirectory() as directory:
        data, config = os.path.join(directory, "server"), os.path.join(directory, "breakwater.toml")
        Path(config).write_text("io_threads = 1\n")
        arguments = ["--config", config, "--set", "max_user_connections=3"]
        with Server(program, data, arguments) as server:
            with contextlib.closing(server.connect()) as root:
                query(root, "CREATE RESOURCE UNIT u MAX_CPU = 1, MEMORY_SIZE = '1G'")
                query(root, "CREATE RESOURCE POOL p UNIT = 'u', UNIT_NUM = 1")
                query(root, "CREATE TENANT t RESOURCE_POOL_LIST = ('p')")
                query(root, "CREATE USER u IDENTIFIED BY 'secret'")
                by_signal(server, root, config, os.path.join(directory, "backup"))
                by_statement(server, root)
                with contextlib.closing(login(server)) as user, \
                        contextlib.closing(server.connect("root@t", "")) as tenant:
                    refused(root, user, tenant)
                shown_in_the_log(server, root, program)
                query(root, "ALTER SYSTEM SET max_connect_errors = 5")
        with Server(program, data, arguments) as server, contextlib.closing(server.connect()) as root:
            expect(parameter(root, "max_connect_errors"), "1000", "after a restart")


if __name__ == "__main__":
    main()
