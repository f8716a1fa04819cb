// What differs between the stores as seen on the wire. The facts are the vendors' documents'.
'use strict';

const crypto = require('crypto');
const xml2js = require('xml2js');

const KIB = 1024;
const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

const lower = etag => etag;
const upper = etag => etag.toUpperCase();
const types = (normal, appendable, multipart) => ({ normal, appendable, multipart });

const PROVIDERS = {
  oss: {
    prefix: 'x-oss-',
    requestId: 'x-oss-request-id',
    etagCase: upper,
    typeHeader: 'x-oss-object-type',
    types: types('Normal', 'Appendable', 'Multipart'),
    append: true,
    listV2: true,
    defaultKeys: 100,
    minimumPart: 100 * KIB,
    pathStyleByName: false,
    alwaysNextMarker: true,
    wrongMd5: 'InvalidDigest',
    forbidOverwrite: 'x-oss-forbid-overwrite',
    rangeNeedsStandard: true,
    noTags: null,
    md5ForTagging: false,
    wrongPosition: 'PositionNotEqualToLength',
  },
  cos: {
    prefix: 'x-cos-',
    requestId: 'x-cos-request-id',
    etagCase: lower,
    typeHeader: 'x-cos-object-type',
    types: types('normal', 'appendable', 'normal'),
    append: true,
    listV2: false,
    defaultKeys: 1000,
    minimumPart: 1024 * KIB,
    pathStyleByName: true,
    alwaysNextMarker: true,
    wrongMd5: 'BadDigest',
    forbidOverwrite: 'x-cos-forbid-overwrite',
    noTags: null,
    md5ForTagging: true,
    wrongPosition: 'Conflict', // the documents name no code: clients go by the status
  },
  s3: {
    prefix: 'x-amz-',
    requestId: 'x-amz-request-id',
    etagCase: lower,
    append: false,
    listV2: true,
    defaultKeys: 1000,
    minimumPart: 5 * 1024 * KIB,
    pathStyleByName: true,
    alwaysNextMarker: false,
    wrongMd5: 'BadDigest',
    ifNoneMatch: true,
    noTags: 'NoSuchTagSet',
    md5ForTagging: false,
    lengthRequired: true,
    namespace: S3_NAMESPACE,
  },
  // OBS through its S3 interface: it knows no create-only header and appends.
  obs: {
    prefix: 'x-amz-',
    requestId: 'x-amz-request-id',
    etagCase: lower,
    append: true,
    listV2: true,
    defaultKeys: 1000,
    appendPrefix: 'x-obs-',
    minimumPart: 100 * KIB,
    pathStyleByName: true,
    alwaysNextMarker: true,
    wrongMd5: 'BadDigest',
    noTags: 'NoSuchTagSet',
    md5ForTagging: true,
    lengthRequired: true,
    namespace: S3_NAMESPACE,
    server: 'OBS',
    wrongPosition: 'PositionNotEqualToLength',
  },
};

const builder = root =>
  new xml2js.Builder({ rootName: root, renderOpts: { pretty: false }, xmldec: { version: '1.0', encoding: 'UTF-8' } });

/// A document of the store: `fields` in their order.
function xml(provider, root, fields) {
  const namespace = provider.namespace && root !== 'Error' ? { $: { xmlns: provider.namespace } } : {};
  return Buffer.from(builder(root).buildObject({ ...namespace, ...fields }));
}

/// The first fields of an error's document are the same everywhere, the rest is the store's.
function errorXml(provider, error, request) {
  const id = request.id;
  const rest = {
    'x-oss-': { RequestId: id, HostId: request.host, ...error.extra },
    'x-cos-': {
      Resource: request.host + request.path,
      RequestId: id,
      TraceId: Buffer.from(id).toString('base64'),
      ...error.extra,
    },
    'x-amz-': { ...error.extra, Resource: request.path, RequestId: id, HostId: 'emulator' },
  };
  return xml(provider, 'Error', { Code: error.code, Message: error.message, ...rest[provider.prefix] });
}

const newRequestId = () => crypto.randomBytes(12).toString('hex').toUpperCase();

/// Which of the configured endpoints a Host header names, and its bucket in front ('' with path style).
function findEndpoint(endpoints, host) {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  for (const endpoint of endpoints) {
    if (name === endpoint.host) return { endpoint, bucket: '' };
    if (name.endsWith('.' + endpoint.host)) return { endpoint, bucket: name.slice(0, -endpoint.host.length - 1) };
  }
  return { endpoint: null, bucket: '' };
}

module.exports = { PROVIDERS, xml, errorXml, newRequestId, findEndpoint };
