#!/usr/bin/python3
"""The views' columns, types and NULL flags against OceanBase 4.2.1's own documents (views-4.2.1.csv), as sys, a tenant in
MySQL mode and an Oracle tenant see them; and that each can be read.

    dictionary.py --server PROGRAM
"""

import argparse
import csv
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from harness.server import Server, query  # noqa: E402


def documented():
    """{mode: {view: [(column, type, nullable)]}}"""
    views = {}
    with open(HERE / "views-4.2.1.csv", newline="") as file:
        for row in csv.DictReader(file):
            columns = views.setdefault(row["tenant_mode"], {}).setdefault(row["view"], [])
            kind = row["type"]
            if row["tenant_mode"] == "oracle":
                kind = kind.upper().replace("VARCHAR(", "VARCHAR2(")       # the documents write it in three ways
            columns.append((row["column"], kind, row["nullable"]))
    return views


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
        if found[view] != wanted:
            yield "%s: %s\n  wanted %r\n  got    %r" % (
                mode, view, [c for c in wanted if c not in found[view]], [c for c in found[view] if c not in wanted])


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
