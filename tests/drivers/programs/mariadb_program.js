// mariadb, the npm package: execute() prepares in the server.
'use strict';
const fs = require('fs');
const mariadb = require('mariadb');
const { run, settings, version } = require('./scenario');

function options(user, password, how) {
  const where = how === 'socket' ? { socketPath: settings.socket } : { host: settings.host, port: settings.port };
  if (how === 'tls') where.ssl = { ca: fs.readFileSync(settings.ca), checkServerIdentity: () => undefined };
  const numbers = { bigIntAsNumber: true, decimalAsNumber: true };
  return { user, password, database: 'oceanbase', rowsAsArray: true, ...numbers, ...where };
}

const rows = (found) => (Array.isArray(found) ? found.slice() : []);

run({
  version: version('mariadb'),
  mark: '?',
  async connect(user, password, how) {
    const connection = await mariadb.createConnection(options(user, password, how));
    connection.on('error', () => {});
    return connection;
  },
  query: async (connection, sql) => rows(await connection.query(sql)),
  execute: async (connection, sql, parameters) => rows(await connection.execute(sql, parameters)),
  close: (connection) => connection.end().catch(() => {}),
  again: (connection, connect) => connect(),
  failure: (error) => [error.errno, error.sqlState, error.sqlMessage],
  pool: (user, password) => {
    const shared = mariadb.createPool({ ...options(user, password, 'tcp'), connectionLimit: 4 });
    return { number: async (sql) => (await shared.query(sql))[0][0], close: () => shared.end() };
  },
});
