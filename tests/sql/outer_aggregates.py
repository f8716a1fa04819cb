#!/usr/bin/python3
"""Random SELECTs whose sub-queries hold aggregates of the SELECTs around them, here and on MariaDB.

    outer_aggregates.py --server PROGRAM [--count 600] [--seed 1] [--show 3]

None may end as an internal error or be refused. MariaDB answers some of them wrongly (IN and ANY in HAVING over groups), looks
for names elsewhere, and leaves sub-queries out that would give too many rows: so the answers are compared as a share.
"""

import argparse
import collections
import os
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness.mariadb import MariaDb  # noqa: E402
from harness.server import Server, attempt, query  # noqa: E402
from reference import SESSION  # noqa: E402

# Within a group all rows are alike, so that a column by itself is one value.
TABLES = ["(SELECT 1 a, 10 b UNION ALL SELECT 2, 20 UNION ALL SELECT 2, 30 UNION ALL SELECT NULL, 5) t",
          "(SELECT 1 c, 10 d UNION ALL SELECT 1, 10 UNION ALL SELECT 1, 10) u",
          "(SELECT 2 e UNION ALL SELECT 2) v"]
COLUMNS = [["t.a", "t.b"], ["u.c", "u.d", "t.a", "t.b"], ["v.e", "u.c", "t.a"]]
COMPARISONS = [">=", "<=", "=", "<>", "<", ">"]
LEAST_EQUAL_PERCENT = 70


class Statement:
    """One SELECT; `level` says how deep in sub-queries a part of it is."""

    def __init__(self, chance):
        self.chance = chance

    def column(self, level):
        return self.chance.choice(COLUMNS[level])

    def aggregate(self, level):
        name = self.chance.choice(["SUM", "MAX", "MIN", "COUNT", "AVG", "COUNT(*)"])
        argument = self.chance.choice([self.column(level), self.column(level) + "+1", self.column(level) + "+" + self.column(level)])
        return name if name == "COUNT(*)" else "%s(%s)" % (name, argument)

    def value(self, level, aggregates, depth=2):
        kind = self.chance.random()
        if depth and level < 2 and kind < 0.3:
            return self.scalar(level + 1, depth - 1)
        if aggregates and kind < 0.65:
            return self.aggregate(level)
        return self.column(level) if kind < 0.8 else str(self.chance.randint(0, 3))

    def condition(self, level, aggregates, depth=2):
        kind, compares = self.chance.random(), self.chance.choice(COMPARISONS)
        left = self.value(level, aggregates, 0 if kind < 0.3 else depth)
        if depth and level < 2 and kind < 0.4:
            below = self.query(level + 1, depth - 1)
            if kind < 0.15:
                return "%s IN %s" % (left, below)
            return "%s %s %s %s" % (left, compares, self.chance.choice(["ALL", "ANY"]), below) if kind < 0.3 else "EXISTS " + below
        return "%s %s %s" % (left, compares, self.value(level, aggregates, depth))

    def query(self, level, depth, limit=""):
        if self.chance.random() < 0.15:
            return "(SELECT %s%s)" % (self.value(level - 1, True, depth), limit)
        sql = "SELECT %s FROM %s" % (self.value(level, True, depth), TABLES[level])
        if self.chance.random() < 0.4:
            sql += " WHERE " + self.condition(level, False, depth)
        if self.chance.random() < 0.25:
            sql += " GROUP BY " + self.column(level)
        if self.chance.random() < 0.3:
            sql += " HAVING " + self.condition(level, True, depth)
        return "(%s%s)" % (sql, limit)

    def scalar(self, level, depth):
        return self.query(level, depth, self.chance.choice(["", " LIMIT 1"]))

    def text(self):
        items = [self.value(0, self.chance.random() < 0.6) for _ in range(self.chance.randint(1, 2))]
        sql = "SELECT %s FROM %s" % (", ".join(items), TABLES[0])
        if self.chance.random() < 0.3:
            sql += " WHERE " + self.condition(0, False)
        sql += " GROUP BY t.b"
        if self.chance.random() < 0.4:
            sql += " HAVING " + self.condition(0, True)
        return sql + (" ORDER BY " + self.value(0, True) if self.chance.random() < 0.3 else "")


def answer(connection, sql):
    error = attempt(connection, sql)[0]
    return error or sorted(map(str, query(connection, sql)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-aggregates-") as base, MariaDb(base) as mariadb, \
            Server(options.server, os.path.join(base, "data")) as server:
        ours = server.connect(database="oceanbase", charset="utf8mb4", conv={}, read_timeout=120)
        theirs = mariadb.connect(charset="utf8mb4", conv={}, read_timeout=120)
        for statement in SESSION:
            query(ours, statement)
            query(theirs, statement)
        kinds, broken = collections.Counter(), 0
        for number in range(options.count):
            sql = Statement(random.Random(options.seed * 1_000_003 + number)).text()
            here, there = answer(ours, sql), answer(theirs, sql)
            kind = "equal" if here == there else "error %s" % here if isinstance(here, int) else "other rows, or an error there"
            kinds[kind] += 1
            broken += here in (4016, 1235)
            if here in (4016, 1235) and broken <= options.show:
                print(sql, "\n  ours", here, "\n  MariaDB", there)
        print(dict(kinds))
    equal = 100 * kinds["equal"] / options.count
    sys.exit(1 if broken or equal < LEAST_EQUAL_PERCENT else 0)


if __name__ == "__main__":
    main()
