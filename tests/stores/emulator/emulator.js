// An OSS, COS and S3/OBS store for the tests, on loopback and in memory. Reads its configuration, one line of JSON,
// from stdin, prints its ports, one line of JSON, and ends with its stdin.
//
//   {"endpoints": [{"provider": "oss", "host": "oss-cn-hangzhou.aliyuncs.com", "region": "cn-hangzhou"}, ...],
//    "users": [{"ak": "...", "secret": "...", "deny": ["write", "tag", ...]}],
//    "buckets": [{"name": "...", "provider": "...", "region": "..."}],
//    "tls": {"key": FILE, "cert": FILE} or null}
//
// The control port (control.js) makes faults, tells what was asked and looks at what is stored.
'use strict';

const http = require('http');
const https = require('https');
const fs = require('fs');
const querystring = require('querystring');
const { StoreError } = require('./errors');
const { PROVIDERS, errorXml, newRequestId, findEndpoint } = require('./providers');
const { Bucket } = require('./buckets');
const { authenticate } = require('./auth');
const { operationOf } = require('./operation_names');
const { perform } = require('./operations');
const { Faults, garbled, otherEtag } = require('./faults');
const { controlServer } = require('./control');

const MAX_BODY = 64 * 1024 * 1024;
const SECRET_HEADERS = /^(authorization|x-\w+-security-token)$/;

class Emulator {
  constructor(config) {
    this.endpoints = config.endpoints;
    this.tls = config.tls && { key: fs.readFileSync(config.tls.key), cert: fs.readFileSync(config.tls.cert) };
    this.users = new Map();
    this.buckets = new Map();
    this.faults = new Faults();
    this.log = [];
    this.listeners = [];
    this.sockets = new Set();
    config.users.forEach(user => this.addUser(user));
    config.buckets.forEach(bucket => this.setBucket(bucket));
  }

  addUser({ ak, secret, deny = [], suspended = false }) {
    this.users.set(ak, { secret, deny: new Set(deny), suspended });
  }

  setBucket({ name, provider, region, ...options }) {
    const known = this.buckets.get(name);
    if (known) Object.assign(known.options, options);
    else this.buckets.set(name, new Bucket(name, provider, region, options));
  }

  async start() {
    const handler = (request, response) =>
      this.serve(request, response).catch(error => {
        if (error.code !== 'ECONNRESET') console.error(error.stack); // a client may give up
        request.socket.destroy();
      });
    const servers = [http.createServer(handler)];
    if (this.tls) servers.push(https.createServer(this.tls, handler));
    for (const server of servers) {
      server.on('connection', socket => this.accepted(socket));
      server.keepAliveTimeout = 60000;
      await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
      this.listeners.push({ server, port: server.address().port });
    }
    return this.listeners.map(listener => listener.port);
  }

  accepted(socket) {
    if (this.faults.acceptResets > 0) {
      this.faults.acceptResets -= 1;
      socket.resetAndDestroy();
      return;
    }
    socket.setNoDelay(true);
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
  }

  /// Nobody answers at the ports: a connect is refused.
  refuse() {
    this.listeners.forEach(({ server }) => server.close());
    this.sockets.forEach(socket => socket.resetAndDestroy());
  }

  async clearFaults() {
    this.faults.clear();
    for (const { server, port } of this.listeners) {
      if (!server.listening) await new Promise(resolve => server.listen(port, '127.0.0.1', resolve));
    }
  }

  /// What the request says, before anything is believed.
  read(request) {
    const [rawPath, rawQuery = ''] = request.url.split('?');
    const host = (request.headers.host || '').replace(/:\d+$/, '').toLowerCase();
    const found = findEndpoint(this.endpoints, host);
    const endpoint = found.endpoint || { provider: 's3', host };
    // A name without "=" is null, as the SDKs' signers want it.
    const query = {};
    rawQuery
      .split('&')
      .filter(Boolean)
      .forEach(part => {
        const at = part.indexOf('=');
        const name = decodeURIComponent(at < 0 ? part : part.slice(0, at));
        query[name] = at < 0 ? null : querystring.unescape(part.slice(at + 1));
      });
    const r = {
      id: newRequestId(),
      method: request.method,
      host: request.headers.host || '',
      rawPath,
      query,
      headers: request.headers,
      path: decodeURIComponent(rawPath),
      providerName: endpoint.provider,
      provider: PROVIDERS[endpoint.provider],
      region: endpoint.region,
      known: Boolean(found.endpoint),
      virtual: Boolean(found.bucket),
      now: Date.now(),
    };
    const whole = r.path.slice(1);
    const slash = whole.indexOf('/');
    r.bucket = found.bucket || (slash < 0 ? whole : whole.slice(0, slash));
    r.key = found.bucket ? whole : slash < 0 ? '' : whole.slice(slash + 1);
    r.operation = operationOf(r.method, r.bucket, r.key, query);
    r.store = this.buckets.get(r.bucket);
    r.bucketOptions = r.store ? r.store.options : {};
    r.buckets = [...this.buckets.values()].filter(bucket => bucket.provider === r.providerName);
    return r;
  }

  note(r, faults) {
    const headers = Object.fromEntries(Object.entries(r.headers).filter(([name]) => !SECRET_HEADERS.test(name)));
    const entry = {
      id: r.id,
      provider: r.providerName,
      method: r.method,
      operation: r.operation,
      bucket: r.bucket,
      key: r.key,
      query: r.query,
      headers,
      virtual: r.virtual,
      faults: faults.map(fault => fault.kind),
      status: null,
    };
    this.log.push(entry);
    return entry;
  }

