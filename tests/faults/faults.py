"""What the fault tests share: the preloaded shim (fault_shim.cpp) and a look at a destination's files."""

import errno
import mmap
import os
import shutil
import struct
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness import format_file, preload  # noqa: E402
from harness.server import Server, ServerError, attempt, has_ipv6_loopback, query, wait_until  # noqa: E402,F401

OPERATIONS = ["none", "fsync", "fdatasync", "link", "rename", "write", "pwrite", "close", "open", "mkdir", "unlink",
              "sync", "thread", "any"]  # sync: fsync and fdatasync; thread: pthread_create
IGNORED = -1                    # in place of an errno: the call does nothing and says that it has
KILLED = -2                     # in place of an errno: the process is killed before the call
CONTROL = struct.Struct("<6i4000s")     # as Control in fault_shim.cpp


class Faults:
    """Arms the shim of a running server."""

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as file:
            file.write(bytes(CONTROL.size))
        self.file = open(path, "r+b")
        self.page = mmap.mmap(self.file.fileno(), CONTROL.size)

    def environment(self, shim):
        return dict(preload.environment(shim), BW_FAULT_CONTROL=self.path)

    def arm(self, operation, error, prefix, nth=1, every=False):
        """The nth call on something below prefix fails with this errno (0: hangs); `every`: and all after it."""
        self.disarm()
        body = CONTROL.pack(0, error, nth, int(every), 0, 0, prefix.encode())
        self.page[4:] = body[4:]
        self.page[0:4] = struct.pack("<i", OPERATIONS.index(operation))

    def disarm(self):
        self.page[20:24] = struct.pack("<i", 1)
        self.page[0:4] = struct.pack("<i", 0)

    @property
    def hits(self):
        return struct.unpack("<i", self.page[16:20])[0]


def errno_name(number):
    return errno.errorcode.get(number, str(number))


def tree(directory):
    """Everything below a directory, as sorted relative names; None where there is no such directory."""
    if not os.path.isdir(directory):
        return None
    found = []
    for top, directories, files in os.walk(directory):
        found += [os.path.relpath(os.path.join(top, name), directory) for name in directories + files]
    return sorted(found)


def read_format(directory):
    """The fields of a destination's format file; None where there is none; Damaged where it does not decode."""
    try:
        data = format_file.read(os.path.join(directory, "format"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return format_file.decode(data)[1]


def storage_rows(connection):
    """{(tenant_id, path): (dest_id, dest_type)} of every destination that the server knows."""
    rows = query(connection, "SELECT TENANT_ID, PATH, DEST_ID, DEST_TYPE FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO")
    return {(tenant, path): (dest_id, dest_type) for tenant, path, dest_id, dest_type in rows}


def values(connection):
    """{tenant_id: the value of data_backup_dest}"""
    return dict(query(connection, "SELECT TENANT_ID, VALUE FROM oceanbase.CDB_OB_BACKUP_PARAMETER"))


def archive_rows(connection):
    """{tenant_id: {name: value}} of LOG_ARCHIVE_DEST."""
    rows = {}
    for tenant, name, value in query(connection, "SELECT TENANT_ID, NAME, VALUE FROM oceanbase.CDB_OB_ARCHIVE_DEST"):
        rows.setdefault(tenant, {})[name] = value
    return rows


class Failure(AssertionError):
    pass


def check(holds, what, *args):
    if not holds:
        raise Failure(what % args if args else what)


def run_cases(cases, name, run, only=()):
    """Each case (a function) with a directory of its own: run(case, directory). Says how each ended, and exits."""
    failed = 0
    for case in cases:
        if only and case.__name__ not in only:
            continue
        base = tempfile.mkdtemp(prefix="breakwater-%s-" % name)
        begun = time.monotonic()
        try:
            run(case, base)
            print("passed %s (%.0f s)" % (case.__name__, time.monotonic() - begun), flush=True)
        except Exception:  # noqa: BLE001
            failed += 1
            print("FAILED", case.__name__, traceback.format_exc(), flush=True)
        finally:
            shutil.rmtree(base)
    sys.exit(1 if failed else 0)
