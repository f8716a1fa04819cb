#!/usr/bin/python3
"""The image installs what the program is linked with: each shared library it names is of a package in
docker/runtime.txt, or of one that every Debian system has.

    linked.py --server PROGRAM
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

RUNTIME = Path(__file__).resolve().parents[2] / "docker" / "runtime.txt"
EVERYWHERE = {"libc6", "libgcc-s1", "libstdc++6"}  # apt itself needs them


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    options = parser.parse_args()
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "--dynamic", options.server))
    paths = dict(re.findall(r"^\s*(\S+) => (/\S+)", output("ldd", options.server), re.M))
    installed = {line.strip() for line in RUNTIME.read_text().splitlines() if not line.startswith("#")} | EVERYWHERE
    missing = []
    for library in needed:
        path = Path(paths[library]).resolve()
        # dpkg knows a file by the name it was packed with: /lib is a link to /usr/lib.
        owners = output("dpkg", "--search", "*/" + path.name)
        if not {line.split(":")[0] for line in owners.splitlines()} & installed:
            missing.append("%s (%s)" % (library, owners.strip()))
    print("%d libraries: %s" % (len(needed), ", ".join(needed)))
    if not needed or missing:
        sys.exit("not in docker/runtime.txt: " + ", ".join(missing))


if __name__ == "__main__":
    main()
