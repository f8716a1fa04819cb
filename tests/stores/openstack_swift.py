"""A real store that speaks S3 without tags and conditional puts: Debian's OpenStack Swift with s3api, on loopback.

    with Swift(directory) as store:
        store.http      # its port; path style alone
"""

import os
import pwd

from processes import Processes, free_ports, need, wait_for_http

USER = pwd.getpwuid(os.getuid()).pw_name
NAME = "s3.test"
ACCESS_KEY, SECRET = "test:tester", "testing"
PROGRAMS = ["swift-proxy-server", "swift-account-server", "swift-container-server", "swift-object-server"]
SERVERS = ["account", "container", "object"]

COMMON = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
swift_dir = {directory}
user = {user}
workers = 0
log_level = WARNING
"""

# Seconds. By default a server that can't be reached within 0.5 s is one that is gone, and the answer 503.
PATIENT = """
conn_timeout = 30
node_timeout = 60
"""

STORAGE = COMMON + """
devices = {directory}/devices
mount_check = false

[pipeline:main]
pipeline = {kind}-server

[app:{kind}-server]
use = egg:swift#{kind}
""" + PATIENT

FILTERS = {
    "catch_errors": "", "gatekeeper": "", "listing_formats": "", "bulk": "", "copy": "", "slo": "", "dlo": "",
    "s3api": "location = us-east-1\ndns_compliant_bucket_names = true",
    "tempauth": "user_test_tester = testing .admin .reseller_admin",
}
PIPELINE = "catch_errors gatekeeper cache listing_formats bulk s3api tempauth copy slo dlo proxy-server"


class Swift(Processes):
    def __init__(self, directory):
        need(*PROGRAMS)
        super().__init__(directory)

    def start(self):
        self.http, self.cache, *ports = free_ports(2 + len(SERVERS))
        self.launch("memcached", ["memcached", "-l", "127.0.0.1", "-p", str(self.cache), "-U", "0", "-m", "16", "-u",
                                  USER])
        os.makedirs(os.path.join(self.directory, "devices", "sda"))
        for kind, port in zip(SERVERS, ports):
            self._ring(kind, port)
            self._server(kind, STORAGE, port)
        self._server("proxy", self._proxy_config(), self.http)
        for port in *ports, self.http:
            wait_for_http(port, lambda: [self.check(name) for name in self.processes])

    def _ring(self, kind, port):
        from swift.common.ring import RingBuilder
        builder = RingBuilder(4, 1, 1)
        builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "sda", "weight": 1})
        builder.rebalance()
        builder.get_ring().save(os.path.join(self.directory, kind + ".ring.gz"))

    def _proxy_config(self):
        parts = [COMMON, "[pipeline:main]\npipeline = %s\n" % PIPELINE,
                 "[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true" + PATIENT]
        parts += ["[filter:cache]\nuse = egg:swift#memcache\nmemcache_servers = 127.0.0.1:%d\n" % self.cache]
        parts += ["[filter:%s]\nuse = egg:swift#%s\n%s\n" % (name, name, more) for name, more in FILTERS.items()]
        return "\n".join(parts)

    def _server(self, kind, text, port):
        config = os.path.join(self.directory, kind + ".conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(text.format(port=port, directory=self.directory, kind=kind, user=USER))
        self.launch(kind, ["swift-%s-server" % kind, config, "--verbose"])
