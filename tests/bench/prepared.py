"""bench.py's figures of prepared statements: the statements of its text figures, prepared once on each connection
and executed. sysbench with tests/bench/prepared.lua."""

SCRIPT = "prepared.lua"
POINT = "SELECT * FROM oceanbase.CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = ?"
FIRST = "SELECT * FROM oceanbase.CDB_OB_BACKUP_PARAMETER ORDER BY TENANT_ID LIMIT 100"
FIGURES = (("SELECT 1, prepared", "SELECT 1"), ("point SELECT, prepared", POINT), ("first 100 rows, prepared", FIRST))


def compare(bench, sysbench, servers, tenants):
    for name, statement in FIGURES:
        measure = lambda server: sysbench(server, statement, bench.seconds, tenants, SCRIPT)  # noqa: E731
        bench.report.compare(name, bench.rounds(measure, servers))
