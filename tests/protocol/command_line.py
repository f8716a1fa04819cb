#!/usr/bin/python3
"""The program's command line: help, what may have been meant, and `breakwater check` as people and scripts read it.

    command_line.py --server PROGRAM
"""

import argparse
import json
import os
import pty
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness.expect import check  # noqa: E402

SECONDS = 120
KEY = "kEy/of+nobody="
ROW = {"id", "check", "ok", "milliseconds", "seen", "hint"}


def run(program, *arguments, **more):
    environment = dict(os.environ, **more.pop("environment", {}))
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=SECONDS, env=environment, **more)


def on_terminal(program, *arguments, **environment):
    """What a person sees, and the exit code."""
    master, slave = pty.openpty()
    with subprocess.Popen([program, *arguments], stdin=slave, stdout=slave, stderr=slave,
                          env=dict(os.environ, **environment)) as process:
        os.close(slave)
        seen = b""
        while True:
            try:
                piece = os.read(master, 1 << 16)
            except OSError:     # the other end is closed
                break
            if not piece:
                break
            seen += piece
        os.close(master)
        return seen.decode(), process.wait(SECONDS)


def meant(program):
    for arguments, words in ((["hlp"], "unknown command 'hlp'; did you mean help"), (["serv", "--data-dir", "x"], "did you mean serve"),
                             (["serve", "--dta-dir", "x"], "unknown option '--dta-dir'; did you mean --data-dir"),
                             (["serve", "--data-dri=x"], "did you mean --data-dir"), (["key", "verfy", "x"], "did you mean verify"),
                             (["key", "verify", "--pasword-file=x", "y"], "did you mean --password-file"),
                             (["help", "chek"], "did you mean check"), (["check"], "URI or --uri-file is required"),
                             (["check", "file:///a", "b"], "not expected: b"), ([], "A subcommand is required"),
                             (["nothing" * 100], "unknown command"), (["check", "--set", "max_conections=1", "file:///a"],
                                                                      "did you mean max_connections")):
        done = run(program, *arguments)
        check(done.returncode == 2 and words in done.stderr and not done.stdout, "%s: %s", arguments, done)
        # Nothing that was typed for an option, which may be a secret, is repeated.
        check("=x" not in done.stderr, "%s: %s", arguments, done)


def helps(program):
    version = run(program, "version").stdout
    check(re.fullmatch(r"breakwater \d+\.\d+\.\d+\n", version), "version: %s", version)
    for flag in ("--version", "-V"):
        check(run(program, flag).stdout == version, flag)
    whole = run(program, "help")
    check(whole.returncode == 0 and whole.stdout == run(program, "--help").stdout and "For example:" in whole.stdout,
               "help: %s", whole)
    commands = re.findall(r"^  ([a-z-]+)  ", whole.stdout.split("Subcommands:")[1].split("For example")[0], re.M)
    check({"serve", "check", "key", "reset-password", "help"} <= set(commands), "commands: %s", commands)
    for command in commands:
        shown = run(program, "help", command)
        check(shown.returncode == 0 and "Usage: breakwater %s " % command in shown.stdout, "help %s: %s", command, shown)
    check("Usage: breakwater key verify " in run(program, "help", "key", "verify").stdout, "help key verify")


