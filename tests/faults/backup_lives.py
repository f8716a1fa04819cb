#!/usr/bin/python3
"""Backups beside what isn't theirs: sets of another life of the catalogue, files that somebody put there, sets that are gone.

    backup_lives.py --server PROGRAM
"""

import argparse
import json
import os
import shutil
import subprocess
import tempfile

from backup_jobs import (SECONDS, archives, complete_by_the_tool, directory_of, files_below, job, make_tenant, newest_job,
                         set_rows, sets_at, wait_for_end)
from faults import Server, attempt, check, query, wait_until

ARGUMENTS = ["--set", "job_visible_time=0"]
PASSWORD = "canary-Rittersporn-4"


def back_up(connection, tenant, name, kind=""):
    query(connection, "ALTER SYSTEM BACKUP %s TENANT = %s" % (kind, name))
    return wait_for_end(connection, tenant, newest_job(connection, tenant))


def content_of(directory):
    found = {}
    for path in files_below(directory):
        with open(path, "rb") as file:
            found[os.path.relpath(path, directory)] = file.read()
    return found


def block(path):
    """A file where a job needs a directory; gives back what takes it away."""
    os.rename(path, path + "-away")
    with open(path, "w", encoding="utf-8"):
        pass

    def unblock():
        os.remove(path)
        os.rename(path + "-away", path)
    return unblock


def an_older_catalogue(binary, base):
    """Numbers that the destination has aren't given again, and what lies there stays, whether jobs end well or not."""
    work, data, copy = (os.path.join(base, name) for name in ("lives", "lives-data", "lives-copy"))
    os.mkdir(work)
    destination = directory_of(work, "data", "t")
    with Server(binary, data, ARGUMENTS) as server:
        tenant = make_tenant(server, work, "t")
        connection = server.connect("root@sys")
        check(back_up(connection, tenant, "t")[1] == "COMPLETED", "the first backup")
        connection.close()
        server.stop()
        shutil.copytree(data, copy)
        server.start()
        connection = server.connect("root@sys")
        for _ in range(2):
            check(back_up(connection, tenant, "t")[1] == "COMPLETED", "a backup of the first life")
        connection.close()
    before = content_of(destination)
    shutil.rmtree(data)
    shutil.copytree(copy, data)
    with Server(binary, data, ARGUMENTS) as server:
        connection = server.connect("root@sys")
        wait_until(lambda: archives(connection, tenant), SECONDS, "the archive")
        unblock = block(os.path.join(destination, "backup_sets"))
        query(connection, "ALTER SYSTEM BACKUP TENANT = t")
        number = newest_job(connection, tenant)
        wait_until(lambda: (job(connection, tenant, number)[3] or "") != "", SECONDS, "a failure")
        query(connection, "ALTER SYSTEM CANCEL BACKUP")
        check(wait_for_end(connection, tenant, number)[1] == "CANCELED", "it wasn't cancelled")
        unblock()
        check(back_up(connection, tenant, "t")[1] == "COMPLETED", "a backup of the second life")
        check(sorted(sets_at(destination)) == [1, 2, 3, 5], "there is %s", sorted(sets_at(destination)))
        check(sorted(each for each, row in set_rows(connection, tenant).items() if row[1] == "SUCCESS") == [1, 5],
              "the view has %s", set_rows(connection, tenant))
        after = content_of(destination)
        check(all(after.get(name) == content for name, content in before.items()), "an older set was touched")
        check(complete_by_the_tool(server, destination) == [1, 2, 3, 5], "the tool has %s",
              complete_by_the_tool(server, destination))
        connection.close()


def what_others_put_there(server, work):
    """A directory with a set's name takes its number; nothing in it is touched, nor are files in a set's own directory."""
    tenant = make_tenant(server, work, "others")
    connection = server.connect("root@sys")
    destination = directory_of(work, "data", "others")
    foreign = os.path.join(destination, "backup_set_1_full")
    os.makedirs(os.path.join(foreign, "infos"))
    for name in ("notes.txt", "infos/data_abcdefghi_1.obbak"):
        with open(os.path.join(foreign, name), "w", encoding="utf-8") as file:
            file.write("not a backup\n")
    check(back_up(connection, tenant, "others")[1] == "COMPLETED", "the backup")
    check(set_rows(connection, tenant) == {2: ("FULL", "SUCCESS", "AVAILABLE")}, "the sets are %s", set_rows(connection, tenant))
    with open(os.path.join(destination, "backup_set_2_full", "mine.txt"), "w", encoding="utf-8") as file:
        file.write("a note\n")
    unblock = block(os.path.join(destination, "backup_sets"))
    query(connection, "ALTER SYSTEM BACKUP TENANT = others")
    number = newest_job(connection, tenant)
    wait_until(lambda: (job(connection, tenant, number)[3] or "") != "", SECONDS, "a failure")
    query(connection, "ALTER SYSTEM CANCEL BACKUP")
    wait_for_end(connection, tenant, number)
    unblock()
    check(back_up(connection, tenant, "others")[1] == "COMPLETED", "the next backup")
    there = sorted(content_of(foreign)) + sorted(os.listdir(os.path.join(destination, "backup_set_2_full")))
    check(there == ["infos/data_abcdefghi_1.obbak", "notes.txt", "infos", "mine.txt", "single_backup_set_info.obbak"], "%s", there)
    connection.close()


