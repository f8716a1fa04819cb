#!/usr/bin/python3
"""The server proves destinations again by itself: what has gone is told, a store that hangs holds up its own checks alone, and
a killed server keeps what it knew.

    scheduled_checks.py --server PROGRAM --shim LIBRARY [CASE ...]
"""

import argparse
import os
import sqlite3
import time

from faults import KILLED, Faults, Server, attempt, check, query, run_cases, tree, wait_until

SECONDS = 120
OPTIONS = None
STATUS = ("SELECT TENANT_NAME, STATUS, ERROR, CHECKED_BY, SINCE, LAST_CHECK, NEXT_CHECK FROM oceanbase.CDB_OB_BACKUP_DEST_STATUS"
          " ORDER BY TENANT_NAME")
NO_SPEED = {"write speed", "read speed", "append", "multipart"}


class Site:
    """A server with the shim that checks every second, and destinations of some tenants."""

    def __init__(self, base, tenants=("t", "u"), interval="1s"):
        self.work = os.path.join(base, "work")
        os.mkdir(self.work)
        self.tenants = tenants
        self.faults = Faults(os.path.join(base, "control"))
        args = ["--set", "destination_check_interval=" + interval, "--set", "backup_dest_timeout=5s"]
        self.server = Server(OPTIONS.server, os.path.join(base, "data"), args=args, env=self.faults.environment(OPTIONS.shim))

    def __enter__(self):
        self.server.start()
        root = self.connect()
        for tenant in self.tenants:
            query(root, "CREATE TENANT " + tenant)
            query(root, "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s' TENANT = %s" % (self.place(tenant), tenant))
        return self

    def __exit__(self, *error):
        self.faults.disarm()
        self.server.stop()

    def connect(self, user="root@sys"):
        return self.server.connect(user)

    def place(self, tenant):
        return os.path.join(self.work, tenant)

    def status(self):
        names = ("status", "error", "by", "since", "checked", "next")
        return {row[0]: dict(zip(names, row[1:])) for row in query(self.connect(), STATUS)}

    def becomes(self, tenant, status, by="SCHEDULE"):
        def is_so():
            row = self.status().get(tenant)
            return row is not None and (row["status"], row["by"]) == (status, by)
        wait_until(is_so, SECONDS, "%s is %s" % (tenant, status))

    def checked_again(self, tenant):
        before = self.status()[tenant]["checked"]
        wait_until(lambda: self.status()[tenant]["checked"] > before, SECONDS, "%s is checked again" % tenant)

    def events(self):
        return [row[0] for row in query(self.connect(), (
            "SELECT EVENT FROM oceanbase.DBA_OB_ROOTSERVICE_EVENT_HISTORY WHERE EVENT IN ('backup_dest_failed',"
            " 'backup_dest_recovered') ORDER BY TIMESTAMP"))]

    def logged(self, text):
        return sum(text in line for line in self.server.lines)


def what_goes_and_comes_back(base):
    with Site(base) as site:
        site.becomes("t", "OK")
        rows = query(site.connect(), "SELECT CHECK_NAME FROM oceanbase.CDB_OB_BACKUP_DEST_CHECKS WHERE TENANT_ID = 1002 AND"
                                     " CHECK_ID = (SELECT MAX(CHECK_ID) FROM oceanbase.CDB_OB_BACKUP_DEST_CHECKS WHERE"
                                     " TENANT_ID = 1002)")
        names = {row[0] for row in rows}
        check({"create-only write", "read back", "overwrite", "delete"} <= names and not names & NO_SPEED, "the rows: %s", names)
        os.rename(site.place("t"), site.place("t") + ".away")
        site.becomes("t", "FAILED")
        first = site.status()["t"]
        check("The place is empty" in first["error"], "%s", first)
        site.checked_again("t")
        again = site.status()["t"]
        check(again["since"] == first["since"] and again["status"] == "FAILED", "since when: %s, %s", first, again)
        check(tree(site.place("t")) is None, "something was made: %s", tree(site.place("t")))
        check(site.status()["u"]["status"] == "OK", "another's: %s", site.status())
        os.rename(site.place("t") + ".away", site.place("t"))
        site.becomes("t", "OK")
        check(site.events() == ["backup_dest_failed", "backup_dest_recovered"], "%s", site.events())
        check((site.logged("doesn't hold any more"), site.logged("holds again")) == (1, 1), "the log tells each change once")
        kept = query(site.connect(), "SELECT COUNT(DISTINCT CHECK_ID) FROM oceanbase.CDB_OB_BACKUP_DEST_CHECKS WHERE"
                                     " TENANT_ID = 1002")[0][0]
        check(kept <= 20, "%d checks are kept", kept)


