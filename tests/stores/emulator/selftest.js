// The vendors' own clients against the emulator, so that it can't share a misreading of ours.
//
//   selftest.js {"http": PORT, "https": PORT, "secret": "..."}     buckets: see emulator_test.py
'use strict';

const assert = require('assert');
const { Readable } = require('stream');
const OSS = require('ali-oss');
const COS = require('cos-nodejs-sdk-v5');

const { http: httpPort, https: httpsPort, secret } = JSON.parse(process.argv[2]);
const KEY = 'dir/ünï code+&?%25 "x"~/(腾讯云).bin';
const KIB = 1024;

const refused = async (promise, status, code) => {
  const error = await promise.then(
    () => {
      throw new Error(`not refused: ${code}`);
    },
    one => one
  );
  assert.deepStrictEqual([error.status || error.statusCode, error.code], [status, code], error.stack);
  return error;
};

function ossClient(more = {}) {
  const secure = Boolean(more.secure);
  return new OSS({
    accessKeyId: 'AKFULL',
    accessKeySecret: secret,
    bucket: 'oss-bucket',
    region: 'oss-cn-hangzhou',
    endpoint: `http${secure ? 's' : ''}://oss-cn-hangzhou.aliyuncs.com:${secure ? httpsPort : httpPort}`,
    ...more,
  });
}

async function ossObjects(client) {
  const data = Buffer.from('ein Inhalt');
  const put = await client.put(KEY, data, { headers: { 'x-oss-forbid-overwrite': 'true' } });
  assert.match(put.res.headers.etag, /^"[0-9A-F]{32}"$/);
  await refused(client.put(KEY, data, { headers: { 'x-oss-forbid-overwrite': 'true' } }), 409, 'FileAlreadyExists');
  assert.deepStrictEqual((await client.get(KEY)).content, data);
  const part = { headers: { Range: 'bytes=2-5' } };
  assert.deepStrictEqual((await client.get(KEY, part)).content, data.subarray(2, 6));
  const beyond = { headers: { Range: 'bytes=2-500' } };
  assert.strictEqual((await client.get(KEY, beyond)).content.length, data.length);
  beyond.headers['x-oss-range-behavior'] = 'standard';
  assert.deepStrictEqual((await client.get(KEY, beyond)).content, data.subarray(2));
  const head = await client.head(KEY);
  assert.strictEqual(head.res.headers['x-oss-object-type'], 'Normal');
  await client.putObjectTagging(KEY, { delete_mode: 'tagging' });
  assert.deepStrictEqual((await client.getObjectTagging(KEY)).tag, { delete_mode: 'tagging' });
  await client.deleteObjectTagging(KEY);
  assert.deepStrictEqual((await client.getObjectTagging(KEY)).tag, {});
  assert.strictEqual((await client.delete(KEY)).res.status, 204);
  assert.strictEqual((await client.delete(KEY)).res.status, 204);
  await refused(client.get(KEY), 404, 'NoSuchKey');
  await refused(client.head(KEY), 404, 'NoSuchKey');
}

async function ossAppend(client) {
  const first = await client.append('log', Buffer.from('abc'));
  assert.strictEqual(first.nextAppendPosition, '3');
  await client.append('log', Buffer.from('def'), { position: first.nextAppendPosition });
  await refused(client.append('log', Buffer.from('x'), { position: 2 }), 409, 'PositionNotEqualToLength');
  assert.strictEqual(String((await client.get('log')).content), 'abcdef');
  assert.strictEqual((await client.head('log')).res.headers['x-oss-object-type'], 'Appendable');
  await client.put('plain', Buffer.from('x'));
  await refused(client.append('plain', Buffer.from('x'), { position: 1 }), 409, 'ObjectNotAppendable');
  await client.deleteMulti(['log', 'plain']);
  assert.deepStrictEqual((await client.list({ 'max-keys': 10 })).objects, []);
}

async function ossLists(client) {
  const names = ['a/1', 'a/2 +', 'b', 'c/d/1', 'é'];
  for (const name of names) await client.put(name, Buffer.from(name));
  for (const list of ['list', 'listV2']) {
    const found = [];
    let page = {};
    let next = {};
    do {
      page = await client[list]({ 'max-keys': 2, ...next });
      next = list === 'list' ? { marker: page.nextMarker } : { 'continuation-token': page.nextContinuationToken };
      found.push(...page.objects.map(object => object.name));
    } while (page.isTruncated);
    assert.deepStrictEqual(found, names, list);
    const shallow = await client[list]({ delimiter: '/', 'max-keys': 10 });
    assert.deepStrictEqual(
      [shallow.objects.map(object => object.name), shallow.prefixes],
      [
        ['b', 'é'],
        ['a/', 'c/'],
      ],
      list
    );
    const below = await client[list]({ prefix: 'a/', 'max-keys': 1 });
    assert.deepStrictEqual(
      below.objects.map(object => object.name),
      ['a/1']
    );
  }
  await client.deleteMulti(names, { quiet: true });
}

