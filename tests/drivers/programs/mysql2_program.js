// mysql2: execute() prepares in the server and keeps the statement.
'use strict';
const fs = require('fs');
const mysql = require('mysql2/promise');
const { run, settings, version } = require('./scenario');

function options(user, password, how) {
  const where = how === 'socket' ? { socketPath: settings.socket } : { host: settings.host, port: settings.port };
  if (how === 'tls') where.ssl = { ca: fs.readFileSync(settings.ca), checkServerIdentity: () => undefined };
  return { user, password, database: 'oceanbase', rowsAsArray: true, ...where };
}

const rows = ([found]) => (Array.isArray(found) ? found : []);

run({
  version: version('mysql2'),
  mark: '?',
  async connect(user, password, how) {
    const connection = await mysql.createConnection(options(user, password, how));
    connection.connection.on('error', () => {});
    return connection;
  },
  query: async (connection, sql) => rows(await connection.query(sql)),
  execute: async (connection, sql, parameters) => rows(await connection.execute(sql, parameters)),
  close: (connection) => connection.end().catch(() => {}),
  again: (connection, connect) => connect(),
  failure: (error) => [error.errno, error.sqlState, error.sqlMessage],
  pool: (user, password) => {
    const shared = mysql.createPool({ ...options(user, password, 'tcp'), connectionLimit: 4 });
    return { number: async (sql) => rows(await shared.query(sql))[0][0], close: () => shared.end() };
  },
});
