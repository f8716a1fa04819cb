#!/usr/bin/python3
"""kill -9 at random moments of a stream of SETs, of data and archive destinations, and BACKUP KEYs from several connections.

    crash.py --server PROGRAM [--rounds N] [--seed S]

After each restart: what was acknowledged is there; the statement that was under way is wholly there or wholly
absent, and succeeds when it is sent again; no format file belongs to nobody; no dest_id is given twice.
"""

import argparse
import os
import random
import tempfile
import threading
import time

import pymysql
from faults import Server, archive_rows, check, query, read_format, storage_rows, values

TENANTS = [1002, 1004, 1006]
LONGEST_STREAM = 0.12     # seconds from the streams' start to the kill
VERIFY_EVERY = 50         # rounds between checks of everything that was ever acknowledged


class Stream(threading.Thread):
    """Sends statements one after the other until the connection breaks. `pending` was sent and never answered."""

    def __init__(self, server, tenant, random_source):
        super().__init__(daemon=True)
        self.connection = server.connect("root@t%d" % tenant.id)
        self.tenant, self.random = tenant, random_source
        self.error = None

    def run(self):
        try:
            while True:
                self.step()
        except (pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError) as error:
            if error.args and error.args[0] not in (0, 2006, 2013):
                self.error = error          # the server's own answer, not a broken connection
        except Exception as error:          # noqa: BLE001 - told by the main thread
            self.error = error

    def send(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)


class Sets(Stream):
    def step(self):
        tenant = self.tenant
        path = self.choose()
        tenant.begin_set(path)
        self.send("ALTER SYSTEM SET DATA_BACKUP_DEST = '%s'" % path)
        tenant.has_set(path)

    def choose(self):
        kind = self.random.random()
        if kind < 0.7 or not self.tenant.destinations:
            return self.tenant.fresh("dest")
        if kind < 0.8:
            return ""
        if kind < 0.9 and self.tenant.value:
            return self.tenant.value
        return self.random.choice(sorted(self.tenant.destinations))


class Archives(Stream):
    def step(self):
        tenant = self.tenant
        path, binding = self.choose(), self.random.choice(["OPTIONAL", "MANDATORY"])
        tenant.begin_archive(path, binding)
        self.send(set_archive(path, binding))
        tenant.has_archive(path, binding)

    def choose(self):
        kind = self.random.random()
        if kind < 0.7 or not self.tenant.archives:
            return self.tenant.fresh("archive")
        return "" if kind < 0.8 else self.random.choice(sorted(self.tenant.archives))


def set_archive(path, binding):
    value = "LOCATION=%s BINDING=%s" % (path, binding) if path else ""
    return "ALTER SYSTEM SET LOG_ARCHIVE_DEST = '%s'" % value


class Keys(Stream):
    def step(self):
        tenant = self.tenant
        if self.random.random() < 0.2:
            self.send("ALTER INSTANCE ROTATE INNODB MASTER KEY")
            tenant.has_rotated()
        path = tenant.fresh("key") if self.random.random() < 0.6 or not tenant.keys \
            else self.random.choice(sorted(tenant.keys))
        tenant.begin_key(path)
        self.send("ALTER SYSTEM BACKUP KEY TO '%s'" % path)
        tenant.has_key(path)


