#!/usr/bin/env python3
"""Tests on a small repository that links.py finds missing targets and follows renamed ones."""

import contextlib
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import links

FILES = {
    "README.md": "[there](docs/a.md) [part](docs/a.md#part-two) [own](#own) `server/x.cpp` `server/{x,y}.cpp` `server/<name>.cpp`\n"
                 "# Own\n[web](https://example.com/x.md)\n```\n[not a link](nowhere.md)\n```\n",
    "docs/a.md": '<a id="first"></a>\n## Part two\n[up](../README.md) [code](../server/x.cpp)\n',
    "server/x.cpp": "// docs/a.md#first says why; server/y.cpp does it.\n#include \"server/y.cpp\"\n",
    "server/y.cpp": "\n",
}
BAD = {
    "README.md": ("[a](docs/b.md)\n", "there is no docs/b.md"),
    "docs/a.md": ("[a](#second)\n", "docs/a.md has no anchor 'second'"),
    "server/x.cpp": ("// docs/a.md#third\n", "docs/a.md has no anchor 'third'"),
    "docs/b.md": ("`server/z.cpp:12`\n", "there is no server/z.cpp"),
    "docs/c.md": ("[a](../../etc/passwd)\n", "../../etc/passwd leads out of the repository"),
    "docs/e.md": ("[over\nlines](f.md)\n", "docs/e.md:2: there is no docs/f.md"),
    "docs/d.md": ("`catalog/{a,b}.h`\n", "there is no catalog/a.h"),
    "server/y.cpp": ("// docs/none.md\n", "there is no docs/none.md"),
    "server/z.cpp": ("int x = 1;  ///< (behaviour 2.3)\n", "server/z.cpp:1: cite docs/spec/"),
    "server/w.cpp": ("/// R1.1.5: so it is.\n", "server/w.cpp:1: cite docs/spec/"),
    "server/v.cpp": ("  // 5.3: so it is (5.3.2).\n", "server/v.cpp:1: cite docs/spec/"),
}


def git(*arguments):
    subprocess.run(["git", "-C", links.ROOT, "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments],
                   check=True, capture_output=True)


def write(files):
    for name, text in files.items():
        (links.ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (links.ROOT / name).write_text(text)
    git("add", "--all")
    git("commit", "--quiet", "--message=x")


def told():
    links.anchors.__defaults__[0].clear()
    with contextlib.redirect_stdout(io.StringIO()) as text:
        links.check(sorted(links.files()))
    return text.getvalue()


def main():
    if not shutil.which("git"):
        print("Not run: there is no git")
        return 77
    with tempfile.TemporaryDirectory() as scratch:
        links.ROOT = Path(scratch).resolve()
        git("init", "--quiet")
        write(FILES)
        assert told() == "", told()
        for name, (text, why) in BAD.items():
            write({name: FILES.get(name, "") + text})
            assert why in told(), (name, told())
            write({name: FILES.get(name, "")})
        git("mv", "server/y.cpp", "docs/y.cpp")
        git("commit", "--quiet", "--message=moved")
        with contextlib.redirect_stdout(io.StringIO()):
            links.follow(sorted(links.files()), "HEAD~1")
        moved = (links.ROOT / "server/x.cpp").read_text()
        assert moved.startswith("// docs/a.md#first says why; docs/y.cpp does it.") and '"server/y.cpp"' in moved, moved
        assert "`server/{x,y}.cpp`" in (links.ROOT / "README.md").read_text()


if __name__ == "__main__":
    sys.exit(main())
