#!/usr/bin/env python3
"""Makes docs/errors.md from the error tables and from docs/errors.toml, which says when each error comes and what to do
about it.

    errors_doc.py --write    writes the page
    errors_doc.py --check    fails if the page isn't what --write would write, if a row of the table has no case, or if no code
                             of the product uses the error
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/errors.md"
ROOMS = ("base", "grammar", "catalog", "storage", "server")


def invocations(text, macro):
    """The arguments of each macro(...) in a table, strings joined and without their quotes."""
    text = re.sub(r"^\s*//.*$", "", text, flags=re.M)
    for start in re.finditer(r"\b%s\(" % macro, text):
        arguments, current = [], ""
        for token in re.finditer(r'"((?:[^"\\]|\\.)*)"|([(),])|([^"(),]+)', text[start.end():]):
            string, mark, word = token.groups()
            if mark == ",":
                arguments.append(current.strip())
                current = ""
            elif mark == ")":
                arguments.append(current.strip())
                break
            else:
                current += string.replace('\\"', '"') if string is not None else word.strip()
        yield arguments


def read_rows():
    rows = {}
    for name, ob_code, number, sqlstate, text, template in invocations((ROOT / "base/error_table.inc").read_text(), "BW_ERROR"):
        rows[name] = {"ob_code": int(ob_code), "number": int(number), "sqlstate": sqlstate, "text": text, "template": template}
    for name, note in invocations((ROOT / "base/error_notes.inc").read_text(), "BW_NOTE"):
        rows[name]["note"] = note
    oracle = {}
    for name, number, *_ in invocations((ROOT / "base/oracle_error_table.inc").read_text(), "BW_ORACLE"):
        oracle[name] = int(number)
    return rows, oracle


def read_cases():
    data = tomllib.loads((ROOT / "docs/errors.toml").read_text())
    return data["before"].strip(), data["section"]


def shown(row):
    """The text with arguments, if the row has a template that says more than its text."""
    text = row["template"].replace("{}", "…") if row["template"] else row["text"]
    return row["text"] if text.strip("… ") == "" else text


def texts(row):
    """Without arguments and with them."""
    return row["text"] if shown(row) == row["text"] else "%s; %s" % (row["text"], shown(row))


def cell(text):
    return text.replace("|", "\\|")


def line(*cells):
    return "| %s |" % " | ".join(cell(text) for text in cells) if any(cells) else ""


def anchor(title):
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def render(rows, oracle):
    before, sections = read_cases()
    out = ["# Errors, and what to do about each", "", before]
    places = {}
    title = ""
    for section in sections:
        if "title" in section:
            title = section["title"]
            out += ["", "## " + title]
        if "before" in section:
            out += ["", section["before"].strip()]
        if "cases" in section:
            out += ["", line("error", "text", "when", "what to do"), "|---|---|---|---|"]
        for name, text, when, do in section.get("cases", []):
            row = rows[name]
            out.append("| %d | %s | %s | %s |" % (row["number"], cell(text or shown(row)), cell(when), cell(do)))
            places.setdefault(name, [])
            if title not in places[name]:
                places[name].append(title)
        if "after" in section:
            out += ["", section["after"].strip()]
    out += ["", '<a id="by-number"></a>', "## By number", "",
            "The number that a client sees; OceanBase's code, which the text of ORA-00600 holds in Oracle mode; Oracle's own",
            "number, where there is one.", "",
            line("error", "SQLSTATE", "OceanBase", "Oracle", "text", "note, where the error has none of its own", "see"),
            "|---|---|---|---|---|---|---|"]
    for name, row in sorted(rows.items(), key=lambda item: (item[1]["number"], item[0])):
        see = ", ".join("[%s](#%s)" % (place, anchor(place)) for place in places.get(name, []))
        ora = "ORA-%05d" % oracle[name] if name in oracle else ""
        out.append("| %d | %s | %s | %s | %s | %s | %s |" % (row["number"], row["sqlstate"], row["ob_code"] or "", ora,
                                                            cell(texts(row)), cell(row["note"]), see))
    return "\n".join(out) + "\n", places


def unused(rows):
    """Rows that no code makes an error of. Code that only asks whether an error is of that row doesn't count."""
    made = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.suffix in (".h", ".cpp"):
                code = re.sub(r"//.*", "", path.read_text("utf-8", "replace"))
                code = re.sub(r"\bis\(Errc::\w+\)|\bcase Errc::\w+", "", code)
                made.update(re.findall(r"\b(?:error::|Errc::)(\w+)", code))
    return sorted(set(rows) - made)


def main():
    rows, oracle = read_rows()
    problems = []
    for section in read_cases()[1]:
        problems += ["docs/errors.toml: there is no row '%s'" % case[0] for case in section.get("cases", []) if case[0] not in rows]
        problems += ["docs/errors.toml: %s is not told what to do" % case for case in section.get("cases", []) if not case[3]]
    # An error without a number of MySQL has OceanBase's.
    problems += ["base/error_table.inc: '%s' has number %d and OceanBase's code %d" % (name, row["number"], row["ob_code"])
                 for name, row in rows.items()
                 if row["number"] >= 4000 and row["number"] != -row["ob_code"]]
    problems += ["base/oracle_error_table.inc: there is no row '%s'" % name for name in sorted(set(oracle) - set(rows))]
    if not problems:
        page, places = render(rows, oracle)
        problems += ["base/error_table.inc: '%s' has no case in docs/errors.toml: when does it come, and what is to be done?" % name
                     for name in rows if name not in places]
        problems += ["base/error_table.inc: nothing in the product makes '%s'" % name for name in unused(rows)]
        if sys.argv[1:] == ["--write"]:
            PAGE.write_text(page)
        elif sys.argv[1:] != ["--check"]:
            sys.exit(__doc__)
        elif not PAGE.exists() or PAGE.read_text() != page:
            problems.append("docs/errors.md is not what the tables and docs/errors.toml make; run tests/harness/errors_doc.py --write")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
