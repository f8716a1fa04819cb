// Knex over mysql2: its pool is of tarn.js; parameters go through mysql2's query().
'use strict';
const knex = require('knex');
const { run, address, arrays, version } = require('./scenario');

function instance(user, password, how, max) {
  return knex({ client: 'mysql2', connection: { user, password, database: 'oceanbase', ...address(how) },
                pool: { min: 0, max }, acquireConnectionTimeout: 60000 });
}

async function ask(database, sql, parameters = []) {
  const [found] = await database.raw(sql, parameters);
  return Array.isArray(found) ? arrays(found) : [];
}

run({
  version: version('knex'),
  mark: '?',
  async connect(user, password, how) {
    const database = instance(user, password, how, 1);
    try {
      await database.raw('SELECT 1');
    } catch (error) {
      await database.destroy();
      throw error;
    }
    return database;
  },
  query: ask,
  execute: ask,
  close: (database) => database.destroy(),
  again: async (database) => database,
  failure: (error) => [error.errno, error.sqlState, error.sqlMessage],
  pool: (user, password) => {
    const shared = instance(user, password, 'tcp', 4);
    return { number: async (sql) => (await ask(shared, sql))[0][0], close: () => shared.destroy() };
  },
});
