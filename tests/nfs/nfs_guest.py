#!/usr/bin/python3
"""The tests of nfs.py, in the guest."""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "faults"))
import race  # noqa: E402
from faults import attempt, check, query, read_format, tree, values  # noqa: E402
from nodes import DOCUMENTED, EXPORT, MOUNT, SQUASHED, NfsServer, Node, NodeServer, run, wait_for  # noqa: E402
from uml import report  # noqa: E402

DISK = "/dev/ubda"
DEADLINE = 2            # seconds, as the setting backup_dest_timeout says it where something hangs
PATIENCE = 60           # the same where nothing does: the machine may be busy
LATE = 10               # seconds: how much later a statement may end on a busy machine
HEALING = 60            # seconds: NFS clients wait before they connect again
HANGING = 6             # more than the setting file_threads is
CUTS = 4
LOCAL = "/run/local"    # a destination that is no NFS


def set_destination(path):
    return "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s'" % path


def backup_key(path):
    return "ALTER SYSTEM BACKUP KEY TO 'file://%s'" % path


def timed(connection, sql):
    start = time.monotonic()
    answer = attempt(connection, sql)
    return time.monotonic() - start, answer


class Cluster:
    """A server on each node, of a cluster of its own. Each has a tenant 1002, named t, and some more."""

    def __init__(self, binary):
        self.nfs = NfsServer(DISK)
        self.nodes = [Node(1), Node(2)]
        for node in self.nodes:
            node.mount()
        self.servers = [NodeServer(node, binary, ["--set", "backup_dest_timeout=%d" % DEADLINE,
                                                  "--set", "cluster_id=%d" % node.number]).start()
                        for node in self.nodes]
        for server in self.servers:
            admin = server.connect()
            for sql in ("CREATE TENANT t", "CREATE TENANT other", "ALTER SYSTEM SET tde_method = 'internal' TENANT = t"):
                query(admin, sql)
            for number in range(HANGING):
                query(admin, "CREATE TENANT hanging%d" % number)
            query(server.connect("root@t"), "ALTER INSTANCE ROTATE INNODB MASTER KEY")

    def connections(self):
        return [server.connect("root@t") for server in self.servers]

    def wait_for_storage(self, seconds):
        for server in self.servers:
            query(server.connect(), "ALTER SYSTEM SET backup_dest_timeout = '%ds'" % seconds)


def attempt_run(node, *words):
    try:
        node.run(*words)
        return True
    except RuntimeError:
        return False


def hints(connection):
    return " ".join(row[2] for row in query(connection, "SHOW WARNINGS"))


def check_answer(answer, code, what):
    check(answer[0] == code, "%s: %s, not %s", what, answer, code)


def expect(connection, sql, code, what=""):
    answer = attempt(connection, sql)
    check(answer[0] == code, "%s %s: %s %s, not %s", what, sql, answer, hints(connection), code)


def left(path):
    """What is there but the check files, as the NFS server has it."""
    return [name for name in tree(path) or [] if not name.startswith("check_file") and not name.startswith(".nfs")]


# ---- what one node does, the other sees

def check_command(cluster, _):
    """`breakwater check` names the mount, and warns of options that lose or hide something."""
    server = cluster.servers[0]

    def output(directory):
        command = server.node.enter + [server.binary, "check", "file://%s/checked" % directory]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        check(done.returncode == 0, "%s: %s", directory, done.stdout + done.stderr)
        return done.stdout

    documented = output(MOUNT)
    check("nfs4 at " + MOUNT in documented and "vers=4.1" in documented, "no NFS mount in:\n%s", documented)
    for warning in ("is missing", "soft", "is needed", "not NFS"):
        check(warning not in documented, "a warning about the documented mount:\n%s", documented)
    loose = DOCUMENTED.replace("hard", "soft").replace(",sync", "").replace("4.1", "4.0").replace("=positive", "=all")
    server.node.mount(loose, "/loose")
    said = output("/loose")
    for warning in ("sync is missing", "lookupcache=positive is missing", "mounted soft", "4.1 or newer is needed"):
        check(warning in said, "no word of '%s' in:\n%s", warning, said)
    check("not NFS" in output(LOCAL), "no warning about a directory that other nodes do not see")
    server.node.run("umount", "/loose")
    check(tree(MOUNT + "/checked") is None, "the check left something behind: %s", tree(MOUNT + "/checked"))


