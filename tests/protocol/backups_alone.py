#!/usr/bin/python3
"""`breakwater backups`: what it shows of sets and pieces that another program wrote by docs/backup-format.md, whole, damaged
and hostile, as a table and as JSON.

    backups_alone.py --server PROGRAM
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness.expect import check  # noqa: E402
from harness.backup_set import write, write_piece, write_set  # noqa: E402

SECONDS = 120
HOUR = 3_600_000_000_000
START = 1_673_436_600_000_000_000  # 2023-01-11 11:30:00 UTC


class Place:
    """A data destination with a full and an incremental set, and an archive with a frozen and an active piece."""

    def __init__(self, program, base):
        self.program = program
        self.data, self.log = os.path.join(base, "data"), os.path.join(base, "log")
        for place in (self.data, self.log):
            shutil.rmtree(place, ignore_errors=True)
            os.mkdir(place)
        write_set(self.data, 2, START + 2 * HOUR, before=write_set(self.data, 1, START + HOUR))
        last = write_piece(self.log, 1, [START, START + HOUR, START + 2 * HOUR])
        write_piece(self.log, 2, [START + 2 * HOUR, START + 3 * HOUR], previous=last, frozen=False)

    def run(self, *args):
        done = subprocess.run([self.program, "backups", *args], capture_output=True, text=True, timeout=SECONDS,
                              stdin=subprocess.DEVNULL)
        check(done.returncode in (0, 1), "%s", done)
        return done.returncode, done.stdout, done.stderr

    def look(self, *more, code=0):
        got, shown, said = self.run("file://" + self.data, "file://" + self.log, "--json", *more)
        check(got == code, "exit code %d: %s %s", got, shown, said)
        return json.loads(shown)


def statuses(found):
    data, log = found["destinations"]
    return ([one["status"] for one in data["sets"]], [one["status"] for one in log["pieces"]])


def whole(place):
    for more in ((), ("--contents",)):
        found = place.look(*more)
        check(statuses(found) == (["COMPLETE", "COMPLETE"], ["COMPLETE", "ACTIVE"]), "%s", found)
        check([one["restorable"] for one in found["destinations"][0]["sets"]] == [True, True], "%s", found)
        check([(one["from_scn"] - START, one["to_scn"] - START) for one in found["windows"]] ==
              [(HOUR, 3 * HOUR), (2 * HOUR, 3 * HOUR)], "%s", found["windows"])
    code, shown, _ = place.run("file://" + place.data, "file://" + place.log)
    check(code == 0 and "2 inc" in shown and "d1002r1p2" in shown and "backup key 0123456789abcdef" in shown, "%s", shown)
    check("restore tenant t (1002) from set 2: %d (2023-01-11 13:30:00 UTC) to" % (START + 2 * HOUR) in shown, "%s", shown)
    code, shown, _ = place.run("file://" + place.data)
    check(code == 0 and "(2023-01-11 12:30:00 UTC) only" in shown, "%s", shown)


def an_object_is_missing(place):
    os.remove(os.path.join(place.data, "backup_set_1_full/infos/data_1_1.obbak"))
    found = place.look(code=1)
    check(statuses(found)[0] == ["DAMAGED", "COMPLETE"] and found["windows"] == [], "%s", found)
    code, shown, _ = place.run("file://" + place.data)
    check(code == 1 and "missing: backup_set_1_full/infos/data_1_1.obbak" in shown, "%s", shown)
    check("nothing here can be restored" in shown, "%s", shown)


def an_object_is_changed(place):
    path = Path(place.data, "backup_set_2_inc/infos/data_1_1.obbak")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    check(statuses(place.look())[0] == ["COMPLETE", "COMPLETE"], "lengths alone don't tell")
    check(statuses(place.look("--contents", code=1))[0] == ["COMPLETE", "DAMAGED"], "contents do")


def a_set_was_cut_short(place):
    os.remove(os.path.join(place.data, "backup_set_2_inc/single_backup_set_info.obbak"))
    found = place.look()
    check(statuses(found)[0] == ["COMPLETE", "INCOMPLETE"] and len(found["windows"]) == 1, "%s", found)


def the_log_has_a_gap(place):
    os.remove(os.path.join(place.log, "piece_d1002r1p1/logstream_1/log/2.obarc"))
    found = place.look(code=1)
    check(statuses(found)[1] == ["DAMAGED", "ACTIVE"], "%s", found)
    check([one["to_scn"] - one["from_scn"] for one in found["windows"]] == [0, HOUR], "%s", found["windows"])


def hostile(place):
    write(place.data, "backup_sets/backup_set_7_full_start.obbak", b"{}")
    write(place.data, "backup_set_7_full/single_backup_set_info.obbak", b"[" * 100_000)
    write(place.data, "backup_set_8_full/single_backup_set_info.obbak", b"\x1b[2J" * 3_000_000)
    write(place.log, "piece_d1002r1p9/single_piece_info.obarc", b'{"a":' * 100_000)
    os.symlink("/etc", os.path.join(place.data, "backup_set_9_full"))
    found = place.look(code=1)
    check(statuses(found) == (["COMPLETE", "COMPLETE", "DAMAGED", "DAMAGED"], ["COMPLETE", "ACTIVE", "DAMAGED"]), "%s", found)
    code, shown, said = place.run("file://" + place.data)
    check(code == 1 and "\x1b" not in shown + said, "%r", shown)


def no_backups(place):
    code, shown, _ = place.run("file://" + os.path.dirname(place.data))
    check(code == 0 and "no format file" in shown and "nothing here" in shown, "%s", shown)
    for uri in ("file://" + place.data + "/gone", "relative", "s3://bucket/x?host=h&access_id=a&access_key=CANARY"):
        code, shown, said = place.run(uri)
        check(code == 1 and said.startswith("breakwater: ") and "CANARY" not in shown + said, "%s: %s %s", uri, shown, said)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bw_backups_") as base:
        for case in (whole, an_object_is_missing, an_object_is_changed, a_set_was_cut_short, the_log_has_a_gap, hostile,
                     no_backups):
            case(Place(options.server, base))
            print("ok", case.__name__, flush=True)


if __name__ == "__main__":
    main()