def scripts(program, base):
    place = "file://" + os.path.join(base, "good")
    listed = Path(base, "uri")
    listed.write_text("LOCATION=%s BINDING=Optional\nanother line\n" % place)
    for done in (run(program, "check", place, "--json"), run(program, "check", "--uri-file", str(listed), "--json"),
                 run(program, "check", "--uri-file", "-", "--json", input=place + "\n")):
        said = json.loads(done.stdout)
        check(done.returncode == 0 and said["ok"] is True and said["uri"] == place, "a good place: %s", done)
        check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", said["time"]), "time: %s", said["time"])
        check(all(set(row) == ROW and round(row["milliseconds"], 1) == row["milliseconds"] for row in said["rows"]),
                   "rows: %s", said["rows"])
        ids = [row["id"] for row in said["rows"]]
        check("create_only_write" in ids and len(set(ids)) == len(ids), "ids: %s", ids)
        check("error" not in said, "an error: %s", said)
    check(not os.path.exists(os.path.join(base, "good")), "something is left")

    os.mkdir(os.path.join(base, "taken"))
    Path(base, "taken", "foreign").write_text("")
    done = run(program, "check", "file://%s/taken" % base, "--json")
    said = json.loads(done.stdout)
    check(done.returncode == 1 and said["ok"] is False and said["error"]["code"] == 9080, "a place in use: %s", done)
    done = run(program, "check", "file://%s/taken" % base)
    check(done.stdout.splitlines()[-1] == 'FAILED  at "content": a SET would refuse the place', "the verdict: %s", done.stdout)
    check("\x1b" not in done.stdout and "\r" not in done.stdout, "colour for a file: %r", done.stdout)

    done = run(program, "check", "ftp://x", "--json")
    check(done.returncode == 2 and json.loads(done.stdout)["error"]["code"] == 9026, "no URI: %s", done)
    check(run(program, "check", "--uri-file", os.path.join(base, "nothing")).returncode == 2, "no file with the URI")
    check(run(program, "check", "--uri-file", str(listed), place).returncode == 2, "two URIs")
    listed.write_text(place + "?" + "x" * (4097 - len(place)) + "\n", encoding="ascii")
    long = run(program, "check", "--uri-file", str(listed))
    check(long.returncode == 2 and "longer than 4096 bytes" in long.stderr, "a line is never cut")


def keys(program, base):
    """The key may come from the environment, and is never repeated."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        uri = "s3://bucket/dir?host=http://127.0.0.1:%d&addressing_model=path_style&s3_region=r" % closed.getsockname()[1]
        check(run(program, "check", uri).returncode == 2, "without a key")
        environment = {"BREAKWATER_ACCESS_ID": "AKofnobody", "BREAKWATER_ACCESS_KEY": KEY}
        done = run(program, "check", uri, "--json", environment=environment)
        said = json.loads(done.stdout)
        check(done.returncode == 1 and said["error"]["code"] == 9070, "with one: %s", done)
        check(KEY not in done.stdout + done.stderr and said["uri"].startswith("s3://bucket/dir?host="), "shown: %s", done)
        # What the URI says itself counts.
        done = run(program, "check", uri + "&access_id=&access_key=" + KEY, environment=environment)
        check(done.returncode == 2 and KEY not in done.stdout + done.stderr, "an empty id: %s", done)
        done = run(program, "check", uri, environment=dict(environment, BREAKWATER_ACCESS_KEY=KEY + "&delete_mode=tagging"))
        check(done.returncode == 2 and KEY not in done.stderr, "a key with an option: %s", done)
        # As the server would: it has rules.
        done = run(program, "check", "--set", "max_connections=5", uri, environment=environment)
        check(done.returncode == 2 and "backup_dest_allow_http" in done.stderr, "plain HTTP: %s", done)
        Path(base, "b.toml").write_text('backup_dest_allow = ["/elsewhere"]\n')
        done = run(program, "check", "--config", os.path.join(base, "b.toml"), "file://" + base + "/allowed")
        check(done.returncode == 1 and "backup_dest_allow" in done.stdout + done.stderr, "not allowed: %s", done)


def persons(program, base):
    """On a terminal the rows have colour, and one sees that something is awaited."""
    place = "file://" + os.path.join(base, "good")
    seen, code = on_terminal(program, "check", place)
    check(code == 0 and seen.count("\x1b[32m") == seen.count("ok"), "%d: %r", code, seen)
    seen, code = on_terminal(program, "check", place, NO_COLOR="1")
    check(code == 0 and "\x1b[3" not in seen, "%d: %r", code, seen)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = "s3://bucket/dir?host=http://127.0.0.1:%d&addressing_model=path_style&s3_region=r&access_id=a&access_key=%s" % (
            silent.getsockname()[1], KEY)
        settings = [one for name in ("allow_http=true", "allow_loopback=true", "timeout=3s") for one in ("--set", "backup_dest_" + name)]
        seen, code = on_terminal(program, "check", *settings, uri)
        check(code == 1 and re.search(r"\.\.\. +1 s", seen) and "\x1b[31mFAILED" in seen and KEY not in seen, "%d: %r", code, seen)
        done = run(program, "check", *settings, uri)
        check(done.returncode == 1 and "... " not in done.stdout, "into a pipe: %s", done)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    program = parser.parse_args().server
    with tempfile.TemporaryDirectory(prefix="breakwater-command-") as base:
        meant(program)
        helps(program)
        scripts(program, base)
        keys(program, base)
        persons(program, base)
    print("ok")


if __name__ == "__main__":
    main()
