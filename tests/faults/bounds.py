#!/usr/bin/python3
"""What one statement may ask of everybody's writer: accounts, destinations, keys.

    bounds.py --server PROGRAM
"""

import argparse
import os
import shutil
import sqlite3
import tempfile
import threading
import time

from faults import Server, attempt, check, query, wait_until

MOST_ACCOUNTS = 256
MOST_KEYS = 65536
DESTINATIONS = 10


def names(count, prefix="u", what="IDENTIFIED BY 'x'"):
    return ", ".join("%s%d %s" % (prefix, number, what) for number in range(count))


def warnings(connection):
    return " ".join(row[2] for row in query(connection, "SHOW WARNINGS"))


def accounts(server, admin):
    """A statement that names too many is refused at once; one that may is whole or not at all, and KILL ends it."""
    too_many = MOST_ACCOUNTS + 1
    begun = time.monotonic()
    for statement in ("CREATE USER " + names(20000),
                      "CREATE USER " + names(too_many),
                      "ALTER USER " + names(too_many),
                      "DROP USER " + names(too_many, what=""),
                      "GRANT SELECT ON *.* TO " + names(too_many, what=""),
                      "REVOKE SELECT ON *.* FROM " + names(too_many, what=""),
                      "REVOKE ALL PRIVILEGES, GRANT OPTION FROM " + names(too_many, what="")):
        code, _ = attempt(admin, statement)
        check(code == 4019, "%s...: %s", statement[:30], code)
        check("at most %d accounts" % MOST_ACCOUNTS in warnings(admin), "the note says %s", warnings(admin))
    check(time.monotonic() - begun < 20, "refusing took %.1f s", time.monotonic() - begun)
    count = "SELECT COUNT(*) FROM mysql.user"
    before = query(admin, count)
    query(admin, "CREATE USER " + names(MOST_ACCOUNTS))
    check(query(admin, count)[0][0] == before[0][0] + MOST_ACCOUNTS, "not all accounts were made")
    check(attempt(admin, "CREATE USER " + names(MOST_ACCOUNTS - 1, "v") + ", u7")[0] == 1396, "u7 is there already")
    check(query(admin, count)[0][0] == before[0][0] + MOST_ACCOUNTS, "part of a refused statement was done")
    query(admin, "DROP USER " + names(MOST_ACCOUNTS, what=""))
    check(query(admin, count) == before, "not all accounts were dropped")

    # KILL QUERY, at whatever moment: nothing is left of what it ended.
    killed = 0
    for round in range(6):
        worker = server.connect("root@sys")
        answers = []
        thread = threading.Thread(target=lambda: answers.append(
            attempt(worker, "CREATE USER " + names(MOST_ACCOUNTS, "k%d_" % round))))
        thread.start()
        wait_until(lambda: answers or "CREATE USER" in str(query(admin, "SHOW FULL PROCESSLIST")), 60, "CREATE USER")
        time.sleep(0.02 * round)
        attempt(admin, "KILL QUERY %d" % worker.thread_id())
        begun = time.monotonic()
        thread.join(60)
        check(time.monotonic() - begun < 1.5, "KILL took %.1f s to end it", time.monotonic() - begun)
        made = query(admin, "SELECT COUNT(*) FROM mysql.user WHERE user LIKE 'k%d\\_%%'" % round)[0][0]
        check(made == (MOST_ACCOUNTS if answers[0][0] is None else 0), "%s, and %d accounts", answers, made)
        killed += answers[0][0] == 1317
    check(killed > 0, "no statement was ended")


