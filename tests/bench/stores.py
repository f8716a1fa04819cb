"""Figures of object stores, from a radosgw of the bench's own: how fast the object client (store_tool) streams a large
object over TLS, with curl beside it on a presigned URL of the same store; what a SET DATA_BACKUP_DEST takes beyond its
own round trips, and what 64 at once take. A cloud is far away and has processors of its own: 64 at once are also measured on
the emulator, with every answer late, and one SET behind a proxy that makes it as far away."""

import concurrent.futures
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1] / "stores")]
import names  # noqa: E402
import radosgw  # noqa: E402
import s3  # noqa: E402
from certificates import Certificates  # noqa: E402
from emulated import CERTIFICATE_NAMES, Emulator  # noqa: E402
from far_proxy import FarProxy  # noqa: E402
from harness.server import Server, attempt, query  # noqa: E402
from object_store import Tool  # noqa: E402
from statements import HOSTS, SETTINGS, Store, set_at_once, set_to  # noqa: E402

MIB = 1 << 20
SIZE, SIZE_QUICK = 64 * MIB, 16 * MIB     # the store keeps replaced objects for a while, in 1 GiB of memory
ROUNDS = 5
BUCKET, SETS = "bench", "sets"
PROBE, SMALL = 256 << 10, 256     # bytes of a probe, and of the other objects of a SET
TENANTS = 64
LATE = 50     # ms
REQUESTS = 20
SECONDS = 300
IDLE_SECONDS = 31    # what the server keeps a connection to a store that nothing uses, and a little


def timed(action, *arguments, **named):
    begin = time.monotonic()
    action(*arguments, **named)
    return time.monotonic() - begin


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
        puts = {"put": lambda: self.tool.do("put", name="ours", file=self.source, how="stream"),
                "curl put": lambda: curl(self.ca, "--upload-file", self.source, put),
                "put in parts": lambda: self.tool.do("put", name="parts", file=self.source, how="multipart")}
        gets = {"get": lambda: self.tool.do("get", name="ours", file=self.sink),
                "curl get": lambda: curl(self.ca, "--output", self.sink, get)}
        seconds = {name: [] for name in (*puts, *gets)}
        for ways in puts, gets:    # the store collects what puts replaced for a while
            for _ in range(ROUNDS):
                for name, way in ways.items():
                    seconds[name].append(timed(way))
        return {name: self.size / MIB / statistics.median(some) for name, some in seconds.items()}


class Settings:
    """SET DATA_BACKUP_DEST, beside its requests made one after the other by the object client."""

    def __init__(self, server, tool, uri, base):
        self.server, self.tool, self.uri = server, tool, uri
        self.probe, self.small = os.path.join(base, "probe"), os.path.join(base, "small")
        for name, size in ((self.probe, PROBE), (self.small, SMALL)):
            with open(name, "wb") as file:
                file.write(os.urandom(size))

    def set(self, connection, path):
        query(connection, "ALTER SYSTEM SET DATA_BACKUP_DEST = '%s'" % self.uri(path))

    def round_trips(self):
        """What a SET asks of the store, with bodies of the same size: the seconds that the client waited."""
        token, part, whole, spent = "check_file/token.obbak", "check_file/append/0-19", "check_file/multipart", []

        def do(op, **more):
            answer = self.tool.ask(op, **more)
            assert answer["ok"], answer
            spent.append(answer["ms"] / 1000)

        def get(name):
            do("get", name=name, file=self.small + ".got")

        def put(name, file=self.small, **more):
            do("put", name=name, file=file, **more)
        do("list", max_keys=50)
        get("format")
        for _ in range(2):
            put(token, self.probe, create_only=True)
        do("list", prefix="check_file/token")
        get(token)
        put(token)
        get(token)
        put(part)
        get(part)
        put(whole, self.probe, how="multipart")
        do("head", name=whole)
        for name in (token, "check_file/append", part, whole):
            do("remove_one", name=name)
        do("head", name=token)
        get("check_file/connect")
        for name in ("check_file/connect", "format"):
            put(name, create_only=True)
            get(name)
        of_set = sum(spent)
        do("remove", names=["check_file/connect", "format"])
        return of_set

    def measure(self, report, quick):
        rounds, tenants = (3, 16) if quick else (15, TENANTS)
        connections = []
        for number in range(tenants):
            query(self.server.connect("root@sys"), "CREATE TENANT t%d" % number)
            connections.append(self.server.connect("root@t%d" % number))
        one, trips = [], []
        for number in range(rounds):    # in turn, so that what else the machine does is shared
            trips.append(self.round_trips())
            one.append(timed(self.set, connections[0], "one/%d" % number))
        one, trips = statistics.median(one), statistics.median(trips)
        report.say("object store: SET", 1000 * one, "ms", "its round trips %.1f ms, ratio %.2f" % (1000 * trips, one / trips))
        with concurrent.futures.ThreadPoolExecutor(tenants) as pool:
            every = timed(lambda: list(pool.map(self.set, connections, ["many/%d" % n for n in range(tenants)])))
        report.say("object store: %d SETs at once" % tenants, 1000 * every, "ms", "ratio to one %.2f; the store's own CPU decides it here"
                   % (every / one))


