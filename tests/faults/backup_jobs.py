"""What the tests of backups share: tenants that may be backed up, jobs to wait for, and a look at what lies at a destination.

A set is read here as docs/backups.md says it: by its names, and by its manifest, which is JSON first of all.
"""

import hashlib
import json
import os
import subprocess

from faults import check, query, wait_until

SECONDS = 60
GOING = ("DELETING", "DELETED")


def make_tenant(server, work, name, mode="mysql"):
    """A tenant with a destination and a log archive that runs."""
    connection = server.connect("root@sys")
    query(connection, "CREATE TENANT %s SET ob_compatibility_mode = '%s'" % (name, mode))
    number = query(connection, "SELECT TENANT_ID FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = '%s'" % name)[0][0]
    for what in ("data", "archive"):
        os.makedirs(directory_of(work, what, name))
    query(connection, "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file://%s' TENANT = %s" % (directory_of(work, "data", name), name))
    query(connection, "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file://%s' TENANT = %s"
          % (directory_of(work, "archive", name), name))
    query(connection, "ALTER SYSTEM ARCHIVELOG TENANT = %s" % name)
    wait_until(lambda: archives(connection, number), SECONDS, "the archive of %s" % name)
    connection.close()
    return number


def directory_of(work, what, name):
    return os.path.join(work, what, name)


def archives(connection, tenant):
    rows = query(connection, "SELECT STATUS FROM oceanbase.CDB_OB_ARCHIVELOG WHERE TENANT_ID = %d" % tenant)
    return [row[0] for row in rows] == ["DOING"]


def job(connection, tenant, number):
    """(view, status, result, comment) of a job; None where neither view has it. The order is that of tools."""
    for view in ("JOBS", "JOB_HISTORY"):
        rows = query(connection, "SELECT STATUS, RESULT, COMMENT FROM oceanbase.CDB_OB_BACKUP_%s WHERE TENANT_ID = %d"
                                 " AND JOB_ID = %d" % (view, tenant, number))
        if rows:
            return (view,) + tuple(rows[0])
    return None


def wait_for_end(connection, tenant, number, seconds=SECONDS):
    found = []

    def ended():
        found[:] = [job(connection, tenant, number)]
        check(found[0] is not None, "job %d of tenant %d is in neither view", number, tenant)
        return found[0][0] == "JOB_HISTORY"
    wait_until(ended, seconds, "the end of job %d of tenant %d" % (number, tenant))
    return found[0]


def newest_job(connection, tenant):
    rows = query(connection, "SELECT MAX(n) FROM (SELECT JOB_ID n FROM oceanbase.CDB_OB_BACKUP_JOBS WHERE TENANT_ID = %d"
                             " UNION ALL SELECT JOB_ID FROM oceanbase.CDB_OB_BACKUP_JOB_HISTORY WHERE TENANT_ID = %d) j"
                 % (tenant, tenant))
    return int(rows[0][0] or 0)


def set_rows(connection, tenant):
    """{set: (type, status, file status)}"""
    rows = query(connection, "SELECT BACKUP_SET_ID, BACKUP_TYPE, STATUS, FILE_STATUS FROM oceanbase.CDB_OB_BACKUP_SET_FILES"
                             " WHERE TENANT_ID = %d" % tenant)
    return {row[0]: tuple(row[1:]) for row in rows}


def kept(rows):
    """The numbers of those that were neither given up nor deleted. What a server that ended had begun is, if it had no manifest yet; what is left of
    that goes behind the job, or behind the next one."""
    return sorted(number for number, row in rows.items() if row[1] != "FAILED" and row[2] not in GOING)


def whole(there):
    """The numbers of sets_at() that have a manifest and all that it names."""
    return sorted(number for number, (_, is_whole) in there.items() if is_whole)


def manifest_of(directory):
    """The manifest in a set's directory; None where there is none."""
    try:
        with open(os.path.join(directory, "single_backup_set_info.obbak"), "rb") as file:
            return json.JSONDecoder().raw_decode(file.read().decode("utf-8"))[0]
    except FileNotFoundError:
        return None


def sets_at(destination):
    """{set: (type, whole)} of what lies there: whole if its manifest is there with all that it names, to the byte."""
    found = {}
    for name in sorted(os.listdir(destination)):
        parts = name.split("_")
        if not name.startswith("backup_set_") or len(parts) != 4:
            continue
        manifest = manifest_of(os.path.join(destination, name))
        found[int(parts[2])] = (parts[3], manifest is not None and all_there(destination, manifest))
    return found


def all_there(destination, manifest):
    check(manifest["objects"], "a manifest names nothing")
    return all(is_there(destination, entry) for entry in manifest["objects"])


def is_there(destination, entry):
    try:
        with open(os.path.join(destination, entry["name"]), "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return False
    return len(content) == entry["length"] and hashlib.sha256(content).hexdigest() == entry["sha256"]


def check_sets(connection, tenant, destination):
    """What the view calls complete is whole, and what has a manifest is; once no job runs nothing else is left."""
    rows, there = set_rows(connection, tenant), sets_at(destination)
    for number, (kind, status, files) in rows.items():
        if files == "DELETED":
            check(number not in there, "set %d is DELETED and there is %s", number, there.get(number))
        elif status == "SUCCESS" and files not in GOING:
            check(there.get(number) == ({"FULL": "full", "INC": "inc"}[kind], True), "set %d is SUCCESS and there is %s",
                  number, there.get(number))
    for number, (_, whole) in there.items():
        check(number in rows, "nobody knows set %d", number)
        check(whole or rows[number][1] != "SUCCESS" or rows[number][2] in GOING, "set %d is broken", number)
    return rows, there


def complete_by_the_tool(server, destination):
    """The sets that `breakwater backups` calls complete, and that it can restore."""
    answer = subprocess.run([server.binary, "backups", "file://" + destination, "--json"], stdout=subprocess.PIPE, check=True,
                            timeout=SECONDS)
    sets = json.loads(answer.stdout)["destinations"][0]["sets"]
    return sorted(each["backup_set_id"] for each in sets if each["status"] == "COMPLETE" and each["restorable"])


def files_below(directory):
    for top, _, files in os.walk(directory):
        for name in files:
            yield os.path.join(top, name)
