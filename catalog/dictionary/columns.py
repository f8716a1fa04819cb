#!/usr/bin/python3
"""Writes columns.csv as a C++ table. Views with the same columns share one list.

    columns.py columns.csv columns.cpp
"""

import csv
import itertools
import json
import sys

HEADER = ["seen_by", "view", "column", "type", "nullable"]


def views(path):
    """{(seen_by, view): [(column, type, nullable)]}; a view's rows stand together."""
    with open(path, newline="") as file:
        header, *rows = csv.reader(file)
    if header != HEADER:
        sys.exit("%s: the first line is not %s" % (path, ",".join(HEADER)))
    found = {}
    for key, group in itertools.groupby(rows, lambda row: tuple(row[:2])):
        columns = [tuple(row[2:]) for row in group]
        names = [column[0].lower() for column in columns]
        if key in found or len(set(names)) != len(names) or any(c[2] not in ("YES", "NO") for c in columns):
            sys.exit("%s: %s of %s stands twice, or is neither YES nor NO" % (path, key[1], key[0]))
        found[key] = columns
    return found


def literals(values):
    return "{%s}" % ", ".join(json.dumps(value) for value in values)


def write(found, out):
    out.write('#include "catalog/dictionary/views.h"\n\nnamespace breakwater::catalog {\n\nnamespace {\n\n')
    lists = {}
    for columns in found.values():
        if tuple(columns) not in lists:
            name = lists[tuple(columns)] = "kList%d" % len(lists)
            out.write("constexpr ColumnDecl %s[] = {\n" % name)
            out.writelines("    %s,\n" % literals(column) for column in columns)
            out.write("};\n")
    out.write("\nconstexpr ListedView kViews[] = {\n")
    for key in sorted(found):
        out.write("    {%s, %s, %s},\n" % (json.dumps(key[0]), json.dumps(key[1]), lists[tuple(found[key])]))
    out.write("};\n\n}  // namespace\n\nstd::span<const ListedView> listed_views() {\n  return kViews;\n}\n\n"
              "}  // namespace breakwater::catalog\n")


def main():
    source, target = sys.argv[1:]
    with open(target, "w") as out:
        write(views(source), out)


if __name__ == "__main__":
    main()
