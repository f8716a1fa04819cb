#!/usr/bin/python3
"""Tenants brought back: as of a moment, under another name, on the same and on another installation, and with kill -9 in between.

    restore.py --server PROGRAM [--rounds N] [--seed S]

What a restored tenant has is compared row for row with what the source had at that moment, which is written down as it is changed.
"""

import argparse
import os
import random
import shutil
import tempfile
import time

import backup_jobs
from backup_jobs import directory_of, make_tenant, wait_for_end
from faults import Server, attempt, check, query, wait_until

SHOWN = 2           # seconds: job_visible_time of these servers
SECONDS = 60
CANARY = "canary-Wolfsmilch-9"
PROGRESS = {"CREATE_TENANT", "RESTORE_PRE", "RESTORE_CREATE_INIT_LS", "RESTORE_WAIT_LS", "POST_CHECK", "UPGRADE",
            "WAIT_TENANT_RESTORE_FINISH", "RESTORE_SUCCESS", "RESTORE_FAIL"}
NOT_NULL = ("TENANT_ID, JOB_ID, RESTORE_TENANT_NAME, RESTORE_TENANT_ID, BACKUP_TENANT_NAME, BACKUP_TENANT_ID, BACKUP_CLUSTER_NAME,"
            " BACKUP_DEST, RESTORE_OPTION, RESTORE_SCN, RESTORE_SCN_DISPLAY, STATUS, START_TIMESTAMP, BACKUP_SET_LIST,"
            " BACKUP_PIECE_LIST")


def contents(connection):
    """All of a tenant that a restore must bring back, by its own session."""
    rows = list(query(connection, "SELECT User, Host, account_locked FROM mysql.user ORDER BY User, Host"))
    for user, host, _ in list(rows):
        rows += query(connection, "SHOW GRANTS FOR '%s'@'%s'" % (user, host))
    rows += [row for row in query(connection, "SHOW GLOBAL VARIABLES") if row[0] not in ("socket", "port", "datadir", "pid_file")]
    rows += query(connection, "SHOW PARAMETERS LIKE 'archive_lag_target'")
    rows += query(connection, "SELECT POLICY_NAME, RECOVERY_WINDOW FROM oceanbase.DBA_OB_BACKUP_DELETE_POLICY")
    return [tuple(str(value) for value in row) for row in rows]


class Source:
    """A tenant that is backed up and archived, and what it had after each change."""

    def __init__(self, server, work, name, chance):
        self.server, self.work, self.name, self.chance = server, work, name, chance
        self.tenant = make_tenant(server, work, name)
        self.connection = server.connect("root@" + name)
        self.system = server.connect("root@sys")
        self.moments = []           # (SCN, contents)
        self.users = set()

    def uri(self):
        return "file://%s,file://%s" % (directory_of(self.work, "data", self.name), directory_of(self.work, "archive", self.name))

    def change(self):
        user = "u%d" % self.chance.randrange(12)
        if user in self.users:
            query(self.connection, "DROP USER %s" % user)
            self.users.discard(user)
        else:
            query(self.connection, "CREATE USER %s IDENTIFIED BY '%s'" % (user, CANARY))
            query(self.connection, "GRANT %s ON *.* TO %s" % (self.chance.choice(["SELECT", "ALTER SYSTEM", "CREATE USER"]), user))
            self.users.add(user)
        query(self.connection, "SET GLOBAL auto_increment_increment = %d" % self.chance.randrange(1, 60000))
        self.note()

    def note(self):
        """The moment lies between this change and the next one."""
        time.sleep(0.003)
        self.moments.append((time.time_ns(), contents(self.connection)))
        time.sleep(0.003)

    def back_up(self, statement="BACKUP DATABASE PLUS ARCHIVELOG", password=None):
        before = backup_jobs.newest_job(self.system, self.tenant)
        if password:
            query(self.connection, "SET ENCRYPTION ON IDENTIFIED BY '%s' ONLY" % password)
        query(self.connection, "ALTER SYSTEM " + statement)
        ended = wait_for_end(self.system, self.tenant, before + 1)
        check(ended[1:3] == ("COMPLETED", 0), "the backup ended %s", ended)

    def settle(self):
        """The archive has every moment that was noted."""
        scn = self.moments[-1][0]
        query(self.connection, "SET GLOBAL auto_increment_increment = 7")
        wait_until(lambda: query(self.system, "SELECT MAX(CHECKPOINT_SCN) FROM oceanbase.CDB_OB_ARCHIVELOG WHERE TENANT_ID = %d"
                                              % self.tenant)[0][0] > scn, SECONDS, "the archive")


