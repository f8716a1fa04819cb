#!/usr/bin/python3
"""The audit: a line for each change, exactly once, whatever ends the server and whatever becomes of the file.

    audit.py --server PROGRAM [--rounds N] [--seed S]
"""

import argparse
import json
import os
import random
import re
import shutil
import socket
import stat
import tempfile
import threading

import pymysql
from faults import Server, attempt, check, query, wait_until

SECONDS = 60            # for a line to be written
STREAMS = 3
SECRET = "audit-secret-7"


def files(server):
    """The audit's files, the oldest first."""
    names = [name for name in os.listdir(server.data_dir) if re.fullmatch(r"audit\.log(\.\d+)?", name)]
    return [os.path.join(server.data_dir, name)
            for name in sorted(names, key=lambda name: -int(name.partition("log.")[2] or 0))]


def lines(server):
    found = []
    for path in files(server):
        with open(path, encoding="utf-8") as file:
            found += [json.loads(line) for line in file]
    return found


def statements(server, text=""):
    return [line for line in lines(server) if line["what"] == "statement" and text in line["statement"]]


def wait_for(server, text, times=1):
    wait_until(lambda: len(statements(server, text)) >= times, SECONDS, "%d lines with %s" % (times, text))
    return statements(server, text)


def what_a_line_says(server):
    sys = server.connect()
    query(sys, "CREATE TENANT t")
    query(sys, "CREATE USER ops IDENTIFIED BY '%s'" % SECRET)
    line = wait_for(server, "CREATE USER")[0]
    check(line["user"] == "root" and line["tenant"] == "sys" and line["works_in"] == "sys", "who: %s", line)
    check(re.fullmatch(r"127\.0\.0\.1:\d+", line["address"]), "from where: %s", line)
    check(line["connection"] == sys.thread_id() and line["code"] == 0 and line["us"] >= 0, "%s", line)
    check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["time"]), "when: %s", line)
    check(line["changes"] == [{"event": "create_user", "module": "account", "tenant_id": 1,
                               "account": "'ops'@'%'"}], "what: %s", line)

    query(sys, "ALTER SYSTEM SET tde_method = 'internal' TENANT = t")
    change = wait_for(server, "tde_method")[0]["changes"][0]
    check(change["old_value"] == "" and change["new_value"] == "internal", "the values: %s", change)
    query(sys, "ALTER SYSTEM SET external_kms_info = '{\"k\": \"%s\"}' TENANT = t" % SECRET)
    change = wait_for(server, "external_kms_info")[0]["changes"][0]
    check(change["old_value"] == change["new_value"] == "***", "a secret's values: %s", change)

    # A refusal, with its note; what changes nothing; work in another tenant.
    check(attempt(sys, "ALTER SYSTEM SET data_backup_dest = 'file://relative' TENANT = t")[0], "it was accepted")
    line = wait_for(server, "data_backup_dest")[0]
    check(line["code"] != 0 and line["ob_code"] == -9026 and line["error"] and line["note"], "a refusal: %s", line)
    query(sys, "ALTER SYSTEM CHANGE TENANT t")
    query(sys, "CREATE USER inside IDENTIFIED BY '%s'" % SECRET)
    check(wait_for(server, "CHANGE TENANT")[0]["works_in"] == "t", "CHANGE TENANT")
    line = [line for line in wait_for(server, "CREATE USER", 2) if "inside" in line["statement"]][0]
    check((line["tenant"], line["works_in"]) == ("sys", "t"), "the tenant worked in: %s", line)

    # Each item is a transaction of its own, the statement has one line; so has one that fails half-way.
    query(sys, "ALTER SYSTEM CHANGE TENANT sys")
    query(sys, "ALTER SYSTEM SET archive_lag_target = '5m', log_archive_concurrency = 3")
    found = wait_for(server, "log_archive_concurrency = 3")
    check(len(found) == 1 and len(found[0]["changes"]) == 2, "two items: %s", found)

    # A destination's answer.
    path = os.path.join(os.path.dirname(server.data_dir), "dest")
    query(sys, "ALTER SYSTEM SET data_backup_dest = 'file://%s' TENANT = t" % path)
    line = wait_for(server, "/dest")[0]
    check("content: ok" in line["destination"], "the destination's answer: %s", line)

    # Logins, right and wrong.
    check(attempt_login(server, "ops@sys", "wrong") == 1045, "a wrong password was taken")
    check(attempt_login(server, "ops@nowhere", "wrong") == 1045, "an unknown tenant was taken")
    query(server.connect("ops@sys", SECRET), "SELECT 1")

    def logins(user, code):
        return [line for line in lines(server) if line["what"] == "login" and line["user"] == user and line["code"] == code]
    wait_until(lambda: logins("ops", 0) and len(logins("ops", 1045)) == 2, SECONDS, "the logins' lines")
    check({line["tenant"] for line in logins("ops", 1045)} == {"sys", "nowhere"}, "whose: %s", logins("ops", 1045))

    # The view, and whose rows a tenant sees.
    rows = query(sys, "SELECT QUERY_SQL, RET_CODE, TENANT_NAME FROM oceanbase.GV$OB_SQL_AUDIT WHERE KIND = 'statement'")
    check(any("CREATE USER" in row[0] for row in rows) and any(row[1] == -9026 for row in rows), "the view: %s", rows)
    tenant = server.connect("root@t")
    query(tenant, "CREATE USER own")
    seen = query(tenant, "SELECT TENANT_ID, QUERY_SQL, USER_NAME, KIND FROM oceanbase.GV$OB_SQL_AUDIT")
    check({row[0] for row in seen} == {1002} and any("own" in row[1] for row in seen), "a tenant sees %s", seen)
    for path in files(server):
        check(stat.S_IMODE(os.stat(path).st_mode) == 0o600, "%s can be read by others", path)
        with open(path, encoding="utf-8") as file:
            check(SECRET not in file.read(), "a secret is in %s", path)


