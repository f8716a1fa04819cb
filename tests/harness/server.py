"""Starts, stops and kills the real server for the tests.

    with Server(binary, data_dir) as server:      # started and ready
        connection = server.connect("root@sys")   # PyMySQL
        server.kill()                             # kill -9
        server.start()

The server listens on a free loopback port and on a unix socket next to its data directory. Every wait has a deadline. If
the server ends in another way than the test asked for (stop(): exit code 0), or a sanitizer reports something, that is an
error, which contains the server's log.
"""

import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time

READY_SECONDS = 120     # generous: TSan on a busy machine
STOP_SECONDS = 120
NOBODY = 65534
READY = re.compile(r"ready: listening on 127\.0\.0\.1:(\d+)")
SANITIZER = re.compile(r"(AddressSanitizer|ThreadSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|runtime error:)")


class ServerError(Exception):
    pass


def nobody(program):
    """Popen's arguments for running a program as the user nobody; {} if this process isn't root. (Mode bits don't
    restrict root.) Root opens the program and it runs from the descriptor, since nobody may not enter its directory."""
    if os.getuid() != 0:
        return {}
    descriptor = os.open(program, os.O_RDONLY)
    return {"user": NOBODY, "group": NOBODY, "extra_groups": [], "pass_fds": [descriptor],
            "executable": "/proc/self/fd/%d" % descriptor}


def has_ipv6_loopback():
    """Whether this machine has ::1."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def any_server():
    """TLS that checks no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Server:
    def __init__(self, binary, data_dir, args=(), env=None, wrapper=(), socket=None, listen="127.0.0.1:0",
                 unprivileged=False):
        self.binary = os.path.abspath(binary)
        self.data_dir = os.path.abspath(data_dir)
        self.socket = socket or self.data_dir.rstrip("/") + ".sock"
        self.args = list(args)
        self.env = dict(os.environ, **(env or {}))
        self.wrapper = list(wrapper)
        self.listen = listen
        self.as_nobody = nobody(self.binary) if unprivileged else {}
        self.process = None
        self.port = None
        self.lines = []           # the log of all runs
        self._ready = threading.Event()
        self._reader = None

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, kind, value, trace):
        if self.process is None:
            return
        if kind is None:
            self.stop()
        else:
            self.kill()

    def command(self):
        # Texts are compared to the byte: tests that are about their notes ask for them.
        return self.wrapper + [self.binary, "serve", "--data-dir", self.data_dir, "--listen", self.listen,
                               "--socket", self.socket, "--set", "error_notes=warnings"] + self.args

    def launch(self):
        """Starts the process without waiting for it to be ready."""
        self._ready.clear()
        self.port = None
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, env=self.env, **self.as_nobody)
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self._reader.start()
        return self

    def start(self):
        self.launch()
        if not self._ready.wait(READY_SECONDS) or self.port is None:
            self.kill()
            raise ServerError("the server did not become ready:\n" + self.log())
        return self

    def _read(self, stream):
        for raw in stream:
            line = raw.decode("utf-8", "replace")
            self.lines.append(line)
            found = READY.search(line)
            if found:
                self.port = int(found.group(1))
                self._ready.set()
        self._ready.set()         # the end of the log wakes a waiting start() too

    def log(self):
        return "".join(self.lines)

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        """SIGTERM, exit 0 and no sanitizer's report."""
        self.process.send_signal(signal.SIGTERM)
        code = self._ended(STOP_SECONDS)
        if code != 0:
            raise ServerError("the server ended with %s after SIGTERM:\n%s" % (code, self.log()))
        self.check_log()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self._ended(STOP_SECONDS)

    def exit_code(self, seconds=STOP_SECONDS):
        """Waits for a server that ends by itself."""
        return self._ended(seconds)

    def _ended(self, seconds):
        process, self.process = self.process, None
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise ServerError("the server did not end within %d s:\n%s" % (seconds, self.log()))
        self._reader.join(STOP_SECONDS)
        return code

    def check_log(self):
        if SANITIZER.search(self.log()):
            raise ServerError("a sanitizer's report:\n" + self.log())

    def connect(self, user="root@sys", password="", database="oceanbase", **more):
        import pymysql
        more.setdefault("read_timeout", 600)
        return pymysql.connect(**self.address(), user=user, password=password.encode(), database=database,
                               autocommit=None, **more)

    def address(self):
        """Where its clients connect to."""
        return {"host": "127.0.0.1", "port": self.port}


def query(connection, sql):
    """All rows of one statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def attempt(connection, sql):
    """(None, rows) or (errno, text)."""
    import pymysql
    try:
        return None, query(connection, sql)
    except pymysql.err.MySQLError as error:
        return error.args[0], (error.args[1] if len(error.args) > 1 else "")


def wait_until(holds, seconds, what):
    """Polls until holds() is true; the deadline is an error."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise ServerError("not within %g s: %s" % (seconds, what))
        time.sleep(0.005)
