#!/usr/bin/python3
"""No secret stands in clear in what a backup, an archive or a restore leaves: objects, the catalogue, views, the log.

    backup_secrets.py --server PROGRAM
"""

import argparse
import base64
import hashlib
import os
import tempfile

import restore
from backup_jobs import directory_of, files_below, make_tenant, newest_job, wait_for_end
from faults import Server, check, query, wait_until
from hostile_media import MAGIC, cut_lines

VIEWS = "SELECT TABLE_NAME FROM information_schema.tables WHERE TABLE_NAME LIKE 'CDB\\_OB\\_%'"
KINDS = {"native": "canary-Natternkopf-1", "sha2": "canary-Akelei-2", "kms": "canary-Odermennig-3", "set": "canary-Quendel-4",
         "log": "canary-Waldmeister-5", "key": "canary-Beifuss-6", "dest": "canary-Fenchel-7"}


def forms(hashed):
    """{bytes to look for: what it is}. `hashed`: the hashes of passwords as well; the catalogue has them as MySQL has."""
    found = {}
    for kind, canary in KINDS.items():
        plain = canary.encode()
        hashes = [hashlib.sha1(plain).digest(), hashlib.sha1(hashlib.sha1(plain).digest()).digest(), hashlib.sha256(plain).digest()]
        for form in [plain] + hashes * hashed:
            for text in (form, form.hex().encode(), form.hex().upper().encode(), base64.b64encode(form), form[::-1]):
                found[text] = kind
    return found


def contents(path):
    with open(path, "rb") as file:
        content = file.read()
    yield content
    if content.startswith(MAGIC):
        header, lines = cut_lines(content)
        yield repr(header).encode()
        yield b"\n".join(lines)


def look_at(path, wanted):
    for content in contents(path):
        for form, kind in wanted.items():
            check(form not in content, "%s holds the secret %s", path, kind)


def fill(own):
    query(own, "CREATE USER n IDENTIFIED WITH mysql_native_password BY '%s'" % KINDS["native"])
    query(own, "CREATE USER s IDENTIFIED WITH caching_sha2_password BY '%s'" % KINDS["sha2"])
    query(own, "ALTER SYSTEM SET external_kms_info = '{\"KMS_HOST\": \"h\", \"SECRET\": \"%s\"}'" % KINDS["kms"])
    query(own, "ALTER SYSTEM SET backup_encryption_password = '%s'" % KINDS["log"])
    query(own, "ALTER SYSTEM SET tde_method = 'internal'")
    query(own, "ALTER INSTANCE ROTATE INNODB MASTER KEY")


def back_up(own, system, tenant, kind):
    before = newest_job(system, tenant)
    query(own, "ALTER SYSTEM BACKUP " + kind)
    ended = wait_for_end(system, tenant, before + 1)
    check(ended[1] == "COMPLETED", "%s", ended)


def run(server, work):
    tenant = make_tenant(server, work, "t")
    own, system = server.connect("root@t"), server.connect("root@sys")
    fill(own)
    query(own, "ALTER SYSTEM NOARCHIVELOG")         # from here on the log opens by its password too
    query(own, "ALTER SYSTEM ARCHIVELOG")
    wait_until(lambda: query(system, "SELECT STATUS FROM oceanbase.CDB_OB_ARCHIVELOG WHERE TENANT_ID = %d" % tenant)[0][0] == "DOING",
               60, "the archive")
    query(own, "SET PASSWORD FOR n = PASSWORD('%s')" % KINDS["native"])
    back_up(own, system, tenant, "DATABASE PLUS ARCHIVELOG")
    query(own, "SET ENCRYPTION ON IDENTIFIED BY '%s' ONLY" % KINDS["set"])
    back_up(own, system, tenant, "INCREMENTAL DATABASE PLUS ARCHIVELOG")
    back_up(own, system, tenant, "DATABASE PLUS ARCHIVELOG")
    query(own, "ALTER SYSTEM BACKUP KEY TO 'file://%s/key' ENCRYPTED BY '%s'" % (work, KINDS["key"]))
    uri = "file://%s,file://%s" % (directory_of(work, "data", "t"), directory_of(work, "archive", "t"))
    query(system, "SET DECRYPTION IDENTIFIED BY '%s', '%s'" % (KINDS["set"], KINDS["log"]))
    restore.restore(system, "again", uri, more="WITH KEY FROM 'file://%s/key' ENCRYPTED BY '%s'" % (work, KINDS["key"]))
    restore.wait_for_restore(system, "again")
    for user, kind in (("n", "native"), ("s", "sha2")):
        server.connect("%s@again" % user, KINDS[kind]).close()
    return system


def shown(system, wanted):
    for (view,) in query(system, VIEWS):
        rows = repr(query(system, "SELECT * FROM oceanbase.%s" % view)).encode()
        for form, kind in wanted.items():
            check(form not in rows, "%s shows the secret %s", view, kind)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    options = parser.parse_args()
    wanted = forms(hashed=True)
    with tempfile.TemporaryDirectory(prefix="breakwater-backup-secrets-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        with Server(options.server, os.path.join(base, "data"), ["--set", "job_visible_time=0", "--set", "log_level=debug"]) as server:
            system = run(server, work)
            shown(system, wanted)
            for form, kind in wanted.items():
                check(form not in server.log().encode(), "the log holds the secret %s", kind)
            looked = 0
            for top, secrets in ((work, wanted), (server.data_dir, forms(hashed=False))):
                for path in files_below(top):
                    look_at(path, secrets)
                    looked += 1
        print("%d files, no secret" % looked)


if __name__ == "__main__":
    main()
