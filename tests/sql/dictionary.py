#!/usr/bin/python3
"""The views' columns, types and NULL flags against OceanBase 4.2.1's own documents, as sys, a tenant in MySQL mode and an
Oracle tenant see them; and that each can be read.

The server's columns come from catalog/dictionary/columns.csv, so that file can't be what they are compared with.
views-4.2.1.sums has a digest of each view's columns, taken from the documents: who changes a column has to go back to
them, and a slip of the hand in the table, or of what is made from it, shows.

    dictionary.py --server PROGRAM
"""

import argparse
import hashlib
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from harness.server import Server, query  # noqa: E402


def documented():
    """{mode: {view: (how many columns, digest)}}"""
    views = {}
    for line in (HERE / "views-4.2.1.sums").read_text().splitlines():
        if not line.startswith("#"):
            mode, view, columns, digest = line.split()
            views.setdefault(mode, {})[view] = (int(columns), digest)
    return views


def summed(columns):
    text = "\n".join(" ".join(column) for column in columns)
    return len(columns), hashlib.sha256(text.encode()).hexdigest()[:16]


def declared(connection, schema):
    views = {}
    for view, *column in query(connection, "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE FROM"
                                           " information_schema.COLUMNS WHERE TABLE_SCHEMA = '%s'"
                                           " ORDER BY TABLE_NAME, ORDINAL_POSITION" % schema):
        views.setdefault(view, []).append(tuple(column))
    return views


def differences(mode, connection):
    schema = "SYS" if mode == "oracle" else "oceanbase"
    found = declared(connection, schema)
    for view, wanted in sorted(documented()[mode].items()):
        if view not in found:
            yield "%s: %s is not there" % (mode, view)
            continue
        query(connection, "SELECT * FROM %s.%s" % (schema, view))
        if summed(found[view]) != wanted:
            yield "%s: %s is not as documented: %d columns, %s; got %d, %s:\n  %s" % (
                mode, view, *wanted, *summed(found[view]), "\n  ".join(" ".join(column) for column in found[view]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    program = parser.parse_args().server
    with tempfile.TemporaryDirectory() as directory, Server(program, os.path.join(directory, "server")) as server:
        connection = server.connect("root@sys")
        query(connection, "CREATE TENANT t")
        query(connection, "CREATE TENANT o SET ob_compatibility_mode = 'oracle'")
        wrong = [*differences("sys", connection), *differences("mysql", server.connect("root@t")),
                 *differences("oracle", server.connect("SYS@o", database="SYS"))]
        if wrong:
            sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
