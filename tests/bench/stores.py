"""Figures of object stores, from a radosgw of the bench's own: how fast the object client (store_tool) streams a large
object over TLS, with curl beside it on a presigned URL of the same store."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "stores"))
import radosgw  # noqa: E402
import s3  # noqa: E402
from certificates import Certificates  # noqa: E402
from object_store import Tool  # noqa: E402

MIB = 1 << 20
SIZE, SIZE_QUICK = 64 * MIB, 16 * MIB     # the store keeps replaced objects for a while, in 1 GiB of memory
ROUNDS = 3
BUCKET = "bench"
SECONDS = 300


def timed(action, *arguments, **named):
    begin = time.monotonic()
    action(*arguments, **named)
    return time.monotonic() - begin


def curl(ca, *arguments):
    subprocess.run(["curl", "--silent", "--show-error", "--fail", "--cacert", ca, *arguments], check=True,
                   timeout=SECONDS, stdout=subprocess.DEVNULL)


class Streaming:
    """Each way in turn, so that what else the machine does is shared."""

    def __init__(self, store, ca, tool, base, size):
        user = radosgw.USERS["owner"]
        endpoint = "https://127.0.0.1:%d" % store.https
        self.store, self.ca, self.size = s3.client(endpoint, user.access_key, user.secret, ca), ca, size
        self.store.create_bucket(Bucket=BUCKET)
        self.source, self.sink = os.path.join(base, "source"), os.path.join(base, "sink")
        with open(self.source, "wb") as file:
            for _ in range(size // MIB):
                file.write(os.urandom(MIB))
        uri = "s3://%s/dir?host=%s&addressing_model=path_style&access_id=%s&access_key=%s" % (
            BUCKET, endpoint, user.access_key, user.secret)
        self.tool = Tool(tool, uri, ca, SECONDS)

    def url(self, method):
        return self.store.generate_presigned_url(method, Params={"Bucket": BUCKET, "Key": "curl"}, ExpiresIn=3600)

    def measure(self):
        put, get = self.url("put_object"), self.url("get_object")
        ways = {"put": lambda: self.tool.do("put", name="ours", file=self.source, how="stream"),
                "curl put": lambda: curl(self.ca, "--upload-file", self.source, put),
                "put in parts": lambda: self.tool.do("put", name="ours", file=self.source, how="multipart"),
                "get": lambda: self.tool.do("get", name="ours", file=self.sink),
                "curl get": lambda: curl(self.ca, "--output", self.sink, get)}
        seconds = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                seconds[name].append(timed(way))
        return {name: self.size / MIB / statistics.median(some) for name, some in seconds.items()}


def figures(report, tool, base, quick):
    certificates = Certificates(os.path.join(base, "tls"), radosgw.CERTIFICATE_NAMES)
    with radosgw.Radosgw(os.path.join(base, "ceph"), certificates) as store:
        streaming = Streaming(store, certificates.ca, tool, base, SIZE_QUICK if quick else SIZE)
        with streaming.tool:
            rates = streaming.measure()
    for name, beside in (("put", "curl put"), ("put in parts", "curl put"), ("get", "curl get")):
        ratio = rates[name] / rates[beside]
        report.say("object store: " + name, rates[name], "MiB/s", "curl %.0f, ratio %.2f" % (rates[beside], ratio))
