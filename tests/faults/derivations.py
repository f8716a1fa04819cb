#!/usr/bin/python3
"""Keys are derived from passwords on a few threads: nobody's statements keep the others from them.

    derivations.py --server PROGRAM [NAME...]
"""

import argparse
import os
import re
import shutil
import threading
import time

from faults import Server, attempt, check, query, run_cases, wait_until

CASES = []
FOREIGN = re.compile(r"mount|file system|\bhang", re.I)     # what such an error must not speak of


def case(function):
    CASES.append(function)
    return function


def prepare(server, names=("a", "b")):
    """Tenants with a master key each, and an Oracle tenant `o`."""
    admin = server.connect("root@sys")
    for name in names:
        query(admin, "CREATE TENANT " + name)
        query(admin, "ALTER SYSTEM SET tde_method = 'internal' TENANT = " + name)
        query(server.connect("root@" + name), "ALTER INSTANCE ROTATE INNODB MASTER KEY")
    query(admin, "CREATE TENANT o SET ob_compatibility_mode = 'oracle'")
    return admin


def notes(connection):
    return " ".join(row[2] for row in query(connection, "SHOW WARNINGS"))


class HangsUp(threading.Thread):
    """Sends BACKUP KEY over and over and never waits for an answer."""

    def __init__(self, server, base, number):
        super().__init__(daemon=True)
        self.server, self.path, self.over, self.sent = server, os.path.join(base, "loop%d" % number), False, 0

    def run(self):
        sql = "ALTER SYSTEM BACKUP KEY TO 'file://%s' ENCRYPTED BY 'password'" % self.path
        while not self.over:
            try:
                connection = self.server.connect("root@a")
                connection._execute_command(3, sql)
                self.sent += 1
                connection._force_close()
            except OSError:
                pass
            except Exception:       # a login that a busy machine is late for
                if self.over:
                    return


@case
def two_that_hang_up_shut_out_nobody(base, program):
    """Two clients of tenant a hang up in a loop; the backups of tenant b, the keystore of an Oracle tenant and
    those of root@sys always work."""
    with Server(program, os.path.join(base, "data")) as server:
        admin = prepare(server)
        loops = [HangsUp(server, base, number) for number in range(2)]
        for loop in loops:
            loop.start()
        wait_until(lambda: all(loop.sent > 2 for loop in loops), 60, "the loops to run")
        other, oracle = server.connect("root@b"), server.connect("SYS@o", database=None)
        for number in range(10):
            answer = attempt(other, "ALTER SYSTEM BACKUP KEY TO 'file://%s/b%d' ENCRYPTED BY 'p'" % (base, number))
            check(answer[0] is None, "another tenant's key backup %d: %s", number, answer)
        answer = attempt(oracle, "ADMINISTER KEY MANAGEMENT CREATE KEYSTORE k IDENTIFIED BY \"secret\"")
        check(answer[0] is None, "a keystore: %s", answer)
        for number in range(3):
            answer = attempt(admin, "ALTER SYSTEM BACKUP KEY TENANT = b TO 'file://%s/s%d' ENCRYPTED BY 'p'"
                             % (base, number))
            check(answer[0] is None, "root@sys's key backup %d: %s", number, answer)
        for loop in loops:
            loop.over = True
        for loop in loops:
            loop.join(60)
        own = server.connect("root@a")
        wait_until(lambda: attempt(own, "ALTER SYSTEM BACKUP KEY TO 'file://%s/own' ENCRYPTED BY 'p'" % base)[0]
                   is None, 60, "the tenant's own key backup, when it has let go")


