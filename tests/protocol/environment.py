#!/usr/bin/python3
"""What `breakwater serve` takes from its environment, and the file by which it says that it is ready.

    environment.py --server PROGRAM
"""

import argparse
import json
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
PASSWORD = "a password of the first start"


def refused(binary, words, data, *args, **environment):
    done = subprocess.run([binary, "serve", "--data-dir", data, "--listen", "127.0.0.1:0", *args], capture_output=True, text=True,
                          timeout=SECONDS, env=dict(os.environ, **environment))
    check(done.returncode == 2 and words in done.stderr, "%s: %s", environment, done)
    check(not os.path.exists(data), "it began: %s", environment)


def setting(server, name, **login):
    return query(server.connect(**login), "SELECT VALUE FROM oceanbase.GV$OB_PARAMETERS WHERE NAME = '%s'" % name)[0][0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-environment-") as base:
        path = lambda name: os.path.join(base, name)  # noqa: E731
        Path(path("b.toml")).write_text("max_connections = 11\nmax_destinations = 11\nmax_user_connections = 11\n")
        Path(path("password")).write_text(PASSWORD + "\nanother line\n")
        Path(path("empty")).write_text("")
        refused(options.server, "BREAKWATER_MAX_CONNECTIONS", path("none"), BREAKWATER_MAX_CONNECTIONS="many")
        refused(options.server, "are both given", path("none"), BREAKWATER_ROOT_PASSWORD="x",
                BREAKWATER_ROOT_PASSWORD_FILE=path("password"))
        refused(options.server, "can't read the password file", path("none"), BREAKWATER_ROOT_PASSWORD_FILE=path("nothing"))
        refused(options.server, "no password in", path("none"), BREAKWATER_ROOT_PASSWORD_FILE=path("empty"))

        # What an orchestrator makes of a service of this name is none of ours.
        environment = {"BREAKWATER_MAX_CONNECTIONS": "22", "BREAKWATER_MAX_DESTINATIONS": "22",
                       "BREAKWATER_ROOT_PASSWORD_FILE": path("password"), "BREAKWATER_PORT": "tcp://10.0.0.1:2881",
                       "BREAKWATER_SERVICE_HOST": "10.0.0.1"}
        Path(path("ready")).write_text("of an earlier server")
        arguments = ["--config", path("b.toml"), "--set", "max_destinations=33", "--ready-file", path("ready")]
        with Server(options.server, path("data"), arguments, env=environment) as server:
            ready = json.loads(Path(path("ready")).read_text())
            check(ready == {"listen": ["127.0.0.1:%d" % server.port], "socket": server.socket, "pid": server.pid}, "%s", ready)
            login = {"password": PASSWORD}
            values = [setting(server, name, **login) for name in ("max_user_connections", "max_connections", "max_destinations")]
            check(values == ["11", "22", "33"], "file, environment, command line: %s", values)
            Path(path("b.toml")).write_text("max_connections = 12\nmax_user_connections = 12\n")
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: setting(server, "max_user_connections", **login) == "12", SECONDS, "the file is read again")
            check(setting(server, "max_connections", **login) == "22", "the environment wins after SIGHUP too")
            server.stop()
            check(not os.path.exists(path("ready")), "the file stays after the end")
            check(PASSWORD not in server.log(), "the password is in the log")
            server.start()
            server.kill()
            check(os.path.exists(path("ready")), "nobody was there to remove it")
            server.args[-1] = path("no/such/ready")
            server.launch()
            check(server.exit_code() == 1 and "can't write the ready file" in server.log(), "%s", server.log()[-500:])


if __name__ == "__main__":
    main()