class Tenant:
    """What was acknowledged to one tenant's clients."""

    def __init__(self, number, work):
        self.id, self.work = number, work
        self.value = None
        self.destinations, self.keys = set(), {}        # each key backup, and how many keys it has at least
        self.archive = None         # path and binding; None: cleared or never set
        self.archives = set()
        self.versions = 0
        self.pending_set = self.pending_key = self.pending_archive = None
        self.count = 0
        self.dest_ids = {}          # dest_id -> path, for ever

    def fresh(self, kind):
        self.count += 1
        return "file://%s/%s/%d_%d" % (self.work, kind, self.id, self.count)

    def begin_set(self, path):
        self.pending_set = path

    def has_set(self, path):
        self.value = path
        if path:
            self.destinations.add(path)
        self.pending_set = None

    def begin_archive(self, path, binding):
        self.pending_archive = (path, binding)

    def has_archive(self, path, binding):
        self.archive = (path, binding) if path else None
        if path:
            self.archives.add(path)
        self.pending_archive = None

    def begin_key(self, path):
        self.pending_key = path

    def has_key(self, path):
        self.keys[path] = self.versions
        self.pending_key = None

    def has_rotated(self):
        self.versions += 1

    def has_id(self, dest_id, path):
        self.dest_ids[int(dest_id)] = path

    def check_value(self, found, rows):
        allowed = [self.value] if self.pending_set is None else [self.value, self.pending_set]
        check(found in allowed, "tenant %d: the value is %r, acknowledged was %r, under way %r", self.id, found,
              self.value, self.pending_set)
        if self.pending_set is not None and found == self.pending_set:
            self.value = found
        elif self.pending_set and self.pending_set not in self.destinations:
            check((self.id, self.pending_set) not in rows, "tenant %d: %s is half there", self.id, self.pending_set)

    def check_archive(self, found, rows):
        """All rows of the setting belong together: the acknowledged ones or those under way."""
        shown = (found["path"], found["binding"]) if found else None
        pending = self.pending_archive and (self.pending_archive if self.pending_archive[0] else None)
        allowed = [self.archive] if self.pending_archive is None else [self.archive, pending]
        check(shown in allowed, "tenant %d: the archive is %r, acknowledged was %r, under way %r", self.id, found,
              self.archive, self.pending_archive)
        if found:
            check(set(found) == {"binding", "dest_id", "path", "piece_switch_interval", "state"},
                  "tenant %d: the archive's rows are %r", self.id, found)
            check(int(found["dest_id"]) == rows[(self.id, found["path"])][0], "tenant %d: %r, but the row says %r",
                  self.id, found, rows[(self.id, found["path"])])
        if pending and pending != shown and pending[0] not in self.archives:
            check((self.id, pending[0]) not in rows, "tenant %d: %s is half there", self.id, pending[0])

    def check_rows(self, rows, paths):
        for path in paths:
            row = rows.get((self.id, path))
            check(row is not None, "tenant %d: %s was acknowledged and is gone", self.id, path)
            if "/dest/" in path:
                check_format(self.id, path, row, 0, "backup_data")
            elif "/archive/" in path:
                check_format(self.id, path, row, 1, "archive_log")
            else:
                check(os.path.getsize(local(path)) > 0, "the key file %s is empty", path)

    def check_ids(self, rows):
        for (tenant, path), (dest_id, _) in rows.items():
            if tenant == self.id:
                if dest_id not in self.dest_ids:
                    self.has_id(dest_id, path)
                known = self.dest_ids[dest_id]
                check(known == path, "tenant %d: dest_id %d stands for %s and %s", self.id, dest_id, known, path)

    def settle(self, server):
        """The statements that were under way succeed when they are sent again."""
        connection = server.connect("root@t%d" % self.id)
        archive = self.pending_archive and self.pending_archive[0]
        touched = [path for path in (self.pending_set, self.pending_key, archive) if path]
        if self.pending_set is not None:
            query(connection, "ALTER SYSTEM SET DATA_BACKUP_DEST = '%s'" % self.pending_set)
            self.has_set(self.pending_set)
        if self.pending_archive is not None:
            query(connection, set_archive(*self.pending_archive))
            self.has_archive(*self.pending_archive)
        if self.pending_key is not None:
            query(connection, "ALTER SYSTEM BACKUP KEY TO '%s'" % self.pending_key)
            self.has_key(self.pending_key)
        connection.close()
        return touched


def local(path):
    return path[len("file://"):]


