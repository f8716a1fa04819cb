// mysql: no plug-ins, no TLS 1.3 of its own choosing, parameters in the statement's text.
'use strict';
const util = require('util');
const mysql = require('mysql');
const { run, address, arrays, version } = require('./scenario');

function options(user, password, how) {
  return { user, password, database: 'oceanbase', ...address(how) };
}

const ask = (connection, sql, parameters) => new Promise((resolve, reject) => {
  connection.query(sql, parameters, (error, found) => {
    if (error) reject(error);
    else resolve(Array.isArray(found) ? arrays(found) : []);
  });
});

run({
  version: version('mysql'),
  mark: '?',
  async connect(user, password, how) {
    const connection = mysql.createConnection(options(user, password, how));
    connection.on('error', () => {});
    await util.promisify(connection.connect).call(connection);
    return connection;
  },
  query: (connection, sql) => ask(connection, sql),
  execute: ask,
  close: (connection) => new Promise((resolve) => connection.end(() => resolve())),
  again: (connection, connect) => connect(),
  failure: (error) => [error.errno, error.sqlState || null, error.sqlMessage],
  pool: (user, password) => {
    const shared = mysql.createPool({ ...options(user, password, 'tcp'), connectionLimit: 4 });
    return { number: async (sql) => (await ask(shared, sql))[0][0], close: util.promisify(shared.end).bind(shared) };
  },
});
