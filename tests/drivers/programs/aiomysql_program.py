"""aiomysql: coroutines over PyMySQL. Its parameters go into the statement's text; it doesn't tell the SQLSTATE."""

import asyncio
import contextlib
import ssl

import aiomysql
import scenario
from scenario import OWN, OWN_PASSWORD, PASSWORD, SYS


def where(how):
    if how == "socket":
        return {"unix_socket": scenario.SOCKET}
    if how == "tls":
        context = ssl.create_default_context(cafile=scenario.CA)
        context.check_hostname = False
        return {"host": scenario.HOST, "port": scenario.PORT, "ssl": context}
    return {"host": scenario.HOST, "port": scenario.PORT}


async def connect(user=SYS, password=PASSWORD, how="tcp"):
    return await aiomysql.connect(user=user, password=password, db="oceanbase", autocommit=True, **where(how))


@contextlib.asynccontextmanager
async def session(*arguments):
    connection = await connect(*arguments)
    try:
        yield connection
    finally:
        connection.close()


async def rows(connection, sql, *parameters):
    async with connection.cursor() as cursor:
        await cursor.execute(sql, parameters or None)
        return scenario.lists(await cursor.fetchall()) if cursor.description else []


async def fails(action):
    try:
        await action
    except aiomysql.MySQLError as error:
        # At connect, aiomysql wraps the server's error.
        told = error.__cause__ if isinstance(error.__cause__, aiomysql.MySQLError) else error
        return [told.args[0], None, *told.args[1:]]
    return "no error"


async def login(how):
    async with session(SYS, PASSWORD, how) as connection:
        return await rows(connection, scenario.WHO) + (await rows(connection, scenario.CIPHER) if how == "tls" else [])


async def job():
    async with session() as connection:
        for sql in scenario.CREATE:
            await rows(connection, sql)
        async with session(OWN, "") as own:
            for sql in scenario.FIRST_LOGIN:
                await rows(own, sql)
        await rows(connection, scenario.BACKUP_KEY)
    async with session(OWN, OWN_PASSWORD) as own:
        return [await rows(own, scenario.PARAMETERS), await rows(own, scenario.STORAGE)]


async def prepared():
    async with session() as connection:
        found = [await rows(connection, scenario.BY_NAME + "%s", name) for name in ("many0007", "it's \\")]
        found.append(await rows(connection, scenario.BY_ID + "%s", 1))
        found.append(await rows(connection, "SELECT %s IS NULL", None))
        await rows(connection, scenario.SET_AGAIN, scenario.DATA)
        return found


async def errors():
    async with session() as connection:
        found = [await fails(rows(connection, sql)) for sql in scenario.FAILURES]
        return found + [await fails(connect(SYS, "wrong"))]


async def nulls():
    async with session() as connection:
        return await rows(connection, scenario.NULLS) + await rows(connection, scenario.NULL_IN_VIEW)


async def times():
    async with session() as connection:
        row = (await rows(connection, scenario.TIMES))[0]
        return [scenario.moment(row[0]), scenario.moment(row[1]), row[2]]


async def many():
    async with session() as connection:
        return scenario.summary(await rows(connection, scenario.MANY))


async def number(connection):
    return (await rows(connection, scenario.ID))[0][0]


async def reconnect():
    async with session() as connection, session() as other:
        first = await number(connection)
        await rows(other, "KILL %d" % first)
        gone = await fails(number(connection)) != "no error"
        await connection.ping(reconnect=True)
        return [gone, await number(connection) != first]


async def pool():
    async with aiomysql.create_pool(user=SYS, password=PASSWORD, db="oceanbase", minsize=1, maxsize=4,
                                    **where("tcp")) as shared:
        async def one():
            async with shared.acquire() as connection:
                return await number(connection)

        numbers = await asyncio.gather(*(one() for _ in range(20)))
        return [len(numbers), len(set(numbers)) <= 4]


def step(name, make):
    scenario.step(name, lambda: asyncio.run(make()))


scenario.step("version", lambda: aiomysql.__version__)
for way in ("tcp", "tls", "socket"):
    step(way, lambda way=way: login(way))
for name, make in (("job", job), ("prepared", prepared), ("errors", errors), ("nulls", nulls), ("times", times),
                   ("rows", many), ("reconnect", reconnect), ("pool", pool)):
    step(name, make)
