#!/usr/bin/python3
"""What the first start of `breakwater serve` takes: statements, a data directory that ends with the server, and logins
without a password from other places.

    first_start.py --server PROGRAM
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness.expect import check  # noqa: E402
from harness.server import Server, query, wait_until  # noqa: E402

SECONDS = 120
SECRET = "kEyOfTheInitFile"


def started(program, data, *arguments):
    """A start that ends by itself."""
    command = [program, "serve", "--data-dir", data, "--listen", "127.0.0.1:0", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)


def tenants(server, **login):
    sql = "SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_TYPE <> 'META' ORDER BY TENANT_ID"
    return [row[0] for row in query(server.connect(**login), sql)]


def init_files(program, base):
    data, files = os.path.join(base, "data"), Path(base, "init")
    files.mkdir()
    (files / "20-users.sql").write_text("ALTER USER root IDENTIFIED BY '%s';\n-- the end\n" % SECRET)
    (files / "10-tenants.sql").write_text("CREATE TENANT a; CREATE TENANT b;\n"
                                         "SELECT * FROM oceanbase.DBA_OB_TENANTS;\nSHOW DATABASES\n")
    (files / "notes.txt").write_text("no statement")
    (files / "30-empty.sql").write_text("")
    with Server(program, data, ["--init-file", str(files)]) as server:
        check(tenants(server, password=SECRET) == ["sys", "a", "b"], "tenants: %s", tenants(server, password=SECRET))
        check(attempt_login(server) == 1045, "root has no password")
        check(SECRET not in server.log(), "the log has a password:\n%s", server.log())
        query(server.connect(password=SECRET), "DROP TENANT b FORCE")
    with Server(program, data, ["--init-file", str(files)]) as server:
        check(tenants(server, password=SECRET) == ["sys", "a"], "the files ran at a second start")
        check("this is none" in server.log(), "nothing says that they didn't:\n%s", server.log())


def attempt_login(server):
    import pymysql
    try:
        server.connect().close()
        return None
    except pymysql.err.MySQLError as error:
        return error.args[0]


def wrong_files(program, base):
    """A statement that fails ends the start, and what it leaves is never served."""
    data, file = os.path.join(base, "wrong"), os.path.join(base, "wrong.sql")
    Path(file).write_text("CREATE TENANT a;\nSELECT 1; "
                          "ALTER SYSTEM SET DATA_BACKUP_DEST = 's3://b/d?access_key=%s' TENANT = a;\n" % SECRET)
    done = started(program, data, "--init-file", file)
    said = done.stdout + done.stderr
    words = "wrong.sql: statement 3: error 9026: backup destination is not valid: host= is missing"
    check(done.returncode == 1 and words in said, "a wrong statement: %s", done)
    check(SECRET not in said and "ready" not in said, "it shows a key, or it was ready: %s", done)
    for arguments in ([], ["--init-file", file]):
        done = started(program, data, *arguments)
        check(done.returncode == 1 and "the first start" in done.stdout + done.stderr, "half a start: %s", done)
    os.mkdir(os.path.join(base, "empty"))
    for wrong, words in ((os.path.join(base, "none.sql"), "can't read"), (os.path.join(base, "empty"), "no *.sql")):
        done = started(program, os.path.join(base, "never"), "--init-file", wrong)
        check(done.returncode == 2 and words in done.stderr, "%s: %s", wrong, done)
        check(not os.path.exists(os.path.join(base, "never")), "it began: %s", wrong)
    large = Path(base, "large.sql")
    large.write_text("SELECT 1;" + " " * (16 << 20))
    check("16 MiB" in started(program, os.path.join(base, "never"), "--init-file", str(large)).stderr, "a large file")


def cut_off(program, base):
    """Killed between the statements: the next start says so."""
    data, file = os.path.join(base, "cut"), os.path.join(base, "cut.sql")
    Path(file).write_text("CREATE TENANT a;\nSELECT SLEEP(100);\n")
    server = Server(program, data, ["--init-file", file]).launch()
    wait_until(lambda: os.path.exists(os.path.join(data, "catalog.init-files")), SECONDS, "the statements have begun")
    check(server.process.poll() is None and server.port is None, "it is ready:\n%s", server.log())
    server.kill()
    done = started(program, data, "--init-file", file)
    check(done.returncode == 1 and "the first start" in done.stdout + done.stderr, "after a kill: %s", done)


def ephemeral(program, base):
    command = [program, "serve", "--ephemeral", "--listen", "127.0.0.1:0", "--ready-file", os.path.join(base, "ready")]
    environment = dict(os.environ, TMPDIR=os.path.join(base, "tmp"))
    os.mkdir(environment["TMPDIR"])
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        wait_until(lambda: os.path.exists(os.path.join(base, "ready")), SECONDS, "it is ready")
        check(len(os.listdir(environment["TMPDIR"])) == 1, "a directory: %s", os.listdir(environment["TMPDIR"]))
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=SECONDS)[0]
    check(process.returncode == 0 and "is not safe" in said, "%s: %s", process.returncode, said)
    check(os.listdir(environment["TMPDIR"]) == [], "something is left: %s", os.listdir(environment["TMPDIR"]))
    done = started(program, os.path.join(base, "own"), "--ephemeral")
    check(done.returncode == 2 and "of its own" in done.stderr, "two directories: %s", done)


def without_password(program, base):
    """Whoever isn't on this machine needs a password, but from where the setting says. 127.0.0.1 is somebody else's address for
    the server if a proxy says whose the connection is."""
    data = os.path.join(base, "open")
    done = started(program, data, "--listen", "0.0.0.0:0")
    check(done.returncode == 1 and "allow_empty_root_password_from" in done.stdout + done.stderr, "0.0.0.0: %s", done)
    for networks, allowed in (("192.0.2.0/24", True), ("198.51.100.0/24", False)):
        arguments = ["--set", "proxy_protocol_networks=127.0.0.1", "--set", "allow_empty_root_password_from=" + networks]
        with Server(program, data, arguments) as server:
            code = login_by_proxy(server, b"PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\n")
            check((code is None) == allowed, "from 192.0.2.7 with %s: %s", networks, code)


def login_by_proxy(server, header):
    import socket
    import pymysql

    class Proxied(pymysql.connections.Connection):
        def connect(self, sock=None):
            sock = socket.create_connection(("127.0.0.1", server.port), SECONDS)
            sock.sendall(header)
            return super().connect(sock)
    try:
        Proxied(user="root@sys", password="").close()
        return None
    except pymysql.err.MySQLError as error:
        return error.args[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    program = parser.parse_args().server
    for case in (init_files, wrong_files, cut_off, ephemeral, without_password):
        with tempfile.TemporaryDirectory(prefix="breakwater-first-") as base:
            case(program, base)
    print("ok")


if __name__ == "__main__":
    main()
