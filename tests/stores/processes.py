"""The processes of a real store: started in the foreground with their output in files, killed at the end."""

import contextlib
import ctypes
import http.client
import os
import shutil
import signal
import socket
import subprocess
import time

READY_SECONDS = 180
PR_SET_PDEATHSIG = 1
OUTPUT_TAIL = 4000
LISTEN, LOOPBACK = "0A", "0100007F"      # as in /proc/net/tcp


def die_with_parent():
    """In a child: a test that is killed takes its stores with it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def need(*programs):
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        raise RuntimeError("not installed: %s (./dev setup, cmake/packages/stores.txt)" % " ".join(missing))


def free_ports(count):
    """Loopback ports that nobody had a moment ago."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def answers(port):
    """An HTTP server there says anything at all."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY_SECONDS)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_for_http(port, check):
    end = time.monotonic() + READY_SECONDS
    while not answers(port):
        check()
        if time.monotonic() > end:
            raise RuntimeError("nothing answers at port %d within %d s" % (port, READY_SECONDS))
        time.sleep(0.05)


class Processes:
    """A context: start() of the class that derives from it, and all its processes gone at the end."""

    def __init__(self, directory):
        self.directory, self.processes = directory, {}

    def __enter__(self):
        try:
            self.start()
            return self
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(self, kind, value, trace):
        for name in reversed(list(self.processes)):
            self.kill(name)

    def launch(self, name, command):
        with open(os.path.join(self.directory, name + ".out"), "ab") as log:
            self.processes[name] = subprocess.Popen(command, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log,
                                                    stderr=log, preexec_fn=die_with_parent)

    def check(self, name):
        """An error with its output if a process has ended."""
        if self.processes[name].poll() is not None:
            with open(os.path.join(self.directory, name + ".out"), encoding="utf-8", errors="replace") as file:
                raise RuntimeError("%s ended:\n%s" % (name, file.read()[-OUTPUT_TAIL:]))

    def check_loopback(self):
        """Nobody but this machine reaches any of them."""
        for name, process in self.processes.items():
            found = listening(process.pid)
            if found - {LOOPBACK}:
                raise AssertionError("%s listens at %s" % (name, found))

    def kill(self, name):
        process = self.processes.pop(name)
        process.kill()
        process.wait()


def listening(pid):
    """The addresses, as /proc/net/tcp prints them, at which a process takes connections."""
    inodes = set()
    for name in os.listdir("/proc/%d/fd" % pid):
        with contextlib.suppress(OSError):
            inodes.add(os.readlink("/proc/%d/fd/%s" % (pid, name)))
    found = set()
    for table in ("tcp", "tcp6"):
        with open("/proc/net/" + table, encoding="ascii") as file:
            rows = [line.split() for line in file.readlines()[1:]]
        found |= {row[1].split(":")[0] for row in rows if row[3] == LISTEN and "socket:[%s]" % row[9] in inodes}
    return found