def visibility(cluster, rounds):
    """A directory that one node has just claimed is the other's 9081 at once, whatever it remembers of it."""
    connections = cluster.connections()
    for number in range(rounds):
        first, second = (0, 1) if number % 2 else (1, 0)
        path = "%s/seen/%d" % (MOUNT, number)
        if number % 3:          # the other node remembers that it is empty
            os.makedirs(cluster.nodes[first].view(path))
            check(os.listdir(cluster.nodes[second].view(path)) == [], "%s is not empty", path)
        else:                   # ... or that it is not there
            check(not os.path.exists(cluster.nodes[second].view(path)), "%s is there", path)
        expect(connections[first], set_destination(path), None)
        expect(connections[second], set_destination(path), 9081, "on the other node")
        expect(connections[first], set_destination(path), None, "again")
        check(read_format(path)["tenant_id"] == 1002 and left(path) == ["format"], "%s holds %s", path, tree(path))


def handed_over(cluster, rounds):
    """Who removes a destination gives it away: the other node claims it at once, and the first one's number for it
    counts no longer, whatever that one remembers."""
    connections = cluster.connections()
    ids = set()
    for number in range(rounds):
        first, second = (0, 1) if number % 2 else (1, 0)
        path = MOUNT + "/handed_over"
        view = cluster.nodes[first].view(path) if number % 4 < 2 else path     # the NFS server's own administrator
        expect(connections[first], set_destination(path), None)
        expect(connections[second], set_destination(path), 9081)
        if number % 3:
            shutil.rmtree(view)
        else:
            os.unlink(view + "/format")
            shutil.rmtree(view + "/check_file")
        expect(connections[second], set_destination(path), None, "removed, %d" % number)
        expect(connections[first], set_destination(path), 9081, "no longer ours, %d" % number)
        dest_id = second, read_format(path)["dest_id"]
        check(dest_id not in ids, "node %d gave the number %d twice", *dest_id)
        ids.add(dest_id)
        shutil.rmtree(path)


def key_backups(cluster, rounds):
    """The other node reads a key backup, also one that has just replaced an older one it has read; and it can't
    replace it with its own cluster's."""
    one, two = cluster.connections()
    path = MOUNT + "/keys/one"
    for version in range(1, 5):
        if version > 1:
            expect(one, "ALTER INSTANCE ROTATE INNODB MASTER KEY", None)
        expect(one, backup_key(path), None)
        verified = cluster.nodes[1].run(cluster.servers[1].binary, "key", "verify", path)
        check("version %d," % version in verified, "the other node reads an old backup: %s", verified)
    expect(two, backup_key(path), 1086, "from the other node")
    check(tree(MOUNT + "/keys") == ["one"], "left behind: %s", tree(MOUNT + "/keys"))


class Contender:
    """As race.py has them."""

    def __init__(self, server):
        self.server, self.answer = server, None
        self.connection = server.connect("root@t")

    race = race.Contender.race

    def value(self):
        return values(self.server.connect()).get(1002)


def races(cluster, rounds):
    """Both at once: one wins, the other has 9081."""
    contenders = [Contender(server) for server in cluster.servers]
    wins = [0, 0]
    for number in range(rounds):
        path = "%s/raced/%d" % (MOUNT, number)
        delays = [random.uniform(0, 0.004) for _ in contenders]
        for thread in race.run_race(contenders, set_destination(path), delays):
            thread.join(120)
        codes = [one.answer[0] for one in contenders]
        winner = race.check_outcome(contenders, codes, path)
        wins[contenders.index(winner)] += 1
        expect(winner.connection, set_destination(path), None, "the winner again")
    return "won %d : %d" % tuple(wins)


# ---- the mount is away

def unmounted(cluster, _):
    """Nothing mounted, or another export, does not pass for the destination; another server with the same files does."""
    server, node = cluster.servers[0], cluster.nodes[0]
    one, _ = cluster.connections()
    path = MOUNT + "/unmounted"
    expect(one, set_destination(path), None)
    dest_id = read_format(path)["dest_id"]
    source = node.address + ":/ (fsid "

    def refused(what):
        before = os.listdir(node.view(MOUNT))
        expect(one, set_destination(path), 9080, what)
        told = hints(one)
        for word in ("destination %d" % dest_id, path, "NFS " + source, "mounted?"):
            check(word in told, "%s: no word of %s: %s", what, word, told)
        rows = {row[0]: row for row in query(one, "ALTER SYSTEM CHECK BACKUP DESTINATION 'file://%s'" % path)}
        check(rows["owner"][1] == "NO" and "mounted?" in rows["owner"][4], "%s: CHECK says %s", what, rows)
        check(os.listdir(node.view(MOUNT)) == before, "%s: something was made", what)
        return told

    def unmount():
        check(wait_for(lambda: attempt_run(node, "umount", MOUNT), HEALING), "%s is busy", MOUNT)

    unmount()
    refused("unmounted")
    os.mkdir(EXPORT + "/beside")
    os.chmod(EXPORT + "/beside", 0o777)
    node.mount(source=":/beside")
    told = refused("another directory of the export")
    check(node.address + ":/beside" in told, "what is there now: %s", told)
    unmount()
    node.mount()
    expect(one, set_destination(path), None, "mounted again")
    check(hints(one) == "", "mounted again: %s", hints(one))
    unmount()
    other = "10.0.%d.3" % node.number           # the server is replaced: the same files under another address
    run("ip", "addr", "add", other + "/24", "dev", node.link)
    node.mount(server=other)
    expect(one, set_destination(path), None, "another server with the same files")
    shutil.rmtree(path)
    expect(one, set_destination(path), None, "emptied")
    check("destination %d" % dest_id in hints(one) and "is gone" in hints(one), "emptied: %s", hints(one))
    unmount()
    node.mount()
    source = other + ":/ (fsid "
    shutil.rmtree(path)
    dest_id += 1
    refused("emptied, at another address")
    query(one, "ALTER SYSTEM SET DATA_BACKUP_DEST = ''")
    expect(one, set_destination(path), None, "given up")
    run("ip", "addr", "del", other + "/24", "dev", node.link)