def make_pool(connection, name):
    query(connection, "CREATE RESOURCE UNIT IF NOT EXISTS unit1 MAX_CPU = 1, MEMORY_SIZE = '1G'")
    query(connection, "CREATE RESOURCE POOL IF NOT EXISTS %s UNIT = 'unit1', UNIT_NUM = 1, ZONE_LIST = ('zone1')" % name)


def restore(connection, name, uri, until="", more=""):
    make_pool(connection, "pool_" + name)
    query(connection, "ALTER SYSTEM RESTORE %s FROM '%s' %s WITH 'pool_list=pool_%s' %s" % (name, uri, until, name, more))


def history(connection, name):
    return query(connection, "SELECT TENANT_ID, JOB_ID, STATUS, COMMENT, RESTORE_TENANT_ID, RESTORE_SCN FROM"
                             " oceanbase.CDB_OB_RESTORE_HISTORY WHERE RESTORE_TENANT_NAME = '%s' ORDER BY JOB_ID DESC, TENANT_ID"
                             " LIMIT 2" % name)


def in_progress(connection, name):
    rows = query(connection, "SELECT %s FROM oceanbase.CDB_OB_RESTORE_PROGRESS WHERE RESTORE_TENANT_NAME = '%s' ORDER BY"
                             " TENANT_ID" % (NOT_NULL, name))
    for row in rows:
        check(None not in row, "a column is NULL: %s", row)
        check(row[11] in PROGRESS, "PROGRESS says %s", row[11])
    return rows


def wait_for_restore(connection, name, status="SUCCESS"):
    wait_until(lambda: not in_progress(connection, name), SECONDS, "the end of the restore of %s" % name)
    rows = history(connection, name)
    check(len(rows) == 2 and rows[0][0] == 1 and rows[0][1] == rows[1][1], "the history has %s", rows)
    check([row[2] for row in rows] == [status] * 2, "the restore of %s ended %s", name, rows)
    if status == "SUCCESS":
        check(rows[1][0] == rows[1][4] == tenant_of(connection, name)[0], "the rows are of %s", rows)
    else:
        check(tenant_of(connection, name) is None, "a restore that failed left a tenant")
    return rows[0]


def tenant_of(connection, name):
    rows = query(connection, "SELECT TENANT_ID, TENANT_ROLE, STATUS, LOG_MODE FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = '%s'"
                 % name)
    check(len(rows) <= 1, "there are several tenants: %s", rows)
    return rows[0] if rows else None


def is_whole(connection, name):
    """It is locked while its rows come in."""
    return query(connection, "SELECT LOCKED FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = '%s'" % name) == (("NO",),)


def compare(server, name, expected):
    connection = server.connect("root@" + name)
    found = contents(connection)
    connection.close()
    check(found == expected, "%s has %s, missing %s", name, [row for row in found if row not in expected],
          [row for row in expected if row not in found])


def drop(connection, name):
    query(connection, "DROP TENANT %s FORCE" % name)