  /// Whether the request goes on beyond `stage`.
  passes(faults, stage, request) {
    const fault = faults.find(
      one =>
        (one.kind === 'refuse' ? 'headers' : one.stage) === stage && ['stall', 'reset', 'refuse'].includes(one.kind)
    );
    if (!fault) return true;
    if (fault.kind === 'stall') this.faults.stalled.push(request.socket);
    else if (fault.kind === 'reset') this.reset(request.socket);
    else this.refuse();
    return false;
  }

  /// A TLS socket has no reset of its own: its TCP socket's is meant.
  reset(socket) {
    (socket._parent || socket).resetAndDestroy();
  }

  async serve(request, response) {
    const r = this.read(request);
    const faults = this.faults.take(r);
    const entry = this.note(r, faults);
    const has = kind => faults.find(fault => fault.kind === kind);
    if (has('clock')) r.now += has('clock').seconds * 1000;
    if (!this.passes(faults, 'headers', request)) return;
    r.body = await readBody(request);
    entry.length = r.body.length;
    if (!this.passes(faults, 'body', request)) return;
    if (has('delay')) await new Promise(resolve => setTimeout(resolve, has('delay').ms));
    r.ignoreCreateOnly = Boolean(has('ignore_create_only'));
    const stale = has('stale_list') && has('stale_list').snapshot.get(r.bucket);
    r.listed = stale || (r.store && r.store.objects);
    const answer = shape(await this.answer(r, has('status')), has);
    entry.status = answer.status;
    if (!this.passes(faults, 'done', request)) return;
    this.send(r, request, response, answer, faults);
  }

  /// The answer, a good one or a refusal.
  async answer(r, status) {
    try {
      if (status) {
        if (status.status < 300 && !status.code)
          return { status: status.status, headers: status.headers || {}, body: Buffer.alloc(0) };
        throw new StoreError(status.status, status.code || 'InternalError', status.message, {}, status.headers);
      }
      if (r.body === null)
        throw new StoreError(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed object size.');
      return await this.perform(r);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const headers = Object.fromEntries(
        Object.entries(error.headers || {}).map(([name, value]) => [
          name === 'next-append-position' ? r.provider.prefix + name : name,
          value,
        ])
      );
      return {
        status: error.status,
        headers: { 'content-type': 'application/xml', ...headers },
        body: errorXml(r.provider, error, r),
      };
    }
  }

  async perform(r) {
    if (!r.operation)
      throw new StoreError(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
    if (r.provider.lengthRequired && ['PUT', 'POST'].includes(r.method) && !('content-length' in r.headers)) {
      throw new StoreError(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
    }
    if (r.bucket && r.known && !r.virtual && !r.provider.pathStyleByName) {
      throw new StoreError(
        403,
        'SecondLevelDomainForbidden',
        'The bucket you are attempting to access must be addressed using OSS third level domain.',
        { EC: '0048-00000402' }
      );
    }
    const elsewhere = r.store && (r.store.provider !== r.providerName || r.store.region !== r.region);
    if (r.bucket && (!r.store || (elsewhere && r.providerName === 'cos'))) {
      throw new StoreError(404, 'NoSuchBucket', 'The specified bucket does not exist.', {
        BucketName: r.bucket,
        EC: '0015-00000101',
      });
    }
    if (elsewhere && r.providerName === 'oss') {
      throw new StoreError(
        403,
        'AccessDenied',
        'The bucket you are attempting to access must be addressed using the specified endpoint.',
        { Endpoint: `oss-${r.store.region}.aliyuncs.com`, EC: '0003-00001403' }
      );
    }
    r.user = await authenticate(r, this.users);
    return perform(r);
  }

  send(r, request, response, { status, headers, body, length }, faults) {
    const head = request.method === 'HEAD';
    const all = {
      date: new Date(r.now).toUTCString(),
      server:
        r.provider.server ||
        { 'x-oss-': 'AliyunOSS', 'x-cos-': 'tencent-cos', 'x-amz-': 'emulator' }[r.provider.prefix],
      [r.provider.requestId]: r.id,
      ...headers,
    };
    if (status !== 204) all['content-length'] = length === undefined ? body.length : length;
    const cut = faults.find(fault => fault.kind === 'truncate' || fault.stage === 'response');
    if (!cut) {
      response.writeHead(status, all);
      response.end(head ? undefined : body);
      return;
    }
    const half =
      head || !body.length ? Buffer.from(`HTTP/1.1 ${status} Half\r\ndate: ${all.date}\r\ncontent-le`) : null;
    const after = () => {
      if (cut.kind === 'truncate') request.socket.end();
      else this.passes(faults, 'response', request);
    };
    if (half) {
      request.socket.write(half, after);
    } else {
      response.writeHead(status, all);
      response.write(body.subarray(0, body.length >> 1), after);
    }
  }
}

/// The answer with what the faults do to it.
function shape(answer, has) {
  if (has('etag')) answer = otherEtag(answer);
  if (has('garble')) answer = { ...answer, body: garbled(answer.body) };
  return answer;
}

async function readBody(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length <= MAX_BODY) parts.push(part);
  }
  return length <= MAX_BODY ? Buffer.concat(parts) : null;
}

async function main() {
  const lines = require('readline').createInterface({ input: process.stdin });
  const [line] = await require('events').once(lines, 'line');
  const emulator = new Emulator(JSON.parse(line));
  const [httpPort, httpsPort = null] = await emulator.start();
  const control = controlServer(emulator);
  await new Promise(resolve => control.listen(0, '127.0.0.1', resolve));
  console.log(JSON.stringify({ http: httpPort, https: httpsPort, control: control.address().port }));
  lines.on('close', () => process.exit(0));
}

main();