def check_format(tenant, path, row, number, name):
    fields = read_format(local(path))
    check(fields is not None, "%s is acknowledged and has no format file", path)
    wanted = {"path": path, "cluster_id": 1, "tenant_id": tenant, "incarnation": 1, "dest_id": row[0],
              "dest_type": number}
    check({name: fields[name] for name in wanted} == wanted, "the format file of %s says %s", path, fields)
    check(row[1] == name, "the row of %s says %s", path, row[1])
    names = set(os.listdir(local(path)))
    check(names == {"format", "check_file"}, "%s holds %s", path, names)


def check_nobodys(work, rows):
    """Each directory that was ever made for a destination belongs to somebody, or holds no format file."""
    owners = {local(path): (tenant, path) for tenant, path in rows}
    for top in (os.path.join(work, "dest"), os.path.join(work, "archive")):
        for name in os.listdir(top) if os.path.isdir(top) else []:
            directory = os.path.join(top, name)
            if directory not in owners:
                check(read_format(directory) is None, "the format file in %s belongs to nobody", directory)


class Chaos:
    def __init__(self, server, work, seed):
        self.server, self.work = server, work
        self.random = random.Random(seed)
        self.tenants = [Tenant(number, work) for number in TENANTS]
        self.acknowledged = 0

    def prepare(self):
        connection = self.server.connect("root@sys")
        for tenant in self.tenants:
            query(connection, "CREATE TENANT t%d" % tenant.id)
            query(connection, "ALTER SYSTEM SET tde_method = 'internal' TENANT = t%d" % tenant.id)
            own = self.server.connect("root@t%d" % tenant.id)
            query(own, "ALTER INSTANCE ROTATE INNODB MASTER KEY")
            tenant.has_rotated()
            own.close()
        connection.close()

    def round(self, number, last):
        streams = [kind(self.server, tenant, random.Random(self.random.random()))
                   for tenant in self.tenants for kind in (Sets, Archives, Keys)]
        before = sum(tenant.count for tenant in self.tenants)
        for stream in streams:
            stream.start()
        time.sleep(self.random.uniform(0, LONGEST_STREAM))
        self.server.kill()
        for stream in streams:
            stream.join(60)
            check(not stream.is_alive(), "a client still waits for a server that was killed")
            if stream.error is not None:
                raise stream.error
        self.acknowledged += sum(tenant.count for tenant in self.tenants) - before
        self.restart()
        self.check(everything=last or number % VERIFY_EVERY == 0)

    def restart(self):
        """Sometimes the start itself is killed, while it may be settling what was under way."""
        while self.random.random() < 0.15:
            self.server.launch()
            time.sleep(self.random.uniform(0, 0.05))
            self.server.kill()
        self.server.start()

    def check(self, everything):
        connection = self.server.connect("root@sys")
        found, rows, archives = values(connection), storage_rows(connection), archive_rows(connection)
        for tenant in self.tenants:
            tenant.check_value(found.get(tenant.id), rows)
            tenant.check_archive(archives.get(tenant.id), rows)
            tenant.check_ids(rows)
            if everything:
                tenant.check_rows(rows, tenant.destinations | tenant.archives | set(tenant.keys))
            else:
                now = [tenant.value, tenant.archive and tenant.archive[0]]
                tenant.check_rows(rows, [path for path in now if path])
        touched = {tenant: tenant.settle(self.server) for tenant in self.tenants}
        rows = storage_rows(connection)
        for tenant, paths in touched.items():
            tenant.check_rows(rows, paths)
            tenant.check_ids(rows)
        check_nobodys(self.work, rows)
        connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print("seed", seed, flush=True)
    with tempfile.TemporaryDirectory(prefix="breakwater-crash-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        with Server(options.server, os.path.join(base, "data"), ["--set", "max_destinations=100000"]) as server:
            chaos = Chaos(server, work, seed)
            chaos.prepare()
            for number in range(1, options.rounds + 1):
                try:
                    chaos.round(number, number == options.rounds)
                except BaseException:
                    print("round %d, seed %d\n%s" % (number, seed, "".join(server.lines[-60:])))
                    raise
    print("%d rounds, %d statements sent" % (options.rounds, chaos.acknowledged))


if __name__ == "__main__":
    main()
