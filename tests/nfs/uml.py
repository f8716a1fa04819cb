"""Boots User-Mode Linux: a Linux kernel that is an ordinary program, here with this machine's own file system as its
root, read-only. A Python program of the tests runs in it as root and does there what the host must not or can't:
mounts NFS, loses power.

    with Guest(program, arguments, directory, disks=[image]) as guest:
        for line in guest.events():       # what the program said with report()
            ...
        guest.kill()                      # the power goes

The guest's console goes to `console`, a list. A kernel that does not start on this machine is Lacking.
"""

import atexit
import ctypes
import os
import shlex
import shutil
import signal
import subprocess
import threading
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
KERNEL = "linux.uml"
MODULES = "/usr/lib/uml/modules"
TOOLS = TESTS.parent / "build" / "nfs-tools"    # made by tools.sh
MEMORY_MB = 256
LACKING = 77                # exit code: this machine can't run the test; ctest calls it skipped
EVENTS = "/dev/ttyS0"       # in the guest
PR_SET_CHILD_SUBREAPER = 36


class Lacking(Exception):
    """What this machine lacks."""


def require(programs, packages):
    """Lacking unless these programs are here; `packages` is where they come from."""
    path = os.pathsep.join([str(TOOLS), os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    missing = [name for name in programs if shutil.which(name, path=path) is None]
    if not os.path.isdir(MODULES):
        missing.append(MODULES)
    if missing:
        raise Lacking("not installed: %s (%s)" % (", ".join(missing), packages))


def make_disk(path, megabytes):
    """A file with an empty ext4 in it."""
    with open(path, "wb") as image:
        image.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", path], check=True, timeout=120,
                   env=dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"))
    return path


def memory_directory(directory):
    """Where the guest's memory lies: in /dev/shm if that has the room."""
    shared = shutil.disk_usage("/dev/shm").free if os.path.isdir("/dev/shm") else 0
    return "/dev/shm" if shared > 2 * MEMORY_MB << 20 else directory


def adopt_orphans():
    """A guest's processes have children that outlive their parents; they are ours to bury."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Guest:
    def __init__(self, program, arguments, directory, disks=(), seconds=600):
        """`directory`: a directory of the host's for this guest's own files."""
        self.console, self.status = [], None
        self._killing = threading.Lock()
        self._write_command(program, arguments, directory)
        read_end, write_end = os.pipe()
        self._events = os.fdopen(read_end, "r", encoding="utf-8", errors="replace")
        init = shutil.copy(Path(__file__).with_name("guest_init.sh"), directory)
        words = [KERNEL, "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "quiet", "mem=%dM" % MEMORY_MB,
                 "con=null", "con0=null,fd:1", "ssl=null", "ssl0=null,fd:%d" % write_end, "init=" + init,
                 "bw_command=%s/command" % directory, "bw_seconds=%d" % seconds]
        words += ["ubd%d=%s" % pair for pair in enumerate(disks)]
        # A session of its own: only the whole group may be killed. Killing the kernel alone would let its programs
        # go on, as processes of the host.
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, pass_fds=[write_end], start_new_session=True,
                                        env=dict(os.environ, TMPDIR=memory_directory(directory)))
        os.close(write_end)
        atexit.register(self.kill)
        self._reader = threading.Thread(target=self._read_console, daemon=True)
        self._reader.start()
        if self._events.readline().strip() != "up":
            self.kill()
            raise Lacking("User-Mode Linux does not start here:\n" + self.log())

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.kill()

    @staticmethod
    def _write_command(program, arguments, directory):
        words = ["PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH=" + str(TESTS), "PATH=%s:$PATH" % TOOLS, "/usr/bin/python3",
                 shlex.quote(str(Path(__file__).with_name(program)))] + [shlex.quote(str(word)) for word in arguments]
        with open(os.path.join(directory, "command"), "w", encoding="utf-8") as file:
            file.write("export " + " ".join(words[:3]) + "\nexec " + " ".join(words[3:]) + "\n")

    def _read_console(self):
        for line in self.process.stdout:
            self.console.append(line.decode("utf-8", "replace").rstrip("\r\n"))

    def events(self):
        """What the guest's program reports, until the guest ends. `status` is the program's exit code then."""
        for line in self._events:
            if not line.endswith("\n"):
                return                          # cut off by kill()
            line = line.rstrip("\n")
            if line.startswith("ended "):
                self.status = int(line.split()[1])
            else:
                yield line

    def kill(self):
        """As if the power went: nothing that the guest has in memory reaches its disks. From any thread."""
        with self._killing:
            if self.process.returncode is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            while self._bury():
                pass
        self._reader.join(60)
        atexit.unregister(self.kill)

    def _bury(self):
        try:
            return os.waitpid(-self.process.pid, 0)[0] > 0
        except ChildProcessError:
            return False

    def log(self):
        return "\n".join(self.console)


def report(line):
    """In the guest: tells the host. Whoever returns from this has told it; a kill afterwards takes nothing back."""
    os.write(_event_line(), line.encode() + b"\n")


def _event_line(found=[]):              # noqa: B006 - opened once
    if not found:
        import tty
        found.append(os.open(EVENTS, os.O_WRONLY | os.O_NOCTTY))
        tty.setraw(found[0])
    return found[0]
