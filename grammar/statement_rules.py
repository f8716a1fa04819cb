#!/usr/bin/python3
"""Writes the alternatives of the grammar's rule `statement` as a table: BW_RULE(CreateTenant, create_tenant) for
createTenant, whose function in AstBuilder is create_tenant().

    statement_rules.py BreakwaterParser.g4 statement_rules.inc
"""

import re
import sys


def alternatives(grammar):
    found = re.search(r"^statement\s*:\s*\(([^)]*)\)\s*EOF\s*;", grammar, re.M)
    if found is None:
        sys.exit("the rule `statement` isn't ( alternative | alternative ... ) EOF")
    names = found.group(1).split("|")
    return [name.strip() for name in names]


def row(rule):
    if not re.fullmatch(r"[a-z][A-Za-z]*", rule):
        sys.exit("an alternative of `statement` is not one rule: %s" % rule)
    function = re.sub(r"[A-Z]", lambda letter: "_" + letter.group().lower(), rule)
    return "BW_RULE(%s, %s)\n" % (rule[0].upper() + rule[1:], function)


def main():
    grammar, table = sys.argv[1:]
    with open(grammar) as file:
        rows = [row(rule) for rule in alternatives(file.read())]
    with open(table, "w") as file:
        file.writelines(rows)


if __name__ == "__main__":
    main()
