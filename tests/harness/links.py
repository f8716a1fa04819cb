#!/usr/bin/env python3
"""Follows the links and paths in documents and comments, and fails if a target doesn't exist:

  - each relative link of each .md file, and the anchor behind its '#';
  - each path in back-quotes in an .md file that begins with one of the repository's folders;
  - each "docs/... .md#anchor" that code or a document cites;
  - and no comment cites a text by the number of a rule or a section: whoever reads it must be able to follow.

    links.py                     checks
    links.py --follow COMMIT     rewrites the paths of files that were renamed since COMMIT, in documents and in comments
"""

import argparse
import glob
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FOLDERS = ("base", "grammar", "catalog", "storage", "server", "tests", "docs", "cmake", "docker")
CODE = {".h", ".cpp", ".inc", ".g4", ".py", ".cmake", ".txt", ".sh", ".test", ".js", ".mjs", ".toml", ".yaml", ".yml", ""}

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^()\s]*)\)")
QUOTED_PATH = re.compile(r"`(?:\./)?((?:%s)/[^`\s]*)`" % "|".join(FOLDERS))
CITED = re.compile(r"\bdocs/[A-Za-z0-9_/.-]*?\.md(?:#[A-Za-z0-9_-]+)?")
# "behaviour 2.3", "R1.1.5", "section 4.2 of the specification", "(5.3.2)", "of the design".
NUMBERED = re.compile(r"\bbehaviour \d|\bR\d+\.\d+\.\d+\b|\b[Ss]ections? \d+\.\d|(?<!MySQL's )\b[Tt]ables? \d+\.\d|\bspecification's? \d"
                      r"|\b(?:storage|behaviour) (?:notes|specification)\b|\bof the design\b"
                      r"|^[/!<\s]*\d\.\d+(?:\.\d+)?: \w|\(\d\.\d+(?:\.\d+)?\)")
COMMENT = re.compile(r"(?:^|\s)(?://|/\*|\*|#)(?!include)(.*)")
ANCHOR = re.compile(r"<a\s+(?:id|name)=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
CODE_BLOCK = re.compile(r"^(```|~~~)")


def tracked():
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True,
                           capture_output=True, text=True)
    return [name for name in names.stdout.split("\0") if name and (ROOT / name).is_file()]


def files():
    """All files of the repository; without git (a tarball, an image), all files in its folders."""
    try:
        return tracked()
    except (OSError, subprocess.CalledProcessError):
        found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")] + list(ROOT.glob("*"))
        return [str(path.relative_to(ROOT)) for path in found
                if path.is_file() and "node_modules" not in path.parts]


def text_of(name):
    return (ROOT / name).read_text("utf-8", "replace")


def slug(heading):
    """The anchor that a heading has by itself, as GitHub makes it."""
    plain = re.sub(r"<[^>]*>|[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def anchors(name, known={}):
    if name not in known:
        found, block = set(), False
        for line in text_of(name).splitlines():
            block ^= bool(CODE_BLOCK.match(line))
            if block:
                continue
            found.update(ANCHOR.findall(line))
            if HEADING.match(line):
                base = slug(HEADING.match(line).group(1))
                found.add(base if base not in found else next(
                    "%s-%d" % (base, i) for i in range(1, 1000) if "%s-%d" % (base, i) not in found))
        known[name] = found
    return known[name]


def missing(target, anchor):
    """Why `target` (a path below the root) doesn't exist, or None if it does."""
    if not (ROOT / target).exists():
        return "there is no %s" % target
    if anchor and target.endswith(".md") and anchor not in anchors(target):
        return "%s has no anchor '%s'" % (target, anchor)
    return None


def prose(name):
    """Numbered lines of a document, without its blocks of code."""
    block = False
    for number, line in enumerate(text_of(name).splitlines(), 1):
        if CODE_BLOCK.match(line):
            block = not block
        elif not block:
            yield number, line


def bad_links(name):
    rows = list(prose(name))
    numbers = [number for number, _ in rows]
    text = "\n".join(re.sub(r"`[^`]*`", "``", line) for _, line in rows)
    for found in LINK.finditer(text):  # a link's words may go over the end of a line
        link, number = found.group(1), numbers[text.count("\n", 0, found.end())]
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        try:
            target = str(target.resolve().relative_to(ROOT))
        except ValueError:
            yield number, "%s leads out of the repository" % link
            continue
        why = missing(target, anchor)
        if why:
            yield number, why


def bad_paths(name):
    """A path may hold a glob, {a,b} and, for a part that the reader chooses, <name>."""
    for number, line in prose(name):
        for path in QUOTED_PATH.findall(line):
            path = re.sub(r":[0-9]*$", "", path.partition("#")[0])
            for one in expanded(re.sub(r"<[^>]*>", "*", path)):
                if not glob.glob(str(ROOT / one)):
                    yield number, "there is no %s" % one


def expanded(path):
    braces = re.search(r"\{([^{}]*)\}", path)
    if not braces:
        return [path]
    return [one for part in braces.group(1).split(",")
            for one in expanded(path[:braces.start()] + part + path[braces.end():])]


def bad_citations(name):
    for number, line in enumerate(text_of(name).splitlines(), 1):
        for cited in CITED.findall(line):
            path, _, anchor = cited.partition("#")
            why = missing(path, anchor)
            if why:
                yield number, why


def numbered_citations(name):
    for number, line in enumerate(text_of(name).splitlines(), 1):
        comment = COMMENT.search(line)
        if comment and NUMBERED.search(comment.group(1)):
            yield number, "cite docs/spec/... by anchor, not a text by a number: %s" % line.strip()


def check(names):
    found = 0
    for name in names:
        document = name.endswith(".md")
        checks = [bad_links, bad_paths] if document else []
        if (document or Path(name).suffix in CODE) and not name.startswith("tests/harness/links"):
            checks.append(bad_citations)
            if not document:
                checks.append(numbered_citations)
        for number, why in sorted({bad for one in checks for bad in one(name)}):
            print("%s:%d: %s" % (name, number, why))
            found += 1
    return found


def renamed_since(commit):
    lines = subprocess.run(["git", "-C", ROOT, "diff", "--name-status", "-M40%", "--diff-filter=R", commit, "HEAD"],
                           check=True, capture_output=True, text=True).stdout.splitlines()
    return dict(line.split("\t")[1:3] for line in lines)


def follow(names, commit):
    moved = renamed_since(commit)
    # server/a.{h,cpp} and server/a.* move with their parts, where those went to one place.
    stems = {}
    for old, new in moved.items():
        stems.setdefault(old.rsplit(".", 1)[0], set()).add(new.rsplit(".", 1)[0])
    moved.update((old + tail, next(iter(new)) + tail) for old, new in stems.items() if len(new) == 1
                 for tail in (".{h,cpp}", ".*"))
    if not moved:
        return
    path = re.compile(r"(?<![\w/.-])(%s)(?![\w-])" % "|".join(re.escape(old) for old in sorted(moved, key=len, reverse=True)))
    for name in names:
        if not name.endswith((".md", ".h", ".cpp", ".inc", ".g4")):
            continue
        text = text_of(name)
        changed = "".join(
            line if line.lstrip().startswith("#include") else path.sub(lambda hit: moved[hit.group(1)], line)
            for line in text.splitlines(keepends=True))
        if changed != text:
            (ROOT / name).write_text(changed)
            print("rewrote", name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--follow", metavar="COMMIT")
    arguments = parser.parse_args()
    names = sorted(files())
    if arguments.follow:
        follow(names, arguments.follow)
    return 1 if check(names) else 0


if __name__ == "__main__":
    sys.exit(main())
