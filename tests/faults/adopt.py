#!/usr/bin/python3
"""A catalogue that was restored from an older copy: what it says of the destinations set since, and how they are taken up
again. On files; tests/stores/destination_test.py has the same in buckets.

    adopt.py --server PROGRAM --shim LIBRARY [case ...]
"""

import argparse
import glob
import os
import shutil
import time

from faults import KILLED, Faults, Server, attempt, check, query, read_format, run_cases, storage_rows, tree, values
from harness import format_file

LABEL, PROOF = b"Breakwater MAC 1", 48
MOST_CALLS = 900
DISCREET = "another tenant or cluster"


class Site:
    """A server whose catalogue can be put back to what it was."""

    def __init__(self, binary, shim, base, name="data", arguments=()):
        self.work, self.copy = os.path.join(base, "work"), os.path.join(base, name + ".copy")
        os.makedirs(self.work, exist_ok=True)
        self.faults = Faults(os.path.join(base, name + ".control"))
        self.server = Server(binary, os.path.join(base, name), arguments, env=self.faults.environment(shim)).start()
        query(self.server.connect(), "CREATE TENANT t")
        query(self.server.connect(), "CREATE TENANT u")

    def save(self):
        self.server.stop()
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.server.data_dir, self.copy)
        self.server.start()

    def restore(self):
        self.server.kill()
        shutil.rmtree(self.server.data_dir)
        shutil.copytree(self.copy, self.server.data_dir)
        self.server.start()

    def path(self, name):
        return os.path.join(self.work, name)

    def say(self, sql, code=None, user="root@sys"):
        """What the notes say."""
        connection = self.server.connect(user)
        answer = attempt(connection, sql)
        told = " ".join(row[2] for row in query(connection, "SHOW WARNINGS"))
        check(answer[0] == code, "%s: %s, not %s: %s", sql, answer, code, told)
        return told

    def set(self, name, code=None, user="root@t"):
        return self.say("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s'" % self.path(name), code, user)

    def adopt(self, name, code=None, force="", user="root@sys", tenant="t"):
        of_tenant = " TENANT = " + tenant if tenant else ""
        return self.say("ALTER SYSTEM ADOPT BACKUP DESTINATION 'file://%s'%s%s" % (self.path(name), of_tenant, force), code,
                        user)

    def owner(self, name, user="root@t", tenant=""):
        """What CHECK says: (content, owner's hint)."""
        rows = {row[0]: row for row in query(self.server.connect(user), "ALTER SYSTEM CHECK BACKUP DESTINATION 'file://%s'%s"
                                             % (self.path(name), tenant))}
        check(rows["owner"][1] == "NO", "CHECK says %s", rows)
        return rows["content"][3], rows["owner"][4]

    def dest_id(self, name, tenant=1002):
        return storage_rows(self.server.connect()).get((tenant, "file://" + self.path(name)), (None,))[0]

    def check_file(self, name):
        found = glob.glob(self.path(name) + "/check_file/*")
        check(len(found) == 1, "the check files: %s", found)
        return found[0]

    def proof(self, name):
        with open(self.check_file(name), "rb") as file:
            return file.read()[-PROOF:]


def discreet(text, *secret):
    check(DISCREET in text, "not discreet: %s", text)
    for word in ("cluster c", "tenant t", "tenant u", "1002", "1004", " UTC", *secret):
        check(word not in text, "%s is told: %s", word, text)


