"""Every operation of the object client (store_tool.cpp) on one store, with what it wrote read back by another client.

A peer is that other client: get(key), put(key, bytes), remove(key), tags(key), keys(), uploads().
"""

import json
import os
import subprocess

import s3

SECONDS = 60
DIRECTORY = "a dir/ünï+&%25"
NAME = "check_file/x y+&?%25~(腾讯云).obbak"
PART = 8 << 20


class Tool:
    def __init__(self, program, uri, ca=None, limit=SECONDS, env=None):
        self.process = subprocess.Popen([program], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.answer = self.ask("open", uri=uri, limit_ms=int(limit * 1000), **({"ca": ca} if ca else {}))

    def __enter__(self):
        assert self.answer["ok"], self.answer
        return self

    def __exit__(self, kind, value, trace):
        self.process.stdin.close()
        self.process.wait(SECONDS)
        self.process.stdout.close()

    def ask(self, op, **more):
        self.process.stdin.write(json.dumps({"op": op, **more}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("store_tool ended with %s at %s" % (self.process.wait(SECONDS), op))
        return json.loads(line)

    def peak(self):
        """The most bytes that were resident so far."""
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as file:
            return 1024 * int(next(line.split()[1] for line in file if line.startswith("VmHWM:")))

    def do(self, op, **more):
        """The value of what must succeed."""
        answer = self.ask(op, **more)
        if not answer["ok"]:
            raise AssertionError("%s %s: %s" % (op, more, answer))
        return answer["value"]

    def refused(self, code, op, **more):
        """The hint of what must fail with this error."""
        answer = self.ask(op, **more)
        if answer["ok"] or answer["code"] != code:
            raise AssertionError("%s %s: wanted %d, got %s" % (op, more, code, answer))
        return answer["hint"]


class S3Peer:
    def __init__(self, client, bucket):
        self.client, self.bucket = client, bucket

    def get(self, key):
        return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def put(self, key, content):
        self.client.put_object(Bucket=self.bucket, Key=key, Body=content)

    def tags(self, key):
        return s3.tags(self.client, self.bucket, key)

    def keys(self):
        return {row["Key"] for row in self.client.list_objects_v2(Bucket=self.bucket).get("Contents", [])}

    def remove(self, key):
        self.client.delete_object(Bucket=self.bucket, Key=key)

    def uploads(self):
        return [row["Key"] for row in self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])]


class EmulatorPeer:
    def __init__(self, emulator, bucket):
        self.emulator, self.bucket = emulator, bucket

    def get(self, key):
        return self.emulator.get(self.bucket, key)

    def put(self, key, content):
        self.emulator.put(self.bucket, key, content)

    def tags(self, key):
        return self.emulator.objects(self.bucket)[key]["tags"]

    def keys(self):
        return set(self.emulator.objects(self.bucket))

    def remove(self, key):
        self.emulator.remove(self.bucket, key)

    def uploads(self):
        return self.emulator.uploads(self.bucket)


class Operations:
    """`lacks`: what the store doesn't have: append, tags, create_only (refused), heed_create_only (ignored)."""

    def __init__(self, tool, peer, scratch, lacks=()):
        self.tool, self.peer, self.scratch, self.lacks = tool, peer, scratch, set(lacks)

    def file(self, content=b"", name="content"):
        path = os.path.join(self.scratch, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def fetched(self, name, **more):
        path = os.path.join(self.scratch, "fetched")
        assert self.tool.do("get", name=name, file=path, **more) is True
        with open(path, "rb") as file:
            return file.read()

    def run(self):
        assert all(step["ok"] for step in self.tool.do("connect"))
        self.writes_and_reads()
        self.creates_once()
        self.lists()
        self.tags()
        self.appends()
        self.uploads()
        self.removes()
        assert self.peer.keys() == set() and self.peer.uploads() == [], (self.peer.keys(), self.peer.uploads())

    def writes_and_reads(self):
        assert self.tool.do("head", name=NAME) is None
        assert self.tool.do("get", name=NAME, file=self.file()) is False
        for how, content in (("memory", b"0123456789"), ("stream", os.urandom(1 << 20)), ("memory", b"")):
            written = self.tool.do("put", name=NAME, file=self.file(content), how=how)
            assert written["result"] == "written", written
            assert self.peer.get(DIRECTORY + "/" + NAME) == content
            assert self.tool.do("head", name=NAME)["size"] == len(content)
            assert self.fetched(NAME) == content
        self.peer.put(DIRECTORY + "/" + NAME, b"0123456789")
        assert self.fetched(NAME, first=2, last=5) == b"2345"
        assert self.fetched(NAME, first=8, last=500) == b"89"
        self.tool.refused(1210, "get", name=NAME, file=self.file(), first=10, last=20)
        self.tool.do("remove_one", name=NAME)

    def creates_once(self):
        once = {"name": "format", "file": self.file(b"first"), "create_only": True}
        first = self.tool.do("put", **once)["result"]
        if "create_only" in self.lacks:
            assert first == "create_only_unsupported", first
            assert self.tool.do("head", name="format") is None
            return
        assert first == "written", first
        self.file(b"second")
        heeded = "heed_create_only" not in self.lacks
        assert self.tool.do("put", **once)["result"] == ("exists" if heeded else "written")
        assert self.fetched("format") == (b"first" if heeded else b"second")
        self.tool.do("remove_one", name="format")

    def lists(self):
        names = ["a/1", "a/2 +%", "b", "c/d/1", "é"]
        for name in names:
            self.tool.do("put", name=name, file=self.file(name.encode()))
        self.peer.put(DIRECTORY + "/", b"")
        self.peer.put(DIRECTORY + "x/beside", b"")
        whole = self.tool.do("list", max_keys=2)
        assert [row["name"] for row in whole["objects"]] == names, whole
        assert whole["pages"] >= 3, whole
        assert [row["size"] for row in whole["objects"]] == [len(name.encode()) for name in names], whole
        below = self.tool.do("list", prefix="a/")
        assert [row["name"] for row in below["objects"]] == ["a/1", "a/2 +%"], below
        assert self.tool.do("list", prefix="none/")["objects"] == []
        self.tool.do("remove", names=names + ["never there"])
        assert self.peer.keys() == {DIRECTORY + "/", DIRECTORY + "x/beside"}, self.peer.keys()

    def tags(self):
        self.tool.do("put", name=NAME, file=self.file(b"x"))
        if "tags" in self.lacks:
            self.tool.refused(1235, "put_tags", name=NAME, tags={"delete_mode": "tagging"})
        else:
            assert self.tool.do("get_tags", name=NAME) == {}
            for tags in ({"a": "b", "ä + &": "<ö>"}, {"delete_mode": "tagging"}):
                assert self.tool.do("put_tags", name=NAME, tags=tags) is True
                assert self.peer.tags(DIRECTORY + "/" + NAME) == tags
                assert self.tool.do("get_tags", name=NAME) == tags
            assert self.tool.do("put_tags", name="missing", tags={"a": "b"}) is False
            assert self.tool.do("get_tags", name="missing") is None
        self.tool.do("remove_one", name=NAME)

    def appends(self):
        add = {"name": "log", "file": self.file(b"abc")}
        if "append" in self.lacks:
            self.tool.refused(1235, "append", position=0, **add)
            return
        assert self.tool.do("append", position=0, **add) == 3
        assert self.tool.do("append", position=3, **add) == 6
        self.tool.refused(9083, "append", position=3, **add)
        assert self.peer.get(DIRECTORY + "/log") == b"abcabc"
        assert self.tool.do("head", name="log")["append_position"] == 6
        self.tool.do("remove_one", name="log")

    def uploads(self):
        content = os.urandom(2 * PART + 12345)
        assert self.tool.do("put", name="big", file=self.file(content), how="multipart")["result"] == "written"
        assert self.peer.get(DIRECTORY + "/big") == content
        assert self.fetched("big") == content
        self.tool.do("abort", name="given up", file=self.file(b"part"))
        assert self.peer.uploads() == [], self.peer.uploads()
        self.tool.do("abort_all", name=NAME)
        assert self.peer.uploads() == [], self.peer.uploads()
        self.tool.do("remove_one", name="big")

    def removes(self):
        assert self.tool.do("remove_one", name="never there") is None
        with_slash = [DIRECTORY + "/", DIRECTORY + "x/beside"]
        assert self.peer.keys() == set(with_slash)
        for key in with_slash:
            self.peer.remove(key)
