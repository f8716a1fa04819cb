#!/usr/bin/python3
"""A mount that is away: its mount point does not pass for the destination. Real file systems, in a mount namespace of
their own.

    unmounted.py --server PROGRAM [case ...]

Exit code 77: this machine mounts nothing for us.
"""

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys

from faults import Server, attempt, check, query, read_format, run_cases, storage_rows, tree, values, wait_until

LACKING = 77
IMAGE_BYTES = 320 << 20         # sparse; xfs takes no less
TENANT = 1002
PATIENCE = 60
FILE_SYSTEMS = {"ext4": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q"], "btrfs": ["mkfs.btrfs", "-q"]}


class Lacking(Exception):
    pass


class Mounts:
    """A mount namespace, and what this process sees of it."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "--mount", "sh", "-c", "echo && exec sleep infinity"],
                                       stdout=subprocess.PIPE)
        if not self.holder.stdout.readline():
            raise Lacking("no mount namespace for us")
        self.enter = ["nsenter", "--target", str(self.holder.pid), "--mount"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.holder.kill()
        self.holder.wait()

    def attempt(self, *words):
        """What went wrong, or nothing."""
        done = subprocess.run(self.enter + list(words), capture_output=True, text=True, timeout=120)
        return None if done.returncode == 0 else "%s: %s" % (" ".join(words), done.stdout + done.stderr)

    def need(self, *words):
        wrong = self.attempt(*words)
        if wrong:
            raise Lacking(wrong)

    def memory(self, at):
        os.makedirs(self.view(at), exist_ok=True)
        self.need("mount", "-t", "tmpfs", "memory", at)

    def bind(self, what, at):
        os.makedirs(self.view(at), exist_ok=True)
        self.need("mount", "--bind", what, at)

    def unmount(self, at):
        """The last job of a statement may close its directory a little after the answer."""
        wait_until(lambda: self.attempt("umount", at) is None, PATIENCE, "umount " + at)

    def view(self, path):
        return "/proc/%d/root%s" % (self.holder.pid, path)


class Site:
    """A server that sees the mounts. `at` is the mount point, `kept` another view of the file system of `at`."""

    def __init__(self, mounts, binary, base):
        self.mounts, self.base = mounts, base
        self.at, self.kept = os.path.join(base, "mnt"), os.path.join(base, "kept")
        self.server = Server(binary, os.path.join(base, "data"), wrapper=mounts.enter).start()
        query(self.server.connect(), "CREATE TENANT t")
        self.path = self.at + "/t"

    def mount(self):
        self.mounts.bind(self.kept, self.at)

    def unmount(self):
        self.mounts.unmount(self.at)

    def seen(self, path=None):
        return self.mounts.view(path or self.at)

    def restart(self, change=None):
        self.server.stop()
        if change:
            catalogue = sqlite3.connect(os.path.join(self.server.data_dir, "catalog.db"))
            with catalogue:
                catalogue.execute(change)
            catalogue.close()
        self.server.start()

    def connect(self):
        return self.server.connect("root@t")

    def set(self, code=None, path=None, setting="DATA_BACKUP_DEST = 'file://%s'"):
        """What the notes say."""
        connection = self.connect()
        answer = attempt(connection, "ALTER SYSTEM SET " + setting % (path or self.path))
        told = " ".join(row[2] for row in query(connection, "SHOW WARNINGS"))
        check(answer[0] == code, "%s, not %s: %s", answer, code, told)
        return told

    def checked(self):
        """{check: (ok, hint)}"""
        rows = query(self.connect(), "ALTER SYSTEM CHECK BACKUP DESTINATION 'file://%s'" % self.path)
        return {name: (ok, hint) for name, ok, _, _, hint in rows}

    def dest_id(self):
        return storage_rows(self.server.connect())[TENANT, "file://" + self.path][0]

    def gone(self):
        """The numbers that the events tell of."""
        return [row[0] for row in query(self.server.connect(), "SELECT VALUE4 FROM oceanbase.DBA_OB_ROOTSERVICE_EVENT_HISTORY"
                                        " WHERE EVENT = 'backup_dest_gone' ORDER BY TIMESTAMP")]


def refused(site, dest_id, told_of, made=()):
    """9080 by SET, NO by CHECK, and nothing is made or changed."""
    before = values(site.server.connect()), storage_rows(site.server.connect())
    told = site.set(9080)
    for word in ["destination %d" % dest_id, site.path, "mounted?", "''", *told_of]:
        check(word in told, "no word of %s: %s", word, told)
    rows = site.checked()
    told = [hint for ok, hint in rows.values() if ok == "NO"]
    check(len(told) == 1 and "mounted?" in told[0], "CHECK says: %s", rows)
    if not made:
        check(rows["owner"][0] == "NO", "the owner's row: %s", rows)
    check(tree(site.seen()) == list(made), "something was made: %s", tree(site.seen()))
    check((values(site.server.connect()), storage_rows(site.server.connect())) == before, "something was changed")


def stays(site, dest_id):
    check(site.set() == "", "the same SET again has notes")
    check(site.dest_id() == dest_id, "%s is not %s", site.dest_id(), dest_id)
    check(read_format(site.seen(site.path))["dest_id"] == dest_id, "another format file")


def away(site):
    """Unmounted, another file system mounted, something in the mount point; and mounted again: as if nothing was."""
    site.mounts.memory(site.kept)
    site.mount()
    site.set()
    site.set(setting="LOG_ARCHIVE_DEST = 'LOCATION=file://%s'", path=site.at + "/archive")
    site.unmount()
    refused(site, 1001, ["tmpfs"])
    told = site.set(9080, site.at + "/archive", "LOG_ARCHIVE_DEST = 'LOCATION=file://%s'")
    check("1002" in told and "LOG_ARCHIVE_DEST = ''" in told, "of the archive: %s", told)
    site.restart()
    refused(site, 1001, ["tmpfs"])
    with open(site.seen(site.at + "/stray"), "w"):
        pass
    os.mkdir(site.seen(site.path))
    os.rename(site.seen(site.at + "/stray"), site.seen(site.path + "/stray"))
    refused(site, 1001, ["tmpfs"], made=["t", "t/stray"])
    shutil.rmtree(site.seen(site.path))
    site.mounts.memory(site.at)
    refused(site, 1001, ["tmpfs"])
    site.unmount()
    site.mount()
    stays(site, 1001)
    check(site.gone() == [], "events of what is still there: %s", site.gone())


def emptied(site):
    """On the same file system an emptied place is claimed anew, and the note and an event tell what is gone."""
    site.mounts.memory(site.kept)
    site.mount()
    site.set()
    shutil.rmtree(site.seen(site.path))
    check(site.checked()["owner"] == ("YES", "destination 1001, which was in file://%s, is gone: the place is empty"
                                      % site.path), "CHECK says %s", site.checked())
    told = site.set()
    for word in ("destination 1001", site.path, "is gone", "destination 1002"):
        check(word in told, "no word of %s: %s", word, told)
    check(site.gone() == ["1001"], "the events: %s", site.gone())
    stays(site, 1002)


def given_up(site):
    """'' first, and the place may be claimed wherever it is."""
    site.mounts.memory(site.kept)
    site.mount()
    site.set()
    site.unmount()
    site.set(9080)
    query(site.connect(), "ALTER SYSTEM SET DATA_BACKUP_DEST = ''")
    told = site.set()
    check("destination 1001" in told and "is gone" in told, "the note: %s", told)
    check(site.gone() == ["1001"], "the events: %s", site.gone())
    site.mount()
    site.set(9081)


def older_catalogue(site):
    """It learns where a destination is from CHECK and from SET, once the format file is found; until then an empty place
    is claimed, with the note and the event."""
    site.mounts.memory(site.kept)
    site.mount()
    site.set()
    for learn in (site.checked, site.set):
        site.restart("UPDATE backup_storage_info SET file_system = ''")
        learn()
        site.unmount()
        refused(site, 1001, ["tmpfs"])
        site.mount()
    site.restart("UPDATE backup_storage_info SET file_system = ''")
    site.unmount()
    told = site.set()
    check("destination 1001" in told and "is gone" in told, "the note: %s", told)
    check(site.gone() == ["1001"], "the events: %s", site.gone())


def on_a_disk(site, kind):
    """A disk that is found under another device's name is the same file system; another disk isn't."""
    images = [os.path.join(site.base, name) for name in ("one.img", "two.img")]
    for image in images:
        with open(image, "wb") as file:
            file.truncate(IMAGE_BYTES)
        site.mounts.need(*FILE_SYSTEMS[kind], image)
    os.makedirs(site.at, exist_ok=True)
    os.makedirs(site.kept, exist_ok=True)

    def mount(image, at=site.at):
        site.mounts.need("mount", "-t", kind, "-o", "loop", image, at)

    mount(images[0])
    site.set()
    device = os.stat(site.seen()).st_dev
    site.unmount()
    refused(site, 1001, [kind])
    mount(images[1], site.kept)     # takes the loop device
    mount(images[0])
    check(os.stat(site.seen()).st_dev != device, "the device is the same")
    site.restart()
    stays(site, 1001)
    shutil.rmtree(site.seen(site.path))
    check("destination 1002" in site.set(), "an emptied place on another device")
    site.unmount()
    site.mount()                    # the other disk
    refused(site, 1002, [kind], made=sorted(os.listdir(site.seen())))
    site.unmount()
    site.mounts.unmount(site.kept)
    mount(images[0])
    stays(site, 1002)


def ext4_disk(site):
    on_a_disk(site, "ext4")


def xfs_disk(site):
    on_a_disk(site, "xfs")


def btrfs_disk(site):
    on_a_disk(site, "btrfs")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    if os.getuid() != 0:
        print("Not run: only root mounts")
        sys.exit(LACKING)

    def run(case, base):
        with Mounts() as mounts:
            site = Site(mounts, options.server, base)
            with site.server:
                try:
                    case(site)
                except Lacking as lacking:
                    print("not run, %s: %s" % (case.__name__, lacking), flush=True)

    try:
        with Mounts() as mounts:
            mounts.memory("/mnt")
    except Lacking as lacking:
        print("Not run: %s" % lacking)
        sys.exit(LACKING)
    run_cases([away, emptied, given_up, older_catalogue, ext4_disk, xfs_disk, btrfs_disk], "unmounted", run,
              options.cases)


if __name__ == "__main__":
    main()
