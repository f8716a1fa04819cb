#!/usr/bin/python3
"""The object client under faults: every operation on every kind of store, every request that it makes, every fault.
The right error comes within the deadline, what is stored is old or new but never a part, and all is well again once
the fault is gone.

    faults_test.py --server IGNORED --shim SHIM --tool STORE_TOOL
"""

import concurrent.futures
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import names  # noqa: E402
from emulated import SECRET, Emulator  # noqa: E402
from fault_table import FAULTS, ONCE, OTHER, SKEW_SECONDS, codes  # noqa: E402
from object_store import Tool  # noqa: E402

LIMIT = 1.0              # seconds that an operation may take
SLACK = 5                # and what a busy machine adds
ROOMY = 30               # for what must succeed
OLD, NEW = b"what was there", b"what is written now, and longer"
LARGE = 5 << 20
SHARES = 3               # of the operations, side by side: most of the time is spent waiting
STORES = {
    "oss": ("bucket", "oss://bucket/dir?host=http://oss-cn-hangzhou.aliyuncs.com:%d"),
    "cos": ("bucket-1250000000", "cos://bucket/dir?host=http://cos.ap-test.myqcloud.com:%d&appid=1250000000"),
    "s3": ("bucket", "s3://bucket/dir?host=http://s3.test:%d"),
}
KEYS = "&access_id=AKFULL&access_key=" + SECRET


class Case:
    """One operation: the command, what may be stored afterwards (None: nothing), what it answers when all is well."""

    def __init__(self, op, answer, after, name="there", large=False, **command):
        self.op, self.answer, self.after, self.name, self.large = op, answer, after, name, large
        self.command = command


CASES = [
    Case("head", lambda value: value["size"] == len(OLD), [OLD]),
    Case("get", lambda value: value is True, [OLD]),
    Case("list", lambda value: [row["name"] for row in value["objects"]] == ["there"], [OLD]),
    Case("put", lambda value: value["result"] == "written", [OLD, NEW]),
    # Its own object, whose answer was lost, may be told as one that exists: the caller reads it back.
    Case("put", lambda value: value["result"] in ("written", "exists"), [None, NEW], name="once", create_only=True),
    Case("put", lambda value: value["result"] == "written", [OLD, NEW], how="stream"),
    Case("put", lambda value: value["result"] == "written", [OLD, "large"], how="multipart", large=True),
    Case("append", lambda value: value == len(NEW), [None, NEW], name="log", position=0),
    Case("put_tags", lambda value: value is True, [OLD], tags={"delete_mode": "tagging"}),
    Case("get_tags", lambda value: value == {}, [OLD]),
    Case("remove_one", lambda value: value is None, [OLD, None]),
    Case("remove", lambda value: value is None, [OLD, None], names=["there", "never"]),
]


