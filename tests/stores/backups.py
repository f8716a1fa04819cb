"""A destination by statements on any S3 store: what is set, proved and backed up there, and what others then read.

    Backups(server, store_uri, peer).run(lacks)
"""

import os
import re
import subprocess
import tempfile

from harness import format_file
from harness.server import attempt, query
from statements import backup_key_to, check, hints, set_to

PASSWORD = "secret"
CHECK_FILE = re.compile(r"check_file/\d+_connect_file_\d{8}T\d{6}\.obbak$")
TAGGED = {"delete_mode": "tagging"}


class Backups:
    """`uri(path)`: a destination below the bucket. `peer`: the bucket for another client (object_store.S3Peer). `secret`:
    what must be seen nowhere. `lacks`: as Operations'."""

    def __init__(self, server, tenant, uri, peer, secret, lacks=()):
        self.server, self.uri, self.peer, self.secret, self.lacks = server, uri, peer, secret, set(lacks)
        self.connection = server.connect("root@" + tenant)

    def run(self):
        self.checks()
        self.sets()
        self.backs_up_keys()
        self.tags()
        check(self.secret not in self.server.log(), "the key is in the log")

    def names(self, path):
        return sorted(key[len(path) + 1:] for key in self.peer.keys() if key.startswith(path + "/"))

    def accepted(self, sql):
        code, rows = attempt(self.connection, sql)
        shown = hints(self.connection) if code else ""
        check(code is None, "%s: %s %s %s", sql.replace(self.secret, "***"), code, rows, shown)
        check(self.secret not in str(rows), "the key is shown")
        return rows

    def refused(self, code, sql):
        answer = attempt(self.connection, sql)
        shown = hints(self.connection)
        check(answer[0] == code, "%s: %s %s", sql.replace(self.secret, "***"), answer, shown)
        check(self.secret not in shown, "the key is shown")
        return shown

    def checks(self):
        rows = self.accepted("ALTER SYSTEM CHECK BACKUP DESTINATION '%s'" % self.uri("checked"))
        check(all(row[1] == "YES" for row in rows), "CHECK: %s", rows)
        seen = {row[0]: row[3] for row in rows}
        lacking = "create_only" in self.lacks
        check(("none" in seen["create-only write"]) == lacking, "create-only: %s", seen)
        check("numbered objects" in seen["append"], "append: %s", seen)
        check(self.names("checked") == [], "CHECK left %s", self.names("checked"))

    def sets(self):
        path = "data"
        self.accepted(set_to(self.uri(path)))
        names = self.names(path)
        check(len(names) == 2 and CHECK_FILE.match(names[0]) and names[1] == "format", "made: %s", names)
        content = self.peer.get(path + "/format")
        fields = format_file.decode(content)[1]
        value, = query(self.connection, "SELECT VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER")[0]
        check("/data?" in value and "encrypt_key=" in value and self.secret not in value, "VALUE %s", value)
        row, = query(self.connection, "SELECT DEST_ID, CHECK_FILE_NAME, DEST_TYPE FROM oceanbase.DBA_OB_BACKUP_STORAGE_INFO"
                     " WHERE PATH LIKE '%/data'")
        check(row == (fields["dest_id"], names[0].split("/")[1], "backup_data"), "%s but %s", row, fields)
        self.accepted(set_to(self.uri(path)))
        check(self.peer.get(path + "/format") == content and self.names(path) == names, "set again: %s", self.names(path))
        results = query(self.connection, "SELECT DISTINCT RESULT FROM oceanbase.DBA_OB_BACKUP_DEST_CHECKS"
                        " WHERE PATH LIKE '%/data'")
        check([row[0] for row in results] == ["OK"], "checks: %s", results)
        self.peer.put("full/thing", b"x")
        self.refused(9080, set_to(self.uri("full")))
        check(self.names("full") == ["thing"], "a refusal left %s", self.names("full"))

    def ca_option(self):
        name = "backup_dest_ca_file="
        return ["--ca-file=" + arg[len(name):] for arg in self.server.args if arg.startswith(name)]

    def backs_up_keys(self):
        for _ in range(2):    # the second replaces the first
            self.accepted(backup_key_to(self.uri("keys/one")))
            with tempfile.TemporaryDirectory() as base:
                for name, content in (("key", self.peer.get("keys/one")), ("password", PASSWORD.encode())):
                    with open(os.path.join(base, name), "wb") as file:
                        file.write(content)
                done = subprocess.run([self.server.binary, "key", "verify", os.path.join(base, "key"), "--password-file",
                                       os.path.join(base, "password")], capture_output=True, text=True)
                there = subprocess.run([self.server.binary, "key", "verify", self.uri("keys/one"), "--password-file",
                                        os.path.join(base, "password"), *self.ca_option()], capture_output=True, text=True)
            check(done.returncode == 0 and "key         version" in done.stdout, "%s", done)
            check(there.returncode == 0 and there.stdout == done.stdout, "%s but %s", done.stdout, there.stderr)
        self.peer.put("keys/foreign", b"x")
        self.refused(1086, backup_key_to(self.uri("keys/foreign")))
        check(self.peer.get("keys/foreign") == b"x", "a foreign object is gone")
        rows = query(self.connection, "SELECT DEST_TYPE FROM oceanbase.DBA_OB_BACKUP_STORAGE_INFO WHERE PATH LIKE '%/keys/one'")
        check([row[0] for row in rows] == ["backup_key"], "%s", rows)

    def tags(self):
        uri = self.uri("tagged") + "&delete_mode=tagging"
        if "tags" in self.lacks:
            shown = self.refused(1235, set_to(uri))
            check("has no such operation" in shown or "tag" in shown, "hint: %s", shown)
            check(self.names("tagged") == [], "a refusal left %s", self.names("tagged"))
            return
        self.accepted(set_to(uri))
        tagged = {name for name in self.names("tagged") if self.peer.tags("tagged/" + name) == TAGGED}
        kept = sorted(set(self.names("tagged")) - tagged)
        check(tagged and len(kept) == 2 and CHECK_FILE.match(kept[0]) and kept[1] == "format", "kept %s", kept)
