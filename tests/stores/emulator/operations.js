// Each operation of the stores: from a request that is authenticated to an answer {status, headers, body}.
'use strict';

const crypto = require('crypto');
const querystring = require('querystring');
const xml2js = require('xml2js');
const { StoreError } = require('./errors');
const { list, MAX_LIST } = require('./buckets');
const { PERMISSION } = require('./operation_names');
const { xml } = require('./providers');

const MAX_TAGS = 10;

const quoted = (r, etag) => `"${r.provider.etagCase(etag)}"`;
const encoded = (r, text) =>
  r.query['encoding-type'] === 'url' ? querystring.escape(text).replace(/%2F/g, '/') : text;
const named = (r, name) => r.provider.prefix + name;
const answer = (status, headers = {}, body = Buffer.alloc(0)) => ({ status, headers, body });
const document = (r, root, fields) => answer(200, { 'content-type': 'application/xml' }, xml(r.provider, root, fields));

async function parsed(r, root) {
  try {
    const all = await xml2js.parseStringPromise(r.body.toString(), { explicitArray: false, ignoreAttrs: true });
    if (all && root in all) return all[root] || {};
  } catch {
    /* said below */
  }
  throw new StoreError(
    400,
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema.'
  );
}

const many = value => (value === undefined || value === '' ? [] : [].concat(value));

