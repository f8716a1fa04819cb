#!/usr/bin/python3
"""RELEASE and RETIRE of a destination on files: what they take away, what they refuse, and kill -9 at any moment.

    give_up.py --server PROGRAM --shim LIBRARY [case ...]
"""

import argparse
import os
import shutil
import subprocess

from adopt import Site
from faults import KILLED, attempt, check, query, run_cases, tree

MOST_CALLS = 900


def say(site, verb, name, code=None, user="root@t", of=""):
    return site.say("ALTER SYSTEM %s BACKUP DESTINATION 'file://%s'%s" % (verb, site.path(name), of), code, user)


def set_and_leave(site, name):
    """The tenant's, and not its setting."""
    site.set(name)
    query(site.server.connect("root@t"), "ALTER SYSTEM SET DATA_BACKUP_DEST = ''")


def events(site, event):
    return [row[0] for row in query(site.server.connect(), "SELECT VALUE4 FROM oceanbase.DBA_OB_ROOTSERVICE_EVENT_HISTORY"
                                    " WHERE EVENT = '%s' ORDER BY TIMESTAMP" % event)]


def release(site):
    site.set("a")
    told = say(site, "RELEASE", "a", 1235)
    check("DATA_BACKUP_DEST = ''" in told, "the setting's: %s", told)
    set_and_leave(site, "a")
    say(site, "RELEASE", "a", 9081, "root@u")
    say(site, "RELEASE", "a", 1227, "root@t", " TENANT = t")
    for extra in ("backup_set_1", "check_file/other", "check_file/1002_connect_file_notes.txt"):
        path = os.path.join(site.path("a"), extra)
        with open(path, "w"):
            pass
        before = tree(site.path("a"))
        told = say(site, "RELEASE", "a", 1235)
        check("holds " + extra in told, "what is in the way: %s", told)
        check(tree(site.path("a")) == before, "a refusal changed %s to %s", before, tree(site.path("a")))
        os.unlink(path)
    say(site, "RELEASE", "a", user="root@sys", of=" TENANT = t")
    check(tree(site.path("a")) is None and site.dest_id("a") is None, "left: %s", tree(site.path("a")))
    check(events(site, "release_backup_dest") == ["1001"], "the events")
    say(site, "RELEASE", "a", 9080)
    site.set("a", user="root@u")
    check(site.dest_id("a", 1004) == 1001, "another tenant claims it")


def nearly_a_check_file(site):
    """A SET removes the tenant's other check files, and nothing that is only called nearly so."""
    site.set("a")
    directory = site.path("a") + "/check_file/"
    for name in ("1002_connect_file_notes.txt", "1002_connect_file_20200101T000000.obbak", "1002_connect_file_20200101T00000x.obbak"):
        with open(directory + name, "w"):
            pass
    site.set("a")
    left = sorted(name for name in os.listdir(directory) if "2020" in name or "notes" in name)
    check(left == ["1002_connect_file_20200101T00000x.obbak", "1002_connect_file_notes.txt"], "left: %s", left)


def grown(site):
    """A format file with more behind it than is read of it is the same format file."""
    set_and_leave(site, "a")
    with open(site.path("a") + "/format", "ab") as file:
        file.write(bytes(70_000))
    say(site, "RELEASE", "a")
    check(tree(site.path("a")) is None and site.dest_id("a") is None, "left: %s", tree(site.path("a")))


def full(site):
    """A file system without room can be left."""
    os.makedirs(site.path("full"))
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=0777", "tmpfs", site.path("full")],
                                           stderr=subprocess.DEVNULL).returncode != 0:
        return print("give-up: full: not run, since nothing can be mounted here")
    try:
        set_and_leave(site, "full/a")
        with open(site.path("full") + "/filler", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        say(site, "RELEASE", "full/a")
        check(tree(site.path("full/a")) is None, "left: %s", tree(site.path("full/a")))
    finally:
        subprocess.run(["umount", site.path("full")], check=True)


def retire(site):
    site.set("a")
    say(site, "RETIRE", "a", 1235)
    set_and_leave(site, "a")
    with open(site.path("a") + "/backup_set_1", "w"):
        pass
    before = tree(site.path("a"))
    say(site, "RETIRE", "a", 9081, "root@u")
    say(site, "RETIRE", "a")
    check(tree(site.path("a")) == before and site.dest_id("a") is None, "left: %s", tree(site.path("a")))
    with open(site.path("a") + "/format") as file:
        tombstone = file.read()
    for word in ("Breakwater tombstone 1\n", "retired: 20", "by: root@t\n", "tenant t (1002), destination 1001"):
        check(word in tombstone, "no word of %s: %s", word, tombstone)
    for user in ("root@t", "root@u"):
        told = site.set("a", 9081, user)
        check("was retired" in told and "tenant t" not in told and "UTC" not in told, "to %s: %s", user, told)
        content, hint = site.owner("a", user)
        check(content == "formatted" and "was retired" in hint and "UTC" not in hint, "to %s: %s %s", user, content, hint)
    for told in (site.say("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s' TENANT = t" % site.path("a"), 9081),
                 site.adopt("a", 9081, " FORCE"), site.owner("a", "root@sys", " TENANT = t")[1]):
        check("retired on 20" in told and "by root@t" in told and "destination 1001" in told, "to sys: %s", told)
    say(site, "RETIRE", "a", 9081)
    say(site, "RELEASE", "a", 9081)
    check(events(site, "retire_backup_dest") == ["1001"], "the events")


def killed_at(site, verb, step):
    """Wherever it is killed: afterwards the place is the tenant's and whole, or given up and whole."""
    outcomes = set()
    for nth in range(1, MOST_CALLS, step):
        name = "%s%d" % (verb, nth)
        path = site.path(name)
        set_and_leave(site, name)
        number = site.dest_id(name)
        site.faults.arm("any", KILLED, site.work, nth)
        code, text = attempt(site.server.connect("root@t"), "ALTER SYSTEM %s BACKUP DESTINATION 'file://%s'" % (verb, path))
        site.faults.disarm()
        if code is None:
            check(outcomes == {"kept", "given up"}, "the outcomes of %s: %s", verb, outcomes)
            return
        check(site.server.exit_code() == -9, "call %d: %s %s", nth, code, text)
        site.server.start()
        # The tenant's next statement on the path settles what is left, unless the start has done it.
        rows = query(site.server.connect("root@t"), "ALTER SYSTEM CHECK BACKUP DESTINATION 'file://%s'" % path)
        code, text = attempt(site.server.connect("root@t"), "ALTER SYSTEM %s BACKUP DESTINATION 'file://%s'" % (verb, path))
        outcomes.add("kept" if code is None else "given up")
        check(code in (None, 9080 if verb == "RELEASE" else 9081), "call %d, again: %s %s (%s)", nth, code, text, rows)
        check(site.dest_id(name) is None, "call %d: %s is known still", nth, number)
        expected = None if verb == "RELEASE" else ["format"]
        left = tree(path)
        left = left and [entry for entry in left if not entry.startswith("check_file")]
        check(left == expected, "call %d left %s", nth, left)
        shutil.rmtree(path, ignore_errors=True)
    check(False, "%s never ended", verb)


def killed_releasing(site):
    killed_at(site, "RELEASE", 2)


def killed_retiring(site):
    killed_at(site, "RETIRE", 2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()

    def run(case, base):
        site = Site(options.server, options.shim, base, arguments=["--set", "cluster_name=c"])
        with site.server:
            case(site)

    run_cases([release, nearly_a_check_file, grown, full, retire, killed_releasing, killed_retiring], "give-up", run, options.cases)


if __name__ == "__main__":
    main()
