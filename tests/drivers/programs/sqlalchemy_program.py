"""SQLAlchemy's engine over PyMySQL: statements with named parameters, and its pool."""

import concurrent.futures

import scenario
import sqlalchemy
from sqlalchemy import text
from sqlalchemy.engine import URL


def engine(user, password, how="tcp", **more):
    where = {"host": scenario.HOST, "port": scenario.PORT}
    arguments = {"read_timeout": 60}
    if how == "socket":
        where, arguments["unix_socket"] = {}, scenario.SOCKET
    if how == "tls":
        arguments["ssl"] = {"ca": scenario.CA, "check_hostname": False}
    url = URL.create("mysql+pymysql", username=user, password=password, database="oceanbase", **where)
    return sqlalchemy.create_engine(url, connect_args=arguments, isolation_level="AUTOCOMMIT", **more)


class SqlAlchemy(scenario.DbApi):
    version = sqlalchemy.__version__
    mark = ":value"
    Error = sqlalchemy.exc.DBAPIError

    def connect(self, user, password, how="tcp"):
        return engine(user, password, how, poolclass=sqlalchemy.pool.NullPool).connect()

    def failure(self, error):
        return [error.orig.args[0], None, error.orig.args[1]]

    def rows(self, connection, sql, *parameters):
        result = connection.execute(text(sql), {"value": parameters[0]} if parameters else {})
        return scenario.lists(result) if result.returns_rows else []

    def reconnect(self):
        """The pool finds that its connection is gone, and opens another."""
        pool = engine(scenario.SYS, scenario.PASSWORD, pool_size=1, max_overflow=0, pool_pre_ping=True)
        with pool.connect() as connection:
            number = self.number(connection)
            self.kill(number)
            gone = self.fails(lambda: self.number(connection)) != "no error"
        with pool.connect() as connection:
            again = self.number(connection)
        pool.dispose()
        return [gone, again != number]

    def pool(self):
        pool = engine(scenario.SYS, scenario.PASSWORD, pool_size=4, max_overflow=0)

        def number(_):
            with pool.connect() as connection:
                return self.number(connection)

        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            numbers = list(threads.map(number, range(20)))
        pool.dispose()
        return numbers


SqlAlchemy().run()