def settings(report, program, tool, store, certificates, base, quick):
    user = radosgw.USERS["owner"]
    endpoint = "https://127.0.0.1:%d" % store.https
    s3.client(endpoint, user.access_key, user.secret, certificates.ca).create_bucket(Bucket=SETS)

    def uri(path):
        return "s3://%s/%s?host=%s&addressing_model=path_style&access_id=%s&access_key=%s&s3_region=us-east-1" % (
            SETS, path, endpoint, user.access_key, user.secret)

    arguments = ["--set", "backup_dest_allow_loopback=true", "--set", "backup_dest_ca_file=" + certificates.ca]
    with Server(program, os.path.join(base, "sets"), arguments) as server:
        with Tool(tool, uri("by hand"), certificates.ca, SECONDS) as by_hand:
            Settings(server, by_hand, uri, base).measure(report, quick)


class FarStore(Store):
    """A store of the emulator behind a proxy that makes it far away, by http:// or https://."""

    def __init__(self, emulator, proxy, scheme):
        super().__init__(emulator, "s3")
        self.proxy, self.scheme = proxy, scheme

    def uri(self, path, *more, **named):
        near = super().uri(path, *more, **named)
        return near.replace("http://%s:%d" % (HOSTS["s3"], self.emulator.http), "%s://%s:%d" % (self.scheme, HOSTS["s3"], self.proxy.port))


def one_request(tool, store, ca, env, sink):
    """What a request takes there over an open connection: the distance, and what the store itself needs."""
    spent = []
    with Tool(tool, store.uri("far/%s" % store.scheme), ca, SECONDS, env) as by_hand:
        for _ in range(REQUESTS):
            answer = by_hand.ask("get", name="nothing", file=sink)
            assert answer["ok"], answer
            spent.append(answer["ms"] / 1000)
    return statistics.median(spent)


def sets_in_round_trips(report, server, store, rounds, request):
    """A SET with no connection open to the store, the same with those of the SET before, and a SET again."""
    connection = server.connect("root@t")
    cold, warm, again = [], [], []
    for number in range(rounds):
        time.sleep(IDLE_SECONDS if number else 0)
        for what, path in ((cold, "cold%d"), (warm, "warm%d"), (again, "warm%d")):
            sql = set_to(store.uri("far/%s/%s" % (store.scheme, path % number)))
            begin = time.monotonic()
            answer = attempt(connection, sql)
            what.append(time.monotonic() - begin)
            assert answer[0] is None, answer
    for name, some in (("no connection open", cold), ("connections open", warm), ("again", again)):
        median = statistics.median(some)
        report.say("object store: SET, %d ms away, %s, %s" % (LATE, store.scheme, name), 1000 * median, "ms",
                   "%.1f round trips, %.1f x one request there" % (1000 * median / LATE, median / request))


def far_away(report, program, tool, base, quick):
    tenants, rounds = (16, 2) if quick else (TENANTS, 4)
    environment = names.environment(os.path.join(os.path.dirname(program), "tests", "libresolve_shim.so"))
    certificates = Certificates(os.path.join(base, "far-tls"), CERTIFICATE_NAMES)
    arguments = [*SETTINGS, "--set", "backup_dest_ca_file=" + certificates.ca]
    with Emulator(certificates) as emulator, Server(program, os.path.join(base, "far"), arguments, env=environment) as server:
        query(server.connect("root@sys"), "CREATE TENANT t")
        for scheme, port in (("http", emulator.http), ("https", emulator.https)):
            with FarProxy(port, LATE / 1000) as proxy:
                far = FarStore(emulator, proxy, scheme)
                request = one_request(tool, far, certificates.ca, environment, os.path.join(base, "nothing"))
                sets_in_round_trips(report, server, far, rounds, request)
        processes = (emulator.process.pid, server.pid)
        before = [cpu_seconds(pid) for pid in processes]
        one, every = set_at_once(server, Store(emulator, "s3"), tenants, LATE)
        stores, ours = (cpu_seconds(pid) - start for pid, start in zip(processes, before))
    report.say("object store: %d SETs at once, %d ms away" % (tenants, LATE), 1000 * every, "ms",
               "one %.0f ms, ratio %.2f; the store computed for %.0f ms, the server for %.0f"
               % (1000 * one, every / one, 1000 * stores, 1000 * ours))


def figures(report, server, tool, base, quick):
    certificates = Certificates(os.path.join(base, "tls"), radosgw.CERTIFICATE_NAMES)
    with radosgw.Radosgw(os.path.join(base, "ceph"), certificates) as store:
        streaming = Streaming(store, certificates.ca, tool, base, SIZE_QUICK if quick else SIZE)
        with streaming.tool:
            rates = streaming.measure()
            peak = streaming.tool.peak()
        settings(report, server, tool, store, certificates, base, quick)
    far_away(report, server, tool, base, quick)
    for name, beside in (("put", "curl put"), ("put in parts", "curl put"), ("get", "curl get")):
        ratio = rates[name] / rates[beside]
        report.say("object store: " + name, rates[name], "MiB/s", "curl %.0f, ratio %.2f" % (rates[beside], ratio))
    report.say("object store: memory of these", peak / MIB, "MiB", "at most, of the whole program")
