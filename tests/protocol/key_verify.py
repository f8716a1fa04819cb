#!/usr/bin/python3
"""`breakwater key verify`: what it shows of a key backup with the password, without it and with a wrong one, and what it
says of files that are none. A key backup without a password is noted and logged; one with an empty password is refused.

    key_verify.py --server PROGRAM
"""

import argparse
import json
import os
import pty
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness.expect import check  # noqa: E402
from harness.server import Server, attempt, query, wait_until  # noqa: E402

PASSWORD = "a long password"
SECONDS = 120


class Place:
    def __init__(self, program, base):
        self.program, self.base = program, base

    def path(self, name):
        return os.path.join(self.base, name)

    def write(self, name, content):
        Path(self.path(name)).write_bytes(content)
        return self.path(name)

    def verify(self, *args, stdin=None):
        """Its exit code, standard output and standard error. No terminal: what isn't given isn't asked for."""
        how = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        done = subprocess.run([self.program, "key", "verify", *args], capture_output=True, text=True, timeout=SECONDS, **how)
        check(PASSWORD not in done.stdout + done.stderr, "the password is shown: %s", done)
        return done.returncode, done.stdout, done.stderr

    def refuses(self, words, *args, stdin=None):
        code, shown, said = self.verify(*args, stdin=stdin)
        check(code == 1 and words in said, "%s: %s %s %s, not %s", args, code, shown, said, words)
        check("verified" not in shown, "%s: %s", args, shown)
        return shown


def shows_header(text):
    check(all(words in text for words in ("obcluster (1)", "t (1002)", "internal", "key         version 1", "version 2",
                                          "fingerprint ")), "the header: %s", text)


def back_up(place, server):
    connection = server.connect()
    query(connection, "CREATE TENANT t")
    query(connection, "ALTER SYSTEM SET tde_method = 'internal' TENANT = t")
    tenant = server.connect("root@t")
    for _ in range(2):
        query(tenant, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
    query(tenant, "ALTER SYSTEM BACKUP KEY TO 'file://%s' ENCRYPTED BY '%s'" % (place.path("sealed"), PASSWORD))
    check(query(tenant, "SHOW WARNINGS") == (), "a protected key backup has a warning")
    check("not protected" not in server.log(), "a protected key backup is in the log")
    query(tenant, "ALTER SYSTEM BACKUP KEY TO 'file://%s'" % place.path("open"))
    check("not protected" in str(query(tenant, "SHOW WARNINGS")), "no note: %s", query(tenant, "SHOW WARNINGS"))
    wait_until(lambda: "tenant 1002: the key backup is not protected by a password" in server.log(), SECONDS, "the log's line")
    refuses_an_empty_password(place, tenant)


def refuses_an_empty_password(place, tenant):
    path = place.path("empty")
    code, _ = attempt(tenant, "ALTER SYSTEM BACKUP KEY TO 'file://%s' ENCRYPTED BY ''" % path)
    check(code == 1210, "ENCRYPTED BY '': %s", code)
    check("leave ENCRYPTED BY out" in str(query(tenant, "SHOW WARNINGS")), "%s", query(tenant, "SHOW WARNINGS"))
    check(not os.path.exists(path), "a file was written")


def verifies(place):
    sealed = place.path("sealed")
    password = place.write("password", PASSWORD.encode() + b"\n")
    for how, stdin in (([sealed, "--password-file", password], None), (["file://" + sealed, "--password-file", password], None),
                       ([sealed, "--password-file", "-"], PASSWORD + "\n")):
        code, shown, said = place.verify(*how, stdin=stdin)
        check(code == 0 and said == "" and "verified    yes" in shown and "scrypt" in shown, "%s: %s %s", how, shown, said)
        shows_header(shown)
    code, shown, said = place.verify(place.path("open"))
    check(code == 0 and "whoever has the file has the keys" in shown, "%s %s", shown, said)
    shows_header(shown)


def says_why_not(place):
    sealed, password = place.path("sealed"), place.path("password")
    shows_header(place.refuses("no password was given", sealed))
    shows_header(place.refuses("no password was given", sealed, "--password-file", place.write("nothing", b"\n")))
    shows_header(place.refuses("wrong password or damaged file", sealed, "--password-file", place.write("wrong", b"other")))
    shows_header(place.refuses("not protected by a password", place.path("open"), "--password-file", password))
    content = Path(sealed).read_bytes()
    place.refuses("wrong password or damaged file", place.write("cut", content[:-1]), "--password-file", password)
    place.refuses("wrong password or damaged file", place.write("magic", content[:8]), "--password-file", password)
    for other in (b"", b"BWKEY", b"precious", b"\0" * 100, os.urandom(5000)):
        check(place.refuses("not a key backup", place.write("other", other)) == "", "something is shown of %r", other)
    place.refuses("there is no such file", place.path("missing"))
    place.refuses("IO error", place.base)
    place.refuses("can't read the password file", sealed, "--password-file", place.path("missing"))


def prints_json(place):
    code, shown, _ = place.verify(place.path("sealed"), "--password-file", place.path("password"), "--json")
    found = json.loads(shown)
    check(code == 0 and found["verified"] and "problem" not in found and found["protected"], "%s", found)
    check([key["version"] for key in found["keys"]] == [1, 2] and found["tenant_id"] == 1002, "%s", found)
    check(len({key["fingerprint"] for key in found["keys"]}) == 2, "%s", found)
    code, shown, _ = place.verify(place.path("sealed"), "--json")
    found = json.loads(shown)
    check(code == 1 and not found["verified"] and "no password" in found["problem"] and len(found["keys"]) == 2, "%s", found)
    code, shown, _ = place.verify(place.path("other"), "--json")
    check(code == 1 and json.loads(shown) == {"verified": False, "problem": "not a key backup"}, "%s", shown)


def asks_on_a_terminal(place):
    """It asks, and what is typed isn't echoed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([place.program, "key", "verify", place.path("sealed")], stdin=theirs, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        asked = process.stderr.read(len("Password: "))
        os.write(ours, PASSWORD.encode() + b"\n")
        try:
            shown, _ = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    os.set_blocking(ours, False)
    try:
        echoed = os.read(ours, 4096)
    except BlockingIOError:
        echoed = b""
    check(process.returncode == 0 and asked == b"Password: " and b"verified    yes" in shown, "%s %s", asked, shown)
    check(PASSWORD.encode() not in echoed, "the password is echoed")
    os.close(ours)
    os.close(theirs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        place = Place(options.server, base)
        with Server(options.server, os.path.join(base, "data")) as server:
            back_up(place, server)
        verifies(place)
        says_why_not(place)
        prints_json(place)
        asks_on_a_terminal(place)


if __name__ == "__main__":
    main()
