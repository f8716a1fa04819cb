#!/usr/bin/python3
"""Restores from media that somebody has changed, who may know the format and has no key.

    hostile_media.py --server PROGRAM [--tries N] [--seed S]

The server that has the backup key restores what once was, or refuses; never something else. One that has no key may be told anything:
then all accounts are locked, and nothing that is told ends it, hangs it or fills its memory. The same for who only looks.
"""

import argparse
import ctypes
import json
import os
import random
import shutil
import stat
import subprocess
import tempfile
import threading
import time

import restore
from backup_jobs import directory_of, files_below, make_tenant, newest_job, wait_for_end
from backup_mix import Model, state_of
from faults import Failure, Server, attempt, check, query, wait_until
from harness.backup_set import sealed, sha256

SECONDS = 90
MORE_MEMORY = 400         # MiB, over what the server had at first
BIG = 2**20
LOCKED = (1045, 3118)     # what a login to an account is told that is locked
VALUES = [None, True, 0, 1, -1, 2**31, 2**53, 2**63 - 1, -2**63, 2**63, 2**64 - 1, 10**30, 1e308, -0.0, "", "0", "x" * 5000, "../../../etc/passwd",
          "\x00", "\x1b[2J\r\n", "\u202e", "'; DROP TABLE tenant; --", "%", "sys", "root", [], {}, [[[[[[[[[1]]]]]]]]], {"blob": "!"},
          {"blob": "AAAA"}, {"text": "/w=="}, {"sealed": "AAAA"}, {"sealed_text": ""}, ["a"] * 3000]
MAGIC = b"BWLINES1"


class Zstd:
    """The library that the server itself needs."""
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_compressBound.restype = ctypes.c_size_t
    library.ZSTD_compress.restype = library.ZSTD_decompress.restype = ctypes.c_size_t

    @classmethod
    def compress(cls, content):
        room = ctypes.create_string_buffer(cls.library.ZSTD_compressBound(ctypes.c_size_t(len(content))))
        size = cls.library.ZSTD_compress(room, ctypes.c_size_t(len(room)), content, ctypes.c_size_t(len(content)), 3)
        return room.raw[:size]

    @classmethod
    def decompress(cls, content, size):
        room = ctypes.create_string_buffer(size)
        check(cls.library.ZSTD_decompress(room, ctypes.c_size_t(size), content, ctypes.c_size_t(len(content))) == size, "zstd")
        return room.raw


def is_plain(path):
    """What it held before somebody changed it may be changed again."""
    status = os.lstat(path)
    return stat.S_ISREG(status.st_mode) and status.st_size < BIG


def read(path):
    """Of what an earlier change left there: a link leads out of the test, a pipe has nobody at its other end."""
    check(is_plain(path), "no plain file of the media")
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    """A new file, never through a link."""
    if os.path.lexists(path):
        os.remove(path)
    with open(path, "xb") as file:
        file.write(content)


def cut_lines(content):
    """(header, lines) of an object of lines."""
    check(content.startswith(MAGIC), "no object of lines")
    at = 12 + int.from_bytes(content[8:12], "little")
    header, lines = json.loads(content[12:at]), []
    while True:
        packed, raw = (int.from_bytes(content[at + i:at + i + 4], "little") for i in (0, 4))
        if packed == 0:
            return header, lines
        lines += Zstd.decompress(content[at + 8:at + 8 + packed], raw).split(b"\n")[:-1]
        at += 8 + packed


def join_lines(header, lines):
    head = json.dumps(header).encode()
    content = MAGIC + len(head).to_bytes(4, "little") + head
    raw = b"".join(line + b"\n" for line in lines)
    if raw:
        packed = Zstd.compress(raw)
        content += len(packed).to_bytes(4, "little") + len(raw).to_bytes(4, "little") + packed
    return content + bytes(4) + bytes(32)


def body_of(content):
    return json.JSONDecoder().raw_decode(content.decode())[0]


def places_in(value, found=None, path=()):
    """Every place in a JSON value."""
    found = [] if found is None else found
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        found.append(path + (key,))
        if isinstance(item, (dict, list)):
            places_in(item, found, path + (key,))
    return found


