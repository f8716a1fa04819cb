"""Starts the OSS, COS and S3 emulator (tests/stores/emulator) and speaks to its control port."""

import http.client
import json
import os
import subprocess
import urllib.parse

START_SECONDS = 60
PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "emulator", "emulator.js")

REGION = "cn-hangzhou"
COS_REGION = "ap-test"
OBS_REGION = "cn-north-4"
ENDPOINTS = [
    {"provider": "oss", "host": "oss-cn-hangzhou.aliyuncs.com", "region": REGION},
    {"provider": "oss", "host": "oss-cn-hangzhou-internal.aliyuncs.com", "region": REGION},
    {"provider": "oss", "host": "oss-cn-beijing.aliyuncs.com", "region": "cn-beijing"},
    {"provider": "oss", "host": "oss.test", "region": REGION},             # no region in its name: V1
    {"provider": "cos", "host": "cos.ap-test.myqcloud.com", "region": COS_REGION},
    {"provider": "s3", "host": "s3.test", "region": "us-east-1"},
    {"provider": "obs", "host": "obs.cn-north-4.myhuaweicloud.com", "region": OBS_REGION},
]
CERTIFICATE_NAMES = [name for endpoint in ENDPOINTS for name in (endpoint["host"], "*." + endpoint["host"])]

# What a key may not do stands in its name.
SECRET = "emulator-Secret/Key+0123456789abcdefghij"
USERS = [{"ak": "AKFULL", "secret": SECRET},
         {"ak": "AKRO", "secret": SECRET, "deny": ["write", "delete", "tag"]},
         {"ak": "AKNOTAG", "secret": SECRET, "deny": ["tag"]},
         {"ak": "AKNODELETE", "secret": SECRET, "deny": ["delete"]},
         {"ak": "AKNOLIST", "secret": SECRET, "deny": ["list"]},
         {"ak": "AKNOREAD", "secret": SECRET, "deny": ["read"]},
         {"ak": "AKSUSPENDED", "secret": SECRET, "suspended": True}]


class Emulator:
    """with Emulator(certificates) as emulator: ... `http` and `https` are its ports. One thread's."""

    def __init__(self, certificates=None, buckets=()):
        self.config = {"endpoints": ENDPOINTS, "users": USERS, "buckets": list(buckets),
                       "tls": {"key": certificates.key, "cert": certificates.cert} if certificates else None}

    def __enter__(self):
        self.process = subprocess.Popen(["node", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(json.dumps(self.config) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the emulator did not start (exit code %s)" % self.process.wait(START_SECONDS))
        ports = json.loads(line)
        self.http, self.https = ports["http"], ports["https"]
        self.control = http.client.HTTPConnection("127.0.0.1", ports["control"], timeout=START_SECONDS)
        return self

    def __exit__(self, kind, value, trace):
        self.control.close()
        self.process.stdin.close()
        self.process.wait(START_SECONDS)
        self.process.stdout.close()

    def _ask(self, method, path, body=None, **query):
        self.control.request(method, path + "?" + urllib.parse.urlencode(query), body)
        answer = self.control.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError("%s %s %s: %d %s" % (method, path, query, answer.status, content.decode()))
        return content

    def bucket(self, provider, name, **options):
        """Makes a bucket, or changes the options of one."""
        region = {"cos": COS_REGION, "oss": REGION, "obs": OBS_REGION}.get(provider, "us-east-1")
        self._ask("POST", "/buckets", json.dumps({"name": name, "provider": provider, "region": region, **options}))

    def user(self, key, secret=SECRET, **options):
        """Makes a user, or changes one."""
        self._ask("POST", "/users", json.dumps({"ak": key, "secret": secret, **options}))

    def arm(self, *faults):
        self._ask("POST", "/faults", json.dumps(faults))

    def faults(self):
        return json.loads(self._ask("GET", "/faults"))

    def clear(self):
        self._ask("DELETE", "/faults")

    def log(self):
        return json.loads(self._ask("GET", "/log"))

    def forget(self):
        self._ask("DELETE", "/log")

    def objects(self, bucket):
        """{key: {size, etag, type, tags, md5}}"""
        return {row["key"]: row for row in json.loads(self._ask("GET", "/objects", bucket=bucket))}

    def wipe(self, bucket):
        self._ask("DELETE", "/objects", bucket=bucket)

    def get(self, bucket, key):
        return self._ask("GET", "/object", bucket=bucket, key=key)

    def put(self, bucket, key, content):
        self._ask("PUT", "/object", content, bucket=bucket, key=key)

    def remove(self, bucket, key):
        self._ask("DELETE", "/object", bucket=bucket, key=key)

    def uploads(self, bucket):
        """The keys of the multipart uploads that are open."""
        return json.loads(self._ask("GET", "/uploads", bucket=bucket))
