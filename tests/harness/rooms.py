#!/usr/bin/env python3
"""Checks the walls between the rooms, from the CMakeLists.txt that declare them (cmake/rooms.cmake) and the #include lines:

  - no room includes a header of a room that it doesn't link, or one that a room doesn't show;
  - from outside a room of rooms only headers that its doors show are included;
  - there is no circle between rooms, neither in what they link nor in what they include;
  - every source and header is in a room, or is one of the single files at the root of server/.

CMake enforces the first two as well, by the include directories of each target; this checks them without a build.

    rooms.py            checks
    rooms.py --print    the rooms, bottom up, with what each includes
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOP = ("base", "grammar", "catalog", "storage", "server")
INCLUDE = re.compile(r'^\s*#\s*include\s+"((?:%s)/[^"]+)"' % "|".join(TOP), re.M)
KEYWORDS = ("APART", "SHOWS", "LINKS", "PRIVATE_LINKS", "ROOMS", "PCH", "SOURCES")


class Room:
    def __init__(self, target, path, words):
        self.target, self.path = target, path
        parts, now = {}, None
        for word in words:
            if word in KEYWORDS:
                now = parts.setdefault(word, [])
            elif now is not None:
                now.append(word)
        self.shows = parts.get("SHOWS")
        self.links, self.private = parts.get("LINKS", []), parts.get("PRIVATE_LINKS", [])
        self.inner = parts.get("ROOMS", [])

    def shown(self, header):
        """`header` from the repository's root."""
        if self.path is not None:
            return self.shows is None or header[len(self.path) + 1:] in self.shows
        return any(header == one or header.startswith(one + "/") for one in self.shows)


def declared(root):
    """Rooms and doors by target, and the interface targets that show single headers (breakwater_view)."""
    rooms, doors, views = {}, {}, {}
    for file in sorted(root.glob("*/CMakeLists.txt")):
        text = re.sub(r"#[^\n]*", "", file.read_text())
        variables = {name: value.split() for name, value in re.findall(r"\bset\((\w+)\s+([^)]*)\)", text)}
        for kind, call in re.findall(r"\bbreakwater_(room|doors|view)\(((?:[^()$]|\$\{\w+\}|\$<[^>]*>)*)\)", text):
            words = []
            for word in call.split():
                variable = re.fullmatch(r"\$\{(\w+)\}", word)
                words += variables.get(variable.group(1), []) if variable else [word]
            if kind == "room":
                rooms[words[0]] = Room(words[0], words[1], words[2:])
            elif kind == "doors":
                doors[words[0]] = Room(words[0], None, words[1:])
            else:
                views.setdefault(words[0], []).extend(words[2:])
    return rooms, doors, views


def room_of(rooms, file):
    inside = [room for room in rooms.values() if file.startswith(room.path + "/")]
    return max(inside, key=lambda room: len(room.path)) if inside else None


def reach(rooms, doors, room):
    """The targets whose headers a room sees: those that it links, and those that these show."""
    seen, ahead = set(), [*room.links, *room.private]
    while ahead:
        target = ahead.pop()
        if target in seen:
            continue
        seen.add(target)
        found = rooms.get(target) or doors.get(target)
        ahead += found.links if found else []
    return seen


def circle(edges):
    """A circle in a graph as a list of names, or None."""
    state, path = {}, []

    def visit(node):
        state[node] = "open"
        path.append(node)
        for ahead in sorted(edges.get(node, ())):
            if state.get(ahead) == "open":
                return path[path.index(ahead):] + [ahead]
            if ahead not in state:
                found = visit(ahead)
                if found:
                    return found
        path.pop()
        state[node] = "done"
        return None

    for node in sorted(edges):
        if node not in state:
            found = visit(node)
            if found:
                return found
    return None


def sources(root):
    return sorted(str(path.relative_to(root)) for top in TOP for path in (root / top).rglob("*")
                  if path.suffix in (".h", ".cpp"))


def check(root):
    """The violations, a line for each, and the rooms that each room includes."""
    rooms, doors, views = declared(root)
    broken, included = [], {target: set() for target in rooms}
    door_of = {inner: door for door in doors.values() for inner in door.inner}
    for file in sources(root):
        here = room_of(rooms, file)
        if here is None and not re.fullmatch(r"server/[^/]+", file):
            broken.append("%s: lies in no room" % file)
            continue
        text = (root / file).read_text()
        for match in INCLUDE.finditer(text):
            header, line = match.group(1), text.count("\n", 0, match.start()) + 1
            there = room_of(rooms, header)
            if there is None or there is here:
                continue
            where = "%s:%d: " % (file, line)
            door = door_of.get(there.target)
            if door is not None and (here is None or door_of.get(here.target) is not door):
                if not door.shown(header):
                    broken.append(where + "%s is not among the doors of %s" % (header, door.target))
                    continue
                targets = {door.target, there.target}
            else:
                if not there.shown(header):
                    broken.append(where + "%s is inside %s" % (header, there.target))
                    continue
                targets = {there.target}
            targets |= {target for target, shown in views.items() if header in shown}
            if here is not None:
                included[here.target].add(there.target)
                if not targets & reach(rooms, doors, here):
                    broken.append(where + "%s doesn't link %s" % (here.target, there.target))
    links = {target: {link for link in [*room.links, *room.private]} for target, room in rooms.items()}
    links.update({target: set(door.inner) for target, door in doors.items()})
    for what, edges in (("link", links), ("include", included)):
        found = circle(edges)
        if found:
            broken.append("rooms %s each other in a circle: %s" % (what, " -> ".join(found)))
    return broken, included


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--print", action="store_true")
    arguments = parser.parse_args()
    broken, included = check(ROOT)
    for line in broken:
        print(line)
    if arguments.print:
        done = []
        while len(done) < len(included):
            ready = [room for room in included if room not in done and included[room] <= set(done)]
            if not ready:
                break
            for room in ready:
                print("%-20s %s" % (room, " ".join(sorted(included[room]))))
            done += ready
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
