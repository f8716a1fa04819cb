"""The mariadb CLI or mycli, as the argument says: a process a statement. Their values are texts."""

import os
import re
import subprocess
import sys
from pathlib import Path

import scenario

SECONDS = 120


class Failure(Exception):
    """args: code, SQLSTATE, text."""


def run(command, environment, error):
    """The standard output, or what the pattern finds in the error, as a Failure."""
    done = subprocess.run(command, env=dict(os.environ, **environment), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=SECONDS)
    told = re.search(error, done.stderr + done.stdout, re.S | re.M)
    if told:
        raise Failure(int(told["code"]), told.groupdict().get("state"), told["text"].strip())
    if done.returncode != 0:
        raise RuntimeError(done.stderr + done.stdout)
    return done.stdout


class Session:
    def __init__(self, command, environment):
        self.command, self.environment = command, environment

    def close(self):
        pass


class Cli(scenario.DbApi):
    Error = Failure

    def failure(self, error):
        return list(error.args)

    def rows(self, session, sql):
        return self.cells(self.ask(session, sql))

    def script(self, session, statements):
        """In one process: the password that a statement sets is wanted of the next process."""
        self.ask(session, "; ".join(statements))

    def times(self, session):
        return self.rows(session, scenario.TIMES)[0]


class Mariadb(Cli):
    version = re.search(r"Distrib ([0-9.]+)", subprocess.run(["mariadb", "--version"], capture_output=True, text=True,
                                                             check=True).stdout)[1]
    error = r"^ERROR (?P<code>\d+) \((?P<state>\w+)\)(?: at line \d+)?: (?P<text>.*)"

    def connect(self, user, password, how="tcp"):
        command = ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--user=" + user]
        command += (["--socket=" + scenario.SOCKET] if how == "socket" else
                    ["--host=" + scenario.HOST, "--port=%d" % scenario.PORT])
        if how == "tls":
            command += ["--ssl", "--ssl-ca=" + scenario.CA]
        session = Session(command + ["oceanbase"], {"MYSQL_PWD": password})
        self.ask(session, "SELECT 1")
        return session

    def ask(self, session, sql):
        return run(session.command + ["-e", sql], session.environment, self.error)

    def cells(self, output):
        return [[None if cell == "NULL" else cell for cell in line.split("\t")] for line in output.splitlines()]

    def reconnect(self):
        """One process: its connection is killed, and it connects again when it is told to."""
        session = self.connect(scenario.SYS, scenario.PASSWORD)
        with subprocess.Popen(session.command + ["--unbuffered", "--force"], env={**os.environ, **session.environment},
                              text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as cli:
            cli.stdin.write(scenario.ID + ";\n")
            cli.stdin.flush()
            first = int(cli.stdout.readline())
            self.kill(first)
            output, errors = cli.communicate("%s;\nconnect oceanbase;\n%s;\n" % (scenario.ID, scenario.ID), SECONDS)
            again = int(output.splitlines()[-1])
        return ["ERROR 2013" in errors, again != first]


class Mycli(Cli):
    version = subprocess.run(["mycli", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    error = r"\(?(?P<code>\d{4}), ['\"](?P<text>.*)['\"]\)"

    def connect(self, user, password, how="tcp"):
        """mycli asks for another password when one from the command line is refused, and takes a socket's name from
        the option file alone."""
        Path(".my.cnf").write_text("[client]\nsocket = %s\n" % scenario.SOCKET if how == "socket" else "", "utf-8")
        command = ["mycli", "--table", "--user", user, "--myclirc", os.devnull, "--database", "oceanbase"]
        if password:
            Path("password").write_text(password, "utf-8")
            command += ["--password-file", "password"]
        if how != "socket":
            command += ["--host", scenario.HOST, "--port", str(scenario.PORT)]
        if how == "tls":
            command += ["--ssl-ca", scenario.CA]
        return Session(command, {"HOME": os.getcwd()})

    def ask(self, session, sql):
        return run(session.command + ["--execute", sql], session.environment, self.error)

    def cells(self, output):
        lines = [line.split("|")[1:-1] for line in output.splitlines() if line.startswith("|")]
        return [[None if cell.strip() == "<null>" else cell.strip() for cell in line] for line in lines[1:]]

    def errors(self, session):
        return [*(self.fails(lambda sql=sql: self.rows(session, sql)) for sql in scenario.FAILURES),
                self.fails(lambda: self.rows(self.connect(scenario.SYS, "wrong"), "SELECT 1"))]


{"mariadb": Mariadb, "mycli": Mycli}[sys.argv[1]]().run()