def attempt_login(server, user, password):
    try:
        server.connect(user, password)
        return None
    except pymysql.err.OperationalError as error:
        return error.args[0]


class Stream(threading.Thread):
    """Makes users until the server is gone."""

    def __init__(self, server, number, first):
        super().__init__(daemon=True)
        self.connection, self.number, self.next = server.connect(), number, first
        self.acknowledged = []

    def run(self):
        try:
            while True:
                name = "u_%d_%d" % (self.number, self.next)
                self.next += 1
                query(self.connection, "CREATE USER %s" % name)
                self.acknowledged.append(name)
        except (pymysql.err.MySQLError, OSError):
            return


def exactly_once(server, rounds, chance):
    """kill -9 while users are made, small files turn, and a line is torn."""
    server.args += ["--set", "audit_file_size=1m", "--set", "audit_files=1000"]
    acknowledged, firsts = [], [0] * STREAMS
    for number in range(rounds):
        server.start()
        streams = [Stream(server, stream, firsts[stream]) for stream in range(STREAMS)]
        for stream in streams:
            stream.start()
        threading.Event().wait(chance.uniform(0.02, 0.4))
        server.kill()
        for stream in streams:
            stream.join(SECONDS)
            acknowledged += stream.acknowledged
        firsts = [stream.next for stream in streams]
        if number % 3 == 0:
            with open(files(server)[-1], "ab") as file:
                file.write(b'{"id":99999999,"time":"torn')
    server.start()
    sys = server.connect()
    there = {row[0] for row in query(sys, "SELECT user_name FROM oceanbase.DBA_OB_USERS WHERE user_name LIKE 'u\\_%'")}
    query(sys, "CREATE USER the_last_one")
    wait_for(server, "the_last_one")

    def told():
        names = {}
        for line in statements(server, "CREATE USER u_"):
            if line["code"] == 0:
                name = line["statement"].split()[-1].strip("'`")
                names[name] = names.get(name, 0) + 1
        return names
    wait_until(lambda: not set(acknowledged) - set(told()), SECONDS, "all that was acknowledged")
    names = told()
    twice = [name for name, times in names.items() if times != 1]
    check(not twice, "more than once: %s", twice)
    check(set(names) == there, "told and not there, or there and not told: %s", set(names) ^ there)
    print("%d changes, %d kills, %d files, %d recovered" % (
        len(names), rounds, len(files(server)), len([line for line in lines(server) if line.get("recovered")])))
    server.stop()


