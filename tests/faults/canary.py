#!/usr/bin/python3
"""A secret stays one: a canary in every place of a statement that holds a secret, well spelt and misspelt, is
found in no log, process list, error text, warning, file of the catalogue, key file or destination.

    canary.py --server PROGRAM [--log-format text|json]
"""

import argparse
import os
import random
import re
import signal
import sys
import tempfile
import threading
from pathlib import Path

import pymysql

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
from wire import Failure as Refused  # noqa: E402
from wire import Wire  # noqa: E402

from faults import Server, attempt, check, query

CANARY = "CANARY"
# The statements that carry a secret, as who says them; %s is where it stands. {work} is a directory.
FORMS = [
    ("sys", "ALTER SYSTEM SET DATA_BACKUP_DEST='oss://b/p?host=h.invalid&access_id=i&access_key=%s' TENANT = t"),
    ("sys", "ALTER SYSTEM data_backup_dest=\"s3://b/p?host=h.invalid&access_id=i&access_key=%s&s3_region=r\" TENANT t"),
    ("sys", "ALTER SYSTEM SET DATA_BACKUP_DEST='cos://b/p?host=h.invalid&access_id=i&access_key=%s' TENANT = t"),
    ("sys", "ALTER SYSTEM SET DATA_BACKUP_DEST='file:///x?access_key=%s' TENANT = t"),
    ("sys", "ALTER SYSTEM SET DATA_BACKUP_DEST='nonsense access_key=%s' TENANT = t"),
    ("sys", "ALTER SYSTEM SET DATA_BACKUP_DEST='oss://b/p?host=h.invalid&access_key=%s&delete_mode=x' TENANT = t"),
    ("t", "ALTER SYSTEM SET DATA_BACKUP_DEST='oss://b/p?host=h.invalid&access_id=i&encrypt_key=%s'"),
    ("sys", "ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=oss://b/p?host=h.invalid&access_id=i&access_key=%s BINDING=Optional'"
            " TENANT = t"),
    ("t", "ALTER SYSTEM SET LOG_ARCHIVE_DEST=\"LOCATION=s3://b/p ? host=h.invalid & access_id=i &access_key=%s\""),
    ("t", "ALTER SYSTEM SET LOG_ARCHIVE_DEST='oss://b/p?host=h.invalid&access_id=i&access_key=%s'"),
    ("t", "ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///x BINDING=%s'"),
    ("t", "ALTER SYSTEM SET LOG_ARCHIVE_DEST='%s=x'"),
    ("sys", "ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='%s' TENANT = t"),
    ("t", "ALTER SYSTEM CHECK BACKUP DESTINATION 'LOCATION=cos://b/p?host=h.invalid&access_id=i&access_key=%s'"),
    ("t", "ALTER SYSTEM SET external_kms_info='{\"KMS_HOST\":\"h\",\"PRIVATE_KEY\":\"%s\"}'"),
    ("t", "ALTER SYSTEM SET backup_encryption_password='%s'"),
    ("sys", "ALTER SYSTEM SET external_kms_info='{\"PRIVATE_KEY_PHRASE\":\"%s\"}' TENANT = t"),
    ("sys", "ALTER SYSTEM SET LOG_RESTORE_SOURCE='SERVICE=h:2881 USER=u@t PASSWORD=%s' TENANT = t"),
    ("sys", "ALTER SYSTEM CHECK BACKUP DESTINATION 'oss://b/p?host=h.invalid&access_id=i&access_key=%s' TENANT = t"),
    ("t", "ALTER SYSTEM CHECK BACKUP DESTINATION \"nonsense access_key=%s\""),
    ("t", "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'oss://b/p?host=h.invalid' SET ACCESS_INFO = 'access_id=i&access_key=%s'"),
    ("t", "ALTER SYSTEM ALTER EXTERNAL_STORAGE_DEST PATH 'oss://b/p?host=h.invalid&access_id=i&access_key=%s' ATTRIBUTE 'max_iops=1'"),
    ("t", "ALTER SYSTEM MODIFY EXTERNAL_STORAGE_DEST PATH 'oss://b/p' ACCESS_INFO 'access_id=i&access_key=%s&host=evil'"),
    ("t", "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'oss://b/p' SET ATTRIBUTE = 'max_iops=%s'"),
    ("sys", "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'oss://b/p' SET ACCESS_INFO = 'access_id=i&access_key=%s'"),
    ("SYS@o", "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'oss://b/p' SET ACCESS_INFO = 'access_key=%s'"),
    ("sys", "SHOW BACKUPS FROM 'oss://b/p?host=h.invalid&access_id=i&access_key=%s,s3://b/p?access_key=%s'"),
    ("t", "SHOW BACKUPS FROM 'oss://b/p?host=h.invalid&access_id=i&access_key=%s'"),
    ("sys", "ALTER SYSTEM RESTORE FROM 'oss://b/p?host=h.invalid&access_id=i&access_key=%s' UNTIL TIME = 'x' PREVIEW"),
    ("sys", "ALTER SYSTEM ADD RESTORE SOURCE 'oss://b/p/backup_set_1_full?host=h.invalid&access_id=i&access_key=%s'"),
    ("sys", "ALTER SYSTEM ADD RESTORE SOURCE 'oss://b/p?host=h.invalid&access_id=i&access_key=%s'"),
    ("t", "ALTER SYSTEM SET backup_schedule = 'full=%s'"),
    ("t", "ALTER SYSTEM BACKUP KEY TO 'file://{work}/key' ENCRYPTED BY '%s'"),
    ("sys", "ALTER SYSTEM BACKUP KEY TENANT = t TO 'file://{work}/key2' ENCRYPTED BY \"%s\""),
    ("sys", "ALTER SYSTEM BACKUP KEY TENANT_ID = 1002 TO 'file://{work}/key3' ENCRYPTED BY '%s'"),
    ("sys", "ALTER SYSTEM BACKUP CATALOG KEY TO 'file://{work}/catalog' ENCRYPTED BY '%s'"),
    ("sys", "ALTER SYSTEM BACKUP CATALOG KEY TO 'oss://b/k?host=h.invalid&access_id=i&access_key=%s' ENCRYPTED BY 'p'"),
    ("sys", "ALTER SYSTEM RESTORE KEY TENANT = t FROM 'file://{work}/key' ENCRYPTED BY '%s'"),
    ("sys", "ALTER SYSTEM RESTORE KEY TENANT = t FROM 'oss://b/k?host=h.invalid&access_id=i&access_key=%s' ENCRYPTED BY 'p'"),
    ("t", "ALTER SYSTEM BACKUP KEY TO 'oss://b/k?host=h.invalid&access_id=i&access_key=%s' ENCRYPTED BY 'p'"),
    ("sys", "ALTER SYSTEM BACKUP KEY TENANT = t TO 's3://b/k?host=h.invalid&access_id=i&access_key=%s&s3_region=r'"),
    ("t", "ALTER SYSTEM CHECK BACKUP DESTINATION 's3://b/p ?\n  host=h.invalid &\n access_id=i & access_key=%s &s3_region=r'"),
    ("t", "ALTER SYSTEM CHECK BACKUP DESTINATION 'cos://b/p?host=http://127.0.0.1:1&access_id=i&access_key=%s&appid=1'"),
    ("t", "ALTER SYSTEM CHECK BACKUP DESTINATION 'cos://b-1/p?host=h.invalid&access_id=i&access_key=%s&appid=1'"
          " TENANT = t"),
    ("sys", "ALTER SYSTEM RELEASE BACKUP DESTINATION 'oss://b/p?host=h.invalid&access_id=i&access_key=%s' TENANT = t"),
    ("sys", "ALTER SYSTEM DELETE BACKUP ALL data_backup_dest = 'oss://b/p?host=h.invalid&access_id=i&access_key=%s' TENANT = t"),
    ("t", "ALTER SYSTEM RETIRE BACKUP DESTINATION 's3://b/p?host=h.invalid&access_id=i&access_key=%s&s3_region=r'"),
    ("SYS@o", "ALTER SYSTEM RETIRE BACKUP DESTINATION \"nonsense access_key=%s\""),
    ("sys", "ALTER SYSTEM ADOPT BACKUP DESTINATION 'oss://b/p?host=h.invalid&access_id=i&access_key=%s' TENANT = t FORCE"),
    ("t", "ALTER SYSTEM ADOPT BACKUP DESTINATION 's3://b/p?host=h.invalid&access_id=i&access_key=%s&s3_region=r'"),
    ("sys", "ALTER SYSTEM ADOPT BACKUP DESTINATION \"nonsense access_key=%s\" TENANT = t"),
    ("t", "ALTER SYSTEM SET DATA_BACKUP_DEST='s3://b/p?host=h.invalid&access_id=i&access_key=%s&role_arn=r&external_id=e'"),
    ("t", "ALTER SYSTEM BACKUP KEY TO 'file://{work}/key' ENCRYPTED BY %s"),
    ("sys", "CREATE USER u IDENTIFIED BY '%s'"),
    ("sys", "CREATE USER IF NOT EXISTS u2@'%%' IDENTIFIED WITH mysql_native_password BY '%s'"),
    ("sys", "ALTER USER u IDENTIFIED BY '%s'"),
    ("sys", "ALTER USER u IDENTIFIED BY '%s' PASSWORD EXPIRE NEVER FAILED_LOGIN_ATTEMPTS 3 PASSWORD_LOCK_TIME 1"),
    ("sys", "CREATE TENANT t_with IDENTIFIED BY '%s' PRIMARY_ZONE='zone1' SET ob_tcp_invited_nodes='%%'"),
    ("sys", "SET PASSWORD FOR u = '%s'"),
    ("sys", "SET PASSWORD FOR u = PASSWORD('%s')"),
    ("sys", "GRANT SELECT ON *.* TO u IDENTIFIED BY '%s'"),
    ("SYS@o", "GRANT DBA TO u IDENTIFIED BY \"%s\""),
    ("SYS@o", "GRANT DBA TO u IDENTIFIED BY %s WITH ADMIN OPTION"),
    ("SYS@o", "CREATE ROLE r IDENTIFIED BY %s"),
    ("SYS@o", "SET ROLE r IDENTIFIED BY %s"),
    ("sys", "SET ENCRYPTION ON IDENTIFIED BY '%s' ONLY"),
    ("sys", "SET DECRYPTION IDENTIFIED BY 'a', '%s'"),
    ("sys", "ADMINISTER KEY MANAGEMENT CREATE KEYSTORE k IDENTIFIED BY %s"),
    ("SYS@o", "ADMINISTER KEY MANAGEMENT CREATE KEYSTORE k IDENTIFIED BY %s"),
    ("SYS@o", "ADMINISTER KEY MANAGEMENT SET KEYSTORE OPEN IDENTIFIED BY \"%s\""),
    ("SYS@o", "ADMINISTER KEY MANAGEMENT SET KEYSTORE CLOSE IDENTIFIED BY '%s'"),
    ("SYS@o", "ADMINISTER KEY MANAGEMENT ALTER KEYSTORE PASSWORD IDENTIFIED BY old SET %s"),
    ("SYS@o", "ADMINISTER KEY MANAGEMENT SET KEY IDENTIFIED BY %s"),
    ("SYS@o", "ALTER SYSTEM SET DATA_BACKUP_DEST='oss://b/p?host=h.invalid&access_id=i&access_key=%s' tde_method='x'"),
    ("SYS@o", "ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=s3://b/p?host=h.invalid&access_id=i&access_key=%s'"),
    ("SYS@o", "ALTER SYSTEM BACKUP KEY TO 'file://{work}/okey' ENCRYPTED BY '%s'"),
    ("SYS@o", "ALTER SYSTEM SET external_kms_info='{\"PRIVATE_KEY\":\"%s\"}'"),
    ("SYS@o", "CREATE USER u IDENTIFIED BY %s"),
    ("SYS@o", "ALTER USER u IDENTIFIED BY \"%s\""),
    ("SYS@o", "SET ENCRYPTION ON IDENTIFIED BY '%s' ONLY --end"),
    ("sys", "ALTER SYSTEM RESTORE t FROM 'oss://b/p?host=h&access_id=i&access_key=%s' WITH 'pool_list=p'"),
    ("sys", "ALTER SYSTEM RESTORE t FROM 'file:///x' WITH 'pool_list=p' WITH KEY FROM 'file:///k' ENCRYPTED BY '%s'"),
    ("sys", "CREATE STANDBY TENANT s LOG_RESTORE_SOURCE = 'SERVICE=h USER=u PASSWORD=%s'"),
    ("sys", "/* a comment */ ALTER SYSTEM SET DATA_BACKUP_DEST='oss://b/p?host=h&access_id=i&access_key=%s' -- end"),
]


