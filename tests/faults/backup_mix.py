#!/usr/bin/python3
"""kill -9 at random moments of a mix: tenants change and archive, are backed up in full and incrementally, cleaned up, restored.

    backup_mix.py --server PROGRAM [--rounds N] [--every-set] [--seed S]

A model knows what was acknowledged, and when. After each restart every job ends by itself, what the views and the medium call complete
validates PHYSICAL, and it restores to a tenant that is row for row what the model has at its SCN: a set (--every-set: each), and the log
up to its checkpoint.
"""

import argparse
import os
import random
import tempfile
import threading
import time

import pymysql
import restore
from backup_jobs import check_sets, complete_by_the_tool, directory_of, job, kept, make_tenant, newest_job, wait_for_end, whole
from clean_up import wait_for_deletions
from faults import Server, attempt, check, query
from validate import validate

TENANTS = ["a", "b"]
LONGEST_STREAM = 0.6      # seconds from the streams' start to the kill
PASSWORD = "canary-Bärlauch-7"
PRIVILEGES = ["SELECT", "ALTER SYSTEM", "CREATE USER", "SUPER"]
BROKEN = (0, 2006, 2013)
AT_ONCE = 3               # restores of one round


class Dead(Exception):
    pass


class Model:
    """The states of a tenant, one after the other: (since when it was asked for, when it was acknowledged, state). A state is
    (auto_increment_increment, {user: its privilege})."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        connection = server.connect("root@" + name)
        now = time.time_ns()
        self.states = [(0, now, state_of(connection))]
        self.pending = None
        connection.close()

    def next(self, chance):
        number, users = self.states[-1][2]
        users = dict(users)
        user = "u%d" % chance.randrange(8)
        kind = chance.random()
        if kind < 0.4:
            number = number % 60000 + 1
            return "SET GLOBAL auto_increment_increment = %d" % number, (number, users)
        if user not in users:
            users[user] = "USAGE"
            return "CREATE USER %s IDENTIFIED BY '%s'" % (user, PASSWORD), (number, users)
        if kind < 0.6:
            del users[user]
            return "DROP USER %s" % user, (number, users)
        if users[user] != "USAGE":
            privilege, users[user] = users[user], "USAGE"
            return "REVOKE %s ON *.* FROM %s" % (privilege, user), (number, users)
        users[user] = chance.choice(PRIVILEGES)
        return "GRANT %s ON *.* TO %s" % (users[user], user), (number, users)

    def change(self, connection, chance):
        statement, state = self.next(chance)
        self.pending = (time.time_ns(), state)
        run(connection, statement)
        self.states.append((self.pending[0], time.time_ns(), state))
        self.pending = None

    def settle(self):
        """What was asked for and not answered is in the tenant, or it isn't."""
        connection = self.server.connect("root@" + self.name)
        found = state_of(connection)
        connection.close()
        if self.pending is not None and found == self.pending[1]:
            self.states.append((self.pending[0], time.time_ns(), found))
        self.pending = None
        check(found == self.states[-1][2], "%s has %s, acknowledged was %s", self.name, found, self.states[-1][2])

    def may_be(self, scn):
        """The states that it can have had at this moment: the last acknowledged one, or one that was on its way."""
        states = self.states[:]
        first = max(i for i, (_, acknowledged, _) in enumerate(states) if i == 0 or acknowledged <= scn)
        return [state for sent, _, state in states[first:first + 1] + [s for s in states[first + 1:] if s[0] <= scn]]


def state_of(connection):
    number = int(query(connection, "SELECT @@global.auto_increment_increment")[0][0])
    users = {}
    for (user,) in query(connection, "SELECT User FROM mysql.user WHERE User LIKE 'u%'"):
        rows = query(connection, "SHOW GRANTS FOR %s" % user)
        check(len(rows) == 1, "%s has %s", user, rows)
        users[user] = rows[0][0].split(" ON ")[0].removeprefix("GRANT ")
    return number, users


def run(connection, statement, allowed=()):
    """Whether it was acknowledged. Dead: nobody knows."""
    try:
        number, text = attempt(connection, statement)
    except (pymysql.err.InterfaceError, OSError) as error:
        raise Dead() from error
    if number in BROKEN:
        raise Dead()
    check(number is None or number in allowed, "%s is %s %s", statement, number, text)
    return number is None


