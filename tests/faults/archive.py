#!/usr/bin/python3
"""The log archive, as its users rely on it: what the views say of it is at the destination, whatever happens to the place.

    archive.py --server PROGRAM [--kills N] [--seed S] [CASE...]
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import time

from backup_jobs import directory_of, files_below, make_tenant, newest_job, wait_for_end
from faults import Server, check, query, run_cases, wait_until
from unmounted import Lacking, Mounts

SECONDS = 60
PASSWORD = "CANARY-archive-password"


class Site:
    """A server, and a tenant that archives."""

    def __init__(self, binary, base):
        self.work = os.path.join(base, "work")
        os.mkdir(self.work)
        self.server = Server(binary, os.path.join(base, "data"), ["--set", "job_visible_time=0s"])
        self.server.start()
        self.tenant = make_tenant(self.server, self.work, "t")
        self.directory = directory_of(self.work, "archive", "t")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.server.process:
            self.server.stop()

    def say(self, sql, user="root@t"):
        connection = self.server.connect(user)
        try:
            return query(connection, sql)
        finally:
            connection.close()

    def round(self):
        """(round, status, checkpoint, comment)"""
        return self.say("SELECT ROUND_ID, STATUS, CHECKPOINT_SCN, COMMENT FROM DBA_OB_ARCHIVELOG")[0]

    def wait_for(self, status):
        wait_until(lambda: self.round()[1] == status, SECONDS, "%s; it is %s" % (status, self.round()))
        return self.round()

    def at_the_medium(self, directory=None):
        """The pieces as `breakwater backups` finds them."""
        answer = subprocess.run([self.server.binary, "backups", "file://" + (directory or self.directory), "--json"],
                                stdout=subprocess.PIPE, check=True, timeout=SECONDS)
        return json.loads(answer.stdout)["destinations"][0]["pieces"]

    def archived_up_to(self):
        return max([piece["checkpoint_scn"] for piece in self.at_the_medium()] + [0])

    def wait_until_archived(self):
        """What was changed before is at the medium, within the time that tools expect."""
        now = self.round()[2]
        begun = time.monotonic()
        self.say("ALTER SYSTEM SET ha_low_thread_score = %d" % random.randrange(100))
        wait_until(lambda: self.round()[1] == "DOING" and self.round()[2] > now, SECONDS, "the change in the archive")
        check(self.archived_up_to() >= self.round()[2] or self.archived_up_to() > now, "the medium says less than the view")
        return time.monotonic() - begun

    def events(self, name):
        return self.say("SELECT COUNT(*) FROM oceanbase.DBA_OB_ROOTSERVICE_EVENT_HISTORY WHERE EVENT = '%s'" % name,
                        "root@sys")[0][0]


def contents(directory):
    found = {}
    for file in files_below(directory):
        with open(file, "rb") as content:
            found[os.path.relpath(file, directory)] = content.read()
    return found


def a_directory_that_is_moved(site):
    """It is noticed though nothing changes; nothing is written beside it; back in its place all goes on."""
    aside = site.directory + "-aside"
    os.rename(site.directory, aside)
    comment = site.wait_for("INTERRUPTED")[3]
    check(comment, "no COMMENT")
    site.say("CREATE USER meanwhile IDENTIFIED BY 'p'")
    before = contents(aside)
    time.sleep(2)
    check(contents(aside) == before, "something was written into the directory that was moved")
    check(not os.path.exists(os.path.join(site.directory, "pieces")), "something was written into nowhere")
    if os.path.exists(site.directory):
        os.rmdir(site.directory)
    os.rename(aside, site.directory)
    site.wait_for("DOING")
    site.wait_until_archived()
    check(site.round()[0] == 1 and not site.round()[3], "it is %s", site.round())


def a_file_system_that_is_unmounted(_, options, base):
    """It can be unmounted while its tenant archives; that is noticed while nothing changes, and COMMENT says what is missing."""
    with Mounts() as mounts:
        at, kept = os.path.join(base, "mnt"), os.path.join(base, "kept")
        mounts.memory(kept)
        mounts.bind(kept, at)
        with Server(options.server, os.path.join(base, "mounted"), wrapper=mounts.enter) as server:
            connection = server.connect("root@sys")
            query(connection, "CREATE TENANT m")
            query(connection, "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file://%s/m' TENANT = m" % at)
            query(connection, "ALTER SYSTEM ARCHIVELOG TENANT = m")

            def becomes(status):
                wait_until(lambda: query(connection, "SELECT STATUS FROM CDB_OB_ARCHIVELOG") == ((status,),), SECONDS, status)
                return query(connection, "SELECT COMMENT FROM CDB_OB_ARCHIVELOG")[0][0]
            becomes("DOING")
            for away in (lambda: None, lambda: mounts.memory(at)):      # the mount point alone; another file system in it
                mounts.unmount(at)
                away()
                comment = becomes("INTERRUPTED")
                check("mount the file system again" in comment, "COMMENT is %s", comment)
                query(connection, "ALTER SYSTEM SET ha_low_thread_score = %d TENANT = m" % random.randrange(100))
                time.sleep(2)
                check(os.listdir(mounts.view(at)) == [], "something was written beside it")
                if mounts.attempt("mountpoint", "-q", at) is None:
                    mounts.unmount(at)
                mounts.bind(kept, at)
                check(becomes("DOING") == "", "the COMMENT stays")
            connection.close()


def a_directory_of_somebody_else(site):
    """Another tenant's archive in its place is left alone."""
    make_tenant(site.server, site.work, "other")
    site.say("ALTER SYSTEM NOARCHIVELOG TENANT = other", "root@sys")
    wait_until(lambda: site.say("SELECT STATUS FROM DBA_OB_ARCHIVELOG", "root@other")[0][0] == "STOP", SECONDS, "STOP")
    other, aside = directory_of(site.work, "archive", "other"), site.directory + "-aside"
    before = contents(other)
    os.rename(site.directory, aside)
    os.rename(other, site.directory)
    site.say("CREATE USER meanwhile IDENTIFIED BY 'p'")
    site.wait_for("INTERRUPTED")
    check(contents(site.directory) == before, "another tenant's archive was changed")
    os.rename(site.directory, other)
    os.rename(aside, site.directory)
    site.wait_for("DOING")
    site.wait_until_archived()


