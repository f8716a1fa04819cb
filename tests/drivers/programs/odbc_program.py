"""MariaDB Connector/ODBC under unixODBC, through pyodbc. unixODBC has the pool, for drivers with a CPTimeout."""

import os
import re
from pathlib import Path

LIBRARY = "/usr/lib/x86_64-linux-gnu/odbc/libmaodbc.so"
Path("odbcinst.ini").write_text("[ODBC]\nPooling = Yes\n[plain]\nDriver = %s\n[pooled]\nDriver = %s\nCPTimeout = 60\n"
                                % (LIBRARY, LIBRARY), "utf-8")
os.environ["ODBCSYSINI"] = os.getcwd()

import pyodbc  # noqa: E402
import scenario  # noqa: E402


class Odbc(scenario.DbApi):
    mark = "?"
    Error = pyodbc.Error

    def __init__(self):
        self.version = self.with_sys(lambda c: c.getinfo(pyodbc.SQL_DRIVER_VER)) if "version" in scenario.STEPS else ""

    def connect(self, user, password, how="tcp", driver="plain"):
        where = ("SOCKET=" + scenario.SOCKET if how == "socket" else
                 "SERVER=%s;PORT=%d;TCPIP=1" % (scenario.HOST, scenario.PORT))
        if how == "tls":
            where += ";SSLCA=%s;FORCETLS=1" % scenario.CA
        return pyodbc.connect("DRIVER={%s};UID=%s;PWD={%s};DATABASE=oceanbase;%s" % (driver, user, password, where),
                              autocommit=True, timeout=60)

    def failure(self, error):
        found = re.match(r"\[\w+\] (?:\[[^]]*\])+ ?(.*) \((\d+)\) \(\w+\)", error.args[1], re.S)
        return [int(found[2]), error.args[0], found[1]]

    def pool(self):
        numbers = []
        for _ in range(20):
            connection = self.connect(scenario.SYS, scenario.PASSWORD, driver="pooled")
            numbers.append(self.number(connection))
            connection.close()
        return numbers


pyodbc.pooling = True
Odbc().run()