def life_of_a_restored_tenant(server, work, chance):
    """Rows at once, the roles, what a standby tenant takes, and ACTIVATE."""
    source = Source(server, work, "src", chance)
    query(source.connection, "ALTER SYSTEM ADD DELETE BACKUP POLICY = 'default' RECOVERY_WINDOW = '7d'")
    for _ in range(4):
        source.change()
    source.back_up()
    for _ in range(6):
        source.change()
    system = source.system
    begun = time.monotonic()
    restore(system, "life", source.uri(), more="DESCRIPTION = 'drill'")
    rows = in_progress(system, "life")
    check(len(rows) == 2 and rows[0][0] == 1 and rows[1][0] == int(rows[1][3]), "rows before the OK: %s", rows)
    check(rows[0][7] == source.uri() and rows[0][8] == "pool_list=pool_life", "the row is %s", rows[0])
    make_pool(system, "other")
    check(attempt(system, "ALTER SYSTEM RESTORE life FROM '%s' WITH 'pool_list=other'" % source.uri())[0] == 5156, "twice")
    wait_until(lambda: tenant_of(system, "life") is not None, SECONDS, "the tenant")
    found = tenant_of(system, "life")
    check(found[1:] == ("RESTORE", "NORMAL", "NOARCHIVELOG") or time.monotonic() - begun > SHOWN, "it is %s", found)
    meta = query(system, "SELECT STATUS FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = 'META$%d'" % found[0])
    check(meta == (("NORMAL",),), "its meta tenant is %s", meta)
    ended = wait_for_restore(system, "life")
    check(time.monotonic() - begun >= SHOWN, "it went to the history too soon")
    for text in ("DATA_BACKUP_DEST=file://" + directory_of(work, "data", "src"), "LOG_ARCHIVE_DEST=LOCATION=file://"):
        check(text in ended[3], "COMMENT is %s", ended[3])
    check(tenant_of(system, "life")[1:] == ("STANDBY", "NORMAL", "NOARCHIVELOG"), "it is %s", tenant_of(system, "life"))
    compare(server, "life", source.moments[-1][1])
    scns = query(system, "SELECT SYNC_SCN, READABLE_SCN, RECOVERY_UNTIL_SCN FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = 'life'")
    check(scns == ((ended[5], ended[5], 4611686018427387903),), "its SCNs are %s, RESTORE_SCN %s", scns, ended[5])
    check(attempt(system, "ALTER SYSTEM RECOVER STANDBY TENANT life UNTIL SCN = %d" % (ended[5] - 1))[0] == 4179, "RECOVER back")
    query(system, "ALTER SYSTEM RECOVER STANDBY TENANT = life UNTIL SCN = %d" % (ended[5] + 5))
    scns = query(system, "SELECT RECOVERY_UNTIL_SCN FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = 'life'")
    check(scns == ((ended[5] + 5,),), "RECOVERY_UNTIL_SCN is %s", scns)
    query(system, "ALTER SYSTEM RECOVER STANDBY TENANT 'life' UNTIL UNLIMITED")
    query(system, "ALTER SYSTEM RUN UPGRADE JOB 'UPGRADE_ALL' TENANT = life")
    rows = query(system, "SELECT EVENT, VALUE3 = ob_version() FROM oceanbase.DBA_OB_CLUSTER_EVENT_HISTORY WHERE VALUE5 = '%d'"
                 % found[0])
    check(rows == (("UPGRADE_ALL", 1),), "the event is %s", rows)
    standby_is_read_only(server, system, work, source)
    query(system, "ALTER SYSTEM ACTIVATE STANDBY TENANT `life`")
    check(tenant_of(system, "life")[1] == "PRIMARY", "ACTIVATE: it is %s", tenant_of(system, "life"))
    check(attempt(system, "ALTER SYSTEM RECOVER STANDBY TENANT life UNTIL UNLIMITED")[0] == 4179, "RECOVER of a primary one")
    check(attempt(system, "ALTER SYSTEM ACTIVATE STANDBY TENANT 'life'")[0] == 4179, "ACTIVATE twice")
    connection = server.connect("root@life")
    query(connection, "CREATE USER after IDENTIFIED BY 'p'")
    connection.close()
    drop(system, "life")
    check(history(system, "life")[0][2] == "SUCCESS", "the history went with the tenant")


