// What the Node.js programs share: their settings, the scenario, one JSON line a step. Settings come in the
// environment as scenario.py tells. A program gives run() an object:
//
//   version, mark: what stands for a parameter
//   connect(user, password, how): a session; how is "tcp", "tls" or "socket"
//   query(session, sql), execute(session, sql, parameters): an array of rows, which are arrays
//   close(session); failure(error): [code, SQLSTATE or null, text]
//   pool(): {number(): the number of the connection that a statement ran on, close()}, where there is a pool
//   again(session): a session that works, after this one's end
'use strict';
const fs = require('fs');
const path = require('path');

const env = process.env;
const settings = {
  host: env.DRIVER_HOST,
  port: Number(env.DRIVER_PORT),
  socket: env.DRIVER_SOCKET,
  ca: env.DRIVER_CA,
};
const steps = env.DRIVER_STEPS.split(',');
const [sys, password] = ['root@sys', env.DRIVER_PASSWORD];
const [tenant, ownPassword] = [env.DRIVER_TENANT, "p w'\"1"];
const own = `root@${tenant}`;
const [data, key] = ['data', 'key'].map((name) => `file://${env.DRIVER_DIRECTORY}/${name}`);

const WHO = 'SELECT USER(), effective_tenant()';
const ID = 'SELECT CONNECTION_ID()';
const BY_NAME = 'SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = ';
const BY_ID = 'SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_ID = ';

async function step(name, action) {
  if (!steps.includes(name)) return;
  let line;
  try {
    line = { step: name, result: await action() };
  } catch (error) {
    line = { step: name, failed: String((error && error.stack) || error) };
  }
  process.stdout.write(JSON.stringify(line) + '\n');
}

// A Date as the server would write it, with three digits.
function moment(date) {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60000);
  return local.toISOString().replace('T', ' ').replace('Z', '');
}

function summary(rows) {
  return [rows.length, rows.reduce((sum, row) => sum + Number(row[0]), 0), rows[0][1], rows[rows.length - 1][1]];
}