def one_that_hangs(base):
    """It gives up after its deadline; the tenant's settings and other destinations go on meanwhile."""
    with Site(base) as site:
        site.becomes("t", "OK")
        site.becomes("u", "OK")
        site.faults.arm("open", 0, site.place("t"), 1, every=True)
        wait_until(lambda: site.faults.hits > 0, SECONDS, "a check hangs")
        begun = time.monotonic()
        other = os.path.join(site.work, "other")
        answer = attempt(site.connect("root@t"), "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s'" % other)
        check(answer[0] is None, "a SET of the tenant: %s", answer)
        check(time.monotonic() - begun < 5 * OPTIONS.patience, "a SET waits for a check that hangs")
        answer = attempt(site.connect("root@t"), "ALTER SYSTEM SET DATA_BACKUP_DEST = ''")
        check(answer[0] is None, "a SET of the tenant: %s", answer)
        site.checked_again("u")
        site.faults.disarm()
        back = "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s' TENANT = t" % site.place("t")
        wait_until(lambda: attempt(site.connect(), back)[0] is None, SECONDS, "the place can be set again")
        site.becomes("t", "OK")
        site.faults.arm("open", 0, site.place("t"), 1, every=True)
        site.becomes("t", "FAILED")
        site.checked_again("u")
        site.faults.disarm()
        site.becomes("t", "OK")


def killed_in_the_middle(base):
    """What was known is known, and what was left is taken back."""
    with Site(base) as site:
        clean = tree(site.place("t"))
        for nth in (3, 9, 15, 21):
            site.becomes("t", "OK")
            site.faults.arm("any", KILLED, site.place("t"), nth)
            check(site.server.exit_code() == -9, "no check kills the server")
            site.faults.disarm()
            site.server.start()
            row = site.status()["t"]
            check(row["status"] == "OK" and row["checked"] is not None, "after a kill at call %d: %s", nth, row)
            site.checked_again("t")
            wait_until(lambda: tree(site.place("t")) == clean, SECONDS, "what was left goes: %s" % tree(site.place("t")))


def goes_with_its_tenant(base):
    with Site(base) as site:
        site.becomes("t", "OK")
        query(site.connect(), "DROP TENANT t")
        query(site.connect(), "ALTER SYSTEM SET DATA_BACKUP_DEST = '' TENANT = u")
        check(site.status() == {}, "%s", site.status())
        catalogue = os.path.join(site.server.data_dir, "catalog.db")

        def rows():
            connection = sqlite3.connect(catalogue)
            try:
                return connection.execute("SELECT COUNT(*) FROM backup_dest_status").fetchone()[0]
            finally:
                connection.close()
        wait_until(lambda: rows() == 0, SECONDS, "nothing is left of them")


def spread(base):
    """Over the interval, at the same times after a restart; a tenant's own interval counts; 0 is never."""
    tenants = tuple("t%d" % number for number in range(24))
    with Site(base, tenants, interval="1h") as site:
        def planned():
            return {name: row["next"] for name, row in site.status().items()}
        wait_until(lambda: all(planned().values()), SECONDS, "all are planned")
        before = planned()
        times = sorted(before.values())
        check(len(set(times)) == len(times), "two at one time: %s", times)
        check((times[-1] - times[0]).total_seconds() > 1800, "not spread: %s", times)
        now = query(site.connect(), "SELECT NOW(6)")[0][0]
        check(all(1500 < (moment - now).total_seconds() < 5600 for moment in times), "%s: %s", now, times)
        site.server.stop()
        site.server.start()
        wait_until(lambda: all(planned().values()), SECONDS, "all are planned")
        check(planned() == before, "other times after a restart: %s, %s", before, planned())
        query(site.connect(), "ALTER SYSTEM SET backup_dest_check_interval = '0' TENANT = t0")
        query(site.connect(), "ALTER SYSTEM SET backup_dest_check_interval = '1m' TENANT = t1")
        wait_until(lambda: planned()["t0"] is None, SECONDS, "t0's are off")
        wait_until(lambda: planned()["t1"] and (planned()["t1"] - now).total_seconds() < 300, SECONDS, "t1's are soon")
        query(site.connect(), "ALTER SYSTEM SET destination_check_interval = '0'")
        wait_until(lambda: set(name for name, moment in planned().items() if moment) == {"t1"}, SECONDS, "all but t1's are off")
        query(site.connect(), "ALTER SYSTEM RESET backup_dest_check_interval TENANT = t1")
        wait_until(lambda: not any(planned().values()), SECONDS, "all are off")


def main():
    global OPTIONS
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--patience", type=float, default=2)
    parser.add_argument("cases", nargs="*")
    OPTIONS = parser.parse_args()
    cases = (what_goes_and_comes_back, one_that_hangs, killed_in_the_middle, goes_with_its_tenant, spread)
    run_cases(cases, "scheduled-checks", lambda case, base: case(base), OPTIONS.cases)


if __name__ == "__main__":
    main()
