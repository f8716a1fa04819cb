"""What the fault tests share: the preloaded shim (fault_shim.cpp) and a look at a destination's files."""

import errno
import mmap
import os
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness import format_file, preload  # noqa: E402
from harness.server import Server, ServerError, attempt, has_ipv6_loopback, query, wait_until  # noqa: E402,F401

OPERATIONS = ["none", "fsync", "fdatasync", "link", "rename", "write", "pwrite", "close", "open", "mkdir", "unlink",
              "sync"]         # sync: fsync and fdatasync
IGNORED = -1                    # in place of an errno: the call does nothing and says that it has
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
