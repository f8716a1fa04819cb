#!/usr/bin/python3
"""The emulator is what it says: the vendors' own clients work against it, and each fault is what a client then sees.

    emulator_test.py --server IGNORED --shim SHIM
"""

import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import names  # noqa: E402
import s3  # noqa: E402
from certificates import Certificates  # noqa: E402
from emulated import CERTIFICATE_NAMES, SECRET, Emulator  # noqa: E402
from botocore.exceptions import (ConnectionClosedError, EndpointConnectionError, HTTPClientError,  # noqa: E402
                                 IncompleteReadError, ReadTimeoutError, ResponseStreamingError)

SELFTEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "emulator", "selftest.js")
SKEW_SECONDS = 3600
BUCKET = "s3-bucket"


def vendors_clients(emulator, certificates):
    emulator.bucket("oss", "oss-bucket")
    emulator.bucket("oss", "oss-v4", v1=False)
    emulator.bucket("oss", "oss-versioned", versioning="enabled")
    emulator.bucket("cos", "cos-bucket-1250000000")
    ports = json.dumps({"http": emulator.http, "https": emulator.https, "secret": SECRET})
    subprocess.run(["node", SELFTEST, ports], check=True, timeout=200,
                   env=dict(os.environ, NODE_EXTRA_CA_CERTS=certificates.ca))
    assert SECRET not in json.dumps(emulator.log()) and "authorization" not in json.dumps(emulator.log())