def what_is_no_file(server, work):
    """Empty directories, links and FIFOs with a set's name take its number, at once, and stay."""
    tenant = make_tenant(server, work, "things")
    connection = server.connect("root@sys")
    destination = directory_of(work, "data", "things")
    elsewhere = os.path.join(work, "elsewhere")
    os.mkdir(elsewhere)
    os.makedirs(os.path.join(destination, "backup_set_1_full", "infos"))
    os.symlink(elsewhere, os.path.join(destination, "backup_set_2_full"))
    os.mkfifo(os.path.join(destination, "backup_set_3_inc"))
    os.mkdir(os.path.join(destination, "backup_set_4_full\n"))
    os.makedirs(os.path.join(destination, "backup_sets", "backup_set_5_full_start.obbak"))
    os.mkdir(os.path.join(destination, "backup_set_900000000000_full"))
    ended = back_up(connection, tenant, "things")
    check(ended[1] == "COMPLETED" and (ended[3] or "") == "", "it ended %s", ended)
    check(set_rows(connection, tenant) == {6: ("FULL", "SUCCESS", "AVAILABLE")}, "the sets are %s", set_rows(connection, tenant))
    check(os.listdir(elsewhere) == [], "it wrote behind a link")
    check(os.path.isdir(os.path.join(destination, "backup_set_1_full", "infos")), "somebody's directory is gone")
    connection.close()


def a_copy_that_cancels(binary, base):
    """Of two servers with one catalogue, the one that cancels takes nothing from what the other makes at the same time."""
    work, data, copy = (os.path.join(base, name) for name in ("copies", "copies-data", "copies-copy"))
    os.mkdir(work)
    destination = directory_of(work, "data", "t")
    with Server(binary, data, ARGUMENTS) as server:
        tenant = make_tenant(server, work, "t")
        connection = server.connect("root@sys")
        query(connection, "ALTER SYSTEM BACKUP TENANT = t")
        check(wait_for_end(connection, tenant, 1)[1] == "COMPLETED", "the first backup")
        before = content_of(destination)
        connection.close()
        server.stop()
        shutil.copytree(data, copy)
        server.start()
        connection = server.connect("root@sys")
        wait_until(lambda: archives(connection, tenant), SECONDS, "the archive")
        with Server(binary, copy, ARGUMENTS) as other:
            strangers = other.connect("root@sys")
            wait_until(lambda: archives(strangers, tenant), SECONDS, "the copy's archive")
            query(connection, "ALTER SYSTEM BACKUP TENANT = t")
            query(strangers, "ALTER SYSTEM BACKUP INCREMENTAL TENANT = t")
            attempt(strangers, "ALTER SYSTEM CANCEL BACKUP")
            check(wait_for_end(connection, tenant, 2)[1] == "COMPLETED", "the backup beside the copy's")
            wait_for_end(strangers, tenant, 2)
            strangers.close()
        good = sorted(each for each, row in set_rows(connection, tenant).items() if row[1] == "SUCCESS")
        complete = complete_by_the_tool(server, destination)
        check(set(good) <= set(complete) and len(complete) == len(set(complete)), "the view has %s, the tool %s", good, complete)
        after = content_of(destination)
        check(all(after.get(name) == content for name, content in before.items()), "the older set was touched")
        connection.close()


def a_chain_that_broke(server, work):
    """An incremental set is built on nothing that isn't there: then it is a full one, and says why."""
    tenant = make_tenant(server, work, "chain")
    connection = server.connect("root@sys")
    destination = directory_of(work, "data", "chain")

    def incremental():
        ended = back_up(connection, tenant, "chain", "INCREMENTAL")
        check(ended[1] == "COMPLETED", "it ended %s", ended)
        return max(set_rows(connection, tenant).items())[1][0], ended[3] or ""

    check(back_up(connection, tenant, "chain")[1] == "COMPLETED", "the full set")
    check([incremental(), incremental()] == [("INC", "")] * 2, "the chain isn't one")
    data = next(path for path in files_below(os.path.join(destination, "backup_set_1_full", "infos")))
    with open(data, "r+b") as file:
        content = file.read()
        file.seek(0)
        file.write(content[:-1] + bytes([content[-1] ^ 1]))
    kind, comment = incremental()
    check(kind == "FULL" and "set 1 is DAMAGED" in comment, "with a damaged full set below: %s %s", kind, comment)
    check(incremental() == ("INC", ""), "on the new one")
    shutil.rmtree(os.path.join(destination, "backup_set_5_inc"))
    kind, comment = incremental()
    check(kind == "FULL" and "set 5 is INCOMPLETE" in comment, "without the set before: %s %s", kind, comment)
    connection.close()


