"""bench.py's figures of the audit: what it costs a statement, in instructions (which another process on the machine doesn't
change) and in fsyncs. Wanted: nothing for SELECT 1, and at most 5 % for a SET."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness.server import Server, query, wait_until  # noqa: E402

# (name, statements that take turns, how often)
FIGURES = (("SELECT 1", ("SELECT 1",), 2000),
           ("SET of a parameter", ("ALTER SYSTEM SET ha_low_thread_score = 3 TENANT = t",
                                   "ALTER SYSTEM SET ha_low_thread_score = 4 TENANT = t"), 100),
           ("SET LOG_ARCHIVE_DEST = ''", ("ALTER SYSTEM SET LOG_ARCHIVE_DEST = '' TENANT = t",), 100))
SECONDS = 300


def run(connection, texts, count):
    for number in range(count):
        query(connection, texts[number % len(texts)])


class Counted:
    """A server under callgrind, with its audit on or off."""

    def __init__(self, program, base, on):
        self.directory = os.path.join(base, "audit-on" if on else "audit-off")
        os.mkdir(self.directory)
        self.out = os.path.join(self.directory, "callgrind.out")
        self.server = Server(program, os.path.join(self.directory, "data"),
                             ["--set", "core_dumps=true"] + ([] if on else ["--set", "audit_file="]),
                             wrapper=["valgrind", "--tool=callgrind", "--callgrind-out-file=" + self.out, "--log-file=/dev/null"])

    def dumped(self):
        """Instructions since the last dump."""
        before = set(Path(self.directory).glob("callgrind.out.*"))
        subprocess.run(["callgrind_control", "--dump", str(self.server.pid)], check=True, capture_output=True, timeout=SECONDS)
        new = []

        def is_whole():
            new[:] = [path for path in set(Path(self.directory).glob("callgrind.out.*")) - before
                      if re.search(r"^(summary|totals): \d+", path.read_text(), re.M)]
            return bool(new)
        wait_until(is_whole, SECONDS, "a dump of callgrind")
        return int(re.search(r"^(?:summary|totals): (\d+)", new[0].read_text(), re.M).group(1))

    def instructions(self):
        """Of one of each statement."""
        with self.server as server:
            connection = server.connect("root@sys")
            query(connection, "CREATE TENANT t")
            counts = []
            for _, texts, count in FIGURES:
                run(connection, texts, count // 4)
                self.dumped()
                run(connection, texts, count)
                counts.append(self.dumped() / count)
        return counts


def syncs(program, base, on):
    """fsyncs of one of each statement, by strace."""
    server = Server(program, os.path.join(base, "syncs-%d" % on), [] if on else ["--set", "audit_file="])
    with server:
        connection = server.connect("root@sys")
        query(connection, "CREATE TENANT t")
        counts = []
        for _, texts, count in FIGURES:
            run(connection, texts, 2)
            output = os.path.join(base, "strace-%d" % on)
            tracer = subprocess.Popen(["strace", "-f", "-y", "-p", str(server.pid), "-o", output, "-e", "trace=fsync,fdatasync"],
                                      stderr=subprocess.PIPE, text=True)
            while "attached" not in tracer.stderr.readline():
                pass
            run(connection, texts, count)
            tracer.terminate()
            tracer.wait(SECONDS)
            traced = Path(output).read_text()
            counts.append((len(re.findall(r"sync\(", traced)) / count, len(re.findall(r"sync\(\d+<[^>]*audit", traced)) / count))
    return counts


def report(bench):
    if not shutil.which("valgrind") or not shutil.which("strace"):
        return
    off, on = ([*zip(Counted(bench.options.server, bench.base, state).instructions(),
                     syncs(bench.options.server, bench.base, state))] for state in (False, True))
    for (name, _, _), (before, (syncs_off, _)), (after, (syncs_on, of_audit)) in zip(FIGURES, off, on):
        bench.report.say(name + " with the audit on", after, "instructions", "off: %.0f, %+.2f %%; fsyncs %.2f (%.2f of them the audit's), off: %.2f" % (
            before, (after / before - 1) * 100, syncs_on, of_audit, syncs_off))