async function run(client) {
  const moments = client.moment || moment;

  async function session(user, secret, action, how = 'tcp') {
    const connection = await client.connect(user, secret, how);
    try {
      return await action(connection);
    } finally {
      await client.close(connection);
    }
  }
  const onSys = (action, how) => session(sys, password, action, how);

  async function fails(action) {
    try {
      await action();
    } catch (error) {
      return client.failure(error);
    }
    return 'no error';
  }

  async function job(connection) {
    await client.query(connection, `CREATE TENANT ${tenant} SET ob_tcp_invited_nodes = '%'`);
    await client.query(connection, `ALTER SYSTEM SET DATA_BACKUP_DEST = '${data}' TENANT = ${tenant}`);
    await client.query(connection, `ALTER SYSTEM SET tde_method = 'internal' TENANT = ${tenant}`);
    await session(own, '', async (first) => {
      await client.query(first, "SET PASSWORD = 'p w\\'\"1'");
      await client.query(first, 'ALTER INSTANCE ROTATE INNODB MASTER KEY');
    });
    await client.query(connection,
                       `ALTER SYSTEM BACKUP KEY TENANT = ${tenant} TO '${key}' ENCRYPTED BY 'key password'`);
    return session(own, ownPassword, async (again) => [
      await client.query(again, 'SELECT NAME, VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER ORDER BY NAME'),
      await client.query(again,
                         'SELECT PATH, DEST_ID, DEST_TYPE FROM oceanbase.DBA_OB_BACKUP_STORAGE_INFO ORDER BY DEST_ID'),
    ]);
  }

  async function prepared(connection) {
    const found = [];
    for (const name of ['many0007', "it's \\"]) {
      found.push(await client.execute(connection, BY_NAME + client.mark, [name]));
    }
    found.push(await client.execute(connection, BY_ID + client.mark, [1]));
    found.push(await client.execute(connection, `SELECT ${client.mark} IS NULL`, [null]));
    await client.execute(connection, `ALTER SYSTEM SET DATA_BACKUP_DEST = ${client.mark} TENANT = ${tenant}`, [data]);
    return found;
  }

  async function errors(connection) {
    const taken = `ALTER SYSTEM SET DATA_BACKUP_DEST = '${data}' TENANT = many0001`;
    const found = [];
    for (const sql of [taken, 'SELECT FROM', 'SELECT * FROM oceanbase.nothing']) {
      found.push(await fails(() => client.query(connection, sql)));
    }
    found.push(await fails(async () => client.close(await client.connect(sys, 'wrong', 'tcp'))));
    return found;
  }

  async function nulls(connection) {
    const literal = await client.query(connection, "SELECT NULL AS a, '' AS b, 0 AS c");
    return literal.concat(await client.query(connection,
      'SELECT t.TENANT_NAME, p.VALUE FROM oceanbase.DBA_OB_TENANTS t LEFT JOIN oceanbase.CDB_OB_BACKUP_PARAMETER p'
      + " ON p.TENANT_ID = t.TENANT_ID WHERE t.TENANT_NAME = 'sys'"));
  }

  async function times(connection) {
    const [row] = await client.query(connection,
      "SELECT CAST('2026-01-02 03:04:05.678000' AS DATETIME(6)) AS a, LAST_CHECK_TIMESTAMP AS b,"
      + ` CAST(LAST_CHECK_TIMESTAMP AS CHAR) AS c FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO WHERE PATH = '${data}'`);
    return [moments(row[0]), moments(row[1]), row[2]];
  }

  const number = async (connection) => Number((await client.query(connection, ID))[0][0]);

  async function reconnect() {
    let connection = await client.connect(sys, password, 'tcp');
    const first = await number(connection);
    await onSys((other) => client.query(other, `KILL ${first}`));
    const gone = (await fails(() => number(connection))) !== 'no error';
    connection = await client.again(connection, () => client.connect(sys, password, 'tcp'));
    const changed = (await number(connection)) !== first;
    await client.close(connection);
    return [gone, changed];
  }

  async function pool() {
    const shared = await client.pool(sys, password);
    const numbers = await Promise.all(Array.from({ length: 20 }, () => shared.number(ID)));
    await shared.close();
    return [numbers.length, new Set(numbers.map(Number)).size <= 4];
  }

  await step('version', async () => client.version);
  await step('tcp', () => onSys((c) => client.query(c, WHO)));
  await step('tls', () => onSys(async (c) => (await client.query(c, WHO)).concat(
    await client.query(c, "SHOW STATUS LIKE 'Ssl_cipher'")), 'tls'));
  await step('socket', () => onSys((c) => client.query(c, WHO), 'socket'));
  await step('job', () => onSys(job));
  await step('prepared', () => onSys(prepared));
  await step('errors', () => onSys(errors));
  await step('nulls', () => onSys(nulls));
  await step('times', () => onSys(times));
  await step('rows', () => onSys(async (c) => summary(await client.query(c,
    "SELECT TENANT_ID, TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME LIKE 'many%' ORDER BY TENANT_ID"))));
  await step('reconnect', reconnect);
  await step('pool', pool);
}

// Where the server is, as mysql and those after it take it.
function address(how) {
  if (how === 'socket') return { socketPath: settings.socket };
  const ssl = how === 'tls' ? { ssl: { ca: fs.readFileSync(settings.ca), checkServerIdentity: () => undefined } } : {};
  return { host: settings.host, port: settings.port, ...ssl };
}

// The steps of a client whose connections answer query() and execute() with promises; `rows` of such an answer.
function promised(rows) {
  return {
    mark: '?',
    query: async (connection, sql) => rows(await connection.query(sql)),
    execute: async (connection, sql, parameters) => rows(await connection.execute(sql, parameters)),
    close: (connection) => connection.end().catch(() => {}),
    again: (connection, connect) => connect(),
    failure: (error) => [error.errno, error.sqlState, error.sqlMessage],
  };
}

// Rows of objects as arrays, for the clients that give no others.
const arrays = (rows) => rows.map((row) => Object.values(row));

// The version of a package, which need not export its package.json.
function version(name) {
  return JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'node_modules', name, 'package.json'))).version;
}

module.exports = { run, settings, address, promised, arrays, version };