def mutations(sql, chance):
    """Misspelt: a word left out, doubled, cut; a quote left out, doubled, of the other kind; words at the end."""
    yield sql + " AND MORE"
    yield "X" + sql
    words = sql.split(" ")
    for index in chance.sample(range(len(words)), min(4, len(words))):
        yield " ".join(words[:index] + words[index + 1:])
        yield " ".join(words[:index + 1] + words[index:])
    for quote in "'\"":
        for found in [match.start() for match in re.finditer(quote, sql)]:
            yield sql[:found] + sql[found + 1:]
            yield sql[:found] + ("\"" if quote == "'" else "'") + sql[found + 1:]
            yield sql[:found] + quote + sql[found:]
    yield sql[:sql.index(CANARY) + len(CANARY) + 4]
    yield sql.replace("=", " ", 1)
    yield sql.replace("ALTER", "ALTR").replace("CREATE", "CREAT").replace("SET ", "SETT ", 1)


class Watcher(threading.Thread):
    """Reads the process list all the time."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.connection = server.connect("root@sys")
        self.ended = False
        self.seen = 0
        self.leaks = []

    def run(self):
        while not self.ended:
            text = str(query(self.connection, "SHOW FULL PROCESSLIST"))
            self.seen += 1
            self.leaks += re.findall(CANARY + r"-\d+", text)


class Suite:
    def __init__(self, server, work, chance):
        self.server, self.work, self.chance = server, work, chance
        self.forms = {}        # canary -> the statement
        self.sessions = {}

    def session(self, who):
        if who not in self.sessions:
            self.sessions[who] = self.server.connect(who if "@" in who else "root@" + who,
                                                     database=None if "@" in who else "oceanbase")
        return self.sessions[who]

    def say(self, who, form):
        """Fills a fresh canary in, sends it, and looks at what comes back."""
        canary = "%s-%05d" % (CANARY, len(self.forms))
        sql = form.replace(CANARY, canary)
        self.forms[canary] = sql
        try:
            code, text = attempt(self.session(who), sql)
            shown = "" if code in (2006, 2013) else str(query(self.session(who), "SHOW WARNINGS"))
        except pymysql.err.Error as error:
            code, text, shown = error.args[0], str(error), ""
        check(code not in (2006, 2013), "the connection ended after %s", sql)
        check(CANARY not in str(text), "%s is told in the answer %s %s", sql, code, text)
        check(CANARY not in shown, "%s is told in SHOW WARNINGS: %s", sql, shown)

    def run(self):
        for who, form in FORMS:
            sql = form.replace("{work}", self.work).replace("%s", CANARY).replace("%%", "%")
            self.say(who, sql)
            for wrong in mutations(sql, self.chance):
                if wrong.strip():
                    self.say(who, wrong)

    def fresh(self, what):
        canary = "%s-%05d" % (CANARY, len(self.forms))
        self.forms[canary] = what
        return canary

    def user_variables(self):
        """Assigned, read in a statement that the process list shows for long, and wrong."""
        connection = self.session("sys")
        for form in ("SET @a = '%s'", "SELECT @a := '%s', SLEEP(0.2)", "SET @b = CONCAT(@a, '%s', SLEEP(0.2))",
                     "SELECT '%s' AS a, SLEEP(0.2) FROM oceanbase.DBA_OB_TENANTS", "DO SLEEP(0.2), '%s'",
                     "SET @@no_such_variable = '%s'", "KILL '%s'", "SET GLOBAL wait_timeout = '%s'"):
            answer = attempt(connection, form % self.fresh(form))
            check(answer[0] is None or CANARY not in str(answer) or "wait_timeout" in form, "%s: %s", form, answer)

    def bound_values(self):
        """As the values of prepared statements, at once and in pieces."""
        client = Wire(self.server)
        for form, values in (("ALTER SYSTEM SET data_backup_dest = ? TENANT = t", ("oss://b/p?host=h.invalid&access_id=i&access_key=%s",)),
                             ("ALTER SYSTEM SET external_kms_info = ? TENANT = t", ("{\"PRIVATE_KEY\":\"%s\"}",)),
                             ("ALTER SYSTEM BACKUP KEY TENANT = t TO ? ENCRYPTED BY ?", ("nonsense %s", "%s")),
                             ("ALTER SYSTEM RESTORE KEY TENANT = t FROM ? ENCRYPTED BY ?", ("nonsense %s", "%s")),
                             ("SET @a = ?", ("%s",)), ("SELECT ?, SLEEP(0.2)", ("%s",))):
            canary = self.fresh(form)
            prepared = client.prepare(form)
            for ahead in (False, True):
                given = [value.replace("%s", canary) for value in values]
                if ahead:
                    prepared.send_ahead(0, given[0].encode())
                try:
                    prepared.execute(*given)
                except Refused as refused:
                    check(CANARY not in refused.text, "%s: %s", form, refused.text)
                check(CANARY not in str(client.query("SHOW WARNINGS")), "%s in SHOW WARNINGS", form)
            prepared.close()
        client.close()

    def name(self, found):
        return ["%s: %s" % (canary, self.forms.get(canary, "?")) for canary in sorted(set(found))]


def leaks_in(path):
    return [match.decode() for match in re.findall(CANARY.encode() + rb"-\d+", Path(path).read_bytes())]


def crashes(server, base):
    """A crash leaves no core file, whatever the shell allows."""
    server.wrapper = ["/bin/sh", "-c", "ulimit -c unlimited; exec \"$@\"", "sh"]
    server.start()
    query(server.connect("root@sys"), "SET @a = '%s'" % CANARY)
    os.kill(server.pid, signal.SIGABRT)     # sanitizers take SIGSEGV for themselves
    status = os.waitpid(server.pid, 0)[1]
    server.process.returncode = -os.WTERMSIG(status)
    check(os.WIFSIGNALED(status) and not os.WCOREDUMP(status), "it left a core file: %s", status)
    cores = [name for name in os.listdir(base) + os.listdir(server.data_dir) if name.startswith("core")]
    check(not cores, "core files: %s", cores)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--log-format", default="text")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-canary-") as base:
        work = os.path.join(base, "work")
        os.mkdir(work)
        server = Server(options.server, os.path.join(base, "data"),
                        ["--set", "log_level=debug", "--set", "log_format=" + options.log_format],
                        env={"BREAKWATER_ROOT_PASSWORD": ""})
        with server:
            admin = server.connect("root@sys")
            query(admin, "CREATE TENANT t")
            query(admin, "CREATE TENANT o SET ob_compatibility_mode = 'oracle'")
            query(admin, "ALTER SYSTEM SET tde_method = 'internal' TENANT = t")
            query(server.connect("root@t"), "ALTER INSTANCE ROTATE INNODB MASTER KEY")
            watcher = Watcher(server)
            watcher.start()
            suite = Suite(server, work, random.Random(options.seed))
            suite.run()
            suite.user_variables()
            suite.bound_values()
            for sql in ("SHOW GLOBAL STATUS", "SHOW ERRORS", "SELECT * FROM oceanbase.DBA_OB_ROOTSERVICE_EVENT_HISTORY",
                        "SHOW PARAMETERS", "SHOW PARAMETERS TENANT = t", "SHOW GRANTS", "SHOW VARIABLES",
                        "SELECT * FROM oceanbase.GV$OB_SQL_AUDIT",
                        "SELECT * FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO",
                        "SELECT * FROM oceanbase.CDB_OB_BACKUP_PARAMETER",
                        "SELECT * FROM oceanbase.CDB_OB_ARCHIVE_DEST",
                        "SELECT * FROM oceanbase.CDB_OB_BACKUP_DEST_STATUS",
                        "ALTER SYSTEM CHECK BACKUP DESTINATION TENANT = ALL",
                        "SELECT * FROM oceanbase.CDB_OB_BACKUP_DEST_CHECKS"):
                check(CANARY not in str(attempt(admin, sql)), "%s shows a canary", sql)
            watcher.ended = True
            watcher.join(60)
            check(watcher.seen > 0, "the process list was never read")
            check(not watcher.leaks, "in the process list: %s", suite.name(watcher.leaks))
            live = [leak for name in os.listdir(server.data_dir) for leak in leaks_in(os.path.join(server.data_dir, name))]
            check(not live, "in the data directory of the running server: %s", suite.name(live))
        for top, _, names in os.walk(base):
            for name in names:
                found = leaks_in(os.path.join(top, name))
                check(not found, "in %s: %s", os.path.join(top, name), suite.name(found))
        logged = re.findall(CANARY + r"-\d+", server.log())
        check(not logged, "in the log: %s", suite.name(logged))
        check(len(server.lines) > 0, "the server logged nothing")
        crashes(server, base)
    print("%d statements" % len(suite.forms))


if __name__ == "__main__":
    main()