class Mutator:
    def __init__(self, chance):
        self.chance = chance

    def files(self, place):
        return sorted(path for path in files_below(place) if not path.endswith("/format") and "check_file" not in path)

    def damage(self, place):
        """One file becomes something else; whoever did it knows nothing of the format."""
        files = self.files(place)
        path = self.chance.choice(files)
        content = read(path) if is_plain(path) else b""
        kind = self.chance.choice(["flip", "cut", "longer", "gone", "other", "directory", "link", "pipe", "huge", "empty"])
        if kind == "flip" and content:
            at = self.chance.randrange(len(content))
            write(path, content[:at] + bytes([content[at] ^ (1 << self.chance.randrange(8))]) + content[at + 1:])
        elif kind in ("cut", "empty"):
            write(path, content[:self.chance.randrange(len(content) + 1)] if kind == "cut" else b"")
        elif kind == "longer":
            write(path, content + os.urandom(self.chance.choice([1, 100, 100_000])))
        elif kind == "other":
            write(path, read(self.chance.choice([file for file in files if is_plain(file)])))
        elif kind == "huge" and is_plain(path):
            os.truncate(path, 2**40)
        elif kind not in ("flip", "huge"):
            os.remove(path)
            if kind == "directory":
                os.mkdir(path)
            elif kind == "link":
                os.symlink(self.chance.choice(["/etc/passwd", path, files[0], "/dev/zero"]), path)
            elif kind == "pipe":
                os.mkfifo(path)
        return "%s %s" % (kind, os.path.relpath(path, place))

    def change_value(self, body):
        place = self.chance.choice(places_in(body))
        parent = body
        for key in place[:-1]:
            parent = parent[key]
        if self.chance.random() < 0.15:
            del parent[place[-1]]
            return "%s is gone" % (place,)
        parent[place[-1]] = self.chance.choice(VALUES)
        return "%s = %.60r" % (place, parent[place[-1]])

    def forge_mark(self, place):
        """A manifest or mark says something else, and its sum is right."""
        marks = [file for file in self.files(place) if is_plain(file) and not read(file).startswith(MAGIC)]
        if not marks:
            return self.damage(place)
        path = self.chance.choice(marks)
        try:
            body = body_of(read(path))
        except ValueError:
            return self.damage(place)
        has_mac = body.pop("mac", None) is not None
        body.pop("sha256", None)
        what = self.change_value(body)
        write(path, sealed(body, mac=has_mac))
        return "%s: %s" % (os.path.relpath(path, place), what)

    def forge_lines(self, place):
        """Lines say something else, and the set's manifest knows them so."""
        path = self.chance.choice([file for file in self.files(place) if "/infos/" in file])
        try:
            header, lines = cut_lines(read(path))
            what = self.change_lines(header, lines)
            write(path, join_lines(header, lines))
            self.enter(os.path.dirname(os.path.dirname(path)), path)
        except (ValueError, KeyError, TypeError, OSError, Failure):
            return self.damage(place)
        return "%s: %s" % (os.path.relpath(path, place), what)

    def change_lines(self, header, lines):
        kind = self.chance.random()
        if kind < 0.1:
            return "header: " + self.change_value(header)
        at = self.chance.randrange(len(lines))
        if kind < 0.2:
            lines[at] = self.chance.choice([b"[" * 500_000, b'{"row":{' + b",".join(b'"%d":{}' % i for i in range(60_000)) + b"}}",
                                            b"{}", b"null", b"\xff\xfe", b'{"table":"tenant"}', b"x" * BIG])
            return "line %d is %.20r" % (at, lines[at])
        if kind < 0.3:
            lines.insert(at, lines[self.chance.randrange(len(lines))])
            return "a line comes twice"
        if kind < 0.4:
            lines[at:at] = [lines[at]] * 20_000
            return "a line comes 20,000 times"
        line = json.loads(lines[at])
        what = self.change_value(line)
        lines[at] = json.dumps(line).encode()
        return "line %d: %s" % (at, what)

    def enter(self, directory, path):
        manifest = os.path.join(directory, "single_backup_set_info.obbak")
        body = body_of(read(manifest))
        body.pop("mac"), body.pop("sha256")
        for entry in body["objects"]:
            if path.endswith(entry["name"]):
                entry.update(length=os.path.getsize(path), sha256=sha256(read(path)))
        write(manifest, sealed(body))


