"""Writes sets and pieces as docs/backup-format.md describes them, without a word of the server's code: for tests of what
reads them. The keys are made up, so nothing opens; nothing that reads a medium without keys can tell.
"""

import hashlib
import json
import os

OWNER = {"cluster_name": "obcluster", "cluster_id": 1, "tenant_name": "t", "tenant_id": 1002, "compatibility_mode": "MYSQL",
         "incarnation": 1}
KEY = {"fingerprint": "0123456789abcdef", "wrapped": "00" * 60}
TIME = "20230111T193420"
HISTORY = "5a" * 16          # nothing has changed since the log begins


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def sealed(body, mac=True):
    """A JSON file: its sum is right, its MAC is not."""
    text = json.dumps(body, separators=(",", ":"), sort_keys=True)[:-1]
    text += ',"sha256":"%s"' % sha256(text.encode())
    if mac:
        text += ',"mac":"%s"' % ("0" * 64)
    return (text + "}\n").encode()


def write(place, name, content):
    path = os.path.join(place, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


def lines_object(of, piece, number, from_scn, to_scn, previous=""):
    """An object of lines without a line."""
    header = json.dumps({"format": "breakwater lines", "version": 2, "of": of, "piece": piece, "number": number,
                         "from_scn": from_scn, "to_scn": to_scn, "schema_version": 11, "previous": previous, "history": HISTORY}).encode()
    return b"BWLINES1" + len(header).to_bytes(4, "little") + header + bytes(4) + bytes(32)


def entry(name, content, **more):
    return dict(name=name, length=len(content), sha256=sha256(content), lines=0, **more)


def write_set(place, number, scn, before=None):
    """A full set, or an incremental one on the set `before`; returns what the next one builds on."""
    kind = "inc" if before else "full"
    name = "backup_set_%d_%s" % (number, kind)
    owner = dict(OWNER, dest_id=1001)
    which = {"id": number, "type": kind}
    data = "%s/infos/data_1_1.obbak" % name
    content = lines_object("set 1:1002:1001:%d" % number, 0, 1, 0, scn)
    write(place, "backup_sets/%s_start.obbak" % name,
          sealed({"format": "breakwater set start", "version": 2, "owner": owner, "set": which, "started": 1}, mac=False))
    write(place, data, content)
    manifest = sealed({"format": "breakwater set", "version": 2, "owner": owner, "set": which,
                       "prev_full_set_id": before[0] if before else 0, "prev_set_id": before[0] if before else 0,
                       "prev_manifest_sha256": before[1] if before else "", "from_scn": before[2] if before else 0,
                       "start_replay_scn": scn, "min_restore_scn": scn, "history": HISTORY, "schema_version": 11,
                       "cluster_version": "4.2.1.0", "started": 1, "ended": 2,
                       "plus_archivelog": False, "information": "", "key": KEY, "objects": [entry(data, content)]})
    write(place, "%s/single_backup_set_info.obbak" % name, manifest)
    write(place, "backup_sets/%s_end_success_%s.obbak" % (name, TIME),
          sealed({"format": "breakwater set end", "version": 2, "set": which, "success": True,
                  "manifest_sha256": sha256(manifest), "result": 0, "ended": 2}, mac=False))
    return number, sha256(manifest), scn


def write_piece(place, piece, scns, previous="", frozen=True):
    """A piece whose objects go from one SCN to the next; returns the SHA-256 of its last one."""
    name = "piece_d1002r1p%d" % piece
    start = {"owner": dict(OWNER, dest_id=1002), "round_id": 1, "piece_id": piece, "start_scn": scns[0], "schema_version": 11,
             "started": 1, "previous": previous, "history": HISTORY, "key": KEY}
    write(place, "pieces/%s_start_%s.obarc" % (name, TIME),
          sealed(dict(start, format="breakwater piece start", version=2)))
    objects = []
    for number, (from_scn, to_scn) in enumerate(zip(scns, scns[1:]), 1):
        content = lines_object("round 1:1002:1002:1", piece, number, from_scn, to_scn, previous)
        data = "%s/logstream_1/log/%d.obarc" % (name, number)
        write(place, data, content)
        objects.append(entry(data, content, from_scn=from_scn, to_scn=to_scn))
        previous = sha256(content)
    if frozen:
        write(place, "%s/single_piece_info.obarc" % name,
              sealed({"format": "breakwater piece", "version": 2, "start": start, "end_scn": scns[-1], "ended": 2,
                      "objects": objects}))
    return previous
