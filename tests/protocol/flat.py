#!/usr/bin/python3
"""A row of a result costs no allocation (but those of SQLite, where it copies a text), and a result of 100 rows goes out in one write.

    flat.py --server PROGRAM --shim LIBRARY
"""

import argparse
import contextlib
import os
import struct
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
from harness.server import Server, query  # noqa: E402
from wire import Wire  # noqa: E402

TENANTS = 200
FEW, MANY = 20, 100
ROUNDS = 5
SPARE = 8                    # allocations of buffers that grow with a result, not with each of its rows
VIEWS = ["SELECT * FROM DBA_OB_TENANTS LIMIT %d", "SELECT t.TENANT_NAME, SYSDATE(), 1.50, NULL FROM DBA_OB_TENANTS t LIMIT %d",
         "SELECT TENANT_NAME, CREATE_TIME FROM DBA_OB_TENANTS WHERE TENANT_ID > 1 ORDER BY TENANT_ID LIMIT %d"]


class Counter:
    def __init__(self, path):
        self.path = path
        Path(path).write_bytes(bytes(16))

    def read(self):
        return struct.unpack("<QQ", Path(self.path).read_bytes())

    def of(self, action):
        """(allocations, writes), the least of some runs: the first one of a statement prepares it."""
        found = []
        for _ in range(ROUNDS):
            before = self.read()
            rows = action()
            found.append(tuple(now - then for now, then in zip(self.read(), before)))
        return len(rows), min(count for count, _ in found), min(writes for _, writes in found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        counter = Counter(os.path.join(directory, "counts"))
        environment = {"LD_PRELOAD": os.path.abspath(options.shim), "BW_COUNTS": counter.path}
        with Server(options.server, os.path.join(directory, "server"), env=environment) as server, \
                contextlib.closing(Wire(server)) as client:
            with contextlib.closing(server.connect()) as root:
                for number in range(TENANTS):
                    query(root, "CREATE TENANT t%d" % number)
            for sql in VIEWS:
                few, many = client.prepare(sql % FEW), client.prepare(sql % MANY)
                for how, run_few, run_many in (("text", lambda: client.query(sql % FEW), lambda: client.query(sql % MANY)),
                                               ("prepared", few.execute, many.execute)):
                    rows_few, least, writes_few = counter.of(run_few)
                    rows_many, most, writes_many = counter.of(run_many)
                    print("%s, %s: %d allocations for %d rows, %d for %d" % (sql, how, least, rows_few, most, rows_many))
                    assert (rows_few, rows_many) == (FEW, MANY)
                    assert least > 0, "the counts are the server's"
                    assert most - least <= SPARE, "%s, %s: a row allocates" % (sql, how)
                    assert (writes_few, writes_many) == (1, 1), (sql, how, writes_few, writes_many)


if __name__ == "__main__":
    main()