def older_copy(site):
    """What was set since has a number that the catalogue doesn't know; it isn't given again; ADOPT takes it up."""
    site.set("before")
    site.save()
    site.set("since")
    site.say("ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file://%s'" % site.path("archive"), user="root@t")
    check((site.dest_id("since"), site.dest_id("archive")) == (1002, 1003), "the numbers")
    site.restore()
    told = site.say("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s' TENANT = t" % site.path("since"), 9081)
    for word in ("doesn't know the number", "tenant t (1002)", "destination 1002", " UTC", "ADOPT BACKUP DESTINATION"):
        check(word in told, "no word of %s: %s", word, told)
    discreet(site.set("since", 9081))
    discreet(site.owner("since")[1])
    check(site.owner("since")[0] == "formatted", "the content: %s", site.owner("since"))
    content, hint = site.owner("since", "root@sys", " TENANT = t")
    check("tenant t (1002)" in content and "tenant t (1002)" in hint, "to sys: %s %s", content, hint)
    kept = query(site.server.connect("root@t"), "SELECT * FROM oceanbase.DBA_OB_BACKUP_DEST_CHECKS WHERE CHECK_NAME IN"
                 " ('content', 'owner') AND PATH LIKE '%since'")
    check(kept and "tenant t (1002)" not in str(kept) and " UTC" not in str(kept), "what is kept: %s", kept)
    site.adopt("since", 1227, user="root@t", tenant="")
    site.adopt("since", 1227, user="root@t")
    site.adopt("since", 5160, tenant="nobody")
    site.adopt("since", 1235, tenant="")
    site.adopt("since", 1235, tenant="sys")
    site.set("later")
    check(site.dest_id("later") == 1003, "1002 is given again: %s", site.dest_id("later"))
    before = values(site.server.connect())
    check("1002 is known again" in site.adopt("since"), "the note")
    site.adopt("since")
    site.adopt("archive")
    check(values(site.server.connect()) == before, "ADOPT changed the setting")
    check((site.dest_id("since"), site.dest_id("archive")) == (1002, 1003), "the numbers")
    check(site.set("since") == "", "a SET of what was adopted")
    check(read_format(site.path("since"))["dest_id"] == 1002, "another format file")
    events = [row[0] for row in query(site.server.connect(), "SELECT VALUE4 FROM oceanbase.DBA_OB_ROOTSERVICE_EVENT_HISTORY"
                                      " WHERE EVENT = 'adopt_backup_dest' ORDER BY TIMESTAMP")]
    check(events == ["1002", "1002", "1003"], "the events: %s", events)


def number_given_again(site):
    """The copy gave the number again before it saw the first place: what is set is told by more than that."""
    site.save()
    site.set("first")
    site.restore()
    site.set("second")
    site.adopt("first")
    check((site.dest_id("first"), site.dest_id("second")) == (1001, 1001), "the numbers")
    release = "ALTER SYSTEM RELEASE BACKUP DESTINATION 'file://%s'"
    check("DATA_BACKUP_DEST = ''" in site.say(release % site.path("second"), 1235, "root@t"), "the one that is set")
    site.say(release % site.path("first"), user="root@t")
    check(tree(site.path("first")) is None and site.set("second") == "", "the other one is released")


def tenant_given_again(site):
    """The copy gave a tenant's number a second time: what the first one had is not the second one's."""
    site.save()
    sys = site.server.connect()
    query(sys, "CREATE TENANT first")
    number = query(sys, "SELECT TENANT_ID FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = 'first'")[0][0]
    site.say("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s' TENANT = first" % site.path("firsts"))
    site.restore()
    time.sleep(1.1)  # what is compared are whole seconds
    query(site.server.connect(), "CREATE TENANT second")
    again = query(site.server.connect(), "SELECT TENANT_ID FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = 'second'")[0][0]
    check(number == again, "the number isn't given again: %s %s", number, again)
    for force in ("", " FORCE"):
        told = site.adopt("firsts", 9081, force, tenant="second")
        check("older than this tenant" in told, "what is said: %s", told)


