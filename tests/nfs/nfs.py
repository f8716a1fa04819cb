#!/usr/bin/python3
"""Two servers on two nodes with one NFSv4.1 mount: what one does, the other sees; one directory has one owner; every
way the NFS server can fail gives its own error, within its deadline, and heals. nfs_guest.py has the tests; this
program boots the machine they run in.

    nfs.py --server PROGRAM [--only NAME] [--rounds N]

Exit code 77: this machine lacks what it takes.
"""

import argparse
import os
import sys
import tempfile

import uml

SECONDS = 300           # the guest's whole life
DISK_MB = 64
PROGRAMS = [uml.KERNEL, "mkfs.ext4", "modprobe", "ip", "nsenter", "unshare", "rpc.nfsd", "rpc.mountd", "exportfs",
            "mount.nfs4"]


def run(options, directory):
    disk = uml.make_disk(os.path.join(directory, "export.img"), DISK_MB)
    arguments = ["--server", os.path.abspath(options.server), "--rounds", options.rounds]
    arguments += ["--only", options.only] if options.only else []
    with uml.Guest("nfs_guest.py", arguments, directory, [disk], SECONDS) as guest:
        for line in guest.events():
            print(line, flush=True)
        if guest.status != 0:
            print(guest.log())
            print("the guest ended with %s" % guest.status)
    return 0 if guest.status == 0 else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--only", help="one test by its name")
    parser.add_argument("--rounds", type=int, default=20, help="of what is raced for")
    options = parser.parse_args()
    uml.adopt_orphans()
    try:
        uml.require(PROGRAMS, "./dev setup installs it")
        with tempfile.TemporaryDirectory(prefix="breakwater-nfs-") as directory:
            return run(options, directory)
    except uml.Lacking as lacking:
        print("Not run: " + str(lacking))
        return uml.LACKING


if __name__ == "__main__":
    sys.exit(main())
