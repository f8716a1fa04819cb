#!/usr/bin/python3
"""Runs one script with the real mysqltest against a fresh server and compares with the .result beside it.

    run.py --server PROGRAM SCRIPT.test [--keep-going] [--prepared]

The script starts as root@sys (empty password, database oceanbase). It may use
    $BW_DIR        a fresh directory for destinations         $PORT, $SOCKET   where the server listens
    $BW_DATA       the server's data directory    $FORMAT_FILE   the command of tests/harness/format_file.py
Server and mysqltest run as nobody where we are root, so that mode bits count.

In the output, and so in a .result, these two directories are written BW_DIR and BW_DATA, a time TIME and the time in a check file's
name YYYYMMDDTHHMMSS; nothing else is masked. Expected results are written from the description of the
statements, never recorded.
"""

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness.server import NOBODY, Server, nobody  # noqa: E402

MYSQLTEST = shutil.which("mysqltest") or shutil.which("mariadb-test")
SECONDS = 240


def masked(text, directory, data):
    text = text.replace(directory, "BW_DIR").replace(data, "BW_DATA")
    text = re.sub(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\b", "TIME", text)
    text = re.sub(r"_connect_file_\d{8}T\d{6}\.obbak", "_connect_file_YYYYMMDDTHHMMSS.obbak", text)
    # mysqltest's own lines: how it connected, and its "ok" at the end
    text = re.sub(r"^connect\(.*\);\n", "", text, flags=re.M)
    return re.sub(r"\nok\n$", "\n", text)


def run_script(server, script, directory, format_file, options):
    environment = dict(os.environ, BW_DIR=directory, BW_DATA=server.data_dir, PORT=str(server.port), SOCKET=server.socket,
                       FORMAT_FILE="/usr/bin/python3 " + format_file, LC_ALL="C.UTF-8", HOME=directory)
    command = [MYSQLTEST, "--no-defaults", "--host=127.0.0.1", "--port=%d" % server.port, "--user=root@sys",
               "--database=oceanbase", "--max-connect-retries=1"]
    if options.prepared:
        command += ["--ps-protocol", "--cursor-protocol"]
    if options.keep_going:
        command.append("--continue-on-error")
    with open(script, "rb") as source:
        done = subprocess.run(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
                              env=environment, cwd=directory, **nobody(MYSQLTEST))
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def compare(script, output):
    expected = script.with_suffix(".result").read_text("utf-8")
    return list(difflib.unified_diff(expected.splitlines(True), output.splitlines(True), "expected", "server"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("script", type=Path)
    parser.add_argument("--keep-going", action="store_true", help="go on behind a statement that failed otherwise")
    parser.add_argument("--prepared", action="store_true", help="prepared statements, and cursors for SELECTs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-sql-") as base:
        directory = os.path.join(base, "work")
        os.mkdir(directory)
        format_file = shutil.copy(Path(__file__).resolve().parents[1] / "harness" / "format_file.py", base)
        if os.getuid() == 0:
            for path in (base, directory):
                os.chown(path, NOBODY, NOBODY)
        # core_dumps: LeakSanitizer looks into its own process, which a non-dumpable one does not allow
        with Server(options.server, os.path.join(base, "data"), ["--set", "core_dumps=true"],
                    unprivileged=True) as server:
            code, output, errors = run_script(server, options.script, directory, format_file, options)
        difference = compare(options.script, masked(output, directory, server.data_dir))
        if code == 0 and not difference:
            return 0
        sys.stdout.writelines(difference)
        print(masked(errors, directory, server.data_dir))
        print("---- the server's log\n" + server.log())
        return 1


if __name__ == "__main__":
    sys.exit(main())
