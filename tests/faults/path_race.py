#!/usr/bin/python3
"""Two directories of one name: /allow/x, a directory, and /allow/y, a link to a directory that backup_dest_allow does not
allow, change places as fast as they can while keys are backed up to x and destinations are set in it, and while the
server is killed and settles what that left. Nothing of it ever lands outside.

    path_race.py --server PROGRAM [--rounds N] [--seed S]
"""

import argparse
import ctypes
import os
import random
import tempfile
import threading

from faults import Server, attempt, check, query, tree

RENAME_EXCHANGE = 2
AT_FDCWD = -100
LIBC = ctypes.CDLL(None, use_errno=True)


def exchange(one, other):
    return LIBC.renameat2(AT_FDCWD, one.encode(), AT_FDCWD, other.encode(), RENAME_EXCHANGE)


class Swapping:
    """While it runs, x and y change places."""

    def __init__(self, allow):
        self.names = [os.path.join(allow, name) for name in "xy"]
        self.ended = threading.Event()
        self.swaps = 0
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def run(self):
        while not self.ended.is_set():
            self.swaps += exchange(*self.names) == 0


def prepare(server):
    query(server.connect("root@sys"), "CREATE TENANT t")
    user = server.connect("root@t")
    query(user, "ALTER SYSTEM SET tde_method = 'internal'")
    query(user, "ALTER INSTANCE ROTATE INNODB MASTER KEY")


def kill_in_the_middle(server, statement, chance):
    thread = threading.Thread(target=lambda: attempt(server.connect("root@t"), statement))
    thread.start()
    threading.Event().wait(chance.uniform(0, 0.03))
    server.kill()
    thread.join(120)
    server.start()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--server", required=True)
    arguments.add_argument("--rounds", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = arguments.parse_args()
    print("seed", options.seed)
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as base:
        allow, forbid = os.path.join(base, "allow"), os.path.join(base, "forbid")
        os.makedirs(os.path.join(allow, "x"))
        os.mkdir(forbid)
        os.symlink(forbid, os.path.join(allow, "y"))
        server = Server(options.server, os.path.join(base, "data"), args=["--set", "backup_dest_allow=%s" % allow])
        with server:
            prepare(server)
            connection = server.connect("root@t")
            answers = {}
            with Swapping(allow) as swapping:
                for number in range(options.rounds):
                    deep = chance.choice(["", "/new%d" % number])
                    path = "file://%s/x%s/%d" % (allow, deep, number)
                    statement = chance.choice(["ALTER SYSTEM BACKUP KEY TO '%s'", "ALTER SYSTEM SET DATA_BACKUP_DEST = '%s'"]) % path
                    if number % 60 == 59:
                        kill_in_the_middle(server, statement, chance)
                        connection = server.connect("root@t")
                        continue
                    code = attempt(connection, statement)[0]
                    answers[code] = answers.get(code, 0) + 1
            check(tree(forbid) == [], "outside lies %s", tree(forbid))
            check(answers.get(None, 0) > 0 and answers.get(9026, 0) > 0, "the answers are %s", answers)
    print("ok: %d swaps, answers %s, nothing outside" % (swapping.swaps, answers))


main()
