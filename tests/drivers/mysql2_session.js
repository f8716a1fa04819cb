// One connection of mysql2 for the driver test: a JSON object a line on stdin, one a line back.
// First {"connect": {host, port, user, password, database}}, then {"sql": text} for each statement.
// Back: {"columns": [[name, type code]...], "rows": [[value...]...]} or {"errno", "sqlstate", "message"}.
// query() is mysql2's text protocol.
'use strict';
const mysql = require('mysql2');
const readline = require('readline');

let connection = null;

function failure(error) {
  return { errno: error.errno, sqlstate: error.sqlState, message: error.sqlMessage || error.message };
}

function connect(options) {
  return new Promise((resolve) => {
    connection = mysql.createConnection({ ...options, dateStrings: true });
    connection.on('error', () => {});
    connection.connect((error) => resolve(error ? failure(error) : {}));
  });
}

function query(sql) {
  return new Promise((resolve) => {
    connection.query({ sql, rowsAsArray: true }, (error, rows, fields) => {
      if (error) return resolve(failure(error));
      if (!fields) return resolve({ columns: [], rows: [] });
      return resolve({ columns: fields.map((field) => [field.name, field.columnType]), rows });
    });
  });
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const answer = request.connect ? await connect(request.connect) : await query(request.sql);
    process.stdout.write(JSON.stringify(answer) + '\n');
  }
  if (connection) connection.end();
}

main();
