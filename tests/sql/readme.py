#!/usr/bin/python3
"""What the README shows is what a new server says: every statement of its sessions is run and its output compared
with the text below it. Times and the width of columns may differ.

    readme.py --server PROGRAM           compares
    readme.py --server PROGRAM --show    prints the sessions as they are now
"""

import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from harness.server import Server  # noqa: E402

PROMPT = "MySQL [oceanbase]> "
RULE = "--------------\n"


def sessions(text):
    """The statements of each session, with the output shown below each: [(statement, output)...]"""
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.S | re.M):
        pieces = block.split(PROMPT)[1:]
        for piece in pieces:
            statement, _, output = piece.partition(";\n")
            yield statement.replace("\n    -> ", "\n") + ";", output.strip("\n")


def as_typed(output):
    """As the CLI shows it to somebody who types: an error without a line number, no Bye."""
    output = re.sub(r"\nBye\n*$", "", output)
    return re.sub(r"^(\n*ERROR \d+ \(\w+\)) at line \d+", r"\1", output).strip("\n")


def run(server, statements, directory):
    """[(statement, output)...] of one run of the mariadb CLI."""
    text = "\n".join(statements).replace("/backup", directory) + "\n"
    done = subprocess.run(["stdbuf", "-o0", "mariadb", "--no-defaults", "--host=127.0.0.1", "--port=%d" % server.port, "--user=root@sys",
                           "--table", "-vvv", "--force", "--unbuffered", "oceanbase"], input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120)
    pieces = done.stdout.replace(directory, "/backup").split(RULE)[1:]
    outputs = [as_typed(output) for output in pieces[1::2]]
    return list(zip(statements, outputs))


def comparable(output):
    output = re.sub(r"\(\d+\.\d+ sec\)", "(TIME)", output)
    output = re.sub(r"_connect_file_\d{8}T\d{6}\.obbak", "_connect_file_TIME.obbak", output)
    output = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME", output)
    return re.sub(r"[ -]+", " ", output)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--directory", help="what /backup stands for; default: a temporary directory")
    options = parser.parse_args()
    shown = list(sessions((ROOT / "README.md").read_text("utf-8")))
    assert len(shown) > 10, "the README shows no session"
    wanted = set((ROOT / "docker/first-session.sql").read_text("utf-8").splitlines())
    missing = wanted - {statement for statement, _ in shown}
    assert not missing, "docker/first-session.sql has what the README has not: %s" % missing
    with tempfile.TemporaryDirectory(prefix="breakwater-readme-") as base:
        directory = options.directory or os.path.join(base, "work")
        os.makedirs(directory, exist_ok=True)
        with Server(options.server, os.path.join(base, "data")) as server:
            said = run(server, [statement for statement, _ in shown], directory)
    if options.show:
        print("\n\n".join("%s%s\n%s" % (PROMPT, statement, output) for statement, output in said))
        return 0
    assert len(said) == len(shown), "%d statements, %d answers" % (len(shown), len(said))
    failed = 0
    for (statement, expected), (_, output) in zip(shown, said):
        if comparable(expected) != comparable(output):
            failed += 1
            print(statement)
            sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), output.splitlines(True), "README",
                                                       "server"))
            print()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