def s3_client(store, create_only):
    key = "dir/ünï code+&?%25 \"x\"~/(腾讯云).bin"
    once = {"Bucket": BUCKET, "Key": key}
    store.put_object(Body=b"one", **once)
    second = s3.refusal(store.put_object, Body=b"two", **once)
    assert second == ((412, "PreconditionFailed") if create_only else (None, None)), second
    assert store.get_object(Range="bytes=1-500", **once)["Body"].read() == (b"ne" if create_only else b"wo")
    store.put_object_tagging(Tagging={"TagSet": [{"Key": "delete_mode", "Value": "tagging"}]}, **once)
    assert s3.tags(store, BUCKET, key) == {"delete_mode": "tagging"}
    for number in range(5):
        store.put_object(Bucket=BUCKET, Key="many/%d" % number, Body=b"")
    pages = list(store.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="many/",
                                                                 PaginationConfig={"PageSize": 2}))
    assert [len(page["Contents"]) for page in pages] == [2, 2, 1], pages
    upload = store.create_multipart_upload(Bucket=BUCKET, Key="big")["UploadId"]
    part = store.upload_part(Bucket=BUCKET, Key="big", UploadId=upload, PartNumber=1, Body=b"part")
    store.complete_multipart_upload(Bucket=BUCKET, Key="big", UploadId=upload,
                                    MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    keys = [key, "big"] + ["many/%d" % number for number in range(5)]
    store.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": name} for name in keys]})
    assert s3.objects(store, BUCKET) == {}


def s3_clients(emulator, certificates):
    emulator.bucket("s3", BUCKET)
    for endpoint in ("http://s3.test:%d" % emulator.http, "https://s3.test:%d" % emulator.https):
        for style in ("path", "virtual"):
            store = s3.client(endpoint, "AKFULL", SECRET, certificates.ca, style)
            store.meta.events.register("before-call.s3.PutObject", s3.create_only)
            for create_only in ("honoured", "ignored"):
                emulator.bucket("s3", BUCKET, createOnly=create_only)
                s3_client(store, create_only == "honoured")
            emulator.bucket("s3", BUCKET, createOnly="unsupported")
            assert s3.refusal(store.put_object, Bucket=BUCKET, Key="k", Body=b"") == (501, "NotImplemented")
    plain = "http://s3.test:%d" % emulator.http
    for access_key, secret, wanted in (("AKFULL", "wrong", "SignatureDoesNotMatch"),
                                       ("AKNOBODY", SECRET, "InvalidAccessKeyId"), ("AKRO", SECRET, "AccessDenied")):
        store = s3.client(plain, access_key, secret)
        found = s3.refusal(store.put_object, Bucket=BUCKET, Key="k", Body=b"")
        assert found == (403, wanted), (access_key, found)
    emulator.forget()
    s3.client(plain, "AKFULL", SECRET, region="eu-west-1").list_objects_v2(Bucket=BUCKET)
    assert [row["status"] for row in emulator.log()] == [400, 200]    # boto3 goes on in the region it is told


def fails(error, action, **arguments):
    try:
        action(**arguments)
    except error:
        return
    raise AssertionError("none of %s" % (error,))


def faults(emulator):
    emulator.bucket("s3", "faults")
    store = s3.client("http://s3.test:%d" % emulator.http, "AKFULL", SECRET, seconds=1)
    there = {"Bucket": "faults", "Key": "k"}
    store.put_object(Body=b"0123456789", **there)
    etag = store.head_object(**there)["ETag"]

    def put(content=b"0123456789"):
        store.put_object(Body=content, **there)

    emulator.arm({"kind": "status", "op": "PutObject", "status": 503, "code": "SlowDown",
                  "headers": {"Retry-After": "7"}})
    assert s3.refusal(put) == (503, "SlowDown")
    emulator.clear()
    for stage in ("headers", "body", "done"):
        emulator.arm({"kind": "reset", "stage": stage, "op": "PutObject", "times": 1})
        fails((ConnectionClosedError, EndpointConnectionError, HTTPClientError), put)
        put()
        emulator.clear()
        emulator.arm({"kind": "stall", "stage": stage, "op": "PutObject"})
        fails(ReadTimeoutError, put)
        emulator.clear()
        put()
    emulator.arm({"kind": "reset", "stage": "done", "op": "PutObject", "times": 1})
    fails((ConnectionClosedError, HTTPClientError), put, content=b"arrived")
    assert emulator.get("faults", "k") == b"arrived"
    put()
    emulator.clear()
    for kind in ({"kind": "truncate"}, {"kind": "reset", "stage": "response"}, {"kind": "stall", "stage": "response"}):
        emulator.arm({"op": "GetObject", **kind})
        fails((IncompleteReadError, ResponseStreamingError, ReadTimeoutError, HTTPClientError),
              lambda: store.get_object(**there)["Body"].read())
        emulator.clear()
    emulator.arm({"kind": "refuse", "op": "HeadObject"})
    fails((ConnectionClosedError, EndpointConnectionError, HTTPClientError), store.head_object, **there)
    fails(EndpointConnectionError, store.head_object, **there)
    emulator.clear()
    emulator.arm({"kind": "accept", "times": 1})
    fails((ConnectionClosedError, EndpointConnectionError, HTTPClientError),
          s3.client("http://s3.test:%d" % emulator.http, "AKFULL", SECRET).head_object, **there)
    put()
    emulator.arm({"kind": "etag", "op": "HeadObject"}, {"kind": "garble", "op": "GetObject"})
    assert store.head_object(**there)["ETag"] != etag
    assert store.get_object(**there)["Body"].read() == bytes(byte ^ 1 for byte in b"0123456789")
    emulator.clear()
    emulator.arm({"kind": "clock", "seconds": SKEW_SECONDS})
    assert s3.refusal(put) == (403, "RequestTimeTooSkewed")
    emulator.clear()
    emulator.arm({"kind": "stale_list"})
    store.put_object(Bucket="faults", Key="new", Body=b"")
    assert set(s3.objects(store, "faults")) == {"k"}
    emulator.clear()
    assert set(s3.objects(store, "faults")) == {"k", "new"}
    emulator.arm({"kind": "status", "op": "HeadObject", "status": 404, "skip": 1, "times": 1})
    assert [s3.refusal(store.head_object, **there)[0] for _ in range(3)] == [None, 404, None]
    assert emulator.faults()[0]["hits"] == 1
    emulator.clear()
    emulator.arm({"kind": "delay", "ms": 300, "op": "HeadObject"})
    start = time.monotonic()
    store.head_object(**there)
    assert time.monotonic() - start >= 0.3
    emulator.clear()


def inside():
    with tempfile.TemporaryDirectory(prefix="breakwater-stores-") as base:
        certificates = Certificates(os.path.join(base, "tls"), CERTIFICATE_NAMES)
        with Emulator(certificates) as emulator:
            vendors_clients(emulator, certificates)
            s3_clients(emulator, certificates)
            faults(emulator)
    print("ok")


def main():
    names.arguments(tool=False)
    inside()


if __name__ == "__main__":
    main()