function checkMd5(r, required) {
  const given = r.headers['content-md5'];
  if (given === undefined) {
    if (required) throw new StoreError(400, 'InvalidRequest', 'Missing required header for this request: Content-MD5.');
    return;
  }
  if (Buffer.from(given, 'base64').length !== 16)
    throw new StoreError(400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.');
  if (crypto.createHash('md5').update(r.body).digest('base64') !== given) {
    throw new StoreError(400, r.provider.wrongMd5, 'The Content-MD5 you specified did not match what we received.');
  }
}

/// Refuses to replace an object where the request says so and the bucket heeds it.
function checkCreateOnly(r) {
  const ask = r.headers[r.provider.forbidOverwrite];
  const condition = r.provider.ifNoneMatch && r.headers['if-none-match'];
  const { createOnly, versioning } = r.bucketOptions;
  if (ask === undefined && !condition) return;
  if (ask !== undefined && !['true', 'false'].includes(ask))
    throw new StoreError(400, 'InvalidArgument', `The value of ${r.provider.forbidOverwrite} is invalid.`);
  if (createOnly === 'unsupported')
    throw new StoreError(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented.');
  if (createOnly === 'ignored' || r.ignoreCreateOnly || (ask && versioning !== 'off') || ask === 'false') return;
  if (!r.store.objects.has(r.key)) return;
  if (condition)
    throw new StoreError(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  throw new StoreError(
    409,
    'FileAlreadyExists',
    'The object you specified already exists and can not be overwritten.',
    { EC: '0026-00000032' }
  );
}

function more(r) {
  const header = r.headers[named(r, 'tagging')];
  if (header !== undefined) allow(r, 'tag');
  const tags = Object.entries(querystring.parse(header || '')).map(([name, value]) => [name, String(value)]);
  return { contentType: r.headers['content-type'] || 'application/octet-stream', tags };
}

function allow(r, permission) {
  if (permission === 'tag' || permission === 'readtag') {
    if (!r.bucketOptions.tagging) throw new StoreError(501, 'NotImplemented', 'Tagging is not implemented.');
  }
  if (r.user.deny.has(permission))
    throw new StoreError(403, 'AccessDenied', 'You have no right to access this object because of bucket acl.', {
      EC: '0003-00000001',
    });
}

function listing(r, start, fields) {
  const asked = r.query['max-keys'];
  const max = Math.min(asked === undefined || asked === null ? r.provider.defaultKeys : Number(asked), MAX_LIST);
  if (!(max >= 0)) throw new StoreError(400, 'InvalidArgument', 'max-keys is invalid.');
  const delimiter = r.query.delimiter || '';
  const page = list(r.listed, { prefix: r.query.prefix || '', delimiter, after: start, max });
  const contents = page.contents.map(([key, object]) => ({
    Key: encoded(r, key),
    LastModified: object.modified.toISOString(),
    ETag: quoted(r, object.etag),
    Size: object.data.length,
    StorageClass: 'STANDARD',
    Owner: { ID: '1', DisplayName: '1' },
  }));
  return {
    page,
    common: {
      Name: r.store.name,
      Prefix: encoded(r, r.query.prefix || ''),
      MaxKeys: max,
      ...(delimiter && { Delimiter: encoded(r, delimiter) }),
      ...(r.query['encoding-type'] && { EncodingType: 'url' }),
      IsTruncated: page.truncated,
      ...fields(page, delimiter),
      ...(contents.length && { Contents: contents }),
      ...(page.prefixes.length && { CommonPrefixes: page.prefixes.map(name => ({ Prefix: encoded(r, name) })) }),
    },
  };
}

function range(r, object) {
  const size = object.data.length;
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(r.headers.range || '') || [];
  if (first === undefined || (first === '' && last === '')) return null;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Number(last);
  // OSS takes a range that isn't wholly inside the object for no range at all, unless asked for the standard.
  const whole = r.provider.rangeNeedsStandard && r.headers['x-oss-range-behavior'] !== 'standard';
  if (whole && (start >= size || end >= size)) return null;
  if (start >= size || end < start)
    throw new StoreError(
      416,
      'InvalidRange',
      'The requested range cannot be satisfied.',
      {},
      { 'content-range': `bytes */${size}` }
    );
  return { start, end: Math.min(end, size - 1) };
}

function describe(r, object) {
  const headers = {
    etag: quoted(r, object.etag),
    'last-modified': object.modified.toUTCString(),
    'content-type': object.contentType,
    'accept-ranges': 'bytes',
  };
  if (r.provider.typeHeader) headers[r.provider.typeHeader] = r.provider.types[object.type];
  if (object.type === 'appendable')
    headers[(r.provider.appendPrefix || r.provider.prefix) + 'next-append-position'] = object.data.length;
  if (object.tags.length) headers[named(r, 'tagging-count')] = object.tags.length;
  return headers;
}

function written(r, object) {
  const headers = { etag: quoted(r, object.etag) };
  if (r.bucketOptions.versioning === 'enabled')
    headers[named(r, 'version-id')] = crypto.randomBytes(16).toString('hex');
  return headers;
}

const OPERATIONS = {
  ListBuckets: r =>
    document(r, 'ListAllMyBucketsResult', {
      Owner: { ID: '1', DisplayName: '1' },
      Buckets: {
        Bucket: r.buckets.map(bucket => ({
          Name: bucket.name,
          Location: bucket.region,
          CreationDate: new Date(0).toISOString(),
        })),
      },
    }),

  HeadBucket: r => answer(200, { [named(r, 'bucket-region')]: r.store.region }),

  GetBucketLocation: r => document(r, 'LocationConstraint', { _: r.store.region }),

  GetBucketVersioning: r =>
    document(
      r,
      'VersioningConfiguration',
      r.bucketOptions.versioning === 'off'
        ? {}
        : { Status: { enabled: 'Enabled', suspended: 'Suspended' }[r.bucketOptions.versioning] }
    ),

  ListObjects: r =>
    document(
      r,
      'ListBucketResult',
      listing(r, r.query.marker || '', (page, delimiter) => ({
        Marker: encoded(r, r.query.marker || ''),
        ...(page.truncated && (r.provider.alwaysNextMarker || delimiter) && { NextMarker: encoded(r, page.next) }),
      })).common
    ),

  ListObjectsV2(r) {
    if (!r.provider.listV2) return OPERATIONS.ListObjects(r);
    const token = r.query['continuation-token'];
    const start = token ? Buffer.from(token, 'base64').toString() : r.query['start-after'] || '';
    return document(
      r,
      'ListBucketResult',
      listing(r, start, page => ({
        KeyCount: page.contents.length + page.prefixes.length,
        ...(token && { ContinuationToken: token }),
        ...(page.truncated && { NextContinuationToken: Buffer.from(page.next).toString('base64') }),
      })).common
    );
  },

  GetObject(r) {
    const object = r.store.find(r.key);
    const part = range(r, object);
    if (!part) return answer(200, describe(r, object), object.data);
    return answer(
      206,
      { ...describe(r, object), 'content-range': `bytes ${part.start}-${part.end}/${object.data.length}` },
      object.data.subarray(part.start, part.end + 1)
    );
  },

  HeadObject(r) {
    const object = r.store.find(r.key);
    return { ...answer(200, describe(r, object)), length: object.data.length };
  },

  PutObject(r) {
    if (named(r, 'copy-source') in r.headers)
      throw new StoreError(501, 'NotImplemented', 'Copying is not implemented.');
    checkMd5(r);
    checkCreateOnly(r);
    return answer(200, written(r, r.store.put(r.key, r.body, more(r))));
  },

  AppendObject(r) {
    if (!r.provider.append || !r.bucketOptions.append)
      throw new StoreError(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
    if (!/^\d+$/.test(r.query.position || ''))
      throw new StoreError(400, 'InvalidArgument', 'The position of an append is missing or invalid.', {
        EC: '0016-00000501',
      });
    checkMd5(r);
    const object = r.store.append(r.key, Number(r.query.position), r.body, more(r), r.provider.wrongPosition);
    return answer(200, {
      ...written(r, object),
      [(r.provider.appendPrefix || r.provider.prefix) + 'next-append-position']: object.data.length,
    });
  },

  DeleteObject(r) {
    r.store.objects.delete(r.key);
    return answer(204);
  },

  async DeleteObjects(r) {
    checkMd5(r, true);
    const asked = await parsed(r, 'Delete');
    const keys = many(asked.Object).map(object => object.Key);
    if (!keys.length || keys.length > MAX_LIST)
      throw new StoreError(400, 'MalformedXML', 'The list of keys is empty or too long.');
    keys.forEach(key => r.store.objects.delete(key));
    const deleted = asked.Quiet === 'true' ? {} : { Deleted: keys.map(key => ({ Key: encoded(r, key) })) };
    return document(r, 'DeleteResult', deleted);
  },

  GetObjectTagging(r) {
    const { tags } = r.store.find(r.key);
    if (!tags.length && r.provider.noTags && r.bucketOptions.noSuchTagSet)
      throw new StoreError(404, r.provider.noTags, 'The TagSet does not exist.');
    return document(r, 'Tagging', { TagSet: tags.length ? { Tag: tags.map(([Key, Value]) => ({ Key, Value })) } : '' });
  },

  async PutObjectTagging(r) {
    checkMd5(r, r.provider.md5ForTagging);
    const object = r.store.find(r.key);
    const set = (await parsed(r, 'Tagging')).TagSet || {};
    const tags = many(set.Tag).map(tag => [tag.Key, tag.Value || '']);
    if (tags.length > MAX_TAGS || tags.some(([name]) => !name))
      throw new StoreError(400, 'InvalidTag', 'The tag set is invalid.');
    object.tags = tags;
    return answer(200);
  },

  DeleteObjectTagging(r) {
    r.store.find(r.key).tags = [];
    return answer(204);
  },

  CreateMultipartUpload: r =>
    document(r, 'InitiateMultipartUploadResult', {
      Bucket: r.store.name,
      Key: encoded(r, r.key),
      UploadId: r.store.createUpload(r.key, more(r)),
    }),

  UploadPart(r) {
    checkMd5(r);
    return answer(200, {
      etag: quoted(r, r.store.putPart(r.query.uploadId, r.key, Number(r.query.partNumber), r.body).etag),
    });
  },

  async CompleteMultipartUpload(r) {
    const asked = await parsed(r, 'CompleteMultipartUpload');
    checkCreateOnly(r);
    const parts = many(asked.Part).map(part => ({ number: Number(part.PartNumber), etag: String(part.ETag) }));
    const object = r.store.complete(r.query.uploadId, r.key, parts, r.provider.minimumPart);
    const told = document(r, 'CompleteMultipartUploadResult', {
      Location: `http://${r.host}${r.path}`,
      Bucket: r.store.name,
      Key: encoded(r, r.key),
      ETag: quoted(r, object.etag),
    });
    return { ...told, headers: { ...told.headers, ...written(r, object) } };
  },

  AbortMultipartUpload(r) {
    r.store.upload(r.query.uploadId, r.key);
    r.store.uploads.delete(r.query.uploadId);
    return answer(204);
  },

  ListParts(r) {
    const { parts } = r.store.upload(r.query.uploadId, r.key);
    const rows = [...parts]
      .sort(([one], [other]) => one - other)
      .map(([PartNumber, part]) => ({
        PartNumber,
        LastModified: part.modified.toISOString(),
        ETag: quoted(r, part.etag),
        Size: part.data.length,
      }));
    return document(r, 'ListPartsResult', {
      Bucket: r.store.name,
      Key: r.key,
      UploadId: r.query.uploadId,
      IsTruncated: false,
      ...(rows.length && { Part: rows }),
    });
  },

  ListMultipartUploads(r) {
    const rows = [...r.store.uploads]
      .filter(([, upload]) => upload.key.startsWith(r.query.prefix || ''))
      .map(([UploadId, upload]) => ({
        Key: encoded(r, upload.key),
        UploadId,
        Initiated: upload.initiated.toISOString(),
      }));
    return document(r, 'ListMultipartUploadsResult', {
      Bucket: r.store.name,
      Prefix: r.query.prefix || '',
      IsTruncated: false,
      ...(rows.length && { Upload: rows }),
    });
  },
};

async function perform(r) {
  allow(r, PERMISSION[r.operation]);
  return OPERATIONS[r.operation](r);
}

module.exports = { perform };
