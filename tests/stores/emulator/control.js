// The control port: JSON over HTTP, for the test alone.
//
//   POST /faults [fault...]     GET /faults      DELETE /faults: all is well again
//   GET /log                    DELETE /log
//   POST /buckets {name, ...}   POST /users {ak, ...}
//   GET /objects?bucket=B       [{key, size, etag, type, tags, md5}]
//   GET, PUT, DELETE /object?bucket=B&key=K
//   DELETE /objects?bucket=B    all of them, and the uploads that are open
//   GET /uploads?bucket=B       their keys
'use strict';

const http = require('http');
const crypto = require('crypto');

const routes = {
  'POST /faults': (emulator, { json }) => emulator.faults.arm(json, emulator.buckets),
  'GET /faults': emulator => emulator.faults.state(),
  'DELETE /faults': emulator => emulator.clearFaults(),
  'GET /log': emulator => emulator.log,
  'DELETE /log': emulator => {
    emulator.log = [];
  },
  'POST /buckets': (emulator, { json }) => emulator.setBucket(json),
  'POST /users': (emulator, { json }) => emulator.addUser(json),
  'GET /objects': (emulator, { bucket }) =>
    [...bucket.objects].map(([key, object]) => ({
      key,
      size: object.data.length,
      etag: object.etag,
      type: object.type,
      tags: Object.fromEntries(object.tags),
      md5: crypto.createHash('md5').update(object.data).digest('hex'),
    })),
  'DELETE /objects': (emulator, { bucket }) => {
    bucket.objects.clear();
    bucket.uploads.clear();
  },
  'GET /object': (emulator, { bucket, key }) => bucket.find(key).data,
  'PUT /object': (emulator, { bucket, key, body }) => {
    bucket.put(key, body);
  },
  'DELETE /object': (emulator, { bucket, key }) => {
    bucket.objects.delete(key);
  },
  'GET /uploads': (emulator, { bucket }) => [...bucket.uploads.values()].map(upload => upload.key),
};

async function handle(emulator, request) {
  const url = new URL(request.url, 'http://control');
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  const json = request.method === 'POST' ? JSON.parse(body) : null;
  return routes[`${request.method} ${url.pathname}`](emulator, {
    json,
    body,
    bucket: emulator.buckets.get(url.searchParams.get('bucket')),
    key: url.searchParams.get('key'),
  });
}

function controlServer(emulator) {
  // A test may be busy with the server for longer than Node keeps an idle connection.
  return http.createServer({ keepAliveTimeout: 600000 }, (request, response) =>
    handle(emulator, request).then(
      result => response.end(Buffer.isBuffer(result) ? result : JSON.stringify(result === undefined ? null : result)),
      error => response.writeHead(error.status || 500).end(String(error.stack))
    )
  );
}

module.exports = { controlServer };