def standby_is_read_only(server, system, work, source):
    for user in sorted(source.users):
        server.connect("%s@life" % user, CANARY).close()
    connection = server.connect("root@life")
    for statement in ("CREATE USER x", "DROP USER IF EXISTS root2, %s" % (sorted(source.users) or ["root"])[0],
                      "SET GLOBAL auto_increment_increment = 5", "GRANT SELECT ON *.* TO root",
                      "SET PASSWORD FOR root = PASSWORD('x')", "ALTER SYSTEM SET archive_lag_target = '10s'",
                      "ALTER SYSTEM ADD DELETE BACKUP POLICY = 'default' RECOVERY_WINDOW = '8d'",
                      "ALTER SYSTEM DROP DELETE BACKUP POLICY = 'default'"):
        number, text = attempt(connection, statement)
        check(number == 4688, "%s on a standby tenant: %s %s", statement, number, text)
    number, text = attempt(system, "ALTER SYSTEM SET archive_lag_target = '10s' TENANT = life")
    check(number == 4688 and "read only" in text, "from sys: %s %s", number, text)
    os.makedirs(directory_of(work, "data", "life"))
    query(connection, "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s'" % directory_of(work, "data", "life"))
    query(connection, "ALTER SYSTEM SET DATA_BACKUP_DEST = ''")
    connection.close()


