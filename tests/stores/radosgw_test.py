#!/usr/bin/python3
"""Destinations on a real S3 store (radosgw).

    radosgw_test.py --server PROGRAM --shim SHIM --tool STORE_TOOL
"""

import filecmp
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import names  # noqa: E402
import radosgw  # noqa: E402
import s3  # noqa: E402
from botocore.exceptions import ConnectionError as Unreachable, HTTPClientError, ReadTimeoutError  # noqa: E402
from backups import Backups  # noqa: E402
from certificates import Certificates  # noqa: E402
from harness.server import attempt, wait_until  # noqa: E402
from object_store import DIRECTORY, Operations, S3Peer, Tool  # noqa: E402
from statements import new_server, set_to  # noqa: E402

BUCKET = "backups"
OPERATIONS = "operations"     # where every user may do what the user itself may
SHORT_SECONDS = 2
S3CMD_SECONDS = 120
SET_SECONDS = 10
HANG_SECONDS = 60
MIB = 1 << 20
LARGE, MOST_MEMORY = 192 * MIB, {"stream": 32 * MIB, "multipart": 64 * MIB}
LARGE_SECONDS = 300
SLACK_SECONDS = 5        # and what a busy machine adds


class Stores:
    """The store as each user sees it, over each way to it: for boto3, and as a URI."""

    def __init__(self, store, certificates):
        self.store, self.ca = store, certificates.ca

    def client(self, user="owner", scheme="http", style="path", **more):
        user = radosgw.USERS[user]
        return s3.client(self.endpoint(scheme), user.access_key, user.secret, self.ca, style, **more)

    def endpoint(self, scheme):
        return "%s://%s:%d" % (scheme, radosgw.NAME, self.store.https if scheme == "https" else self.store.http)

    def uri(self, bucket, directory, user="owner", scheme="http", style="path"):
        model = {"path": "path_style", "virtual": "virtual_hosted_style"}[style]
        user = radosgw.USERS[user]
        return "s3://%s/%s?host=%s&addressing_model=%s&access_id=%s&access_key=%s" % (
            bucket, directory, self.endpoint(scheme), model, user.access_key, user.secret)

    def pause(self):
        """A pause is a new map of the cluster, which the gateway still has to hear of."""
        self.store.pause()
        hasty = self.client(seconds=SHORT_SECONDS)
        wait_until(lambda: not answers(hasty, Bucket=BUCKET, Key="k2", Body=b"x"), HANG_SECONDS, "the store hangs")


def answers(client, **put):
    try:
        client.put_object(**put)
        return True
    except (ReadTimeoutError, HTTPClientError):
        return False


def as_documented(store, stores):
    """The store does what these tests take it for."""
    store.check_loopback()
    for bucket in (BUCKET, OPERATIONS):
        stores.client().create_bucket(Bucket=bucket)
    stores.client().put_bucket_acl(Bucket=OPERATIONS, ACL="public-read-write")
    for scheme in ("http", "https"):
        for style in ("path", "virtual"):
            client = stores.client(scheme=scheme, style=style)
            client.put_object(Bucket=BUCKET, Key="k", Body=b"x")
            assert s3.objects(client, BUCKET) == {"k": b"x"}
    put = {"Bucket": BUCKET, "Key": "k2", "Body": b"x"}
    suspended = stores.client("suspended")
    assert s3.refusal(suspended.list_buckets) == (403, "UserSuspended")
    assert s3.refusal(stores.client("reader").create_bucket, Bucket="readers") == (403, "AccessDenied")
    full = stores.client("full")
    full.create_bucket(Bucket="full-bucket")
    assert s3.refusal(full.put_object, Bucket="full-bucket", Key="k", Body=b"x") == (403, "QuotaExceeded")
    hasty = stores.client(seconds=SHORT_SECONDS)
    for hang, heal in ((stores.pause, store.unpause), (store.stop_answering, store.go_on)):
        hang()
        assert not answers(hasty, **put)
        heal()
        stores.client().put_object(**put)
    store.kill_gateway()
    try:
        hasty.put_object(**put)
        raise AssertionError("a store that is dead has answered")
    except (Unreachable, HTTPClientError):
        pass
    store.start_gateway()
    assert set(s3.objects(stores.client(), BUCKET)) == {"k", "k2"}


def operations(program, stores, scratch):
    for scheme in ("http", "https"):
        for style in ("path", "virtual"):
            with Tool(program, stores.uri(OPERATIONS, DIRECTORY, scheme=scheme, style=style), stores.ca) as tool:
                Operations(tool, S3Peer(stores.client(), OPERATIONS), scratch, ["append"]).run()


def refusals(program, store, stores):
    with Tool(program, stores.uri(OPERATIONS, "dir", "reader")) as tool:
        assert tool.do("list")["objects"] == []
    for user, bucket, words in (("reader", OPERATIONS, "AccessDenied"), ("suspended", OPERATIONS, "UserSuspended"),
                                ("full", "full-bucket", "QuotaExceeded")):
        with Tool(program, stores.uri(bucket, "dir", user)) as tool:
            hint = tool.refused(9071, "put", name="k", file=os.devnull)
            assert words in hint, hint
    with Tool(program, stores.uri("missing", "dir")) as tool:
        tool.refused(9118, "put", name="k", file=os.devnull)
    with Tool(program, stores.uri(OPERATIONS, "dir"), limit=SHORT_SECONDS) as tool:
        tool.do("put", name="k", file=os.devnull)
        for hang, heal in ((stores.pause, store.unpause), (store.stop_answering, store.go_on)):
            hang()
            begun = time.monotonic()
            tool.refused(9070, "put", name="k", file=os.devnull)
            assert time.monotonic() - begun < SHORT_SECONDS + SLACK_SECONDS
            heal()
            tool.do("put", name="k", file=os.devnull)
        store.kill_gateway()
        tool.refused(9070, "put", name="k", file=os.devnull)
        store.start_gateway()
        tool.do("put", name="k", file=os.devnull)