def refused(site):
    """What isn't this installation's, or can't be known to be."""
    site.save()
    site.set("place")
    site.restore()
    for name in ("plain", "foreign", "old", "moved"):
        shutil.copytree(site.path("place"), site.path(name))

    def rewrite(name, **fields):
        path = site.path(name) + "/format"
        decoded = dict(format_file.decode(format_file.read(path))[1], **fields)
        with open(path, "wb") as file:
            file.write(format_file.encode(format_file.FORMAT_TYPE, decoded))

    def proof(name, replaced):
        path = site.check_file(name)
        with open(path, "rb") as file:
            content = file.read()
        check(content[-PROOF:].startswith(LABEL), "no proof: %s", content)
        with open(path, "wb") as file:
            file.write(content[:-PROOF] + replaced)

    told = site.adopt("moved", 9081)
    check("another path" in told and site.path("place") in told, "a copy: %s", told)
    for name in ("plain", "foreign", "old"):
        rewrite(name, path="file://" + site.path(name))
    told = site.adopt("foreign", 9081)
    check("another installation" in told, "a MAC of another place: %s", told)
    check("another installation" in site.adopt("foreign", 9081, " FORCE"), "by force")
    proof("plain", b"")
    told = site.adopt("plain", 9081)
    check("isn't proved" in told and "FORCE" in told, "without a MAC: %s", told)
    check(LABEL not in site.proof("plain"), "a refused ADOPT wrote a check file")
    site.adopt("plain", force=" FORCE")
    check(site.proof("plain").startswith(LABEL), "no MAC after ADOPT … FORCE")
    site.adopt("plain")
    proof("old", b"")
    rewrite("old", path="file://" + site.path("old"), ts=1)
    told = site.adopt("old", 9081, " FORCE")
    check("older than this tenant" in told, "an old one: %s", told)
    told = site.adopt("place", 9081, tenant="u")
    check("another tenant" in told and "tenant t (1002)" in told, "another tenant's: %s", told)
    discreet(site.set("place", 9081, "root@u"))
    discreet(site.owner("place", "root@u")[1])
    rewrite("moved", path="file://" + site.path("moved"), cluster_id=7, cluster_name="c\x1b7\n")
    told = site.adopt("moved", 9081)
    check("another cluster" in told and "c?7? (7)" in told, "another cluster's: %s", told)
    discreet(site.set("moved", 9081))
    site.adopt("none", 9080)
    check(tree(site.path("none")) is None, "ADOPT made something")
    format_file_of = site.path("place") + "/format"
    with open(format_file_of, "r+b") as file:
        file.truncate(60)
    check("damaged" in site.adopt("place", 9081), "a damaged one")


def other_installation(site, second):
    """A fresh server has the same ids: it knows that the place isn't its own, and its numbers don't run away."""
    for _ in range(3):
        site.set("place")
        shutil.rmtree(site.path("place"))
    site.set("place")
    second.set("place", 9081)
    check("another installation" in second.adopt("place", 9081, " FORCE"), "adopted another's")
    second.set("own")
    check(second.dest_id("own") == 1005, "the number: %s", second.dest_id("own"))
    site.set("place")


def learns(site):
    """A check file of an earlier version gets its MAC by the next SET."""
    site.set("place")
    path = site.check_file("place")
    with open(path, "r+b") as file:
        file.truncate(os.path.getsize(path) - PROOF)
    site.set("place")
    check(site.proof("place").startswith(LABEL), "no MAC")
    known = site.check_file("place")
    site.set("place")
    check(site.check_file("place") == known, "a check file that was good was replaced")


def killed(site):
    """kill -9 at calls of an ADOPT: afterwards it can be done again, and the place is as it was but for the check file."""
    site.save()
    site.set("place")
    done = False
    for nth in range(1, MOST_CALLS, 9):
        site.restore()
        site.faults.arm("any", KILLED, site.work, nth)
        code, text = attempt(site.server.connect(), "ALTER SYSTEM ADOPT BACKUP DESTINATION 'file://%s' TENANT = t"
                             % site.path("place"))
        site.faults.disarm()
        if code is None:
            check(nth > 1, "ADOPT makes no call")
            done = True
            break
        check(site.server.exit_code() == -9, "call %d: %s %s", nth, code, text)
        site.server.start()
        check(site.dest_id("place") in (None, 1001), "half adopted")
        site.adopt("place")
        left = [name for name in tree(site.path("place")) if not name.startswith("check_file/")]
        check(left == ["check_file", "format"], "call %d left %s", nth, left)
        check(site.proof("place").startswith(LABEL), "call %d: no MAC", nth)
        check(site.set("place") == "", "a SET after call %d", nth)
    check(done, "it never ended")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()

    def run(case, base):
        site = Site(options.server, options.shim, base, arguments=["--set", "cluster_name=c"])
        with site.server:
            if case is not other_installation:
                return case(site)
            second = Site(options.server, options.shim, base, "other", ["--set", "cluster_name=c"])
            with second.server:
                case(site, second)

    run_cases([older_copy, number_given_again, tenant_given_again, refused, other_installation, learns, killed], "adopt", run, options.cases)


if __name__ == "__main__":
    main()