class Media:
    """Two full sets, an incremental one and the log of a tenant, and a copy of all that for each try."""

    def __init__(self, server, base, chance):
        self.server, self.base, self.chance = server, base, chance
        self.work = os.path.join(base, "work")
        os.mkdir(self.work)
        self.tenant = make_tenant(server, self.work, "src")
        self.model = Model(server, "src")
        own, system = server.connect("root@src"), server.connect("root@sys")
        for statement in ("BACKUP DATABASE", "BACKUP INCREMENTAL DATABASE", "BACKUP DATABASE PLUS ARCHIVELOG"):
            for _ in range(6):
                self.model.change(own, chance)
            before = newest_job(system, self.tenant)
            query(own, "ALTER SYSTEM " + statement)
            ended = wait_for_end(system, self.tenant, before + 1)
            check(ended[1] == "COMPLETED", "%s", ended)
        for _ in range(6):
            self.model.change(own, chance)
        query(own, "ALTER SYSTEM NOARCHIVELOG")
        wait_until(lambda: query(system, "SELECT STATUS FROM oceanbase.CDB_OB_ARCHIVELOG WHERE TENANT_ID = %d" % self.tenant)[0][0] == "STOP",
                   SECONDS, "the end of the round")
        query(own, "ALTER SYSTEM SET DATA_BACKUP_DEST = ''")
        query(own, "ALTER SYSTEM SET LOG_ARCHIVE_DEST = ''")
        self.number = 0

    def copy(self):
        place = os.path.join(self.base, "try%d" % self.number)
        self.number += 1
        shutil.copytree(self.work, place)
        return place

    @staticmethod
    def uris(place):
        return "file://%s,file://%s" % (directory_of(place, "data", "src"), directory_of(place, "archive", "src"))

    def states(self):
        return [state for _, _, state in self.model.states]


def resident_mib(server):
    with open("/proc/%d/statm" % server.pid) as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / BIG


