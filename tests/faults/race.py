#!/usr/bin/python3
"""Two servers, both cluster 1 with a tenant 1002, race for one directory: exactly one wins, the other gets 9081,
also when both are asked again after a crash of either.

    race.py --server PROGRAM [--rounds N] [--seed S]
"""

import argparse
import os
import random
import tempfile
import threading
import time

from faults import Server, attempt, check, query, read_format, values


class Contender:
    def __init__(self, program, base, name):
        self.server = Server(program, os.path.join(base, name)).start()
        query(self.server.connect("root@sys"), "CREATE TENANT t")
        self.answer = None
        self.told = ()

    def reconnect(self):
        self.connection = self.server.connect("root@t")

    def race(self, barrier, sql, delay):
        barrier.wait()
        time.sleep(delay)
        self.answer = attempt(self.connection, sql)
        self.told = query(self.connection, "SHOW WARNINGS") if self.answer[0] else ()

    def ask(self, sql):
        return attempt(self.connection, sql)[0]

    def value(self):
        return values(self.server.connect("root@sys")).get(1002)


def run_race(contenders, sql, delays):
    barrier = threading.Barrier(len(contenders))
    threads = [threading.Thread(target=one.race, args=(barrier, sql, delay)) for one, delay in zip(contenders, delays)]
    for thread in threads:
        thread.start()
    return threads


def check_outcome(contenders, codes, path):
    check(sorted(codes, key=str) == sorted([None, 9081], key=str), "%s: the answers are %s, told %s", path, codes,
          [one.told for one in contenders])
    winner = contenders[codes.index(None)]
    loser = contenders[1 - codes.index(None)]
    check(winner.value() == "file://" + path, "the winner's value is %s", winner.value())
    check(loser.value() != "file://" + path, "the loser's value is the directory it lost")
    fields = read_format(path)
    check(fields is not None and fields["tenant_id"] == 1002, "the format file says %s", fields)
    check(set(os.listdir(path)) == {"format", "check_file"}, "%s holds %s", path, os.listdir(path))
    return winner


def round_trip(contenders, path, chance):
    """Race; sometimes one is killed in the middle or afterwards; ask both again, in either order."""
    for one in contenders:
        one.reconnect()
    sql = "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s'" % path
    threads = run_race(contenders, sql, [chance.uniform(0, 0.002), chance.uniform(0, 0.002)])
    victim = chance.choice(contenders) if chance.random() < 0.3 else None
    if victim and chance.random() < 0.7:
        time.sleep(chance.uniform(0, 0.01))
        victim.server.kill()
    for thread in threads:
        thread.join(120)
    if victim is None:
        check_outcome(contenders, [one.answer[0] for one in contenders], path)
    elif victim.server.process is None:
        victim.server.start()
    else:
        check_outcome(contenders, [one.answer[0] for one in contenders], path)
        victim.server.kill()
        victim.server.start()
    if victim:
        victim.reconnect()
    order = contenders[:] if chance.random() < 0.5 else contenders[::-1]
    again = {one: one.ask(sql) for one in order}
    winner = check_outcome(contenders, [again[one] for one in contenders], path)
    acknowledged = [one for one in contenders if one.answer[0] is None]
    check(acknowledged in ([], [winner]), "a SET that was acknowledged was lost to the other server")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print("seed", seed, flush=True)
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="breakwater-race-") as base:
        contenders = [Contender(options.server, base, name) for name in ("one", "two")]
        try:
            for number in range(options.rounds):
                round_trip(contenders, os.path.join(base, "shared", str(number)), chance)
        except BaseException:
            print("round %d, seed %d" % (number, seed))
            for one in contenders:
                print("".join(one.server.lines[-40:]))
                if one.server.process:
                    one.server.kill()
            raise
        for one in contenders:
            one.server.stop()
    print("%d races" % options.rounds)


if __name__ == "__main__":
    main()