def an_older_copy(site):
    """A copy with the right format file, without what was written last, isn't the archive."""
    older, aside = site.directory + "-older", site.directory + "-aside"
    site.wait_until_archived()
    shutil.copytree(site.directory, older)
    site.wait_until_archived()
    os.rename(site.directory, aside)
    os.rename(older, site.directory)
    comment = site.wait_for("INTERRUPTED")[3]
    check("has lost" in comment, "COMMENT is %s", comment)
    shutil.rmtree(site.directory)
    os.rename(aside, site.directory)
    site.wait_for("DOING")


def noarchivelog_waits(site):
    """The end of a round waits for its destination, and DEFER ends it without."""
    aside = site.directory + "-aside"
    for defer in (False, True):
        os.rename(site.directory, aside)
        site.say("CREATE USER u%d IDENTIFIED BY 'p'" % defer)
        site.say("ALTER SYSTEM NOARCHIVELOG")
        wait_until(lambda: "waits for the destination" in site.round()[3], SECONDS, "a COMMENT")
        check(site.round()[1] == "STOPPING" and "DEFER" in site.round()[3], "it is %s", site.round())
        if defer:
            site.say("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE = 'DEFER'")
            check(site.round()[1] == "STOP" and "is lost" in site.round()[3], "it is %s", site.round())
            check(site.events("archive_log_lost") == 1, "no event")
            continue
        os.rename(aside, site.directory)
        stopped = site.wait_for("STOP")
        check(site.archived_up_to() == stopped[2], "the medium says another end than %s", stopped)
        site.say("ALTER SYSTEM ARCHIVELOG")
        site.wait_for("DOING")


def an_older_catalogue(site):
    """A catalogue that was restored from a copy doesn't go on in the archive of the other life."""
    site.wait_until_archived()
    site.server.stop()
    shutil.copytree(site.server.data_dir, site.server.data_dir + "-copy", symlinks=True)
    site.server.start()
    site.wait_until_archived()
    site.wait_until_archived()
    site.server.stop()
    before = contents(site.directory)
    shutil.rmtree(site.server.data_dir)
    os.rename(site.server.data_dir + "-copy", site.server.data_dir)
    site.server.start()
    wait_until(lambda: site.round()[0] == 2 and site.round()[1] == "DOING", SECONDS, "a new round")
    check("round 1" in site.round()[3], "COMMENT is %s", site.round()[3])
    site.wait_until_archived()
    after = contents(site.directory)
    check({name: after.get(name) for name in before} == before, "the other life's archive was changed")


def an_idle_tenant_is_flushed(site):
    """BACKUP … PLUS ARCHIVELOG ends soon though nothing changes, and the archive has the set's moment."""
    time.sleep(1)
    begun = time.monotonic()
    site.say("ALTER SYSTEM BACKUP DATABASE PLUS ARCHIVELOG")
    connection = site.server.connect("root@sys")
    ended = wait_for_end(connection, site.tenant, newest_job(connection, site.tenant))
    connection.close()
    check(ended[1] == "COMPLETED", "it ended %s", ended)
    check(time.monotonic() - begun < 20, "it took %.0f s", time.monotonic() - begun)
    scn = site.say("SELECT MIN_RESTORE_SCN FROM DBA_OB_BACKUP_SET_FILES")[0][0]
    check(site.round()[2] >= scn and site.archived_up_to() >= scn, "the archive isn't there")


def the_checkpoint_follows_the_lag_target(site):
    """A changed archive_lag_target counts at once, and the checkpoint of an idle tenant keeps up with it."""
    site.say("ALTER SYSTEM SET archive_lag_target = '2s'")
    seen = set()

    def moved():
        seen.add(site.round()[2])
        return len(seen) > 6
    wait_until(moved, 20, "the checkpoint to move six times")
    check(site.archived_up_to() >= max(seen), "the medium says less than the view")


