// TypeORM over mysql2: a DataSource has mysql2's pool.
'use strict';
require('reflect-metadata');
const { DataSource } = require('typeorm');
const { run, address, arrays, version } = require('./scenario');

function source(username, password, how, connectionLimit) {
  return new DataSource({ type: 'mysql', username, password, database: 'oceanbase', extra: { connectionLimit },
                          entities: [], synchronize: false, ...address(how) });
}

async function ask(database, sql, parameters) {
  const found = await database.query(sql, parameters);
  return Array.isArray(found) ? arrays(found) : [];
}

run({
  version: version('typeorm'),
  mark: '?',
  connect: (user, password, how) => source(user, password, how, 1).initialize(),
  query: ask,
  execute: ask,
  close: (database) => database.destroy(),
  again: async (database) => database,
  failure: (error) => {
    const cause = error.driverError || error;
    return [cause.errno, cause.sqlState, cause.sqlMessage];
  },
  pool: async (user, password) => {
    const shared = await source(user, password, 'tcp', 4).initialize();
    return { number: async (sql) => (await ask(shared, sql))[0][0], close: () => shared.destroy() };
  },
});