def others_meanwhile(server, admin):
    """Another tenant's writes go on beside accounts that are made without a pause."""
    query(admin, "CREATE TENANT quick")
    quick, busy = server.connect("root@quick"), server.connect("root@sys")
    stop = threading.Event()

    def make():
        number = 0
        while not stop.is_set():
            query(busy, "CREATE USER " + names(MOST_ACCOUNTS, "b%d_" % number))
            query(busy, "DROP USER " + names(MOST_ACCOUNTS, "b%d_" % number, ""))
            number += 1

    thread = threading.Thread(target=make)
    thread.start()
    times = []
    until = time.monotonic() + 5
    while time.monotonic() < until:
        begun = time.monotonic()
        query(quick, "SET GLOBAL wait_timeout = %d" % (1000 + len(times)))
        times.append(time.monotonic() - begun)
    stop.set()
    thread.join(60)
    times.sort()
    print("a write beside it: median %.1f ms, p99 %.1f ms, longest %.1f ms of %d" % (
        times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3, times[-1] * 1e3, len(times)), flush=True)
    check(times[len(times) * 99 // 100] < 0.5, "others' writes wait: %s", times[-5:])


def destinations(server, admin, base):
    query(admin, "CREATE TENANT d")
    query(admin, "ALTER SYSTEM SET tde_method = 'internal' TENANT = d")
    own = server.connect("root@d")
    query(own, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
    place = lambda number: "file://%s/d%d" % (base, number)  # noqa: E731
    for number in range(DESTINATIONS - 1):
        query(own, "ALTER SYSTEM SET DATA_BACKUP_DEST = '%s'" % place(number))
        noted = "%d of %d destinations" % (number, DESTINATIONS) in warnings(own)
        check(noted == (number + 1 >= DESTINATIONS * 0.9), "destination %d: %s", number, warnings(own))
    query(own, "ALTER SYSTEM BACKUP KEY TO 'file://%s/key'" % base)
    for statement in ("ALTER SYSTEM SET DATA_BACKUP_DEST = '%s'" % place(99),
                      "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=%s'" % place(99),
                      "ALTER SYSTEM BACKUP KEY TO 'file://%s/other'" % base):
        code, _ = attempt(own, statement)
        check(code == 4019, "%s: %s", statement, code)
        check("max_destinations" in warnings(own), "the note says %s", warnings(own))
    check(not os.path.exists(os.path.join(base, "d99")) and not os.path.exists(os.path.join(base, "other")),
          "something was made for a refused one")
    query(own, "ALTER SYSTEM SET DATA_BACKUP_DEST = '%s'" % place(0))      # those that are there stay of use
    query(own, "ALTER SYSTEM BACKUP KEY TO 'file://%s/key'" % base)


def checks_cut_short(server, admin, base):
    """A CHECK whose session's time runs out at any moment leaves nothing in a directory of files."""
    query(admin, "CREATE TENANT hasty")
    hasty = server.connect("root@hasty")
    place = os.path.join(base, "hasty")
    os.mkdir(place)
    codes = set()
    for microseconds in range(200, 12_000, 400):
        query(hasty, "SET ob_query_timeout = %d" % microseconds)
        codes.add(attempt(hasty, "ALTER SYSTEM CHECK BACKUP DESTINATION 'file://%s'" % place)[0])
        wait_until(lambda: os.listdir(place) == [], 60, "nothing is left: %s" % os.listdir(place))
    check(4012 in codes, "none was cut short: %s", codes)
    check(codes <= {None, 4012}, "answers: %s", codes)


def keys(server, admin):
    """From nine tenths on there is a note; at the limit a rotation is refused, and says why."""
    query(admin, "CREATE TENANT k")
    query(admin, "ALTER SYSTEM SET tde_method = 'internal' TENANT = k")
    own = server.connect("root@k")
    query(own, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
    check("of %d" % MOST_KEYS not in warnings(own), "a note of the limit at the first key: %s", warnings(own))
    tenant = query(admin, "SELECT TENANT_ID FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = 'k'")[0][0]
    server.stop()

    def add_until(version):
        connection = sqlite3.connect(os.path.join(server.data_dir, "catalog.db"))
        connection.executemany("INSERT OR IGNORE INTO master_key VALUES (?, ?, 0, x'00')",
                               ((tenant, number) for number in range(1, version + 1)))
        connection.commit()
        connection.close()

    add_until(58980)
    server.start()
    own = server.connect("root@k")
    for version in (58981, 58982, 58983):
        query(own, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
        check(("%d of %d" % (version, MOST_KEYS) in warnings(own)) == (version >= MOST_KEYS // 10 * 9),
              "key %d: %s", version, warnings(own))
    server.stop()
    add_until(MOST_KEYS - 1)
    server.start()
    own = server.connect("root@k")
    query(own, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
    check(attempt(own, "ALTER INSTANCE ROTATE INNODB MASTER KEY")[0] == 4019, "one more than can be backed up")
    check("as many as a key backup holds" in warnings(own), "the note says %s", warnings(own))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    options = parser.parse_args()
    base = tempfile.mkdtemp(prefix="breakwater-bounds-")
    try:
        server = Server(options.server, os.path.join(base, "data"), ["--set", "max_destinations=%d" % DESTINATIONS,
                                                                         "--set", "statement_memory=512m", "--set", "server_memory=1g"])
        with server:
            admin = server.connect("root@sys")
            for test, *more in ((accounts,), (others_meanwhile,), (destinations, base), (checks_cut_short, base), (keys,)):
                test(server, admin, *more)
                print("passed", test.__name__, flush=True)
    finally:
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