class Matrix:
    def __init__(self, scheme, emulator, program, scratch):
        self.scheme, self.emulator, self.scratch = scheme, emulator, scratch
        self.bucket, uri = STORES[scheme]
        emulator.bucket(scheme, self.bucket)
        self.uri = uri % emulator.http + KEYS
        self.program, self.count, self.failures = program, 0, []
        self.large = os.urandom(LARGE)
        for name, content in (("new", NEW), ("large", self.large)):
            with open(os.path.join(scratch, name), "wb") as file:
                file.write(content)

    def fresh(self):
        self.emulator.clear()
        self.emulator.wipe(self.bucket)
        self.emulator.put(self.bucket, "dir/there", OLD)
        self.emulator.forget()

    def ask(self, tool, case):
        command = dict(case.command)
        if case.op in ("put", "append"):
            command["file"] = os.path.join(self.scratch, "large" if case.large else "new")
        elif case.op == "get":
            command["file"] = os.path.join(self.scratch, "fetched")
        if "names" not in command and case.op != "list":
            command["name"] = case.name
        return tool.ask(case.op, **command)

    def stored(self, case):
        key = "dir/" + case.name
        return self.emulator.get(self.bucket, key) if key in self.emulator.objects(self.bucket) else None

    def allowed(self, case):
        return [self.large if one == "large" else one for one in case.after]

    def check_stored(self, case, what):
        found = self.stored(case)
        assert found in self.allowed(case), "%s: stored are %r..." % (what, found and found[:40])

    def good(self, tool, case, what):
        """It works, and has its whole effect."""
        answer = self.ask(tool, case)
        assert answer["ok"] and case.answer(answer["value"]), "%s: %s" % (what, answer)
        assert self.stored(case) == self.allowed(case)[-1], "%s: not what was written" % what
        if case.op == "get":
            with open(os.path.join(self.scratch, "fetched"), "rb") as file:
                assert file.read() == OLD, what
        if case.op == "put_tags":
            tags = self.emulator.objects(self.bucket)["dir/" + case.name]["tags"]
            assert tags == case.command["tags"], (what, tags)

    def run(self, cases):
        with Tool(self.program, self.uri, limit=LIMIT) as hasty, Tool(self.program, self.uri, limit=ROOMY) as roomy:
            for case in cases:
                if case.op == "append" and self.scheme == "s3":
                    continue
                self.fresh()
                self.good(roomy, case, "without a fault")
                requests = list(dict.fromkeys(row["operation"] for row in self.emulator.log()))
                for request in requests:
                    self.lasting(hasty, roomy, case, request)
                    self.passing(roomy, case, request)
        return self.count, self.failures

    def tried(self, what, check, *arguments):
        """Counts; a failure is kept, so that one run tells them all."""
        self.count += 1
        self.fresh()
        try:
            check(what, *arguments)
        except AssertionError as failure:
            self.failures.append("%s: %s" % (what, failure))

    def lasting(self, hasty, roomy, case, request):
        for name, (fault, allowed) in FAULTS.items():
            # A HEAD that fails has no body: the client asks again with a GET, and meets the same.
            meant = "HeadObject|GetObject" if request == "HeadObject" else request
            what = "%s %s, %s: %s" % (self.scheme, case.op, request, name)
            self.tried(what, self.one_lasting, hasty, roomy, case, {"op": meant, **fault}, codes(allowed, self.scheme))

    def one_lasting(self, what, hasty, roomy, case, fault, allowed):
        self.emulator.arm(fault)
        done = fault["kind"] == "truncate" or fault.get("stage") in ("done", "response")
        begun = time.monotonic()
        answer = self.ask(hasty, case)
        spent = time.monotonic() - begun
        assert SECRET not in str(answer), answer
        if answer["ok"]:    # the work was done, the answer was lost, and the client has looked
            assert done and case.answer(answer["value"]), answer
            assert self.stored(case) == self.allowed(case)[-1], "told as done"
        else:
            assert answer["code"] in allowed and answer["hint"], (allowed, answer)
        assert spent < LIMIT + SLACK, "took %.1f s" % spent
        self.emulator.clear()
        self.check_stored(case, what)
        self.fresh()
        self.good(roomy, case, "once it is gone")

    def passing(self, roomy, case, request):
        for name, fault in dict(ONCE, clock={"kind": "clock", "seconds": SKEW_SECONDS}).items():
            what = "%s %s, %s: %s" % (self.scheme, case.op, request, name)
            self.tried(what, self.one_passing, roomy, case, {"op": request, **fault})
        if request in ("PutObject", "UploadPart"):
            what = "%s %s, %s: another ETag" % (self.scheme, case.op, request)
            self.tried(what, self.other_etag, roomy, case, request)

    def one_passing(self, _, roomy, case, fault):
        self.emulator.arm(fault)
        if fault["op"] == "CompleteMultipartUpload" and fault["kind"] in ("status", "reset"):
            self.sent_once(roomy, case)
        else:
            self.good(roomy, case, "with it")
        assert self.emulator.faults()[0]["hits"], "it was not met"

    def sent_once(self, roomy, case):
        """Completing an upload is never repeated: it may fail, but tells the truth."""
        answer = self.ask(roomy, case)
        assert self.stored(case) == (self.allowed(case)[-1] if answer["ok"] else OLD), answer
        assert self.emulator.uploads(self.bucket) == [], "an upload is left behind"

    def other_etag(self, _, roomy, case, request):
        self.emulator.arm({"op": request, "kind": "etag"})
        answer = self.ask(roomy, case)
        if request == "PutObject":      # what is read back decides
            assert answer["ok"] and self.stored(case) == self.allowed(case)[-1], answer
        else:                           # the store knows the part by another name than it said
            assert not answer["ok"] and answer["code"] == OTHER[self.scheme], answer
            assert self.stored(case) == OLD, "the old object is gone"


def main():
    options = names.arguments()

    def one(scheme, cases):
        with tempfile.TemporaryDirectory(prefix="breakwater-faults-") as scratch, Emulator() as emulator:
            return Matrix(scheme, emulator, options.tool, scratch).run(cases)

    begun = time.monotonic()
    shares = [(scheme, CASES[part::SHARES]) for scheme in STORES for part in range(SHARES)]
    with concurrent.futures.ThreadPoolExecutor(len(shares)) as pool:
        results = list(pool.map(one, *zip(*shares)))
    failures = [failure for _, some in results for failure in some]
    print("\n".join(failures))
    count = sum(count for count, _ in results)
    print("%d faults in %.0f s, %d failed" % (count, time.monotonic() - begun, len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
