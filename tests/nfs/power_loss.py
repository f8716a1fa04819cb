#!/usr/bin/python3
"""The power goes at random moments of a stream of SETs and BACKUP KEYs from several connections; after the reboot all
that was acknowledged is there. (kill -9 of the server, as in faults/crash.py, leaves what the kernel still has in
memory, so it can't show a missing fsync.)

    power_loss.py --server PROGRAM --shim LIBRARY [--rounds N] [--seed S] [--break-fsync PLACE]

The server runs in User-Mode Linux on an ext4 of its own; the power goes by killing that Linux. What the disk was
given stays, what was in the guest's memory is gone. The clients are in the guest too (power_guest.py) and tell over a
serial line what they are about to send and what was acknowledged.

--break-fsync: the server's fsync and fdatasync below `catalogue` (its data directory) or `destinations` do nothing,
and the test passes if it notices. It does that by itself before the real rounds.

Exit code 77: this machine lacks what it takes.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import uml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "faults"))
from faults import Failure, check  # noqa: E402
from power_model import TENANTS, ToldTenant  # noqa: E402

DISK_MB = 192
SECONDS = 300                   # the longest that one round may take
LONGEST_STREAM = 0.6            # seconds from the streams' start to the power loss
LONGEST_START = 3.0             # seconds from mounting the disk, where that is what the power loss shall hit
EARLY = 0.2                     # how often it is
MACHINES = 2                    # at a time, each with a disk of its own
BROKEN_ROUNDS = 8               # within so many a missing fsync shows
PROGRAMS = [uml.KERNEL, "mkfs.ext4", "ip", "insmod"]
PLACES = ["catalogue", "destinations"]


class Lost(Failure):
    """Something that was acknowledged is gone, or something that was not is half there."""


class Machine:
    """One disk, and what its server has acknowledged."""

    def __init__(self, options, number, directory, images, broken=None):
        self.server, self.shim, self.broken = os.path.abspath(options.server), os.path.abspath(options.shim), broken
        self.name = "machine %d%s" % (number, " without fsync of the " + broken if broken else "")
        self.random = random.Random("%s %s" % (options.seed, self.name))
        self.directory = os.path.join(directory, self.name.replace(" ", "_"))
        os.mkdir(self.directory)
        self.disk = uml.make_disk(os.path.join(images, os.path.basename(self.directory)), DISK_MB)
        self.tenants = {number: ToldTenant(number) for number in TENANTS}
        self.prepared = False
        self.rounds = self.acknowledged = self.key_files = 0

    def round(self, last=False):
        """One boot: the server starts, all that was acknowledged is looked for, then the streams, then the power loss.
        The last one ends by itself."""
        self.rounds += 1
        state = os.path.join(self.directory, "state")
        with open(state, "w", encoding="utf-8") as file:
            json.dump({str(number): tenant.dump() for number, tenant in self.tenants.items()}, file)
        arguments = ["--server", self.server, "--state", state, "--round", self.rounds]
        arguments += ["--prepared"] if self.prepared else []
        arguments += ["--last"] if last else []
        arguments += ["--shim", self.shim, "--break-fsync", self.broken] if self.broken else []
        early = not last and self.random.random() < EARLY
        with uml.Guest("power_guest.py", arguments, self.directory, [self.disk], SECONDS) as guest:
            loss, lost = None, []
            for line in guest.events():
                if line == ("mounted" if early else "streaming"):
                    loss = threading.Timer(self.random.uniform(0, LONGEST_START if early else LONGEST_STREAM), guest.kill)
                    loss.start()
                if line.startswith("lost "):
                    lost.append(line)
                else:
                    self.hear(line)
            if loss:
                loss.join()
            if lost:
                raise Lost("%s\n%s" % (guest.log(), self.at(lost[0])))
            check(loss and guest.status is None or last and guest.status == 0, "%s\n%s", guest.log(),
                  self.at("the guest ended with %s" % guest.status))

    def at(self, what):
        return "%s, round %d: %s" % (self.name, self.rounds, what)

    def hear(self, line):
        words = line.split(" ")
        if words[0] == "prepared":
            self.prepared = True
        elif words[0] == "key_file":
            self.check_key_file(self.tenants[int(words[1])], *words[2:])
        elif words[0].isdigit():
            self.acknowledged += words[1].startswith("has_")
            getattr(self.tenants[int(words[0])], words[1])(*words[2:])

    def check_key_file(self, tenant, path, content):
        """A key backup that the guest found is whole and has every key that it was acknowledged with."""
        self.key_files += 1
        copy = os.path.join(self.directory, "key")
        with open(copy, "wb") as file:
            file.write(bytes.fromhex(content))
        done = subprocess.run([self.server, "key", "verify", copy], capture_output=True, text=True, timeout=120)
        versions = done.stdout.count("\nkey ")
        if done.returncode != 0:
            raise Lost(self.at("%s: %s" % (path, done.stdout + done.stderr)))
        if versions < tenant.keys.get(path, 0):
            raise Lost(self.at("%s has %d keys of %d" % (path, versions, tenant.keys[path])))


def check_notices(machine):
    """That a missing fsync shows."""
    try:
        for number in range(BROKEN_ROUNDS):
            machine.round(last=number == BROKEN_ROUNDS - 1)
    except Lost as lost:
        return str(lost).splitlines()[-1]
    raise Failure("%s: %d rounds, and nothing was missed" % (machine.name, BROKEN_ROUNDS))


def run_rounds(machine, rounds):
    for _ in range(rounds):
        machine.round()
    machine.round(last=True)
    return "%s: %d power losses, %d acknowledged, %d key files read" % (machine.name, rounds, machine.acknowledged,
                                                                     machine.key_files)


def run(options, directory, images):
    def machine(number, broken=None):
        return Machine(options, number, directory, images, broken)

    broken = [options.break_fsync] if options.break_fsync else PLACES
    share = [] if options.break_fsync else [(options.rounds + number) // MACHINES for number in range(MACHINES)]
    start = time.monotonic()
    with ThreadPoolExecutor(MACHINES) as workers:
        told = [workers.submit(check_notices, machine(number, place)) for number, place in enumerate(broken)]
        told += [workers.submit(run_rounds, machine(number), rounds) for number, rounds in enumerate(share)]
        for one in told:
            print(one.result(), flush=True)
    print("%.0f s" % (time.monotonic() - start))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--break-fsync", choices=PLACES)
    options = parser.parse_args()
    print("seed", options.seed, flush=True)
    uml.adopt_orphans()
    try:
        uml.require(PROGRAMS, "./dev setup installs it")
        with tempfile.TemporaryDirectory(prefix="breakwater-power-") as directory:
            with tempfile.TemporaryDirectory(prefix="breakwater-power-", dir=uml.memory_directory(directory)) as images:
                run(options, directory, images)
    except uml.Lacking as lacking:
        print("Not run: " + str(lacking))
        return uml.LACKING
    return 0


if __name__ == "__main__":
    sys.exit(main())
