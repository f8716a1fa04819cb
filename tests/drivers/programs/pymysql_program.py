"""PyMySQL. Its parameters go into the statement's text; it has no pool and doesn't tell the SQLSTATE."""

import pymysql
import scenario


class PyMySql(scenario.DbApi):
    version = pymysql.__version__
    Error = pymysql.err.MySQLError

    def connect(self, user, password, how="tcp"):
        where = {"unix_socket": scenario.SOCKET} if how == "socket" else {"host": scenario.HOST, "port": scenario.PORT}
        if how == "tls":
            where["ssl"] = {"ca": scenario.CA, "check_hostname": False}
        return pymysql.connect(user=user, password=password, database="oceanbase", read_timeout=60, **where)

    def again(self, connection):
        connection.ping(reconnect=True)
        return connection


PyMySql().run()
