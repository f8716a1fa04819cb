"""mysqlclient (MySQLdb), over libmariadb. Its parameters go into the statement's text; it has no pool and doesn't tell
the SQLSTATE."""

import MySQLdb
import scenario


class MySqlClient(scenario.DbApi):
    version = MySQLdb.__version__
    Error = MySQLdb.Error

    def connect(self, user, password, how="tcp"):
        where = {"unix_socket": scenario.SOCKET} if how == "socket" else {"host": scenario.HOST, "port": scenario.PORT}
        if how == "tls":
            where["ssl"] = {"ca": scenario.CA}
        return MySQLdb.connect(user=user, password=password, database="oceanbase", charset="utf8mb4", read_timeout=60,
                               **where)


MySqlClient().run()
