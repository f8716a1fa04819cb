#!/usr/bin/python3
"""Every operation of the object-store client against the emulator (OSS, COS, S3, OBS) and against radosgw.

    client_test.py --server IGNORED --shim SHIM --client STORE_CLIENT [--only emulator|radosgw]
"""

import argparse
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import emulated  # noqa: E402
import names  # noqa: E402
import radosgw  # noqa: E402
import s3  # noqa: E402
from certificates import Certificates  # noqa: E402

SECONDS = 200
STREAM_MIB = 64
BUCKET = "backups"


class Client:
    def __init__(self, program, ca):
        self.program, self.ca = program, ca

    def __call__(self, what, uri, **expected):
        command = [self.program, "--ca", self.ca]
        for name, value in expected.items():
            command += ["--" + name.replace("_", "-"), str(value)]
        done = subprocess.run(command, input=uri + "\n", capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, "%s: %s" % (what, done.stderr)
        print(what, done.stdout.replace("\n", " "), flush=True)


def uri(scheme, bucket, host, access_key, secret, *more):
    options = ["host=" + host, "access_id=" + access_key, "access_key=" + secret, *more]
    return "%s://%s/some/dir?%s" % (scheme, bucket, "&".join(options))


def on_emulator(client, emulator):
    ways = [("http://", emulator.http), ("", emulator.https)]
    stores = [("oss", "oss-bucket", "oss-cn-hangzhou.aliyuncs.com", []),
              ("oss", "oss-bucket", "oss.test", []),
              ("cos", "cos-bucket-1250000000", "cos.ap-test.myqcloud.com", ["appid=1250000000"]),
              ("s3", "s3-bucket", "s3.test", []),
              ("s3", "s3-bucket", "s3.test", ["addressing_model=path_style"])]
    for scheme, bucket, host, more in stores:
        for before, port in ways:
            emulator.bucket(scheme, bucket)
            endpoint = "%s%s:%d" % (before, host, port)
            client("%s %s" % (scheme, endpoint), uri(scheme, bucket, endpoint, "AKFULL", emulated.SECRET, *more),
                   append="no" if scheme == "s3" else "yes")
    for create_only in ("ignored", "unsupported"):
        emulator.bucket("s3", "s3-bucket", createOnly=create_only)
        endpoint = "http://s3.test:%d" % emulator.http
        client("create-only " + create_only, uri("s3", "s3-bucket", endpoint, "AKFULL", emulated.SECRET),
               create_only=create_only)


def on_radosgw(client, store, ca):
    owner = radosgw.USERS["owner"]
    s3.client("http://%s:%d" % (radosgw.NAME, store.http), owner.access_key, owner.secret, ca).create_bucket(Bucket=BUCKET)
    for before, port in (("http://", store.http), ("", store.https)):
        for style in ("virtual_hosted_style", "path_style"):
            endpoint = "%s%s:%d" % (before, radosgw.NAME, port)
            client("radosgw %s %s" % (endpoint, style),
                   uri("s3", BUCKET, endpoint, owner.access_key, owner.secret, "addressing_model=" + style),
                   stream=STREAM_MIB)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--client", required=True)
    parser.add_argument("--only", choices=["emulator", "radosgw"])
    options = parser.parse_args()
    names.preload(options.shim)
    with tempfile.TemporaryDirectory(prefix="breakwater-client-") as base:
        certificates = Certificates(os.path.join(base, "tls"), emulated.CERTIFICATE_NAMES)
        client = Client(options.client, certificates.ca)
        if options.only != "radosgw":
            with emulated.Emulator(certificates) as emulator:
                on_emulator(client, emulator)
        if options.only != "emulator":
            with radosgw.Radosgw(os.path.join(base, "ceph"), certificates) as store:
                on_radosgw(client, store, certificates.ca)
    print("ok")


if __name__ == "__main__":
    main()
