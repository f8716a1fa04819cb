#!/usr/bin/python3
"""How the program starts, refuses to start, and ends.

    startup.py --server PROGRAM [NAME...]      runs the named cases, or all
"""

import argparse
import hashlib
import json
import os
import re
import socket
import sqlite3
import stat
import subprocess
import threading
from pathlib import Path

import pymysql
from faults import Server, attempt, check, has_ipv6_loopback, query, read_format, run_cases, tree, wait_until

SECONDS = 120
CASES = []


def case(function):
    CASES.append(function)
    return function


class Place:
    """One case's directory, and the program in it."""

    def __init__(self, program, base):
        self.program, self.base = program, base
        self.data = os.path.join(base, "data")

    def server(self, *args, **more):
        return Server(self.program, self.data, list(args), **more)

    def run(self, *args, env=None):
        """A run that is to end by itself: (exit code, everything it said)."""
        done = subprocess.run([self.program, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=SECONDS, env=dict(os.environ, **(env or {})))
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def refused(self, *args, says=(), env=None):
        code, output = self.run("serve", "--data-dir", self.data, *args, env=env)
        check(code != 0, "it should not have started: %s", output)
        check(code > 0, "it died of signal %d: %s", -code, output)
        for word in says:
            check(re.search(word, output, re.I), "it does not say %r:\n%s", word, output)

    def catalogue(self):
        """The catalogue's file."""
        for path in sorted(Path(self.data).iterdir()):
            if path.is_file() and path.open("rb").read(15) == b"SQLite format 3":
                return str(path)
        raise AssertionError("no SQLite file in the data directory")

    def key_file(self):
        """The file that the catalogue's secrets are encrypted under: the one small file with mode 0600 of 32 bytes
        and more that is no database."""
        return os.path.join(self.data, "catalog.key")

    def digest(self):
        """Names and contents of everything in the data directory."""
        return {name: hashlib.sha256(Path(self.data, name).read_bytes()).hexdigest()
                for name in tree(self.data) if Path(self.data, name).is_file()}


# Some 10^12 rows.
HOURS = ("WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 1000) "
         "SELECT COUNT(*) FROM many a, many b, many c, many d WHERE a.n + b.n + c.n + d.n = 0")


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@case
def first_start(place):
    with place.server() as server:
        check(mode(place.data) == 0o700, "the data directory has mode %o", mode(place.data))
        connection = server.connect("root@sys")
        rows = query(connection, "SELECT TENANT_ID, TENANT_NAME FROM oceanbase.DBA_OB_TENANTS")
        check(rows == ((1, "sys"),), "the tenants of a new server are %s", rows)
        query(connection, "CREATE TENANT t")
    for name in os.listdir(place.data):
        path = os.path.join(place.data, name)
        check(mode(path) & 0o077 == 0, "%s has mode %o", name, mode(path))
    with place.server() as server:
        rows = query(server.connect("root@sys"), "SELECT TENANT_ID FROM oceanbase.DBA_OB_TENANTS ORDER BY 1")
        check(rows == ((1,), (1001,), (1002,)), "after a restart the tenants are %s", rows)


@case
def second_process(place):
    with place.server() as server:
        query(server.connect("root@sys"), "CREATE TENANT t")
        place.refused("--listen", "127.0.0.1:0", says=["in use by another server", "process \\d+"])
        rows = query(server.connect("root@sys"), "SELECT COUNT(*) FROM oceanbase.DBA_OB_TENANTS")
        check(rows == ((3,),), "the first process was disturbed")


@case
def newer_catalogue(place):
    place.server().start().stop()
    connection = sqlite3.connect(place.catalogue())
    connection.execute("PRAGMA user_version = 9999")
    connection.commit()
    connection.close()
    before = Path(place.catalogue()).read_bytes()
    place.refused("--listen", "127.0.0.1:0", says=["newer"])
    check(Path(place.catalogue()).read_bytes() == before, "a newer catalogue was touched")


@case
def foreign_directory(place):
    os.mkdir(place.data)
    Path(place.data, "letter").write_text("mine")
    place.refused("--listen", "127.0.0.1:0", says=[re.escape(place.data)])
    check(tree(place.data) == ["letter"], "a foreign directory now holds %s", tree(place.data))


@case
def missing_key_file(place):
    with place.server() as server:
        connection = server.connect("root@sys")
        query(connection, "CREATE TENANT t")
        query(connection, "ALTER SYSTEM SET tde_method = 'internal' TENANT = t")
        own = server.connect("root@t")
        query(own, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
        check(mode(place.key_file()) == 0o600, "the key file has mode %o", mode(place.key_file()))
    aside = os.path.join(place.base, "aside")
    os.rename(place.key_file(), aside)
    place.refused("--listen", "127.0.0.1:0", says=["key"])
    check(not os.path.exists(place.key_file()), "a new key was made for old secrets")
    Path(place.key_file()).write_bytes(bytes(os.path.getsize(aside)))
    os.chmod(place.key_file(), 0o600)
    place.refused("--listen", "127.0.0.1:0", says=["key"])
    os.replace(aside, place.key_file())
    with place.server() as server:
        target = os.path.join(place.base, "key")
        query(server.connect("root@t"), "ALTER SYSTEM BACKUP KEY TO 'file://%s'" % target)
        check(os.path.getsize(target) > 0, "no key file")


@case
def root_password(place):
    secret = "a root's Pässword"
    with place.server(env={"BREAKWATER_ROOT_PASSWORD": secret}) as server:
        environment = Path("/proc/%d/environ" % server.pid).read_bytes()
        check(secret.encode() not in environment, "the password can be read in /proc/PID/environ")
        server.connect("root@sys", secret).close()
        for wrong in ("", "a root's Passwor"):
            try:
                server.connect("root@sys", wrong)
            except pymysql.err.OperationalError as error:
                check(error.args[0] == 1045, "a wrong password gives %s", error)
            else:
                check(False, "logged in with %r", wrong)
        check(secret not in server.log(), "the password is in the log")


@case
def empty_password_stays_at_home(place):
    place.refused("--listen", "0.0.0.0:0", says=["BREAKWATER_ROOT_PASSWORD", r"127\.0\.0\.1|loopback"])
    place.refused("--listen", "[::]:0", says=["BREAKWATER_ROOT_PASSWORD"])
    with place.server("--listen", "[::1]:0" if has_ipv6_loopback() else "127.0.0.1:0"):
        pass


@case
def unix_socket(place):
    with place.server() as server:
        connection = pymysql.connect(unix_socket=server.socket, user="root@sys", password="", database="oceanbase")
        check(query(connection, "SHOW TENANT") == (("sys",),), "SHOW TENANT over the unix socket")
        connection.close()
    check(not os.path.exists(server.socket), "the socket is left behind")
    server.start()
    server.kill()
    with server.start():         # the socket that a killed server left behind is no obstacle
        pymysql.connect(unix_socket=server.socket, user="root@sys", password="").close()


@case
def drain(place):
    """SIGTERM: idle connections end, a statement that runs finishes, nobody new comes in, exit 0."""
    server = place.server().start()
    admin = server.connect("root@sys")
    query(admin, "CREATE TENANT t")
    query(admin, "ALTER SYSTEM SET tde_method = 'internal' TENANT = t")
    busy = server.connect("root@t")
    query(busy, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
    target = os.path.join(place.base, "key")
    answers = []
    # scrypt keeps this statement busy for a while
    worker = threading.Thread(target=lambda: answers.append(
        attempt(busy, "ALTER SYSTEM BACKUP KEY TO 'file://%s' ENCRYPTED BY 'password'" % target)))
    worker.start()
    wait_until(lambda: not worker.is_alive() or "BACKUP KEY" in str(query(admin, "SHOW FULL PROCESSLIST")), 60,
               "BACKUP KEY in the process list")
    port = server.port
    server.stop()
    worker.join(60)
    check(answers == [(None, ())], "the statement that was running: %s", answers)
    check(os.path.getsize(target) > 0, "no key file")
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        pass
    else:
        check(False, "somebody still listens")


@case
def second_sigterm(place):
    """The first lets a statement finish, the second ends it."""
    server = place.server("--set", "drain_timeout=600s").start()
    busy = server.connect("root@sys")
    answers = []
    worker = threading.Thread(target=lambda: answers.append(attempt(busy, HOURS)))
    worker.start()
    watcher = server.connect("root@sys")
    wait_until(lambda: answers or "FROM many a" in str(query(watcher, "SHOW FULL PROCESSLIST")), 60, "the statement")
    check(not answers, "the statement ended: %s", answers)
    process = server.process
    process.terminate()
    wait_until(lambda: "a second SIGTERM" in server.log(), 60, "the end begins")
    try:
        code = process.wait(2)
    except subprocess.TimeoutExpired:
        code = None
    check(code is None, "one SIGTERM ended a statement that may finish: %s", code)
    process.terminate()
    code = process.wait(SECONDS)
    check(code == 0, "the second SIGTERM ended it with %s", code)
    worker.join(60)
    check(answers and answers[0][0] is not None, "the statement that was ended: %s", answers)
    server.process = None


@case
def systemd_notify(place):
    path = os.path.join(place.base, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(path)
        notify.settimeout(SECONDS)
        server = place.server(env={"NOTIFY_SOCKET": path}).start()
        check("READY=1" in notify.recv(4096).decode().split("\n"), "READY=1 does not come first")
        server.stop()
        check("STOPPING=1" in notify.recv(4096).decode().split("\n"), "STOPPING=1 does not follow")


@case
def settings(place):
    place.refused("--listen", "127.0.0.1:0", "--set", "no_such_setting=1", says=["no_such_setting"])
    place.refused("--listen", "127.0.0.1:0", "--set", "max_connections=many", says=["max_connections"])
    config = os.path.join(place.base, "config.toml")
    Path(config).write_text('cluster_name = "production"\ncluster_id = 7\nmax_connections = 55\n')
    destination = os.path.join(place.base, "destination")
    with place.server("--config", config, "--set", "max_connections=66") as server:
        connection = server.connect("root@sys#production")
        query(connection, "CREATE TENANT t")
        query(connection, "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s' TENANT = t" % destination)
        rows = query(connection, "SHOW VARIABLES LIKE 'max_connections'")
        check(rows == (("max_connections", "66"),), "max_connections is %s", rows)
    fields = read_format(destination)
    check((fields["cluster_name"], fields["cluster_id"]) == ("production", 7), "the format file says %s", fields)
    Path(config).write_text("max_connections = 'many'\n")
    place.refused("--listen", "127.0.0.1:0", "--config", config, says=["max_connections"])


def settings_of(help_text):
    """[(name, default, help, range, what changes it)...] as `serve --help` shows them."""
    found = re.findall(r"^  (\w+) = (.*)\n      (.*) \((.*)\)$", help_text, re.M)
    rows = []
    for name, default, what, limits in found:
        limits, _, by = limits.partition("; changes with ")
        rows.append((name, default, what, limits, {"": "at once", "a restart": "restart", "SIGHUP": "SIGHUP"}[by]))
    return rows


@case
def settings_are_documented(place):
    code, output = place.run("serve", "--help")
    rows = settings_of(output)
    check(code == 0 and len(rows) > 20, "serve --help: %s", output)
    document = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text("utf-8")
    wanted = ["| `%s` | `%s` | %s | %s | %s |" % (name, default, limits, by, what)
              for name, default, what, limits, by in rows]
    shown = [line for line in document.splitlines() if line.startswith("| `")]
    check(shown == wanted, "docs/settings.md differs from serve --help:\n%s",
          "\n".join(sorted(set(shown) ^ set(wanted))))


@case
def allowed_places(place):
    """backup_dest_allow holds for destinations and key files, format_obbak_link gives the second name."""
    allowed, other = os.path.join(place.base, "allowed"), os.path.join(place.base, "allowed_not")
    with place.server("--set", "backup_dest_allow=" + allowed, "--set", "format_obbak_link=true") as server:
        connection = server.connect("root@sys")
        query(connection, "CREATE TENANT t")
        query(connection, "ALTER SYSTEM SET tde_method = 'internal' TENANT = t")
        query(server.connect("root@t"), "ALTER INSTANCE ROTATE INNODB MASTER KEY")
        for directory, wanted in ((allowed + "/data", None), (other + "/data", 9026), ("/", 9026)):
            answer = attempt(connection, "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s' TENANT = t" % directory)
            check(answer[0] == wanted, "SET %s: %s", directory, answer)
        for path, wanted in ((allowed + "/key", None), (other + "/key", 9026)):
            answer = attempt(connection, "ALTER SYSTEM BACKUP KEY TENANT = t TO 'file://%s'" % path)
            check(answer[0] == wanted, "BACKUP KEY TO %s: %s", path, answer)
    check(not os.path.exists(other), "something was made outside backup_dest_allow")
    names = [os.path.join(allowed, "data", name) for name in ("format", "format.obbak")]
    check(os.path.samefile(*names), "format.obbak is not a link of format")


@case
def json_log(place):
    with place.server("--set", "log_format=json") as server:
        connection = server.connect("root@sys")
        for sql in ("CREATE TENANT t", "CREATE USER reader IDENTIFIED BY 'p'", "ALTER SYSTEM CHANGE TENANT t",
                    "ALTER SYSTEM SET data_backup_dest = 'nonsense'"):
            attempt(connection, sql)
        connection.close()
        reader = server.connect("reader@sys", "p", database=None)
        number = query(reader, "SELECT CONNECTION_ID()")[0][0]
        for sql in ("DROP USER reader", "SELECT * FROM oceanbase.DBA_OB_TENANTS", "INSERT INTO t VALUES ('p')"):
            check(attempt(reader, sql)[0] is not None, "%s is no refusal", sql)
        reader.close()
        wait_until(lambda: sum("logged out" in line for line in server.lines) == 2, 60, "both logouts")
    lines = [json.loads(line) for line in server.lines]
    check(all(isinstance(line, dict) for line in lines), "a line is no JSON object")
    mine = {line.get("statement"): line for line in lines if "statement" in line}
    made = mine["CREATE TENANT t"]
    check((made["level"], made["user"], made["tenant"]) == ("info", "root", "sys"), "%s", made)
    check(made["address"].startswith("127.0.0.1:") and "works_in" not in made and made["ms"] >= 0, "%s", made)
    check(mine["ALTER SYSTEM CHANGE TENANT t"]["works_in"] == "t", "the tenant worked in")
    refused = mine["ALTER SYSTEM SET data_backup_dest = '***'"]
    check((refused["level"], refused["code"], refused["works_in"]) == ("warning", 9026, "t") and refused["note"],
          "%s", refused)
    check("note: " + refused["note"] in refused["message"], "%s", refused)
    check("CREATE USER reader IDENTIFIED BY '***'" in mine, "%s", list(mine))
    for sql, code in (("DROP USER reader", 1227), ("SELECT * FROM oceanbase.DBA_OB_TENANTS", 1142), ("INSERT", 1235)):
        check((mine[sql]["level"], mine[sql]["code"]) == ("warning", code), "%s", mine[sql])
        check((mine[sql]["user"], mine[sql]["connection"]) == ("reader", number), "%s", mine[sql])
    told = [(line["user"], line["level"]) for line in lines if " logged " in line["message"]]
    check(sorted(told) == [("reader", "info")] * 2 + [("root", "info")] * 2, "logins and logouts: %s", told)


@case
def subcommands(place):
    code, output = place.run("version")
    check(code == 0 and re.search(r"\d+\.\d+\.\d+", output), "version: %s", output)
    good = os.path.join(place.base, "good")
    code, output = place.run("check", "file://" + good)
    check(code == 0, "check of a good destination: %s", output)
    check(not os.path.exists(good), "check left something behind")
    code, output = place.run("check", "file://" + good, "--json")
    check(code == 0 and json.loads(output), "check --json: %s", output)
    os.mkdir(good)
    Path(good, "foreign").write_text("")
    code, output = place.run("check", "file://" + good)
    check(code != 0, "check of an occupied directory: %s", output)
    check(tree(good) == ["foreign"], "check left something behind: %s", tree(good))
    for bad in ("/no/scheme", "file://relative", "file:///proc/no/such"):
        code, output = place.run("check", bad)
        check(code != 0, "check of %s: %s", bad, output)
    code, output = place.run("key", "verify", os.path.join(place.base, "nothing"))
    check(code != 0, "key verify of no file: %s", output)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    program = os.path.abspath(options.server)
    run_cases(CASES, "startup", lambda case, base: case(Place(program, base)), options.names)


if __name__ == "__main__":
    main()