# ---- what the NFS server refuses

def refused(cluster, path, code, hint, mend):
    """A SET and a key backup get this code and hint, and leave nothing; they succeed once it is mended."""
    one, _ = cluster.connections()
    before, there = values(cluster.servers[0].connect()), tree(os.path.dirname(path))
    for sql in (set_destination(path), backup_key(path + ".key")):
        expect(one, sql, code, sql)
        check(hint in hints(one), "the hint is '%s'", hints(one))
    check(values(cluster.servers[0].connect()) == before, "a refused SET changed the value")
    check(tree(os.path.dirname(path)) == there, "left behind: %s", tree(os.path.dirname(path)))
    mend()
    for sql in (set_destination(path), backup_key(path + ".key")):
        expect(one, sql, None, "mended: " + sql)
    check(left(path) == ["format"], "%s holds %s", path, tree(path))


def read_only(cluster, _):
    cluster.nfs.export(SQUASHED.replace("rw,", "ro,"))
    refused(cluster, MOUNT + "/read_only", 4009, "read-only", lambda: cluster.nfs.export(SQUASHED))


def root_squash(cluster, _):
    """root of the node is nobody on the NFS server, and the directory is root's."""
    def mend():
        cluster.nfs.open_to_all()
        cluster.nfs.export(SQUASHED)

    os.chown(EXPORT, 0, 0)
    os.chmod(EXPORT, 0o755)
    cluster.nfs.export(SQUASHED.replace("all_squash", "root_squash"))
    refused(cluster, MOUNT + "/squashed", 9071, "read, write and search", mend)


def full_disk(cluster, _):
    """No block is left for a directory; and in a directory that is there, none for a file."""
    ballast = EXPORT + "/ballast"

    def fill():
        with open(ballast, "wb", buffering=0) as file:
            for size in (1 << 20, 1 << 10):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    os.fsync(file.fileno())

    def empty():
        os.unlink(ballast)

    fill()
    refused(cluster, MOUNT + "/full", 9082, "Free space", empty)
    os.mkdir(EXPORT + "/there")
    os.chown(EXPORT + "/there", 65534, 65534)
    fill()
    refused(cluster, MOUNT + "/there/full", 9082, "Free space", empty)


# ---- the NFS server is away

def meanwhile(cluster, worker):
    """What another tenant's statements take, while worker is alive: [seconds]."""
    other = cluster.servers[0].connect("root@other")
    times = []
    while worker.is_alive():
        seconds, answer = timed(other, set_destination("%s/%d" % (LOCAL, len(times))))
        check_answer(answer, None, "another tenant's SET of a local directory")
        times += [seconds, timed(other, "SELECT * FROM oceanbase.DBA_OB_BACKUP_PARAMETER")[0]]
        times.append(timed_login(cluster.servers[0]))
    return times


def timed_login(server):
    start = time.monotonic()
    server.connect("root@other").close()
    return time.monotonic() - start


class Stuck(threading.Thread):
    """A SET that needs the NFS server."""

    def __init__(self, connection, path):
        super().__init__()
        self.connection, self.path = connection, path
        self.start()

    def run(self):
        self.seconds, self.answer = timed(self.connection, set_destination(self.path))


