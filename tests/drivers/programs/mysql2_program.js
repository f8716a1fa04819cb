// mysql2: execute() prepares in the server and keeps the statement.
'use strict';
const mysql = require('mysql2/promise');
const { run, address, promised, version } = require('./scenario');

function options(user, password, how) {
  return { user, password, database: 'oceanbase', rowsAsArray: true, ...address(how) };
}

const rows = ([found]) => (Array.isArray(found) ? found : []);

run({
  version: version('mysql2'),
  ...promised(rows),
  async connect(user, password, how) {
    const connection = await mysql.createConnection(options(user, password, how));
    connection.connection.on('error', () => {});
    return connection;
  },
  pool: (user, password) => {
    const shared = mysql.createPool({ ...options(user, password, 'tcp'), connectionLimit: 4 });
    return { number: async (sql) => rows(await shared.query(sql))[0][0], close: () => shared.end() };
  },
});