def in_little_memory(program, stores, scratch):
    """An object of any size moves through buffers of one; an upload in parts, of which some are under way at once, through
    buffers of those."""
    source, sink = os.path.join(scratch, "large"), os.path.join(scratch, "large.got")
    with open(source, "wb") as file:
        for _ in range(LARGE // MIB):
            file.write(os.urandom(MIB))
    with Tool(program, stores.uri(OPERATIONS, "large", scheme="https"), stores.ca, LARGE_SECONDS) as tool:
        tool.do("put", name="k", file=os.devnull)
        before = tool.peak()
        for how, most in MOST_MEMORY.items():
            tool.do("put", name="k", file=source, how=how)
            tool.do("get", name="k", file=sink)
            assert filecmp.cmp(source, sink, shallow=False), how
            took = tool.peak() - before
            assert took <= most, (how, took)
        tool.do("remove_one", name="k")
    os.remove(source)
    os.remove(sink)


class S3cmd:
    """The bucket as s3cmd sees it."""

    def __init__(self, stores, bucket, scratch):
        self.bucket, self.config = bucket, os.path.join(scratch, "s3cfg")
        owner, host = radosgw.USERS["owner"], "%s:%d" % (radosgw.NAME, stores.store.https)
        with open(self.config, "w", encoding="ascii") as file:
            file.write("[default]\naccess_key = %s\nsecret_key = %s\nhost_base = %s\nhost_bucket = %%(bucket)s.%s\n"
                       "use_https = True\nca_certs_file = %s\n" % (owner.access_key, owner.secret, host, host, stores.ca))

    def run(self, *arguments):
        done = subprocess.run(["s3cmd", "--config", self.config, *arguments], capture_output=True, timeout=S3CMD_SECONDS)
        assert done.returncode == 0, done
        return done.stdout

    def get(self, key):
        return self.run("get", "s3://%s/%s" % (self.bucket, key), "-")

    def keys(self):
        lines = self.run("ls", "--recursive", "s3://" + self.bucket).decode().splitlines()
        return {line.split("s3://%s/" % self.bucket, 1)[1] for line in lines}


def statements(options, stores, scratch):
    stores.client().create_bucket(Bucket="statements")
    peer = S3Peer(stores.client(), "statements")
    settings = ["--set", "backup_dest_ca_file=" + stores.ca]
    ways = {"t": ("http", "path"), "u": ("https", "virtual")}
    with new_server(options, scratch, "server", ways, settings) as server:
        for tenant, (scheme, style) in ways.items():
            def uri(path):
                return stores.uri("statements", path, scheme=scheme, style=style) + "&s3_region=us-east-1"
            Backups(server, tenant, uri, peer, radosgw.USERS["owner"].secret).run()
            s3cmd = S3cmd(stores, "statements", scratch)
            assert s3cmd.keys() == peer.keys(), (s3cmd.keys(), peer.keys())
            for key in peer.keys():
                assert s3cmd.get(key) == peer.get(key), key
            for key in peer.keys():
                peer.remove(key)
        for user, bucket in (("reader", OPERATIONS), ("suspended", OPERATIONS), ("full", "full-bucket")):
            uri = stores.uri(bucket, "refused", user) + "&s3_region=us-east-1"
            answer = attempt(server.connect("root@t"), set_to(uri))
            assert answer[0] == 9071, (user, answer)
        assert not [key for key in S3Peer(stores.client(), OPERATIONS).keys() if key.startswith("refused")]


def hanging(options, store, stores, scratch):
    """A SET on a store that hangs or is gone ends in time, and succeeds once the store is back."""
    uri = stores.uri("statements", "hangs") + "&s3_region=us-east-1"
    settings = ["--set", "backup_dest_timeout=%ds" % SET_SECONDS]
    with new_server(options, scratch, "hasty", ["t"], settings) as server:
        connection = server.connect("root@t")
        for hang, heal in ((stores.pause, store.unpause), (store.stop_answering, store.go_on),
                           (store.kill_gateway, store.start_gateway)):
            hang()
            begun = time.monotonic()
            answer = attempt(connection, set_to(uri))
            assert answer[0] == 9070, answer
            assert time.monotonic() - begun < SET_SECONDS + SLACK_SECONDS
            heal()
        wait_until(lambda: attempt(connection, set_to(uri))[0] is None, 60, "the store is back")


def main():
    options = names.arguments()
    with tempfile.TemporaryDirectory(prefix="breakwater-radosgw-") as base:
        certificates = Certificates(os.path.join(base, "tls"), radosgw.CERTIFICATE_NAMES)
        with radosgw.Radosgw(os.path.join(base, "ceph"), certificates) as store:
            stores = Stores(store, certificates)
            as_documented(store, stores)
            operations(options.tool, stores, base)
            refusals(options.tool, store, stores)
            in_little_memory(options.tool, stores, base)
            statements(options, stores, base)
            hanging(options, store, stores, base)
    print("ok")


if __name__ == "__main__":
    main()