def until_each_moment(server, work, chance):
    """Any moment that was noted, by SCN as number and as text, prepared, and by TIME."""
    source = Source(server, work, "past", chance)
    for kind in ("BACKUP DATABASE PLUS ARCHIVELOG", "BACKUP INCREMENTAL DATABASE PLUS ARCHIVELOG"):
        source.change()
        source.back_up(kind)
        first = len(source.moments) if kind.startswith("BACKUP DATABASE") else first
        for _ in range(5):
            source.change()
    source.settle()
    forms = ["UNTIL SCN = %d", "UNTIL SCN %d", "UNTIL SCN='%d'"]
    for number, (scn, expected) in enumerate(source.moments[first:]):
        name = "past%d" % number
        if number % 4 == 3:
            moment = query(source.system, "SELECT FROM_UNIXTIME(%d / 1000000000.0)" % scn)[0][0]
            check(moment is not None, "FROM_UNIXTIME")
            until = "UNTIL TIME = '%s'" % time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(scn // 10**9))
            until = until[:-1] + ".%06d'" % (scn // 1000 % 10**6)
        else:
            until = forms[number % 4] % scn
        restore(source.system, name, source.uri().replace(",", ", "), until)
        ended = wait_for_restore(source.system, name)
        check(abs(ended[5] - scn) < 1000, "RESTORE_SCN is %s, not %s", ended[5], scn)
        compare(server, name, expected)
        drop(source.system, name)
    restore(source.system, "early", source.uri(), "UNTIL SCN = 1681000000000000000")
    check("-9011" in wait_for_restore(source.system, "early", "FAIL")[3], "a moment before all sets")
    make_pool(source.system, "pool_early")
    restore(source.system, "late", source.uri(), "UNTIL SCN = %d" % (time.time_ns() + 10**13))
    check("-9011" in wait_for_restore(source.system, "late", "FAIL")[3], "a moment after all")


def on_another_installation(server, work, chance, base, binary):
    """Without a key all but the secrets; with the password of the set all."""
    source = Source(server, work, "far", chance)
    query(source.connection, "ALTER SYSTEM SET tde_method = 'internal'")
    query(source.connection, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
    query(source.connection, "ALTER SYSTEM BACKUP KEY TO 'file://%s/far_key' ENCRYPTED BY '%s'" % (work, CANARY))
    while len(source.users) < 3:
        source.change()
    source.back_up(password=CANARY)
    while len(source.users) < 5:            # in the log, which the set's password opens too
        source.change()
    source.settle()
    data = source.uri()
    with Server(binary, os.path.join(base, "data2"), ["--set", "job_visible_time=%ds" % SHOWN]) as other:
        system = other.connect("root@sys")
        restore(system, "far", data)
        ended = wait_for_restore(system, "far")
        for text in ["password of '%s'@'%%'" % user for user in source.users] + ["master key 1"]:
            check(text in ended[3], "COMMENT doesn't name %s: %s", text, ended[3])
        for user in source.users:
            check(attempt_login(other, "%s@far" % user, "") == 3118, "%s isn't locked", user)
            check(attempt_login(other, "%s@far" % user, CANARY) in (1045, 3118), "%s isn't locked", user)
        drop(system, "far")
        key = "WITH KEY FROM 'file://%s/far_key' ENCRYPTED BY '%%s'" % work
        restore(system, "keyed", data, more=key % CANARY)
        check("master key" not in wait_for_restore(system, "keyed")[3], "the key backup wasn't taken")
        restore(system, "wrongkey", data, more=key % "wrong")
        check("-9047" in wait_for_restore(system, "wrongkey", "FAIL")[3], "a wrong password of a key backup")
        query(system, "SET DECRYPTION IDENTIFIED BY 'wrong'")
        restore(system, "wrong", data)
        check("-9047" in wait_for_restore(system, "wrong", "FAIL")[3], "a wrong password")
        query(system, "SET DECRYPTION IDENTIFIED BY 'wrong', '%s'" % CANARY)
        restore(system, "opened", data, "UNTIL SCN = %d" % source.moments[-1][0])
        check("without a key" not in wait_for_restore(system, "opened")[3], "the password didn't open it")
        compare(other, "opened", source.moments[-1][1])
        for user in source.users:
            other.connect("%s@opened" % user, CANARY).close()
        no_secret_anywhere(other, system)
        system.close()


def attempt_login(server, user, password):
    try:
        server.connect(user, password).close()
    except Exception as error:              # pylint: disable=broad-except
        return error.args[0]
    return None


def no_secret_anywhere(server, system):
    for view in ("PROGRESS", "HISTORY"):
        for row in query(system, "SELECT * FROM oceanbase.CDB_OB_RESTORE_" + view):
            check(CANARY not in str(row), "the password is in %s", row)
    check(CANARY not in server.log(), "the password is in the log")
    for file in backup_jobs.files_below(server.data_dir):
        with open(file, "rb") as content:
            check(CANARY.encode() not in content.read(), "the password is in %s", file)


def cancelled_or_in_the_way(server, work, chance):
    """CANCEL, a name that is taken meanwhile, a source that isn't there or is damaged."""
    source = Source(server, work, "odd", chance)
    source.change()
    source.back_up()
    system = source.system
    restore(system, "nothing", "file://%s/nowhere,file://%s/nowhere" % (work, work))
    check(attempt(system, "ALTER SYSTEM CANCEL RESTORE nothing")[0] in (None, 5157), "CANCEL")   # it may have ended
    wait_for_restore(system, "nothing", "FAIL")
    check(attempt(system, "ALTER SYSTEM CANCEL RESTORE nothing")[0] == 5157, "CANCEL of nothing")
    restore(system, "done", source.uri())
    wait_until(lambda: is_whole(system, "done"), SECONDS, "the tenant")
    check(attempt(system, "ALTER SYSTEM CANCEL RESTORE done")[0] in (None, 5157), "CANCEL behind the tenant")
    wait_for_restore(system, "done")
    for file in backup_jobs.files_below(directory_of(work, "data", "odd")):
        if "_full/infos/" in file:
            with open(file, "r+b") as content:
                content.seek(-9, os.SEEK_END)
                content.write(b"\0" * 4)
    restore(system, "damaged", source.uri())
    check("-4103" in wait_for_restore(system, "damaged", "FAIL")[3], "a damaged object")


def two_lives(server, work, chance, base, binary):
    """A server and a copy of it both write at the same destinations: what is restored is of one of them, never of both."""
    source = Source(server, work, "fork", chance)
    source.change()
    source.back_up()
    source.settle()
    server.kill()
    shutil.copytree(server.data_dir, os.path.join(base, "copy"))
    server.start()
    system = server.connect("root@sys")
    one = server.connect("root@fork")
    with Server(binary, os.path.join(base, "copy"), ["--set", "job_visible_time=%ds" % SHOWN]) as copy:
        other = copy.connect("root@fork")
        for number in range(3):
            query(other, "CREATE USER of_copy%d" % number)
            query(one, "CREATE USER of_one%d" % number)
            time.sleep(0.3)
        for connection, of in ((one, system), (other, copy.connect("root@sys"))):
            before = backup_jobs.newest_job(of, source.tenant)
            query(connection, "ALTER SYSTEM BACKUP DATABASE")
            check(wait_for_end(of, source.tenant, before + 1)[1] in ("COMPLETED", "FAILED"), "a backup of two lives")
        moments = []
        for number in range(3):
            query(other, "CREATE USER of_copy_later%d" % number)
            query(one, "CREATE USER of_one_later%d" % number)
            moments.append(time.time_ns())
            time.sleep(0.3)
        time.sleep(2)
        restored = 0
        for number, until in enumerate([""] + ["UNTIL SCN = %d" % moment for moment in moments]):
            name = "fork%d" % number
            restore(system, name, source.uri(), until)
            wait_until(lambda of=name: not in_progress(system, of), SECONDS, "the end of the restore")
            status, comment = history(system, name)[0][2:4]
            if status != "SUCCESS":
                check("-9011" in comment or "-4103" in comment, "a restore of two lives ended: %s", comment)
                continue
            restored += 1
            connection = server.connect("root@" + name)
            users = {user for (user,) in query(connection, "SELECT User FROM mysql.user")}
            connection.close()
            check(not (any(user.startswith("of_one") for user in users) and any(user.startswith("of_copy") for user in users)),
                  "%s %s is of both: %s", name, until, users)
            drop(system, name)
        check(restored > 0, "nothing could be restored")
    system.close()


def killed(server, work, chance, rounds):
    """kill -9 at random moments: the restore goes on to its end, and there is one whole tenant."""
    source = Source(server, work, "killed", chance)
    for _ in range(4):
        source.change()
    source.back_up()
    source.change()
    source.settle()
    scn, expected = source.moments[-1]
    for number in range(rounds):
        name = "k%d" % number
        system = server.connect("root@sys")
        restore(system, name, source.uri(), "UNTIL SCN = %d" % scn)
        time.sleep(chance.uniform(0, 0.3) if chance.random() < 0.8 else chance.uniform(0, SHOWN + 0.5))
        server.kill()
        while chance.random() < 0.3:        # the start itself is killed
            server.launch()
            time.sleep(chance.uniform(0, 0.2))
            server.kill()
        server.start()
        system = server.connect("root@sys")
        wait_for_restore(system, name)
        compare(server, name, expected)
        drop(system, name)
        system.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print("seed %d" % options.seed, flush=True)
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="breakwater-restore-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        with Server(options.server, os.path.join(base, "data"), ["--set", "job_visible_time=%ds" % SHOWN]) as server:
            tests = [(life_of_a_restored_tenant, ()), (until_each_moment, ()), (on_another_installation, (base, options.server)),
                     (cancelled_or_in_the_way, ()), (two_lives, (base, options.server)),
                     (killed, (options.rounds,))]
            for test, more in tests:
                begun = time.monotonic()
                test(server, work, chance, *more)
                print("%s: %.1f s" % (test.__name__, time.monotonic() - begun), flush=True)


if __name__ == "__main__":
    main()