class Stream(threading.Thread):
    """Repeats a step until the connection breaks."""

    def __init__(self, step):
        super().__init__(daemon=True)
        self.step_, self.error = step, None

    def run(self):
        try:
            while True:
                self.step_()
        except (Dead, pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError):
            pass
        except Exception as error:              # noqa: BLE001 - it is told by whoever waits
            self.error = error


class Mix:
    def __init__(self, server, work, chance, every_set):
        self.server, self.work, self.chance, self.every_set = server, work, chance, every_set
        self.tenants = {name: make_tenant(server, work, name) for name in TENANTS}
        self.models = {name: Model(server, name) for name in TENANTS}
        self.restores = []                      # (name, source, SCN) of this round
        self.deleted = False
        self.lock, self.asked = threading.Lock(), 0
        self.count = {"changes": 0, "backups": 0, "deletions": 0, "restores": 0, "compared": 0}

    def uri(self, name):
        return "file://%s,file://%s" % (directory_of(self.work, "data", name), directory_of(self.work, "archive", name))

    # ---- what runs until the kill

    def streams(self):
        steps = []
        for name in TENANTS:
            steps += [self.changes(name), self.jobs(name)]
        return [Stream(step) for step in steps]

    def changes(self, name):
        connection, chance = self.server.connect("root@" + name), random.Random(self.chance.random())

        def step():
            self.models[name].change(connection, chance)
            self.count["changes"] += 1
            time.sleep(chance.uniform(0, 0.01))
        return step

    def jobs(self, name):
        own, system = self.server.connect("root@" + name), self.server.connect("root@sys")
        chance = random.Random(self.chance.random())

        def step():
            kind = chance.random()
            if kind < 0.6:
                statement = chance.choice(["BACKUP DATABASE", "BACKUP INCREMENTAL DATABASE", "BACKUP DATABASE PLUS ARCHIVELOG"])
                self.count["backups"] += run(own, "ALTER SYSTEM " + statement, (9036, 9040))
            elif kind < 0.75:
                self.delete(own)
            elif len(self.restores) < AT_ONCE:
                self.restore(system, name, chance)
            time.sleep(chance.uniform(0, 0.05))
        return step

    def delete(self, own):
        rows = query(own, "SELECT BACKUP_SET_ID, BACKUP_TYPE FROM oceanbase.DBA_OB_BACKUP_SET_FILES"
                          " WHERE STATUS = 'SUCCESS' AND FILE_STATUS = 'AVAILABLE' ORDER BY BACKUP_SET_ID")
        full = [row[0] for row in rows if row[1] == "FULL"]
        if len(full) >= 2:
            self.deleted = True
            ids = [row[0] for row in rows if row[0] < full[1]][:32]
            self.count["deletions"] += run(own, "ALTER SYSTEM DELETE BACKUPSET " + ",".join(map(str, ids)), (4023,))

    def restore(self, system, name, chance):
        first, last = self.window(system, name)
        if first is None or first > last:
            return
        scn = chance.randrange(first, last + 1)
        with self.lock:
            pool = "pool_r%d" % len(self.restores)
            target = "r%d" % self.asked
            self.asked += 1
            self.restores.append((target, name, scn))
        run(system, "CREATE RESOURCE UNIT IF NOT EXISTS unit1 MAX_CPU = 1, MEMORY_SIZE = '1G'")
        run(system, "CREATE RESOURCE POOL IF NOT EXISTS %s UNIT = 'unit1', UNIT_NUM = 1, ZONE_LIST = ('zone1')" % pool)
        run(system, "ALTER SYSTEM RESTORE %s FROM '%s' UNTIL SCN = %d WITH 'pool_list=%s'" % (target, self.uri(name), scn, pool),
            (4626,))                            # another restore's
        self.count["restores"] += 1

    def window(self, system, name):
        """From the oldest set that isn't about to be deleted to the archive's checkpoint."""
        tenant = self.tenants[name]
        first = query(system, "SELECT MIN(MIN_RESTORE_SCN) FROM oceanbase.CDB_OB_BACKUP_SET_FILES WHERE TENANT_ID = %d AND"
                              " STATUS = 'SUCCESS' AND FILE_STATUS = 'AVAILABLE'" % tenant)[0][0]
        last = query(system, "SELECT MAX(CHECKPOINT_SCN) FROM oceanbase.CDB_OB_ARCHIVELOG WHERE TENANT_ID = %d" % tenant)[0][0]
        return (None, None) if first is None else (int(first), int(last or 0))

    # ---- what holds after the restart

    def settle(self):
        system = self.server.connect("root@sys")
        for name, tenant in self.tenants.items():
            self.models[name].settle()
            for number in range(max(1, newest_job(system, tenant) - 5), newest_job(system, tenant) + 1):
                if job(system, tenant, number) is not None:
                    ended = wait_for_end(system, tenant, number)
                    check(ended[1:3] == ("COMPLETED", 0), "job %d of %s ended %s", number, name, ended)
            wait_for_deletions(system, tenant)
        self.restored(system)
        for name, tenant in self.tenants.items():
            self.sets_are_whole(system, name, tenant)
            self.bring_back(system, name, tenant)
        system.close()

    def restored(self, system):
        for target, source, scn in self.restores:
            if not restore.history(system, target) and not restore.in_progress(system, target):
                continue                        # its statement wasn't answered, and left nothing
            restore.wait_until(lambda of=target: not restore.in_progress(system, of), 120, "the end of the restore of " + target)
            status, comment = restore.history(system, target)[0][2:4]
            if status == "SUCCESS":
                self.compare(system, target, source, scn)
            else:
                check(self.deleted and ("-9011" in comment or "-4103" in comment), "the restore of %s to %d ended %s", source, scn,
                      comment)
                check(restore.tenant_of(system, target) is None, "a restore that failed left a tenant")
        self.restores, self.deleted = [], False

    def sets_are_whole(self, system, name, tenant):
        directory = directory_of(self.work, "data", name)
        rows, there = check_sets(system, tenant, directory)
        check(kept(rows) == whole(there), "%s: the view has %s, the destination %s", name, kept(rows), whole(there))
        complete = complete_by_the_tool(self.server, directory)
        check(complete == kept(rows), "%s: the view has %s, the tool calls %s complete", name, kept(rows), complete)
        if complete:
            ended = validate(system, tenant, name)
            check(ended[0] == "COMPLETED" and ended[2] == ended[3] > 0, "VALIDATE of %s ended %s", name, ended)

    def bring_back(self, system, name, tenant):
        sets = [int(row[0]) for row in query(
            system, "SELECT MIN_RESTORE_SCN FROM oceanbase.CDB_OB_BACKUP_SET_FILES WHERE TENANT_ID = %d AND STATUS = 'SUCCESS' AND"
                    " FILE_STATUS = 'AVAILABLE'" % tenant)]
        if not sets:
            return
        moments = sets if self.every_set else [self.chance.choice(sets)]
        last = self.window(system, name)[1]
        for scn in moments + [last] * (last > min(sets)):
            restore.restore(system, "back", self.uri(name), "UNTIL SCN = %d" % scn)
            restore.wait_for_restore(system, "back")
            self.compare(system, "back", name, scn)

    def compare(self, system, target, source, scn):
        connection = self.server.connect("root@" + target)
        found, wanted = state_of(connection), self.models[source].may_be(scn)
        connection.close()
        check(found in wanted, "%s at SCN %d is %s, and was one of %s", source, scn, found, wanted)
        for user in list(found[1])[:1]:
            self.server.connect("%s@%s" % (user, target), PASSWORD).close()
        restore.drop(system, target)
        self.count["compared"] += 1

    def round(self):
        streams = self.streams()
        for stream in streams:
            stream.start()
        time.sleep(self.chance.uniform(0, LONGEST_STREAM))
        self.server.kill()
        for stream in streams:
            stream.join(60)
            check(not stream.is_alive(), "a client still waits for a server that was killed")
            if stream.error is not None:
                raise stream.error
        while self.chance.random() < 0.2:       # the start itself is killed
            self.server.launch()
            time.sleep(self.chance.uniform(0, 0.1))
            self.server.kill()
        self.server.start()
        self.settle()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--every-set", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print("seed", options.seed, flush=True)
    with tempfile.TemporaryDirectory(prefix="breakwater-backup-mix-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        with Server(options.server, os.path.join(base, "data"), ["--set", "job_visible_time=0"]) as server:
            mix = Mix(server, work, random.Random(options.seed), options.every_set)
            for _ in range(options.rounds):
                mix.round()
            print("%d rounds, acknowledged or compared: %s" % (options.rounds, mix.count), flush=True)


if __name__ == "__main__":
    main()
