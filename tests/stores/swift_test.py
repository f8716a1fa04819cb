#!/usr/bin/python3
"""Destinations on a real store without tags and conditional puts (Swift's s3api).

    swift_test.py --server PROGRAM --shim SHIM --tool STORE_TOOL
"""

import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import names  # noqa: E402
import openstack_swift  # noqa: E402
import s3  # noqa: E402
from backups import Backups  # noqa: E402
from object_store import DIRECTORY, Operations, S3Peer, Tool  # noqa: E402
from statements import new_server  # noqa: E402

BUCKET = "backups"


def as_documented(store):
    """The store does what these tests take it for."""
    store.check_loopback()
    endpoint = "http://%s:%d" % (openstack_swift.NAME, store.http)
    client = s3.client(endpoint, openstack_swift.ACCESS_KEY, openstack_swift.SECRET)
    client.create_bucket(Bucket=BUCKET)
    put = {"Bucket": BUCKET, "Key": "k", "Body": b"x"}
    client.put_object(**put)
    assert s3.objects(client, BUCKET) == {"k": b"x"}
    tags = {"TagSet": [{"Key": "delete_mode", "Value": "tagging"}]}
    assert s3.refusal(client.put_object_tagging, Bucket=BUCKET, Key="k", Tagging=tags) == (501, "NotImplemented")
    client.meta.events.register("before-call.s3.PutObject", s3.create_only)
    assert s3.refusal(client.put_object, **put) == (501, "NotImplemented")
    wrong = s3.client(endpoint, openstack_swift.ACCESS_KEY, "wrong")
    assert s3.refusal(wrong.list_buckets) == (403, "SignatureDoesNotMatch")


def operations(program, store, scratch):
    endpoint = "http://%s:%d" % (openstack_swift.NAME, store.http)
    client = s3.client(endpoint, openstack_swift.ACCESS_KEY, openstack_swift.SECRET)
    client.create_bucket(Bucket="operations")
    uri = "s3://operations/%s?host=%s&addressing_model=path_style&access_id=%s&access_key=%s" % (
        DIRECTORY, endpoint, openstack_swift.ACCESS_KEY, openstack_swift.SECRET)
    with Tool(program, uri) as tool:
        Operations(tool, S3Peer(client, "operations"), scratch, ["append", "tags", "create_only"]).run()


def statements(options, store, scratch):
    """Conditional writes are substituted, tagging is refused."""
    endpoint = "http://%s:%d" % (openstack_swift.NAME, store.http)
    client = s3.client(endpoint, openstack_swift.ACCESS_KEY, openstack_swift.SECRET)
    client.create_bucket(Bucket="statements")

    def uri(path):
        return "s3://statements/%s?host=%s&addressing_model=path_style&access_id=%s&access_key=%s&s3_region=us-east-1" % (
            path, endpoint, openstack_swift.ACCESS_KEY, openstack_swift.SECRET)

    with new_server(options, scratch, "server", ["t"]) as server:
        lacks = ["append", "tags", "create_only"]
        Backups(server, "t", uri, S3Peer(client, "statements"), "=" + openstack_swift.SECRET, lacks).run()


def main():
    options = names.arguments()
    with tempfile.TemporaryDirectory(prefix="breakwater-swift-") as base, openstack_swift.Swift(base) as store:
        as_documented(store)
        operations(options.tool, store, base)
        statements(options, store, base)
    print("ok")


if __name__ == "__main__":
    main()
