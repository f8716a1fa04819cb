#!/usr/bin/python3
"""A real program in each stack that speaks MySQL's protocol, all of them with one scenario against one server.

    run.py --server PROGRAM --prepare DIRECTORY                  make a data directory of 1,000 tenants, once
    run.py --server PROGRAM --data DIRECTORY --group GROUP       run the programs of a group on a copy of it
    run.py --server PROGRAM --data DIRECTORY --only NAME         run one of them
    run.py --server PROGRAM --data DIRECTORY --table FILE        run all of them and write docs/clients.md's table

Each program prints one JSON line a step, {"step", "result"} or {"step", "failed"}; what the results must be stands
below. Stacks and the steps of each are in stacks.py.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from harness.server import Server, query  # noqa: E402
from stacks import STACKS, STEPS  # noqa: E402

TENANTS = 1000
PASSWORD = "d r'i\"v;e{r"
SHA2_ALONE = "default_authentication_plugin=caching_sha2_password"
SECONDS = 240           # for one program; those of a sanitized server take longer than any other
SYNTAX = ("You have an error in your SQL syntax; check the manual that corresponds to your OceanBase version for the"
          " right syntax to use near 'FROM' at line 1")


def prepare(program, directory):
    """A server's data directory with TENANTS tenants and a password for root@sys."""
    shutil.rmtree(directory, ignore_errors=True)
    with Server(program, directory) as server:
        connection = server.connect()
        for number in range(1, TENANTS + 1):
            query(connection, "CREATE TENANT many%04d" % number)
        with connection.cursor() as cursor:
            cursor.execute("SET PASSWORD = %s", (PASSWORD,))
        connection.close()


