"""A real S3 store: Debian's Ceph with one monitor, one OSD and the RADOS gateway, on free loopback ports.

    with Radosgw(directory, certificates) as store:
        store.http, store.https            # ports; the name is s3.test, buckets also below it
        store.stop_answering(), ...        # what real stores do to their clients
"""

import json
import os
import signal
import subprocess
import uuid

from processes import Processes, free_ports, need, wait_for_http

COMMAND_SECONDS = 120
NAME = "s3.test"
CERTIFICATE_NAMES = [NAME, "*." + NAME]
PROGRAMS = ["ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "monmaptool", "ceph-authtool"]

CONFIG = """
[global]
fsid = {fsid}
mon initial members = a
mon host = [v2:127.0.0.1:{mon2},v1:127.0.0.1:{mon1}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = {directory}/keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd crush chooseleaf type = 0
mon allow pool size one = true
osd pool default pg autoscale mode = off
osd objectstore = memstore
memstore device bytes = 1073741824
osd client watch timeout = 3
mon data = {directory}/mon
osd data = {directory}/osd
mon data avail crit = 1
admin socket = {directory}/$name.asok
pid file = {directory}/$name.pid
log file = {directory}/$name.log
run dir = {directory}
crash dir = {directory}

[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{http}{tls} tcp_nodelay=1
rgw dns name = {name}
rgw thread pool size = 32
"""


class User:
    def __init__(self, name, *limits):
        self.name, self.limits = name, limits
        self.access_key, self.secret = "AK" + name.upper().ljust(18, "0"), "sk/" + name.ljust(37, "+")


USERS = {user.name: user for user in (User("owner"), User("reader", "--op-mask=read"), User("suspended"), User("full"))}


class Radosgw(Processes):
    def __init__(self, directory, certificates=None):
        need(*PROGRAMS)
        super().__init__(directory)
        self.certificates = certificates

    def start(self):
        self._configure()
        self._start_cluster()
        self._make_users()

    def _configure(self):
        mon1, mon2, self.http, self.https = free_ports(4)
        for name in ("mon", "osd"):
            os.makedirs(os.path.join(self.directory, name))
        tls = ""
        if self.certificates:
            tls = " ssl_endpoint=127.0.0.1:%d ssl_certificate=%s" % (self.https, self.certificates.pem)
        self.fsid, self.mon = str(uuid.uuid4()), "[v2:127.0.0.1:%d,v1:127.0.0.1:%d]" % (mon2, mon1)
        self.config = os.path.join(self.directory, "ceph.conf")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(CONFIG.format(fsid=self.fsid, mon1=mon1, mon2=mon2, http=self.http, tls=tls, name=NAME,
                                     directory=self.directory))

    def _run(self, *command):
        done = subprocess.run([*command, "-c", self.config] if command[0] != "ceph-authtool" else command,
                              cwd=self.directory, capture_output=True, text=True, timeout=COMMAND_SECONDS)
        if done.returncode:
            raise RuntimeError("%s: %s%s" % (" ".join(command), done.stdout, done.stderr))
        return done.stdout

    def _start_cluster(self):
        keyring, everything = "keyring", ["--cap", "mon", "allow *", "--cap", "osd", "allow *"]
        self._run("monmaptool", "--create", "--fsid", self.fsid, "--addv", "a", self.mon, "monmap")
        self._run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        self._run("ceph-authtool", keyring, "--gen-key", "-n", "client.admin", *everything)
        self._run("ceph-authtool", keyring, "--gen-key", "-n", "client.rgw", "--cap", "mon", "allow rw", "--cap", "osd",
                  "allow rwx")
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", keyring)
        self._daemon("mon", "ceph-mon", "-i", "a")
        number, secret = str(uuid.uuid4()), self._run("ceph-authtool", "--gen-print-key").strip()
        with open(os.path.join(self.directory, "osd.json"), "w", encoding="ascii") as file:
            json.dump({"cephx_secret": secret}, file)
        self._run("ceph", "osd", "new", number, "-i", "osd.json")
        self._run("ceph-authtool", keyring, "-n", "osd.0", "--add-key", secret, "--cap", "mon", "allow profile osd",
                  "--cap", "osd", "allow *")
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", number)
        self._daemon("osd", "ceph-osd", "-i", "0")
        self.start_gateway()

    def _make_users(self):
        for user in USERS.values():
            self.admin("user", "create", "--uid=" + user.name, "--display-name=" + user.name,
                       "--access-key=" + user.access_key, "--secret-key=" + user.secret, *user.limits)
        self.admin("user", "suspend", "--uid=suspended")
        self.admin("quota", "set", "--quota-scope=user", "--uid=full", "--max-objects=0")
        self.admin("quota", "enable", "--quota-scope=user", "--uid=full")

    def admin(self, *command):
        return self._run("radosgw-admin", *command)

    def _daemon(self, name, *command):
        self.launch(name, [*command, "-f", "-c", self.config])

    def start_gateway(self):
        self._daemon("gateway", "radosgw", "-n", "client.rgw")
        wait_for_http(self.http, lambda: self.check("gateway"))

    def kill_gateway(self):
        self.kill("gateway")

    def stop_answering(self):
        """Connections are made, nothing is read."""
        self.processes["gateway"].send_signal(signal.SIGSTOP)

    def go_on(self):
        self.processes["gateway"].send_signal(signal.SIGCONT)

    def pause(self):
        """Requests are read, and hang in the store behind the gateway."""
        self._run("ceph", "osd", "pause")

    def unpause(self):
        self._run("ceph", "osd", "unpause")