def away(cluster, path, disconnect, connect):
    """More statements need the NFS server than the server has threads for files; each ends with 9070 in time."""
    one, _ = cluster.connections()
    hanging = [cluster.servers[0].connect("root@hanging%d" % number) for number in range(HANGING)]
    expect(one, set_destination(path + "_before"), None)
    disconnect()
    stuck = [Stuck(connection, "%s_%d" % (path, number)) for number, connection in enumerate(hanging)]
    stuck.append(Stuck(one, path))
    times = meanwhile(cluster, stuck[-1])
    for worker in stuck:
        worker.join()
        check_answer(worker.answer, 9070, "the NFS server is away")
        check(worker.seconds < DEADLINE + LATE, "the answer came after %.1f s", worker.seconds)
    check(statistics.median(times) < 0.5 and max(times) < DEADLINE, "meanwhile others took %s", times)
    check(values(cluster.servers[0].connect())[1002] == "file://" + path + "_before", "the value changed")
    connect()
    start = time.monotonic()
    for worker in stuck:
        heal(worker.connection, worker.path)
    return "9070 after %.1f s, %d other statements at most %.2f s, healed in %.1f s" % (
        stuck[-1].seconds, len(times), max(times), time.monotonic() - start)


def heal(connection, path):
    check(wait_for(lambda: attempt(connection, set_destination(path))[0] is None, HEALING), "%s does not heal: %s", path,
          hints(connection))
    check(read_format(path) is not None and left(path) == ["format"], "%s holds %s", path, tree(path))


def partition(cluster, _):
    return away(cluster, MOUNT + "/partition", lambda: cluster.nodes[0].connect_network(False),
                lambda: cluster.nodes[0].connect_network(True))


def stopped(cluster, _):
    return away(cluster, MOUNT + "/stopped", cluster.nfs.stop, cluster.nfs.start)


def cut_midway(cluster, _):
    """The network breaks somewhere in the middle of a SET while the other node wants the same directory. Once it is
    back, one of them has it: the first one, if that was acknowledged."""
    connections = cluster.connections()
    codes = []
    for number in range(CUTS):
        path = "%s/cut/%d" % (MOUNT, number)
        stuck = Stuck(connections[0], path)
        time.sleep(random.uniform(0, 0.04))
        cluster.nodes[0].connect_network(False)
        stuck.join()
        codes.append(stuck.answer[0])
        check(codes[-1] in (None, 9070), "cut off: %s", stuck.answer)
        # 9080: a claim half made. 9070: the NFS server waits for what it has delegated to the lost node.
        other = attempt(connections[1], set_destination(path))
        check(other[0] in (None, 9070, 9080, 9081), "the other node: %s", other)
        check(other[0] is not None or codes[-1] is not None, "both have %s", path)
        cluster.nodes[0].connect_network(True)
        owner = wait_for(lambda: only_owner(connections, path), HEALING)
        check(owner is not None, "%s has no owner", path)
        check(codes[-1] is not None or owner == connections[0], "what was acknowledged is lost: %s", path)
        check(other[0] is not None or owner == connections[1], "what was acknowledged is lost: %s", path)
        check(left(path) == ["format"], "%s holds %s", path, tree(path))
    return "%d of %d answered before the cut" % (codes.count(None), CUTS)


def only_owner(connections, path):
    """Whose it is, if the other one is told so."""
    codes = [attempt(connection, set_destination(path))[0] for connection in connections]
    check(codes != [None, None], "both have %s", path)
    return connections[codes.index(None)] if sorted(codes, key=str) == [9081, None] else None


def ended_while_away(cluster, _):
    """The server ends although a thread of it hangs; the next start settles what was under way."""
    server, node = cluster.servers[0], cluster.nodes[0]
    one, _ = cluster.connections()
    path = MOUNT + "/ended"
    node.connect_network(False)
    expect(one, set_destination(path), 9070, "the NFS server is away")
    start = time.monotonic()
    server.stop()
    seconds = time.monotonic() - start
    check(seconds < LATE, "the server took %.1f s to end", seconds)
    node.connect_network(True)
    server.start()
    check(wait_for(lambda: tree(path) is None or read_format(path) is None, HEALING), "half done: %s", tree(path))
    connection = server.connect("root@t")
    heal(connection, path)
    return "ended in %.1f s" % seconds


TESTS = [check_command, visibility, handed_over, key_backups, races, unmounted, read_only, root_squash, full_disk, partition, stopped,
         cut_midway, ended_while_away]
HANGS = [partition, stopped, cut_midway, ended_while_away]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--only")
    options = parser.parse_args()
    start = time.monotonic()
    cluster = Cluster(options.server)
    report("two nodes, %.1f s" % (time.monotonic() - start))
    try:
        for test in TESTS:
            if options.only in (None, test.__name__):
                start = time.monotonic()
                cluster.wait_for_storage(DEADLINE if test in HANGS else PATIENCE)
                told = test(cluster, options.rounds)
                report("%-18s %5.1f s  %s" % (test.__name__, time.monotonic() - start, told or ""))
        for server in cluster.servers:
            server.stop()
    except BaseException:
        report("FAILED in %s" % test.__name__)
        for server in cluster.servers:
            print(server.log())
        raise


if __name__ == "__main__":
    main()