class Expected:
    """What the steps' results must be, for a program with this tenant and directory."""

    def __init__(self, stack, directory):
        self.stack, self.directory = stack, directory

    def check(self, step, result):
        getattr(self, step)(result)

    def equal(self, actual, wanted):
        if actual != wanted:
            raise AssertionError("wanted %s\n  got    %s" % (json.dumps(wanted), json.dumps(actual)))

    def texts(self, rows):
        return [[None if value is None else str(value) for value in row] for row in rows]

    def version(self, result):
        self.equal(bool(re.match(r"[0-9]+\.[0-9.]+", result)), True)

    def tcp(self, result):
        self.equal(result, [["root@127.0.0.1", "sys"]])

    def tls(self, result):
        self.equal(result[0], ["root@127.0.0.1", "sys"])
        self.equal([result[1][0], bool(re.match("(TLS|ECDHE)[_-]", result[1][1]))], ["Ssl_cipher", True])

    def socket(self, result):
        self.equal(result, [["root@localhost", "sys"]])

    def job(self, result):
        data, key = ("file://%s/%s" % (self.directory, name) for name in ("data", "key"))
        self.equal(self.texts(result[0]), [["data_backup_dest", data]])
        self.equal(self.texts(result[1]), [[data, "1001", "backup_data"], [key, "1002", "backup_key"]])

    def prepared(self, result):
        self.equal(result[:3], [[["many0007"]], [], [["sys"]]])
        self.equal([int(row[0]) for row in result[3]], [1])

    def errors(self, result):
        wanted = [[9081, "HY000", "the content of the format file at the destination does not match"],
                  [1064, "42000", SYNTAX],
                  [1146, "42S02", "Table 'oceanbase.nothing' doesn't exist"],
                  [1045, "42000", "Access denied for user 'root'@'127.0.0.1' (using password: YES)"]]
        for found, error in zip(result, wanted, strict=True):
            told = "at login" if error[0] == 1045 else "in statements"
            if told in self.stack.sqlstate:
                self.equal(found, error)
            else:
                self.equal([found[0], found[2]], [error[0], error[2]])

    def nulls(self, result):
        self.equal(self.texts(result), [[None, "", "0"], ["sys", None]])

    def times(self, result):
        """With as many digits as the client gives; Node.js has milliseconds."""
        literal, checked, text = result
        wanted = ("2026-01-02 03:04:05.678000", text)
        self.equal((literal, checked), tuple(full[:len(found)] for full, found in zip(wanted, (literal, checked))))
        self.equal([bool(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", found)) for found in result], [True] * 3)

    def rows(self, result):
        ids = range(1002, 1002 + 2 * TENANTS, 2)
        self.equal(result, [TENANTS, sum(ids), "many0001", "many%04d" % TENANTS])

    def reconnect(self, result):
        """[the killed connection was an error, the next one is another]"""
        self.equal([result[0] or self.stack.heals, result[1]], [True, True])

    def pool(self, result):
        self.equal(result, [20, True])


class Runner:
    def __init__(self, program, data, build, settings=()):
        self.program, self.data, self.build = program, data, build
        self.settings = [word for setting in settings for word in ("--set", setting)]
        self.base = tempfile.TemporaryDirectory(prefix="breakwater-drivers-")
        self.failures = []

    def __enter__(self):
        directory = os.path.join(self.base.name, "data")
        shutil.copytree(self.data, directory)
        self.server = Server(self.program, directory, self.settings).start()
        return self

    def __exit__(self, kind, value, trace):
        self.server.__exit__(kind, value, trace)
        self.base.cleanup()

    def environment(self, stack, steps, directory):
        return dict(os.environ, DRIVER_HOST="127.0.0.1", DRIVER_PORT=str(self.server.port),
                    DRIVER_SOCKET=self.server.socket, DRIVER_CA=os.path.join(self.server.data_dir, "server-cert.pem"),
                    DRIVER_PASSWORD=PASSWORD, DRIVER_TENANT="t_" + stack.name.replace("-", "_"),
                    DRIVER_DIRECTORY=directory, DRIVER_STEPS=",".join(steps),
                    DRIVER_VERSION=stack.packaged_version(), PYTHONDONTWRITEBYTECODE="1")

    def run(self, stack, steps):
        """{step: result} of one program; what was wrong goes to failures."""
        directory = os.path.join(self.base.name, stack.name)
        os.makedirs(directory, exist_ok=True)
        os.chmod(self.base.name, 0o755)
        began = time.monotonic()
        done = subprocess.run(stack.command(self.build), env=self.environment(stack, steps, directory), cwd=directory,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS)
        print("%-14s %.1f s" % (stack.name, time.monotonic() - began))
        results = {}
        for answer in map(json.loads, re.findall(r"^\{.*", done.stdout, re.M)):
            results[answer["step"]] = self.judge(stack, directory, answer)
        for step in steps:
            if step not in results:
                self.failures.append("%s, %s: the program ended with %d before it\n%s"
                                     % (stack.name, step, done.returncode, done.stdout + done.stderr))
                break
        return results

    def log_in_by_sha2(self, stack):
        """By each way in turn; each time the server has forgotten what it remembered of the password."""
        with contextlib.closing(self.server.connect(password=PASSWORD, unix_socket=self.server.socket)) as root:
            for step in stack.sha2:
                query(root, "FLUSH PRIVILEGES")
                self.run(stack, ["version", step])

    def judge(self, stack, directory, answer):
        try:
            if "failed" in answer:
                raise AssertionError(answer["failed"])
            Expected(stack, directory).check(answer["step"], answer["result"])
        except Exception as error:
            self.failures.append("%s, %s: %s" % (stack.name, answer["step"], error))
        return answer.get("result")


def write_table(file, results):
    """docs/clients.md: its text up to the table stays, the table is written anew."""
    path = Path(file)
    head = path.read_text("utf-8").split("\n| client |")[0]
    titles = ["client", "version", *STEPS.values(), "sha2"]
    lines = ["| " + " | ".join(titles) + " |", "|---" * len(titles) + "|"]
    for stack in STACKS:
        cells = [stack.marks.get(step, "yes") if step in results[stack.name] else "" for step in STEPS]
        cells.append(", ".join(STEPS[step] for step in stack.sha2))
        lines.append("| %s | %s | %s |" % (stack.title, results[stack.name]["version"], " | ".join(cells)))
    path.write_text(head + "\n" + "\n".join(lines) + "\n", "utf-8")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--prepare")
    parser.add_argument("--data")
    parser.add_argument("--build", default="", help="where the compiled programs are")
    parser.add_argument("--group", choices=sorted({stack.group for stack in STACKS}))
    parser.add_argument("--only", choices=[stack.name for stack in STACKS])
    parser.add_argument("--table")
    options = parser.parse_args()
    if options.prepare:
        prepare(options.server, options.prepare)
        return
    chosen = [stack for stack in STACKS if options.table or stack.name == options.only or stack.group == options.group]
    with Runner(options.server, options.data, options.build) as runner:
        results = {stack.name: runner.run(stack, stack.steps) for stack in chosen}
    with Runner(options.server, options.data, options.build, [SHA2_ALONE]) as by_sha2:
        for stack in chosen:
            by_sha2.log_in_by_sha2(stack)
    failures = runner.failures + ["by caching_sha2_password: " + failure for failure in by_sha2.failures]
    if failures:
        sys.exit("\n\n".join(failures))
    if options.table:
        write_table(options.table, results)
    print("ok")


if __name__ == "__main__":
    main()
