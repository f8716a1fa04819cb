"""In the guest: an NFS server, and cluster nodes that mount its export, each with a network, a host name and mounts of
its own, as if it were a machine of its own. (Without that, two mounts share one NFS client and hide what it caches.)"""

import fcntl
import os
import socket
import struct
import subprocess
import time

from harness.server import Server

EXPORT = "/export"          # the server's directory
MOUNT = "/backup"           # where nodes see it; in the tests' own namespace it is the server's directory
DOCUMENTED = ("rw,nfsvers=4.1,sync,lookupcache=positive,hard,timeo=600,wsize=1048576,rsize=1048576,namlen=255,"
              "nosharecache")       # as OceanBase's documents mount it; nosharecache for several mounts on a node
SQUASHED = "rw,sync,all_squash,no_subtree_check,fsid=0,insecure"
IFREQ = "16sH22x"           # netdevice(7)
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
LEASE_SECONDS = 10          # the least that the NFS server takes


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(words), done.stdout + done.stderr))
    return done.stdout


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


class NfsServer:
    def __init__(self, disk):
        for module in ("veth", "nfsd", "nfsv4"):
            run("modprobe", module)
        for directory in (EXPORT, MOUNT, "/var/lib/nfs/v4recovery"):
            os.makedirs(directory, exist_ok=True)
        for file in ("/etc/exports", "/var/lib/nfs/etab", "/var/lib/nfs/rmtab"):
            write(file, "")
        run("mount", "-t", "ext4", disk, EXPORT)
        run("mount", "--bind", EXPORT, MOUNT)
        run("mount", "-t", "nfsd", "nfsd", "/proc/fs/nfsd")
        write("/proc/fs/nfsd/nfsv4leasetime", str(LEASE_SECONDS))
        write("/proc/fs/nfsd/nfsv4gracetime", str(LEASE_SECONDS))
        self.open_to_all()
        self.export(SQUASHED)
        run("rpc.mountd", "-N", "3", "-u")
        self.start()

    @staticmethod
    def open_to_all():
        """The clients' users are all squashed to nobody, whose the directory is."""
        os.chown(EXPORT, 65534, 65534)
        os.chmod(EXPORT, 0o777)

    @staticmethod
    def export(options):
        run("exportfs", "-i", "-o", options, "*:" + EXPORT)
        run("exportfs", "-f")

    @staticmethod
    def start():
        run("rpc.nfsd", "-N", "3", "4")
        write("/proc/fs/nfsd/v4_end_grace", "Y")        # no client holds anything open that it would claim again

    @staticmethod
    def stop():
        run("rpc.nfsd", "0")


class Node:
    """A node of the cluster: 10.0.<number>.2, with the NFS server at 10.0.<number>.1."""

    def __init__(self, number):
        self.number = number
        self.address = "10.0.%d.1" % number
        self.link = "node%d" % number
        self.holder = subprocess.Popen(["unshare", "--net", "--uts", "--mount", "sh", "-c",
                                        "hostname %s && echo && exec sleep infinity" % self.link],
                                       stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.enter = ["nsenter", "--target", str(self.holder.pid), "--net", "--uts", "--mount"]
        run("ip", "link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", str(self.holder.pid))
        run("ip", "addr", "add", self.address + "/24", "dev", self.link)
        run("ip", "link", "set", self.link, "up")
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "addr", "add", "10.0.%d.2/24" % number, "dev", "eth0")
        self.run("ip", "link", "set", "eth0", "up")
        self.run("umount", MOUNT)       # the tests' own view of the export

    def run(self, *words):
        return run(*self.enter, *words)

    def mount(self, options=DOCUMENTED, at=MOUNT, source=":/", server=None):
        os.makedirs(at, exist_ok=True)
        self.run("mount.nfs4", (server or self.address) + source, at, "-o", options)

    def view(self, path):
        """A path that shows this process what the node sees there."""
        return "/proc/%d/root%s" % (self.holder.pid, path)

    def connect_network(self, connected):
        """Disconnected: as if the cable to the NFS server were pulled at its end. At once, so without a program."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            request = struct.pack(IFREQ, self.link.encode(), 0)
            flags = struct.unpack(IFREQ, fcntl.ioctl(control, SIOCGIFFLAGS, request))[1]
            flags = flags | IFF_UP if connected else flags & ~IFF_UP
            fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack(IFREQ, self.link.encode(), flags))


class NodeServer(Server):
    """Breakwater on a node. Clients come over its unix socket: TCP ports are the node's own."""

    def __init__(self, node, binary, arguments=()):
        super().__init__(binary, "/run/%s/data" % node.link, arguments, wrapper=node.enter)
        self.node = node
        os.makedirs(os.path.dirname(self.data_dir), exist_ok=True)

    def address(self):
        return {"unix_socket": self.socket}


def wait_for(attempt, seconds):
    """Calls attempt() until it returns something true, which is returned; None when it doesn't in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = attempt()
        if found:
            return found
        time.sleep(0.05)
    return None
