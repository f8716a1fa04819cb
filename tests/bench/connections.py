"""bench.py's figures of connections: what one costs to open, plain, over TLS 1.3 and over TLS resumed; what an idle one
holds; how little a crowd of them disturbs the others; what is left when thousands have come and gone. The load is
connect_load's. And the floor of SELECT 1: a responder of canned bytes."""

import contextlib
import os
import statistics
import subprocess
import threading
import time
from pathlib import Path

from harness.server import query

GUESSES = 1_000             # wrong passwords a second
IDLE, CROWD, CROWD_QUICK = 1_000, 15_000, 2_000
SETTLE_SECONDS = 10         # for the server to see the last ones go
MODES = (("connect", "connects", "connect + SELECT 1 + quit"),
         ("tls", "tls-connects", "the same, TLS 1.3 full handshake"),
         ("resume", "tls-resumes", "the same, TLS 1.3 resumed"))


class Responder:
    """Answers everything with canned bytes and lets everybody in."""

    name, user, password = "responder", "bench", "bench"

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port, self.pid = int(self.process.stdout.readline()), self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)


class Idle:
    """Connections that do nothing, for as long as a `with` lasts."""

    def __init__(self, load, server, mode, count):
        self.holder = subprocess.Popen([load, str(server.port), server.user, server.password, mode, str(count)],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        if self.holder.stdout.readline() != "open\n":
            raise RuntimeError("the idle connections were not let in")
        return self

    def __exit__(self, *_):
        self.holder.stdin.close()
        self.holder.wait(600)


def certificate(base):
    """mariadbd's options for a certificate like the one that Breakwater makes for itself."""
    cert, key = os.path.join(base, "cert.pem"), os.path.join(base, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "2", "-subj", "/CN=bench", "-keyout", key, "-out", cert], check=True, stderr=subprocess.DEVNULL)
    return ["--ssl-cert=" + cert, "--ssl-key=" + key]


def connects(load, server, mode, seconds, threads, cpu_seconds):
    """(connects a second, µs of server CPU each, p99 in µs)"""
    before = cpu_seconds(server.pid)
    done = subprocess.run([load, str(server.port), server.user, server.password, mode, str(seconds), str(threads)],
                          capture_output=True, text=True, check=True)
    used = cpu_seconds(server.pid) - before
    count, failures, resumed, _, p99 = done.stdout.split()
    if int(failures):
        raise RuntimeError("%s: %s of %s failed" % (server.name, failures, count))
    # The first of each thread has no ticket yet.
    wanted = int(count) - threads if mode == "tls-resumes" else 0
    if int(resumed) < wanted or (wanted == 0 and int(resumed)):
        raise RuntimeError("%s: %s of %s resumed a session" % (server.name, resumed, count))
    return int(count) / seconds, used / int(count) * 1e6, float(p99)


def opening(bench, servers, load, cpu_seconds, threads):
    for name, mode, title in MODES:
        if bench.wanted(name):
            measure = lambda s: connects(load, s, mode, bench.seconds, threads, cpu_seconds)  # noqa: E731, B023
            bench.report.compare(title, bench.rounds(measure, servers))


def floor(bench, server, program, run):
    """SELECT 1's server CPU as a multiple of the responder's."""
    with Responder(program) as responder:
        rounds = bench.rounds(run, (responder, server))
    ours, canned = (statistics.median(cpu for _, cpu, _ in rounds[s.name]) for s in (server, responder))
    bench.report.say("SELECT 1, canned responder", canned, "µs CPU", "ratio %.2f" % (ours / canned))


def idle_memory(bench, servers, load, resident_kib):
    for mode, title in (("idle", "plain"), ("tls-idle", "TLS")):
        sizes = {}
        for server in servers:
            before = resident_kib(server.pid)
            with Idle(load, server, mode, IDLE):
                sizes[server.name] = (resident_kib(server.pid) - before) / IDLE
        bench.report.say("memory for each idle connection, " + title, sizes["Breakwater"], "KiB",
                         "MariaDB %.1f KiB, ratio %.2f" % (sizes["MariaDB"], sizes["Breakwater"] / sizes["MariaDB"]))


def crowd(bench, server, load, run):
    """p99 of SELECT 1 alone and among idle connections."""
    count = CROWD_QUICK if bench.options.quick else CROWD
    p99 = lambda: statistics.median(p for _, _, p in bench.rounds(run, (server,))[server.name])  # noqa: E731
    alone = p99()
    with Idle(load, server, "idle", count):
        among = p99()
    bench.report.say("p99 of SELECT 1, %d idle beside it" % count, among, "µs",
                     "alone %.0f µs, ratio %.2f" % (alone, among / alone))


def guesses(bench, server, load, run):
    """p99 of SELECT 1 alone, and beside one address that sends 1,000 wrong passwords a second and is never shut out."""
    p99 = lambda: statistics.median(p for _, _, p in bench.rounds(run, (server,))[server.name])  # noqa: E731
    with contextlib.closing(server.server.connect()) as root:
        query(root, "ALTER SYSTEM SET max_connect_errors = 1000000000")
        alone = p99()
        guesser = subprocess.Popen([load, str(server.port), server.user, server.password, "guesses", str(GUESSES)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        beside = p99()
        made, seconds = map(float, guesser.communicate("")[0].split())
        query(root, "ALTER SYSTEM RESET max_connect_errors")
    bench.report.say("p99 of SELECT 1, wrong passwords beside it", beside, "µs",
                     "alone %.0f µs, ratio %.2f, %.0f passwords a second" % (alone, beside / alone, made / seconds))


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def churn(bench, server, load, resident_kib, run):
    """10,000 connections held and let go while others come and go: what is left of them, and what a client beside
    them sees."""
    count = CROWD_QUICK if bench.options.quick else 10_000
    seconds = bench.seconds * (1 if bench.options.quick else 12)
    arguments = [load, str(server.port), server.user, server.password]
    subprocess.run(arguments + ["connects", "2", "8"], check=True, stdout=subprocess.DEVNULL)
    before, opened = resident_kib(server.pid), descriptors(server.pid)
    beside = []
    coming = subprocess.Popen(arguments + ["connects", str(seconds), "8"], stdout=subprocess.PIPE, text=True)
    watcher = threading.Thread(target=lambda: beside.append(run(server)))
    watcher.start()
    while coming.poll() is None:
        with Idle(load, server, "idle", count):
            pass
    watcher.join()
    end = time.monotonic() + SETTLE_SECONDS
    while descriptors(server.pid) > opened and time.monotonic() < end:
        time.sleep(0.05)
    came, failures = coming.stdout.read().split()[:2]
    bench.report.say("connections opened and closed", int(came), "", "%s failed, and %d held at once meanwhile"
                     % (failures, count))
    bench.report.say("p99 of SELECT 1 beside them", beside[0][2], "µs")
    bench.report.say("memory left of them", (resident_kib(server.pid) - before) / 1024, "MiB",
                     "%d descriptors left" % (descriptors(server.pid) - opened))


def program(server_program, name):
    return str(Path(server_program).resolve().parent / name)