async function ossMultipart(client) {
  const parts = [Buffer.alloc(100 * KIB, 'a'), Buffer.alloc(10, 'b')];
  const { uploadId } = await client.initMultipartUpload('big');
  const done = [];
  for (const [index, data] of parts.entries()) {
    const answer = await client._uploadPart(
      'big',
      uploadId,
      index + 1,
      { stream: Readable.from([data]), size: data.length },
      {}
    );
    done.push({ number: index + 1, etag: answer.res.headers.etag });
  }
  assert.strictEqual((await client.listParts('big', uploadId)).parts.length, 2);
  assert.strictEqual((await client.listUploads({ prefix: 'b' })).uploads.length, 1);
  const whole = await client.completeMultipartUpload('big', uploadId, done);
  assert.match(whole.etag, /^"[0-9A-F]{32}-2"$/);
  assert.deepStrictEqual((await client.get('big')).content, Buffer.concat(parts));
  const other = await client.initMultipartUpload('big2');
  await client.abortMultipartUpload('big2', other.uploadId);
  await refused(client.abortMultipartUpload('big2', other.uploadId), 404, 'NoSuchUpload');
  await client.delete('big');
}

async function ossRefusals(v4) {
  const key = Buffer.from('x');
  const with_ = more => ossClient({ authorizationV4: v4, ...more });
  await refused(with_({ accessKeySecret: secret + 'x' }).put('k', key), 403, 'SignatureDoesNotMatch');
  await refused(with_({ accessKeyId: 'AKNOBODY' }).put('k', key), 403, 'InvalidAccessKeyId');
  await refused(with_({ accessKeyId: 'AKRO' }).put('k', key), 403, 'AccessDenied');
  await refused(with_({ accessKeyId: 'AKSUSPENDED' }).list(), 403, 'UserDisable');
  await refused(with_({ bucket: 'oss-missing' }).list(), 404, 'NoSuchBucket');
  await refused(with_({ endpoint: `http://oss-cn-beijing.aliyuncs.com:${httpPort}` }).list(), 403, 'AccessDenied');
  await refused(with_({ sldEnable: true }).list(), 403, 'SecondLevelDomainForbidden');
  const tagless = with_({ accessKeyId: 'AKNOTAG' });
  await tagless.put('k', key);
  await refused(tagless.putObjectTagging('k', { a: 'b' }), 403, 'AccessDenied');
  await refused(with_({ accessKeyId: 'AKNODELETE' }).delete('k'), 403, 'AccessDenied');
  await ossClient({ authorizationV4: v4 }).delete('k');
  if (v4) await refused(with_({ region: 'oss-cn-beijing' }).list(), 400, 'InvalidArgument');
  const strict = ossClient({ authorizationV4: v4, bucket: 'oss-v4' });
  if (v4) await strict.put('k', key);
  else await refused(strict.put('k', key), 403, 'AccessDenied');
}

async function ossVersioned() {
  const client = ossClient({ authorizationV4: true, bucket: 'oss-versioned' });
  const once = { headers: { 'x-oss-forbid-overwrite': 'true' } };
  await client.put('k', Buffer.from('one'), once);
  await client.put('k', Buffer.from('two'), once);
  assert.strictEqual(String((await client.get('k')).content), 'two');
}

function cosClient(more = {}) {
  return new COS({
    SecretId: 'AKFULL',
    SecretKey: secret,
    Protocol: 'http:',
    Domain: `{Bucket}.cos.{Region}.myqcloud.com:${httpPort}`,
    ...more,
  });
}

const cosRefused = async (promise, status, code) => {
  const error = await promise.then(
    () => {
      throw new Error(`not refused: ${code}`);
    },
    one => one
  );
  assert.deepStrictEqual([error.statusCode, error.error && error.error.Code], [status, code], JSON.stringify(error));
};