def a_tenant_that_goes(server, work):
    """The parent of a job whose tenant was dropped doesn't say that all went well."""
    tenant = make_tenant(server, work, "goes")
    connection = server.connect("root@sys")
    with open(os.path.join(directory_of(work, "data", "goes"), "backup_sets"), "w", encoding="utf-8"):
        pass
    query(connection, "ALTER SYSTEM BACKUP TENANT = goes")
    number = newest_job(connection, 1)
    wait_until(lambda: (job(connection, tenant, 1)[3] or "") != "", SECONDS, "a failure")
    query(connection, "DROP TENANT goes FORCE")
    ended = wait_for_end(connection, 1, number)
    check(ended[1:] == ("FAILED", -5157, "tenant goes was dropped during its backup"), "the parent ended %s", ended)
    connection.close()


def notes(connection):
    return [text for level, _, text in query(connection, "SHOW WARNINGS") if level in ("Note", "Warning")]


def the_key(server, work, base):
    """The installation's backup key: who has no password is told until it is saved; it goes over to another server."""
    tenant = make_tenant(server, work, "saver")
    connection = server.connect("root@sys")
    place = os.path.join(work, "saved.key")
    uri = "file://" + place
    query(connection, "ALTER SYSTEM BACKUP TENANT = saver")
    check(any("BACKUP CATALOG KEY" in text for text in notes(connection)), "no warning: %s", notes(connection))
    wait_for_end(connection, tenant, newest_job(connection, tenant))
    for clause in ("", " ENCRYPTED BY ''"):
        check(attempt(connection, "ALTER SYSTEM BACKUP CATALOG KEY TO '%s'%s" % (uri, clause))[0] == 1210, "%s was taken", clause)
    check(not os.path.exists(place), "a key lies there without a password")
    check(attempt(connection, "ALTER SYSTEM BACKUP CATALOG KEY ENCRYPTED BY '%s'" % PASSWORD)[0] == 9026, "without a URI")
    inside = "file://" + directory_of(work, "data", "saver") + "/x.key"
    check(attempt(connection, "ALTER SYSTEM BACKUP CATALOG KEY TO '%s' ENCRYPTED BY '%s'" % (inside, PASSWORD))[0] == 9026,
          "it went into a tenant's destination")
    own = server.connect("root@saver")
    number, _ = attempt(own, "ALTER SYSTEM BACKUP CATALOG KEY TO '%s' ENCRYPTED BY '%s'" % (uri, PASSWORD))
    check(number is not None and not os.path.exists(place), "a tenant's administrator may: %s", number)
    own.close()
    query(connection, "ALTER SYSTEM BACKUP CATALOG KEY TO '%s' ENCRYPTED BY '%s'" % (uri, PASSWORD))
    check(os.stat(place).st_mode & 0o777 == 0o600, "others may read it")
    query(connection, "ALTER SYSTEM BACKUP TENANT = saver")
    check(notes(connection) == [], "a warning still: %s", notes(connection))
    wait_for_end(connection, tenant, newest_job(connection, tenant))
    with open(os.path.join(work, "other.key"), "w", encoding="utf-8") as file:
        file.write("precious")
    number, _ = attempt(connection, "ALTER SYSTEM BACKUP CATALOG KEY TO 'file://%s' ENCRYPTED BY '%s'"
                        % (os.path.join(work, "other.key"), PASSWORD))
    check(number == 1086, "a file of somebody else's: %s", number)
    verified = subprocess.run([server.binary, "key", "verify", place, "--password-file", "-", "--json"], input=PASSWORD + "\n",
                              stdout=subprocess.PIPE, text=True, check=True, timeout=SECONDS)
    check(json.loads(verified.stdout)["holds"] == "catalog key", "key verify says %s", verified.stdout)
    check(PASSWORD not in server.log(), "the password is in the log")
    with Server(server.binary, os.path.join(base, "another"), ARGUMENTS) as another:
        other = another.connect("root@sys")
        restore = "ALTER SYSTEM RESTORE CATALOG KEY FROM '%s' ENCRYPTED BY '%s'"
        check(attempt(other, restore % (uri, "wrong"))[0] == 9047, "a wrong password")
        check(attempt(other, restore % (uri + "-none", PASSWORD))[0] == 9011, "no such file")
        check(attempt(other, "ALTER SYSTEM RESTORE CATALOG KEY FROM '%s'" % uri)[0] == 1210, "without a password")
        query(other, restore % (uri, PASSWORD))
        query(other, restore % (uri, PASSWORD))
        other.close()
    connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-backup-lives-") as base:
        an_older_catalogue(options.server, base)
        print("an_older_catalogue", flush=True)
        a_copy_that_cancels(options.server, base)
        print("a_copy_that_cancels", flush=True)
        work = os.path.join(base, "work")
        os.mkdir(work)
        with Server(options.server, os.path.join(base, "data"), ARGUMENTS) as server:
            for test in (what_others_put_there, what_is_no_file, a_chain_that_broke, a_tenant_that_goes):
                test(server, work)
                print(test.__name__, flush=True)
            the_key(server, work, base)
            print("the_key", flush=True)


if __name__ == "__main__":
    main()
