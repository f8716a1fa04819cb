// mariadb, the npm package: execute() prepares in the server.
'use strict';
const mariadb = require('mariadb');
const { run, address, promised, version } = require('./scenario');

function options(user, password, how) {
  const form = { rowsAsArray: true, bigIntAsNumber: true, decimalAsNumber: true };
  return { user, password, database: 'oceanbase', allowPublicKeyRetrieval: true, ...form, ...address(how) };
}

const rows = (found) => (Array.isArray(found) ? found.slice() : []);

run({
  version: version('mariadb'),
  ...promised(rows),
  async connect(user, password, how) {
    const connection = await mariadb.createConnection(options(user, password, how));
    connection.on('error', () => {});
    return connection;
  },
  pool: (user, password) => {
    const shared = mariadb.createPool({ ...options(user, password, 'tcp'), connectionLimit: 4 });
    return { number: async (sql) => (await shared.query(sql))[0][0], close: () => shared.end() };
  },
});