async function cosObjects(client, where) {
  const object = { ...where, Key: KEY };
  const data = Buffer.from('ein Inhalt');
  const once = { ...object, Body: data, Headers: { 'x-cos-forbid-overwrite': 'true' } };
  assert.match((await client.putObject(once)).ETag, /^"[0-9a-f]{32}"$/);
  await cosRefused(client.putObject(once), 409, 'FileAlreadyExists');
  assert.deepStrictEqual((await client.getObject(object)).Body, data);
  assert.deepStrictEqual((await client.getObject({ ...object, Range: 'bytes=2-500' })).Body, data.subarray(2));
  assert.strictEqual((await client.headObject(object)).headers['x-cos-object-type'], 'normal');
  const Tags = [{ Key: 'delete_mode', Value: 'tagging' }];
  await client.putObjectTagging({ ...object, Tags });
  assert.deepStrictEqual((await client.getObjectTagging(object)).Tags, Tags);
  await client.deleteObjectTagging(object);
  assert.deepStrictEqual((await client.getObjectTagging(object)).Tags, []);
  assert.strictEqual((await client.deleteObject(object)).statusCode, 204);
  await cosRefused(client.getObject(object), 404, 'NoSuchKey');
  await client.appendObject({ ...where, Key: 'log', Position: 0, Body: 'abc' });
  const next = await client.appendObject({ ...where, Key: 'log', Position: 3, Body: 'def' });
  assert.strictEqual(next.headers['x-cos-next-append-position'], '6');
  await cosRefused(client.appendObject({ ...where, Key: 'log', Position: 3, Body: 'x' }), 409, 'Conflict');
  await client.deleteMultipleObject({ ...where, Objects: [{ Key: 'log' }] });
}

async function cosLists(client, where) {
  const names = ['a/1', 'a/2 +', 'b', 'c/d/1', 'é'];
  for (const Key of names) await client.putObject({ ...where, Key, Body: Key });
  const found = [];
  let page = {};
  do {
    page = await client.getBucket({ ...where, MaxKeys: 2, Marker: page.NextMarker });
    found.push(...page.Contents.map(object => object.Key));
  } while (page.IsTruncated === 'true');
  assert.deepStrictEqual(found, names);
  const shallow = await client.getBucket({ ...where, Delimiter: '/' });
  assert.deepStrictEqual(
    shallow.CommonPrefixes.map(one => one.Prefix),
    ['a/', 'c/']
  );
  await client.deleteMultipleObject({ ...where, Objects: names.map(Key => ({ Key })) });
  assert.deepStrictEqual((await client.getBucket(where)).Contents, []);
}

async function cosMultipart(client, where) {
  const object = { ...where, Key: 'big' };
  const { UploadId } = await client.multipartInit(object);
  const Parts = [];
  for (const [index, Body] of [Buffer.alloc(1024 * KIB, 'a'), Buffer.alloc(10, 'b')].entries()) {
    const { ETag } = await client.multipartUpload({ ...object, UploadId, PartNumber: index + 1, Body });
    Parts.push({ PartNumber: index + 1, ETag });
  }
  assert.strictEqual((await client.multipartListPart({ ...object, UploadId })).Part.length, 2);
  assert.match((await client.multipartComplete({ ...object, UploadId, Parts })).ETag, /-2"$/);
  assert.strictEqual((await client.getObject(object)).Body.length, 1024 * KIB + 10);
  const other = await client.multipartInit(object);
  assert.strictEqual((await client.multipartList({ ...where, Prefix: 'b' })).Upload.length, 1);
  await client.multipartAbort({ ...object, UploadId: other.UploadId });
  await client.deleteObject(object);
}

async function cosRefusals(where) {
  const put = more => cosClient(more).putObject({ ...where, Key: 'k', Body: 'x' });
  await cosRefused(put({ SecretKey: secret + 'x' }), 403, 'SignatureDoesNotMatch');
  await cosRefused(put({ SecretId: 'AKNOBODY' }), 403, 'InvalidAccessKeyId');
  await cosRefused(put({ SecretId: 'AKRO' }), 403, 'AccessDenied');
  await cosRefused(cosClient().getBucket({ ...where, Bucket: 'missing-1250000000' }), 404, 'NoSuchBucket');
}

async function main() {
  for (const more of [{}, { authorizationV4: true }, { authorizationV4: true, secure: true }]) {
    const client = ossClient(more);
    await ossObjects(client);
    await ossAppend(client);
    await ossLists(client);
    await ossMultipart(client);
  }
  await ossRefusals(false);
  await ossRefusals(true);
  await ossVersioned();
  const where = { Bucket: 'cos-bucket-1250000000', Region: 'ap-test' };
  const secure = { Protocol: 'https:', Domain: `{Bucket}.cos.{Region}.myqcloud.com:${httpsPort}` };
  for (const client of [cosClient(), cosClient(secure)]) {
    await cosObjects(client, where);
    await cosLists(client, where);
    await cosMultipart(client, where);
  }
  await cosRefusals(where);
  console.log('ok');
}

main().then(
  () => process.exit(0),
  error => {
    console.error(error);
    process.exit(1);
  }
);
