"""What the tests of statements on object stores share: a server with two tenants, and stores as URIs."""

import concurrent.futures
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import names  # noqa: E402
from emulated import SECRET  # noqa: E402
from harness.server import Server, attempt, query  # noqa: E402

BUCKETS = {"oss": "bucket", "cos": "bucket-1250000000", "s3": "bucket3"}
HOSTS = {"oss": "oss-cn-hangzhou.aliyuncs.com", "cos": "cos.ap-test.myqcloud.com", "s3": "s3.test"}
SETTINGS = ["--set", "backup_dest_allow_http=true", "--set", "backup_dest_allow_loopback=true"]


class Failure(AssertionError):
    pass


def check(holds, what, *args):
    if not holds:
        raise Failure(what % args if args else what)


class Store:
    """One provider of the emulator as URIs and as what is stored."""

    def __init__(self, emulator, provider):
        self.emulator, self.provider, self.bucket = emulator, provider, BUCKETS[provider]
        emulator.bucket(provider, self.bucket)

    def uri(self, path, key="AKFULL", secret=SECRET, extra=""):
        text = "%s://%s/%s?host=http://%s:%d&access_id=%s&access_key=%s" % (
            self.provider, self.bucket, path, HOSTS[self.provider], self.emulator.http, key, secret)
        if self.provider == "cos":
            text += "&appid=1250000000"
        if self.provider == "s3":
            text += "&s3_region=us-east-1"
        return text + extra

    def keys(self, path):
        found = self.emulator.objects(self.bucket)
        return sorted(key[len(path) + 1:] for key in found if key.startswith(path + "/"))

    def tags(self, key):
        return self.emulator.objects(self.bucket)[key]["tags"]


def set_to(uri):
    return "ALTER SYSTEM SET DATA_BACKUP_DEST = '%s'" % uri


def backup_key_to(uri):
    return "ALTER SYSTEM BACKUP KEY TO '%s' ENCRYPTED BY 'secret'" % uri


def hints(connection):
    return " | ".join(row[2] for row in query(connection, "SHOW WARNINGS"))


def new_server(options, base, name, tenants=("t", "u"), settings=()):
    """Started, each tenant with a master key."""
    server = Server(options.server, os.path.join(base, name), [*SETTINGS, *settings], env=names.environment(options.shim))
    server.start()
    sys_ = server.connect("root@sys")
    for tenant in tenants:
        query(sys_, "CREATE TENANT " + tenant)
        query(sys_, "ALTER SYSTEM SET tde_method = 'internal' TENANT = " + tenant)
        query(server.connect("root@" + tenant), "ALTER INSTANCE ROTATE INNODB MASTER KEY")
    return server


def set_at_once(server, store, tenants, milliseconds):
    """Seconds that one SET takes on a store which lets every answer wait so long, and that one for each of so many tenants at
    once takes."""
    connections = []
    for number in range(tenants):
        query(server.connect("root@sys"), "CREATE TENANT many%d" % number)
        connections.append(server.connect("root@many%d" % number))
    store.emulator.arm({"kind": "delay", "ms": milliseconds})

    def accepted(connection, path):
        answer = attempt(connection, set_to(store.uri("many/" + path)))
        check(answer[0] is None, "%s", answer)
    begin = time.monotonic()
    accepted(connections[0], "first")
    one = time.monotonic() - begin
    with concurrent.futures.ThreadPoolExecutor(tenants) as pool:
        begin = time.monotonic()
        list(pool.map(accepted, connections, map(str, range(tenants))))
        every = time.monotonic() - begin
    store.emulator.clear()
    return one, every
