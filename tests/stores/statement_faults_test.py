#!/usr/bin/python3
"""SET DATA_BACKUP_DEST, BACKUP KEY and CHECK under faults: every request that they make, every fault, from that request on or
in that one alone. The right error comes within the deadline, what the views and the store show is as it was or
complete, no probe stays, and the same statement succeeds once the fault is gone; after a CHECK a SET of its place.

    statement_faults_test.py --server PROGRAM --shim SHIM [--share N [--first N]] [--only REGEX]

On S3 a SET and BACKUP KEY get every fault at every request, other statements and stores a sample of them.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import glob
import os
import queue
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulated import SECRET, Emulator  # noqa: E402
from fault_table import AT_ONE, FAULTS, IN_STATEMENTS, NOT_CONNECT, ONCE, codes  # noqa: E402
from harness import format_file  # noqa: E402
from harness.server import ServerError, attempt, query, wait_until  # noqa: E402
from statements import Store, hints, new_server, set_to  # noqa: E402

HASTY, ROOMY = 2, 60     # seconds that a statement may wait for storage, on either server
LONGEST = 30             # seconds that one takes on the roomy server
SLACK = 10               # what a busy machine adds
SETTLED_SECONDS = 60
ATTEMPTS = 10
WORKERS = {HASTY: 8, ROOMY: 8}     # side by side: most of the time is spent waiting
CHECK_FILE = re.compile(r"check_file/\d+_connect_file_\d{8}T\d{6}\.obbak$")

Case = collections.namedtuple("Case", "number provider kind request fault mode")


class Kind:
    """A statement, what it needs to be there before, and of how many cases one is tried on S3."""

    def __init__(self, name, key=False, again=False, check=False, extra="", part=1):
        self.name, self.key, self.again, self.check, self.extra, self.part = name, key, again, check, extra, part

    def sql(self, uri):
        if self.check:
            return "ALTER SYSTEM CHECK BACKUP DESTINATION '%s'" % uri
        return "ALTER SYSTEM BACKUP KEY TO '%s'" % uri if self.key else set_to(uri)


KINDS = {kind.name: kind for kind in (
    Kind("SET"), Kind("SET with tagging", extra="&delete_mode=tagging", part=11), Kind("SET again", again=True, part=11),
    Kind("BACKUP KEY", key=True), Kind("BACKUP KEY again", key=True, again=True), Kind("CHECK", check=True, part=3),
    Kind("CHECK with tagging", check=True, extra="&delete_mode=tagging", part=11))}
PARTS = {"s3": 1, "oss": 23, "cos": 23}


class Worker:
    """One tenant and an emulator of its own, so that a fault meets one statement."""

    def __init__(self, server, tenant, emulator, limit):
        self.server, self.emulator, self.limit = server, emulator, limit
        self.connection = server.connect("root@" + tenant)
        self.id = query(server.connect("root@sys"), "SELECT TENANT_ID FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = '%s'"
                        % tenant)[0][0]
        self.stores = {provider: Store(emulator, provider) for provider in PARTS}
        catalogue, = glob.glob(os.path.join(server.data_dir, "*.db"))
        self.catalogue = sqlite3.connect("file:%s?mode=ro" % catalogue, uri=True, check_same_thread=False)

    # ---- what is there

    def objects(self, case):
        """{name: MD5} below the case's path; a key's own name is ''. What is tagged as deleted isn't there."""
        found, base = self.emulator.objects(self.stores[case.provider].bucket), path_of(case)
        return {key[len(base) + 1:]: row["md5"] for key, row in found.items()
                if key.startswith(base) and row["tags"] != {"delete_mode": "tagging"}}

    def catalogued(self, case):
        """What the views show: the setting, and the rows of this path."""
        return (query(self.connection, "SELECT * FROM oceanbase.DBA_OB_BACKUP_PARAMETER"),
                query(self.connection, "SELECT * FROM oceanbase.DBA_OB_BACKUP_STORAGE_INFO WHERE PATH LIKE '%s://%%/%s'"
                      % (case.provider, path_of(case))))

    def intents(self):
        return self.catalogue.execute("SELECT COUNT(*) FROM intent WHERE tenant_id = ?", [self.id]).fetchone()[0]

    def settled(self):
        wait_until(lambda: self.intents() == 0, SETTLED_SECONDS, "every intent is settled")

    def story(self):
        """What was asked of the store."""
        for row in self.emulator.log():
            yield "%s %s %s %s" % (row["operation"], re.sub(r"_\d{8}T.*", "", row["key"]), row["status"], row["faults"])

    # ---- one case

    def uri(self, case):
        return self.stores[case.provider].uri(path_of(case), extra=KINDS[case.kind].extra)

    def run(self, case):
        for number in range(ATTEMPTS):
            if self.met(case._replace(number="%s-%d" % (case.number, number))):
                return
        raise AssertionError("the fault was not met")

    def met(self, case):
        """Whether the statement came so far. Where it has little time, it may not."""
        self.emulator.clear()
        self.emulator.wipe(self.stores[case.provider].bucket)
        kind, sql = KINDS[case.kind], KINDS[case.kind].sql(self.uri(case))
        if kind.again:
            self.succeed(case, sql)
        self.emulator.forget()
        before = self.catalogued(case), self.objects(case)
        fault = dict(case.fault[1], skip=case.request, **({"times": 1} if case.mode == "alone" else {}))
        self.emulator.arm(fault)
        begun = time.monotonic()
        code, text = attempt(self.connection, sql)
        spent = time.monotonic() - begun
        shown = hints(self.connection)
        failed = [row for row in text if row[1] != "YES"] if kind.check and code is None else []
        assert all(row[4] for row in failed), "a row that failed has no hint: %s" % failed
        hits = self.emulator.faults()[0]["hits"]
        assert SECRET not in "%s %s" % (text, shown), "the key is shown"
        if not hits and self.limit == HASTY and code == NOT_CONNECT:
            return False
        assert hits, "the fault was not met"
        assert spent < min(self.limit, LONGEST) + SLACK, "took %.1f s" % spent
        allowed = codes(case.fault[2], case.provider) + ([None] if kind.check else [])     # or a row says it
        met = [row["operation"] for row in self.emulator.log() if row["faults"]]
        if met[0] == "CompleteMultipartUpload" and case.fault[0] in ONCE:    # never sent twice
            allowed = allowed + codes([NOT_CONNECT, "other"], case.provider)
        assert code in allowed, "answered %s %s (%s), wanted %s" % (code, text, shown, allowed)
        self.emulator.clear()
        if kind.check:
            self.check_not_spoiled(case, before)
        elif code is None:
            self.check_complete(case)
        else:
            assert shown, "no hint"
            self.check_refused(case, before)
        self.succeed(case, sql)
        return True

    def check_not_spoiled(self, case, before):
        """Whatever a CHECK could not clean up: it is gone soon, and the place may be set at once."""
        after = self.catalogued(case)
        assert after == before[0], "a CHECK, but the catalogue went from %s to %s" % (before[0], after)
        if case.mode == "alone":
            self.settled()
            assert self.objects(case) == before[1], "left behind: %s" % self.objects(case)
            self.check_uploads(case)
        setting = next(name for name, kind in KINDS.items() if not (kind.check or kind.key or kind.again)
                       and kind.extra == KINDS[case.kind].extra)
        self.succeed(case._replace(kind=setting), KINDS[setting].sql(self.uri(case)))

    def check_refused(self, case, before):
        if case.mode == "alone":    # what was begun is taken back at once, or soon
            self.settled()
        after = self.catalogued(case)
        if after != before[0]:
            # A key that was written all the same may be entered.
            assert KINDS[case.kind].key, "refused, but the catalogue went from %s to %s" % (before[0], after)
            self.check_complete(case)
        elif case.mode == "alone":
            found = self.objects(case)
            assert found == before[1], "refused, but %s became %s" % (before[1], found)
            self.check_uploads(case)

    def check_complete(self, case):
        """What is acknowledged is there."""
        parameters, rows = self.catalogued(case)
        found = self.objects(case)
        assert len(rows) == 1, "rows: %s" % (rows,)
        if KINDS[case.kind].key:
            assert set(found) == {""}, "the key is missing: %s" % found
            return
        assert "/%s?" % path_of(case) in str(parameters), "the setting is %s" % (parameters,)
        assert any(name in str(rows) for name in map(os.path.basename, filter(CHECK_FILE.match, found))), (rows, found)
        bucket = self.stores[case.provider].bucket
        fields = format_file.decode(self.emulator.get(bucket, path_of(case) + "/format"))[1]
        assert fields["tenant_id"] == self.id, fields

    def check_uploads(self, case):
        uploads = self.emulator.uploads(self.stores[case.provider].bucket)
        assert not uploads, "uploads left behind: %s" % uploads

    def succeed(self, case, sql):
        """The statement works, and nothing but what it is for is there afterwards."""
        answer = attempt(self.connection, sql)
        end = time.monotonic() + SETTLED_SECONDS
        while self.limit == HASTY and answer[0] == NOT_CONNECT and time.monotonic() < end:
            answer = attempt(self.connection, sql)    # too slow a machine for so short a deadline
        assert answer[0] is None, "without the fault: %s (%s)" % (answer, hints(self.connection))
        self.settled()
        if KINDS[case.kind].check:
            assert all(row[1] == "YES" for row in answer[1]), "without the fault: %s" % (answer[1],)
            assert set(self.objects(case)) - {"format"} <= set(filter(CHECK_FILE.match, self.objects(case))), "left behind: %s" \
                % self.objects(case)
            return
        self.check_complete(case)
        found = self.objects(case)
        if KINDS[case.kind].key:
            self.check_key(case)
        else:
            assert len(found) == 2 and "format" in found, "left behind: %s" % found
        self.check_uploads(case)

    def check_key(self, case):
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.emulator.get(self.stores[case.provider].bucket, path_of(case)))
            file.flush()
            done = subprocess.run([self.server.binary, "key", "verify", file.name], capture_output=True, text=True)
        assert done.returncode == 0 and "(%d)" % self.id in done.stdout, done

    def requests(self, provider, kind):
        """How many a statement makes when all is well."""
        case = Case("-%s" % kind.replace(" ", "_"), provider, kind, 0, None, None)
        if KINDS[kind].again:
            self.succeed(case, KINDS[kind].sql(self.uri(case)))
        self.emulator.forget()
        self.succeed(case, KINDS[kind].sql(self.uri(case)))
        count = len(self.emulator.log())
        self.emulator.wipe(self.stores[provider].bucket)
        return count


