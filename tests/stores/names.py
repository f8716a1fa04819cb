"""How the tests' programs find the stores by name: the resolver of tests/stores/resolve_shim.cpp, preloaded."""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness import preload  # noqa: E402

HOSTS = "aliyuncs.com=127.0.0.1,myqcloud.com=127.0.0.1,myhuaweicloud.com=127.0.0.1,s3.test=127.0.0.1,oss.test=127.0.0.1"


def environment(shim, hosts=HOSTS):
    return dict(preload.environment(shim), BW_TEST_HOSTS=hosts)


def arguments(hosts=HOSTS, tool=True):
    """What ctest gives a test of stores. The resolver is in front of this program and of all that it starts: it is run
    anew with it, the first time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", help="as every system test gets it; these need none")
    parser.add_argument("--shim", required=True)
    if tool:
        parser.add_argument("--tool", required=True)
    options = parser.parse_args()
    if os.environ.get("BW_TEST_HOSTS") != hosts:
        os.execve(sys.executable, [sys.executable] + sys.argv, dict(os.environ, **environment(options.shim, hosts)))
    return options