@case
def many_at_once(base, program):
    """150 at once, of one tenant and of ten: each is done, or late by its own deadline and says what for."""
    tenants = ["a"] * 75 + ["t%d" % number for number in range(5) for _ in range(15)]
    with Server(program, os.path.join(base, "data"), ["--set", "backup_dest_timeout=6s"]) as server:
        prepare(server, sorted(set(tenants)))
        connections = [server.connect("root@" + tenant) for tenant in tenants]
        answers = [None] * len(connections)

        def work(number):
            path = os.path.join(base, "key%d" % number)
            sql = "ALTER SYSTEM BACKUP KEY TO 'file://%s' ENCRYPTED BY 'p'" % path
            begun = time.monotonic()
            code, text = attempt(connections[number], sql)
            answers[number] = (code, time.monotonic() - begun, text, notes(connections[number]) if code else "")

        threads = [threading.Thread(target=work, args=(number,)) for number in range(len(connections))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(300)
        done = {tenant: 0 for tenant in tenants}
        for tenant, answer in zip(tenants, answers):
            check(answer is not None, "no answer")
            code, seconds, text, said = answer
            if code == 9070 and "(file_threads)" in said and seconds > 5:
                continue    # its key came so late that the deadline ended its wait for a thread to write it with
            check(code in (None, 4012), "an answer: %s %s %s", code, text, said)
            done[tenant] += code is None
            if code is None:
                continue
            check(seconds > 5, "late after %.1f s, before its deadline", seconds)
            check("deriv" in said and "key" in said, "no word of keys: %s", said)
            check(not FOREIGN.search(said), "it speaks of what has nothing to do with it: %s", said)
        # Nobody has a second turn while others wait for their first; how many there are in that time is the machine's.
        check(max(done.values()) - min(done.values()) <= 2 and sum(done.values()) > 0, "unfair turns: %s", done)
        for number, answer in enumerate(answers):
            if answer[0] is None:
                check(os.path.getsize(os.path.join(base, "key%d" % number)) > 0, "no key file %d", number)


@case
def killed_in_line(base, program):
    """Whoever waits for a turn and is killed is out at once."""
    with Server(program, os.path.join(base, "data")) as server:
        admin = prepare(server)
        path = os.path.join(base, "key")
        sql = "ALTER SYSTEM BACKUP KEY TO 'file://%s%d' ENCRYPTED BY 'p'"
        connections = [server.connect("root@a") for _ in range(20)]
        answers = []

        def work(number, connection):
            begun = time.monotonic()
            answers.append((attempt(connection, sql % (path, number))[0], time.monotonic() - begun))

        threads = [threading.Thread(target=work, args=pair) for pair in enumerate(connections)]
        for thread in threads:
            thread.start()
        wait_until(lambda: sum("BACKUP KEY" in str(row) for row in query(admin, "SHOW FULL PROCESSLIST")) > 10, 60,
                   "statements in line")
        for connection in connections:
            attempt(admin, "KILL QUERY %d" % connection.thread_id())
        for thread in threads:
            thread.join(60)
        codes = [code for code, _ in answers]
        check(len(codes) == 20 and set(codes) <= {None, 1317}, "answers: %s", codes)
        check(codes.count(1317) >= 5, "few were killed in line: %s", codes)
        for connection in connections:
            query(connection, "SELECT 1")


@case
def no_memory_for_it(base, program):
    """Where 128 MiB can't be had the statement says so."""
    prlimit = shutil.which("prlimit")
    with Server(program, os.path.join(base, "data")) as server:
        prepare(server)
        own = server.connect("root@a")
        with open("/proc/%d/statm" % server.pid) as file:
            now = int(file.read().split()[0]) * os.sysconf("SC_PAGESIZE")
        os.spawnl(os.P_WAIT, prlimit, prlimit, "--pid=%d" % server.pid, "--as=%d:" % (now + (100 << 20)))
        sql = "ALTER SYSTEM BACKUP KEY TO 'file://%s/key' ENCRYPTED BY 'p'" % base
        code, text = attempt(own, sql)
        said = notes(own)
        check(code == 1037 and "deriving a key" in said and "MiB" in said, "without memory: %s %s %s", code, text, said)
        os.spawnl(os.P_WAIT, prlimit, prlimit, "--pid=%d" % server.pid, "--as=unlimited:")
        check(attempt(own, sql)[0] is None, "with memory again")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--no-memory-limits", action="store_true", help="a sanitizer's shadow needs all of it")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    cases = [case for case in CASES if not (options.no_memory_limits and case is no_memory_for_it)]
    program = os.path.abspath(options.server)
    run_cases(cases, "derivations", lambda case, base: case(base, program), options.names)


if __name__ == "__main__":
    main()