def path_of(case):
    return "c%s" % case.number


def faults():
    """(name, the fault, the codes that are right, mode)"""
    for name, (fault, allowed) in FAULTS.items():
        yield name, fault, allowed + [None], "lasting"
    for name, (fault, allowed) in {**FAULTS, **AT_ONE}.items():
        if name not in ONCE and fault["kind"] != "refuse":    # the ports stay closed
            yield name, fault, allowed + [None], "alone"
    for name, fault in ONCE.items():
        yield name, fault, [None], "alone"
    for name, (fault, allowed) in IN_STATEMENTS.items():
        yield name, fault, allowed, "lasting"


def cases_of(worker):
    cases = []
    for provider, part in PARTS.items():
        for kind in KINDS.values():
            count = worker.requests(provider, kind.name)
            every = [(request, fault) for request in range(count) for fault in faults()]
            step = max(part, kind.part)
            for request, (*fault, mode) in every[::step]:
                cases.append(Case(len(cases) + 1, provider, kind.name, request, fault, mode))
    return cases


def described(case):
    return "%s on %s, request %d, %s (%s)" % (case.kind, case.provider, case.request, case.fault[0], case.mode)


def work(worker, todo, failures, done):
    while True:
        try:
            case = todo.get_nowait()
        except queue.Empty:
            return
        try:
            worker.run(case)
        except (AssertionError, ServerError) as failure:
            failures.append("%s: %s\n    %s" % (described(case), failure, "\n    ".join(worker.story())))
        done.append(case)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--share", type=int, default=1, help="of so many cases one is tried")
    parser.add_argument("--only", default="", help="a regular expression on a case's description")
    parser.add_argument("--first", type=int, help="which of the share's cases is the first (drawn)")
    options = parser.parse_args()
    first = options.first if options.first is not None else random.SystemRandom().randrange(options.share)
    print("from case", first, flush=True)
    begun, failures, done, workers = time.monotonic(), [], [], []
    todo = {limit: queue.Queue() for limit in WORKERS}
    with contextlib.ExitStack() as stack:
        base = stack.enter_context(tempfile.TemporaryDirectory(prefix="breakwater-faults-"))
        for limit, count in WORKERS.items():
            tenants = ["t%d" % number for number in range(count)]
            settings = ["--set", "backup_dest_timeout=%ds" % limit]
            server = stack.enter_context(new_server(options, base, "data%d" % limit, tenants, settings))
            workers += [Worker(server, tenant, stack.enter_context(Emulator()), limit) for tenant in tenants]
        for case in cases_of(workers[-1])[first::options.share]:
            if re.search(options.only, described(case)):
                todo[HASTY if case.fault[1]["kind"] == "stall" else ROOMY].put(case)
        total = sum(cases.qsize() for cases in todo.values())
        with concurrent.futures.ThreadPoolExecutor(len(workers)) as pool:
            for result in [pool.submit(work, worker, todo[worker.limit], failures, done) for worker in workers]:
                result.result()
        if any(SECRET in worker.server.log() for worker in workers):
            failures.append("the key is in the log")
    print("\n".join(failures))
    print("%d of %d faults in %.0f s, %d failed" % (len(done), total, time.monotonic() - begun, len(failures)))
    return 1 if failures or not total else 0


if __name__ == "__main__":
    sys.exit(main())
