"""How the tests' programs find the stores by name: the resolver of tests/stores/resolve_shim.cpp, preloaded."""

import os
import sys

HOSTS = "aliyuncs.com=127.0.0.1,myqcloud.com=127.0.0.1,myhuaweicloud.com=127.0.0.1,s3.test=127.0.0.1,oss.test=127.0.0.1"


def environment(shim, hosts=HOSTS):
    # An interposing library in front of a sanitizer's runtime is meant here.
    asan = os.environ.get("ASAN_OPTIONS", "")
    return {"LD_PRELOAD": os.path.abspath(shim), "BW_TEST_HOSTS": hosts,
            "ASAN_OPTIONS": (asan + ":" if asan else "") + "verify_asan_link_order=0"}


def preload(shim, hosts=HOSTS):
    """This program and all that it starts: runs it anew with the resolver in front, the first time."""
    wanted = environment(shim, hosts)
    if os.environ.get("BW_TEST_HOSTS") != wanted["BW_TEST_HOSTS"]:
        os.execve(sys.executable, [sys.executable] + sys.argv, dict(os.environ, **wanted))