def a_file_that_goes(server):
    """Moved away, removed, in the way: the server goes on, and so does the audit."""
    server.start()
    sys = server.connect()
    log = os.path.join(server.data_dir, "audit.log")
    query(sys, "CREATE USER before_move")
    wait_for(server, "before_move")
    os.rename(log, log + ".moved")
    query(sys, "CREATE USER after_move")
    wait_for(server, "after_move")
    check(not statements(server, "before_move"), "the new file has the old one's lines")
    os.remove(log)
    os.mkdir(log)
    for number in range(20):
        query(sys, "CREATE USER waits_%d" % number)
    wait_until(lambda: "the audit can't be written" in server.log(), SECONDS, "a line in the log")
    os.rmdir(log)
    wait_for(server, "waits_", 20)
    names = [line["statement"] for line in statements(server, "waits_")]
    check(len(names) == len(set(names)) == 20, "exactly once: %s", names)
    # And over a restart while it is in the way.
    os.remove(log)
    os.mkdir(log)
    query(sys, "CREATE USER over_restart")
    server.kill()
    server.start()
    query(server.connect(), "CREATE USER behind_restart")
    os.rmdir(log)
    wait_for(server, "behind_restart")
    check(len(wait_for(server, "over_restart")) == 1, "what waited in the catalogue over a restart")
    server.stop()


def a_full_disk(server):
    """What can't be written waits; beyond what may wait, a line says how many were lost."""
    server.args += ["--set", "audit_file=/dev/full"]
    server.start()
    sys = server.connect()
    query(sys, "CREATE USER on_a_full_disk")
    wait_until(lambda: "the audit can't be written" in server.log(), SECONDS, "a line in the log")
    rows = query(sys, "SELECT COUNT(*) FROM oceanbase.GV$OB_SQL_AUDIT WHERE QUERY_SQL LIKE '%on\\_a\\_full%'")
    check(rows == ((1,),), "the view without a file: %s", rows)
    server.stop()
    server.args = server.args[:-2]
    server.start()
    wait_for(server, "on_a_full_disk")
    server.stop()


def syslog(server, base):
    path = os.path.join(base, "syslog")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(path)
        receiver.settimeout(SECONDS)
        server.args += ["--set", "audit_syslog=" + path, "--set", "audit_file="]
        server.start()
        query(server.connect(), "CREATE USER to_the_system")
        while True:
            text = receiver.recv(65536).decode()
            head, _, line = text.partition(": ")
            check(re.fullmatch(r"<86>\w{3} [ \d]\d \d\d:\d\d:\d\d breakwater\[%d\]" % server.pid, head), "%s", text)
            if "to_the_system" in json.loads(line).get("statement", ""):
                break
        receiver.close()
        query(server.connect(), "CREATE USER nobody_listens")      # nobody waits for it either
        server.stop()
    server.args = server.args[:-4]


def off(server):
    server.args += ["--set", "audit_file="]
    server.start()
    sys = server.connect()
    query(sys, "CREATE USER unseen")
    check(query(sys, "SELECT * FROM oceanbase.GV$OB_SQL_AUDIT") == (), "the view of an audit that is off")
    server.stop()
    server.args = server.args[:-2]
    check(not statements(server, "unseen"), "it was written")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="breakwater-audit-") as base:
        def fresh(name):
            os.mkdir(os.path.join(base, name))
            return Server(options.server, os.path.join(base, name, "data"), env={"BREAKWATER_ROOT_PASSWORD": ""})
        with fresh("says") as server:
            what_a_line_says(server)
        exactly_once(fresh("once"), options.rounds, chance)
        other = fresh("other")
        a_file_that_goes(other)
        shutil.rmtree(other.data_dir)
        a_full_disk(other)
        syslog(other, base)
        off(other)
    print("ok")


if __name__ == "__main__":
    main()
