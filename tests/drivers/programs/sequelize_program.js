// Sequelize over mysql2: an instance is a pool of one; bound parameters are prepared in the server.
'use strict';
const fs = require('fs');
const { Sequelize, QueryTypes } = require('sequelize');
const { run, settings, arrays, version } = require('./scenario');

function sequelize(user, password, how, pool) {
  const dialectOptions = how === 'socket' ? { socketPath: settings.socket } : {};
  if (how === 'tls') dialectOptions.ssl = { ca: fs.readFileSync(settings.ca), checkServerIdentity: () => undefined };
  const { host, port } = settings;
  return new Sequelize('oceanbase', user, password,
                       { dialect: 'mysql', host, port, logging: false, pool, dialectOptions });
}

async function ask(instance, sql, bind) {
  if (!/^(SELECT|SHOW)/.test(sql)) {
    await instance.query(sql, { type: QueryTypes.RAW, bind });
    return [];
  }
  return arrays(await instance.query(sql, { type: QueryTypes.SELECT, bind }));
}

run({
  version: version('sequelize'),
  mark: '$1',
  async connect(user, password, how) {
    const instance = sequelize(user, password, how, { max: 1 });
    await instance.authenticate();
    return instance;
  },
  query: ask,
  execute: ask,
  close: (instance) => instance.close(),
  again: async (instance) => instance,
  failure: ({ original: error }) => [error.errno, error.sqlState, error.sqlMessage],
  // Sequelize sets the session's time zone to UTC and gives Dates.
  moment: (date) => date.toISOString().replace('T', ' ').replace('Z', ''),
  pool: (user, password) => {
    const shared = sequelize(user, password, 'tcp', { max: 4 });
    return { number: async (sql) => (await ask(shared, sql))[0][0], close: () => shared.close() };
  },
});
