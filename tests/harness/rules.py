#!/usr/bin/env python3
"""Rules that no compiler checks (the walls between rooms: rooms.py). Prints each place that breaks one and fails on any."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

ROOMS = ["base", "grammar", "catalog", "storage", "server", "tests"]

# (files, pattern that must not stand in them, why)
RULES = [
    (r"server/auth/.*\.(h|cpp)$|base/(secret|crypto).*|storage/formats/key_file.*", r"\b(mem|str)n?cmp\s*\(",
     "secrets are compared in constant time (CRYPTO_memcmp)"),
    (r"server/protocol/.*\.(h|cpp)$", "asio", "the protocol does no I/O"),
    (r"(?!grammar/).*\.h$", r"#include [<\"]antlr4", "ANTLR stays inside grammar"),
    (r"grammar/(?!(ast_builder|syntax_error|token_stream)\.h)[^/]*\.h$", r"#include [<\"]antlr4-runtime",
     "ANTLR shows in grammar's inner headers alone"),
    (r"(?!tests/).*\.(h|cpp)$", r"std::call_once",
     "an exception on its way through pthread_once() needs memory, without which the process ends"),
    (r"tests/(drivers|stores/emulator)/package-lock\.json$", r'"resolved"', "a lock file names no host"),
]


def main():
    files = [str(path.relative_to(ROOT)) for room in ROOMS for path in (ROOT / room).rglob("*.*")
             if "node_modules" not in path.parts]
    found = 0
    for names, pattern, why in RULES:
        for name in filter(re.compile(names).match, files):
            for number, line in enumerate((ROOT / name).read_text("utf-8", "replace").splitlines(), 1):
                if re.search(pattern, line):
                    print("%s:%d: %s\n    %s" % (name, number, why, line.strip()))
                    found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
