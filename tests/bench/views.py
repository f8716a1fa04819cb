"""Figures of SELECTs over more rows than a screen has, and of what the bench can't see from outside: the grammar and a
cached statement."""

import json
import subprocess

JOIN = ("SELECT t.STATUS, p.NAME, COUNT(*), MIN(t.TENANT_ID), MAX(p.VALUE) FROM oceanbase.%s t JOIN"
        " oceanbase.CDB_OB_BACKUP_PARAMETER p ON p.TENANT_ID = t.TENANT_ID GROUP BY t.STATUS, p.NAME")
TENANTS = 10_000


def fill_mariadb(mariadb):
    """A table of the tenants that the join needs, keyed as it serves it best."""
    mariadb.sql("""USE oceanbase; DROP TABLE IF EXISTS DBA_OB_TENANTS; CREATE TABLE DBA_OB_TENANTS (TENANT_ID BIGINT(20) NOT
        NULL PRIMARY KEY, TENANT_NAME VARCHAR(128) NOT NULL, STATUS VARCHAR(64) NOT NULL) CHARACTER SET utf8mb4;
        INSERT INTO DBA_OB_TENANTS SELECT TENANT_ID, CONCAT('bench_', TENANT_ID), 'NORMAL' FROM CDB_OB_BACKUP_PARAMETER;
        ANALYZE TABLE DBA_OB_TENANTS;""")


def join(bench, servers, sysbench):
    """Two views joined and grouped, 10,000 tenants."""
    mariadb, _ = servers
    fill_mariadb(mariadb)
    bench.report.compare("join of two views, grouped, %d tenants" % TENANTS,
                         bench.rounds(lambda s: sysbench(s, JOIN % "DBA_OB_TENANTS", bench.seconds, TENANTS), servers))


def engine(report, program, corpus):
    found = json.loads(subprocess.run([program, str(corpus)], capture_output=True, text=True, check=True).stdout)
    report.say("parse, the documents' statements", found["parse_mean"], "µs",
               "the slowest %.1f µs; met for the first time %.2f ms" % (found["parse_slowest"], found["parse_first"] / 1000))
    report.say("cached point SELECT in the engine", found["cached"], "µs", "SQLite's own steps %.2f µs" % found["sqlite"])
