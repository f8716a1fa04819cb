#!/usr/bin/python3
"""One boot of power_loss.py, in the guest: starts the server on the disk as the power loss left it, looks for all that
was acknowledged, and sends statements until the power goes again."""

import argparse
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pymysql

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "faults"))
from crash import Archives, Keys, Sets, check_nobodys, local  # noqa: E402
from faults import (IGNORED, Failure, Faults, Server, ServerError, archive_rows, check, query, storage_rows, tree,  # noqa: E402
                    values)
from harness.format_file import Damaged  # noqa: E402
from power_model import DATA, DISK, STEPS, WORK, ToldTenant  # noqa: E402
from uml import report  # noqa: E402

PATHS_A_ROUND = 100_000
PLACES = {"catalogue": DATA + "/catalog.db", "destinations": WORK}


class TellingTenant(ToldTenant):
    """Tells the host each step: what is about to be sent, and what has been acknowledged."""


def telling(step):
    def method(self, *arguments):
        report(" ".join([str(self.id), step, *map(str, arguments)]))
        getattr(ToldTenant, step)(self, *arguments)
    return method


# A file that is empty or gone, a server that does not start or refuses what it should not. No mistake of the test itself.
LOSSES = (Failure, ServerError, Damaged, OSError, pymysql.err.MySQLError)

for each in STEPS:
    setattr(TellingTenant, each, telling(each))


def start_server(options):
    faults = environment = None
    if options.break_fsync:
        faults = Faults("/run/faults")
        faults.arm("sync", IGNORED, PLACES[options.break_fsync], every=True)
        environment = faults.environment(options.shim)
    return Server(options.server, DATA, env=environment, socket="/run/server.sock").start()


def prepare(server, tenants):
    """Also after a power loss in the middle of it."""
    admin = server.connect()
    for tenant in tenants:
        query(admin, "CREATE TENANT IF NOT EXISTS t%d" % tenant.id)
        query(admin, "ALTER SYSTEM SET tde_method = 'internal' TENANT = t%d" % tenant.id)
        query(server.connect("root@t%d" % tenant.id), "ALTER INSTANCE ROTATE INNODB MASTER KEY")
        tenant.has_rotated()
    report("prepared")


def check_all(server, tenants):
    """What was acknowledged is there; what was under way is wholly there or wholly absent."""
    connection = server.connect()
    rows, found, archives = storage_rows(connection), values(connection), archive_rows(connection)
    for tenant in tenants:
        tenant.check_value(found.get(tenant.id), rows)
        tenant.check_archive(archives.get(tenant.id), rows)
        tenant.check_ids(rows)
        tenant.check_rows(rows, tenant.destinations | tenant.archives | set(tenant.keys))
        pending = tenant.pending_set
        if pending and pending not in tenant.destinations and (tenant.id, pending) not in rows:
            check(tree(local(pending)) is None, "of %s this is left: %s", pending, tree(local(pending)))
    check_nobodys(WORK, rows)


def send_key_files(tenants, everything):
    """To the host, which can read them faster: those of the last boot, and the one under way."""
    for tenant in tenants:
        paths = set(tenant.keys if everything else tenant.recent_keys)
        if tenant.pending_key and os.path.exists(local(tenant.pending_key)):
            paths.add(tenant.pending_key)
        for path in sorted(paths):
            with open(local(path), "rb") as file:
                report("key_file %d %s %s" % (tenant.id, path, file.read().hex()))
        tenant.key_files_are_read()
    names = tree(WORK + "/key") or []
    known = {os.path.basename(path) for tenant in tenants for path in [*tenant.keys, tenant.pending_key or ""]}
    check(set(names) <= known, "left in the directory of the key files: %s", set(names) - known)


def settle(server, tenants):
    for tenant in tenants:
        tenant.settle(server)
    check_all(server, tenants)


def stream(server, tenants):
    """Until the power goes."""
    streams = [kind(server, tenant, random.Random()) for tenant in tenants for kind in (Sets, Archives, Keys)]
    report("streaming")
    for one in streams:
        one.start()
    for one in streams:
        one.join()
        if one.error is not None:
            raise one.error


def boot(options):
    with open(options.state, encoding="utf-8") as file:
        tenants = [TellingTenant.load(dumped) for dumped in json.load(file).values()]
    for tenant in tenants:
        tenant.count = options.round * PATHS_A_ROUND
    os.makedirs(DISK)
    subprocess.run(["mount", "-t", "ext4", "/dev/ubda", DISK], check=True)
    report("mounted")
    with start_server(options) as server:
        try:
            use(server, tenants, options)
        except BaseException:
            print(server.log())
            raise


def use(server, tenants, options):
    if not options.prepared:
        prepare(server, tenants)
    check_all(server, tenants)
    send_key_files(tenants, options.last)
    settle(server, tenants)
    if not options.last:
        stream(server, tenants)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--state", required=True)
    parser.add_argument("--round", type=int, required=True)
    parser.add_argument("--prepared", action="store_true")
    parser.add_argument("--last", action="store_true")
    parser.add_argument("--shim")
    parser.add_argument("--break-fsync", choices=PLACES)
    options = parser.parse_args()
    try:
        boot(options)
    except LOSSES as lost:
        report("lost %s: %s" % (type(lost).__name__, " ".join(str(lost).split())[:1000]))
        raise


if __name__ == "__main__":
    main()
