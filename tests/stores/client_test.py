#!/usr/bin/python3
"""Every operation of the object client on each kind of store that the emulator is, over http and https.

    client_test.py --server IGNORED --shim SHIM --tool STORE_TOOL
"""

import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import names  # noqa: E402
from certificates import Certificates  # noqa: E402
from emulated import CERTIFICATE_NAMES, SECRET, Emulator  # noqa: E402
from object_store import DIRECTORY, EmulatorPeer, Operations, Tool  # noqa: E402

COS_BUCKET = "bucket-1250000000"
KEYS = "&access_id=AKFULL&access_key=" + SECRET

# (kind, bucket as the store calls it, URI, what it lacks, options of the bucket)
WAYS = [
    ("oss", "bucket", "oss://bucket/{dir}/?host=http://oss-cn-hangzhou.aliyuncs.com:{http}", [], {"v1": False}),
    ("oss", "bucket", "oss://bucket/{dir}?host=oss-cn-hangzhou-internal.aliyuncs.com:{https}", [], {"v1": False}),
    ("oss", "bucket", "oss://bucket/{dir}?host=http://oss.test:{http}", [], {"v1": True}),
    ("oss", "bucket", "oss://bucket/{dir}?host=oss.test:{https}", ["heed_create_only"], {"versioning": "suspended"}),
    ("cos", COS_BUCKET, "cos://bucket/{dir}?host=http://cos.ap-test.myqcloud.com:{http}&appid=1250000000", [], {}),
    ("cos", COS_BUCKET, "cos://%s/{dir}?host=cos.ap-test.myqcloud.com:{https}&appid=1250000000" % COS_BUCKET, [], {}),
    ("s3", "bucket", "s3://bucket/{dir}?host=http://s3.test:{http}", ["append"], {}),
    ("s3", "bucket", "s3://bucket/{dir}?host=s3.test:{https}&addressing_model=path_style",
     ["append", "heed_create_only"], {"createOnly": "ignored"}),
    ("s3", "bucket", "s3://bucket/{dir}?host=s3.test:{https}", ["append", "tags", "create_only"],
     {"createOnly": "unsupported", "tagging": False}),
    ("obs", "bucket", "s3://bucket/{dir}?host=http://obs.cn-north-4.myhuaweicloud.com:{http}",
     ["append", "heed_create_only"], {"noSuchTagSet": True}),
]


def refusals(program, emulator, certificates):
    """What a store says against it comes out as the right error, with the store's own words and never a key."""
    emulator.bucket("oss", "bucket", v1=False)
    base = "oss://{}/dir?host=http://{}:%d&access_id={}&access_key={}" % emulator.http
    oss = "oss-cn-hangzhou.aliyuncs.com"
    for bucket, host, access_key, secret, code, words in (
            ("bucket", oss, "AKNOBODY", SECRET, 9071, "InvalidAccessKeyId"),
            ("bucket", oss, "AKFULL", "wrong", 9071, "SignatureDoesNotMatch"),
            ("bucket", oss, "AKRO", SECRET, 9071, "AccessDenied"),
            ("bucket", oss, "AKSUSPENDED", SECRET, 9071, "UserDisable"),
            ("bucket", "oss.test", "AKFULL", SECRET, 9071, "AccessDenied"),
            ("missing", oss, "AKFULL", SECRET, 9118, "NoSuchBucket"),
            ("bucket", "nowhere.test", "AKFULL", SECRET, 9070, "could not be resolved")):
        with Tool(program, base.format(bucket, host, access_key, secret)) as tool:
            hint = tool.refused(code, "put", name="k", file=os.devnull)
            assert words in hint and SECRET not in hint, hint
    https = "oss://bucket/dir?host=%s:%d" + KEYS
    for host, ca in ((oss, None), ("other.test", certificates.ca)):
        with Tool(program, https % (host, emulator.https), ca) as tool:
            tool.refused(9070, "head", name="k")


def main():
    options = names.arguments(names.HOSTS + ",other.test=127.0.0.1")
    with tempfile.TemporaryDirectory(prefix="breakwater-client-") as base:
        certificates = Certificates(os.path.join(base, "tls"), CERTIFICATE_NAMES)
        with Emulator(certificates) as emulator:
            refusals(options.tool, emulator, certificates)
        for kind, bucket, uri, lacks, bucket_options in WAYS:
            print(uri, flush=True)
            with Emulator(certificates) as emulator:
                emulator.bucket(kind, bucket, **bucket_options)
                uri = uri.format(dir=DIRECTORY, http=emulator.http, https=emulator.https) + KEYS
                with Tool(options.tool, uri, certificates.ca) as tool:
                    Operations(tool, EmulatorPeer(emulator, bucket), base, lacks).run()
    print("ok")


if __name__ == "__main__":
    main()
