#!/usr/bin/python3
"""Destinations on a real S3 store (radosgw).

    radosgw_test.py --server PROGRAM --shim SHIM
"""

import argparse
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import names  # noqa: E402
import radosgw  # noqa: E402
import s3  # noqa: E402
from botocore.exceptions import ConnectionError as Unreachable, HTTPClientError, ReadTimeoutError  # noqa: E402
from certificates import Certificates  # noqa: E402

BUCKET = "backups"
SHORT_SECONDS = 2


class Stores:
    """boto3's view, as each user and over each way to the store."""

    def __init__(self, store, certificates):
        self.store, self.ca = store, certificates.ca

    def client(self, user="owner", scheme="http", style="path", **more):
        user = radosgw.USERS[user]
        port = self.store.https if scheme == "https" else self.store.http
        endpoint = "%s://%s:%d" % (scheme, radosgw.NAME, port)
        return s3.client(endpoint, user.access_key, user.secret, self.ca, style, **more)


def as_documented(store, stores):
    """The store does what these tests take it for."""
    store.check_loopback()
    stores.client().create_bucket(Bucket=BUCKET)
    for scheme in ("http", "https"):
        for style in ("path", "virtual"):
            client = stores.client(scheme=scheme, style=style)
            client.put_object(Bucket=BUCKET, Key="k", Body=b"x")
            assert s3.objects(client, BUCKET) == {"k": b"x"}
    put = {"Bucket": BUCKET, "Key": "k2", "Body": b"x"}
    suspended = stores.client("suspended")
    assert s3.refusal(suspended.list_buckets) == (403, "UserSuspended")
    reader = stores.client("reader")
    assert s3.refusal(reader.create_bucket, Bucket="readers") == (403, "AccessDenied")
    full = stores.client("full")
    full.create_bucket(Bucket="full-bucket")
    assert s3.refusal(full.put_object, Bucket="full-bucket", Key="k", Body=b"x") == (403, "QuotaExceeded")
    hasty = stores.client(seconds=SHORT_SECONDS)
    for hang, heal in ((store.pause, store.unpause), (store.stop_answering, store.go_on)):
        hang()
        try:
            hasty.put_object(**put)
            raise AssertionError("a store that hangs has answered")
        except (ReadTimeoutError, HTTPClientError):
            pass
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    options = parser.parse_args()
    names.preload(options.shim)
    with tempfile.TemporaryDirectory(prefix="breakwater-radosgw-") as base:
        certificates = Certificates(os.path.join(base, "tls"), radosgw.CERTIFICATE_NAMES)
        with radosgw.Radosgw(os.path.join(base, "ceph"), certificates) as store:
            as_documented(store, Stores(store, certificates))
    print("ok")


if __name__ == "__main__":
    main()