def look(server, system, uris):
    """Whoever looks gets rows or an error."""
    attempt(system, "SHOW BACKUPS FROM '%s'" % uris)
    query(system, "ALTER SYSTEM RESTORE FROM '%s' PREVIEW" % uris)
    attempt(system, "SHOW RESTORE PREVIEW")
    done = subprocess.run([server.binary, "backups", *uris.split(","), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS)
    check(done.returncode in (0, 1), "breakwater backups ended with %s: %s", done.returncode, done.stderr[-2000:])
    check(b"\x1b" not in done.stdout, "a control character is shown")


def ends(system, name):
    """(status, comment) of a restore."""
    wait_until(lambda: not restore.in_progress(system, name), SECONDS, "the end of the restore of " + name)
    status, comment = restore.history(system, name)[0][2:4]
    check(all(ord(character) >= 32 for character in comment), "COMMENT has a control character: %r", comment)
    return status, comment


def check_state(server, name, media, why):
    connection = server.connect("root@" + name)
    found = state_of(connection)
    connection.close()
    check(found in media.states(), "the tenant has what never was: %s (%s)", found, why)


def what_once_was(server, media, mutator, chance):
    """By the server that has the key."""
    system = server.connect("root@sys")
    restored = 0
    for number in range(media.tries):
        place = media.copy()
        done = [chance.choice([mutator.damage, mutator.forge_mark, mutator.forge_lines])(place) for _ in range(chance.randrange(1, 4))]
        name = "here%d" % number
        look(server, system, media.uris(place))
        restore.restore(system, name, media.uris(place))
        status, comment = ends(system, name)
        if status == "SUCCESS":
            restored += 1
            if "all accounts are locked" in comment:   # it was made to name a key that isn't here
                check(attempt_login(server, "root@" + name) in LOCKED, "%s: root may log in", done)
            else:
                check_state(server, name, media, "%s: %s" % (done, comment))
            restore.drop(system, name)
        query(system, "DROP RESOURCE POOL pool_%s" % name)
        remove(place)
    print("%d of %d changed media were restored to what once was" % (restored, media.tries), flush=True)


def remove(place):
    for path in files_below(place):
        if stat.S_ISFIFO(os.lstat(path).st_mode):
            os.remove(path)
    shutil.rmtree(place)


def without_a_key(server, media, mutator, chance):
    """By a server that has no key, which can't know what was so."""
    system = server.connect("root@sys")
    before, restored = resident_mib(server), 0
    for number in range(media.tries):
        place = media.copy()
        done = [chance.choice([mutator.forge_mark, mutator.forge_lines])(place) for _ in range(chance.randrange(1, 3))]
        name = "there%d" % number
        look(server, system, media.uris(place))
        restore.restore(system, name, media.uris(place))
        status, _ = ends(system, name)
        if status == "SUCCESS":
            restored += 1
            check(attempt_login(server, "root@" + name) in LOCKED, "%s: root may log in", done)
            restore.drop(system, name)
        for view in ("DBA_OB_TENANTS", "CDB_OB_RESTORE_HISTORY", "CDB_OB_RESTORE_PROGRESS"):
            query(system, "SELECT * FROM oceanbase." + view)
        query(system, "DROP RESOURCE POOL pool_%s" % name)
        remove(place)
        check(resident_mib(server) < before + MORE_MEMORY, "%s: the server has %d MiB, and had %d", done, resident_mib(server), before)
    print("%d of %d forged media were restored without a key, locked" % (restored, media.tries), flush=True)


def attempt_login(server, user):
    try:
        server.connect(user).close()
    except Exception as error:              # noqa: BLE001
        return error.args[0]
    return None


def while_it_is_read(server, media, mutator, chance):
    """Files are swapped for changed ones and back while a restore reads them."""
    system = server.connect("root@sys")
    for number in range(max(3, media.tries // 5)):
        place, other = media.copy(), media.copy()
        for _ in range(6):
            chance.choice([mutator.forge_mark, mutator.forge_lines])(other)
        stop = threading.Event()

        def swap(one=place, two=other, dice=random.Random(chance.random())):
            while not stop.is_set():
                path = dice.choice(mutator.files(one))
                twin = two + path[len(one):]
                try:
                    os.rename(path, path + ".was")
                    os.rename(twin, path)
                    os.rename(path + ".was", twin)
                except FileNotFoundError:
                    pass
                time.sleep(0.001)
        thread = threading.Thread(target=swap)
        thread.start()
        name = "moving%d" % number
        restore.restore(system, name, media.uris(place))
        status, comment = ends(system, name)
        stop.set()
        thread.join()
        if status == "SUCCESS":
            if "all accounts are locked" in comment:
                check(attempt_login(server, "root@" + name) in LOCKED, "root may log in: %s", comment)
            else:
                check_state(server, name, media, comment)
            restore.drop(system, name)
        query(system, "DROP RESOURCE POOL pool_%s" % name)
        remove(place)
        remove(other)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--tries", type=int, default=25)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print("seed", options.seed, flush=True)
    chance = random.Random(options.seed)
    settings = ["--set", "job_visible_time=0", "--set", "backup_dest_timeout=20s"]
    with tempfile.TemporaryDirectory(prefix="breakwater-hostile-media-") as base:
        mutator = Mutator(chance)
        with Server(options.server, os.path.join(base, "here"), settings) as server:
            media = Media(server, base, chance)
            media.tries = options.tries
            for case in (what_once_was, while_it_is_read):
                case(server, media, mutator, chance)
                print("ok", case.__name__, flush=True)
        with Server(options.server, os.path.join(base, "there"), settings) as server:
            without_a_key(server, media, mutator, chance)
            print("ok without_a_key", flush=True)


if __name__ == "__main__":
    main()