def the_password_opens_rounds(site):
    """backup_encryption_password wraps the keys of rounds that begin after it, and is nowhere in clear."""
    site.say("ALTER SYSTEM SET backup_encryption_password = '%s'" % PASSWORD)
    site.say("ALTER SYSTEM NOARCHIVELOG")
    site.wait_for("STOP")
    site.say("ALTER SYSTEM ARCHIVELOG")
    site.wait_for("DOING")
    site.wait_until_archived()
    by_round = {piece["round_id"]: piece["password"] for piece in site.at_the_medium()}
    check(by_round == {1: False, 2: True}, "they are %s", by_round)
    shown = site.say("SHOW PARAMETERS LIKE 'backup_encryption_password'")
    check(shown and PASSWORD not in str(shown), "SHOW PARAMETERS says %s", shown)
    for file in list(files_below(site.directory)) + list(files_below(site.server.data_dir)):
        with open(file, "rb") as content:
            check(PASSWORD.encode() not in content.read(), "the password is in %s", file)
    check(PASSWORD not in site.server.log(), "the password is in the log")


def the_views_agree(connection, tenant):
    """What one SELECT of all of them says; it is of one moment."""
    rows = query(connection, "SELECT t.LOG_MODE, r.STATUS, r.ROUND_ID, r.CHECKPOINT_SCN, s.STATUS, s.CHECKPOINT_SCN, s.OUTPUT_BYTES,"
                             " p.PIECE_ID, r.USED_PIECE_ID, p.STATUS, p.CHECKPOINT_SCN"
                             " FROM DBA_OB_TENANTS t JOIN CDB_OB_ARCHIVELOG r ON r.TENANT_ID = t.TENANT_ID"
                             " JOIN CDB_OB_ARCHIVELOG_SUMMARY s ON s.TENANT_ID = r.TENANT_ID AND s.ROUND_ID = r.ROUND_ID"
                             " JOIN CDB_OB_ARCHIVELOG_PIECE_FILES p ON p.TENANT_ID = r.TENANT_ID AND p.ROUND_ID = r.ROUND_ID"
                             " WHERE t.TENANT_ID = %d ORDER BY p.PIECE_ID" % tenant)
    for row in rows:
        check(row[1] == row[4] and row[3] == row[5], "ARCHIVELOG and its SUMMARY say %s", row)
        check((row[0] == "ARCHIVELOG") == (row[1] not in ("STOPPING", "STOP")), "LOG_MODE and STATUS are %s", row)
        check(row[10] <= row[3], "a piece is ahead of its round: %s", row)
    if rows:
        newest = rows[-1]
        check(newest[7] == newest[8] and newest[10] == newest[3], "the newest piece and the round: %s", newest)
        check(newest[1] != "STOP" or newest[9] == "FROZEN", "a round at its end has an active piece: %s", newest)


def killed(site, kills, chance):
    """After a kill -9 at any moment the medium has all that the views said before it; and the views always agree."""
    site.say("ALTER SYSTEM SET archive_lag_target = '1s'")
    for _ in range(kills):
        connection = site.server.connect("root@sys")
        until = time.monotonic() + chance.uniform(0.1, 1.5)
        said = 0
        while time.monotonic() < until:
            if chance.random() < 0.1:
                site.say("CREATE USER u%d IDENTIFIED BY 'p'" % chance.randrange(1_000_000_000))
            the_views_agree(connection, site.tenant)
            said = site.round()[2]
        site.server.kill()
        there = site.archived_up_to()
        check(there >= said, "the medium has the log up to %d, and the view said %d", there, said)
        site.server.start()
        site.wait_for("DOING")
    check(site.round()[0] == 1, "a kill is no other life: %s", site.round())
    site.say("ALTER SYSTEM NOARCHIVELOG")
    site.wait_for("STOP")
    connection = site.server.connect("root@sys")
    the_views_agree(connection, site.tenant)
    connection.close()
    pieces = site.at_the_medium()
    check(all(piece["status"] == "COMPLETE" and not piece["problems"] for piece in pieces), "they are %s", pieces)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    print("seed %d" % options.seed, flush=True)
    chance = random.Random(options.seed)
    cases = [a_directory_that_is_moved, a_file_system_that_is_unmounted, a_directory_of_somebody_else, an_older_copy, noarchivelog_waits, an_older_catalogue,
             an_idle_tenant_is_flushed,
             the_checkpoint_follows_the_lag_target, the_password_opens_rounds, killed]

    def run(case, base):
        with Site(options.server, base) as site:
            if case is killed:
                case(site, options.kills, chance)
            elif case is a_file_system_that_is_unmounted:
                try:
                    case(site, options, base)
                except Lacking as lacks:
                    print("left out: %s" % lacks, flush=True)
            else:
                case(site)
    run_cases(cases, "archive", run, options.cases)


if __name__ == "__main__":
    main()
