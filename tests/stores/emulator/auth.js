// Who asks, by the vendors' own signing code: the signature a request should carry is computed by their SDK from the
// request as it arrived, and compared. Nothing here knows how a signature is made, but for which of OSS's query
// names V1 covers (OSS_V1_QUERY), which the SDK leaves to its callers; the SDK's own clients are run against it.
'use strict';

const crypto = require('crypto');
const { SignatureV4 } = require('@smithy/signature-v4');
const oss = require('ali-oss/lib/common/signUtils');
const { getAuth: cosAuthorization } = require('cos-nodejs-sdk-v5/sdk/util');
const { StoreError } = require('./errors');

const CREDENTIAL = 'Credential=([^/]+)/([0-9]{8})/([^/]+)';
const S3_HEADER = new RegExp(
  `^AWS4-HMAC-SHA256 ${CREDENTIAL}/s3/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$`
);
const OSS_V4_HEADER = new RegExp(
  `^OSS4-HMAC-SHA256 ${CREDENTIAL}/oss/aliyun_v4_request, ?` +
    '(?:AdditionalHeaders=([^,]*), ?)?Signature=([0-9a-f]{64})$'
);

const MAX_SKEW_MS = 15 * 60 * 1000;

const OSS_V1_QUERY = new Set([
  'acl',
  'append',
  'bucketInfo',
  'callback',
  'callback-var',
  'cloudboxes',
  'comp',
  'continuation-token',
  'cors',
  'delete',
  'encoding',
  'lifecycle',
  'live',
  'location',
  'logging',
  'objectMeta',
  'partNumber',
  'position',
  'qos',
  'referer',
  'regionList',
  'replication',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
  'restore',
  'security-token',
  'sequential',
  'startTime',
  'endTime',
  'stat',
  'status',
  'style',
  'symlink',
  'tagging',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'vod',
  'website',
  'cname',
  'img',
]);

class Sha256 {
  constructor(secret) {
    this.hash = secret ? crypto.createHmac('sha256', secret) : crypto.createHash('sha256');
  }
  update(data) {
    this.hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.hash.digest());
  }
}

const same = (one, other) =>
  one.length === other.length && crypto.timingSafeEqual(Buffer.from(one), Buffer.from(other));

const pick = (object, names) =>
  Object.fromEntries(names.filter(name => name in object).map(name => [name, object[name]]));

function findUser(users, accessKey) {
  const user = users.get(accessKey);
  if (!user)
    throw new StoreError(403, 'InvalidAccessKeyId', 'The access key ID you provided does not exist in our records.');
  if (user.suspended) throw new StoreError(403, 'UserDisable', 'The account is suspended.');
  return user;
}

function checkClock(request, time) {
  if (Number.isNaN(time) || Math.abs(time - request.now) > MAX_SKEW_MS) {
    throw new StoreError(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      { ServerTime: new Date(request.now).toISOString() }
    );
  }
}

const compactTime = text =>
  Date.parse(String(text).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

function mismatch(extra = {}) {
  return new StoreError(
    403,
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided.',
    extra
  );
}

function ossV1(request, users) {
  const [, accessKey, signature] = /^OSS ([^:]+):(\S+)$/.exec(request.headers.authorization) || [];
  if (!accessKey) throw new StoreError(403, 'AccessDenied', 'The Authorization header is not understood.');
  const user = findUser(users, accessKey);
  if (request.bucketOptions.v1 === false) {
    throw new StoreError(403, 'AccessDenied', 'This bucket takes signatures of version 4 alone.', {
      EC: '0002-00000080',
    });
  }
  const date = request.headers['x-oss-date'] || request.headers.date;
  checkClock(request, Date.parse(date));
  const parameters = Object.fromEntries(
    Object.entries(request.query).filter(([name]) => OSS_V1_QUERY.has(name) || name.startsWith('x-oss-'))
  );
  const headers = { 'content-type': '', ...request.headers };
  const text = oss.buildCanonicalString(
    request.method,
    request.bucket ? `/${request.bucket}/${request.key}` : '/',
    { headers, parameters },
    date
  );
  if (!same(oss.authorization(accessKey, user.secret, text), `OSS ${accessKey}:${signature}`)) {
    throw mismatch({ OSSAccessKeyId: accessKey, SignatureProvided: signature, StringToSign: text });
  }
  return user;
}

function ossV4(request, users) {
  const [, accessKey, day, region, additional, signature] = OSS_V4_HEADER.exec(request.headers.authorization) || [];
  if (!accessKey)
    throw new StoreError(400, 'InvalidArgument', 'The Authorization header is not understood.', {
      EC: '0002-00000223',
    });
  const user = findUser(users, accessKey);
  const date = request.headers['x-oss-date'];
  checkClock(request, compactTime(date));
  if (request.headers['x-oss-content-sha256'] !== 'UNSIGNED-PAYLOAD') {
    throw new StoreError(400, 'InvalidArgument', 'x-oss-content-sha256 must be UNSIGNED-PAYLOAD.', {
      EC: '0002-00000229',
    });
  }
  if (!date.startsWith(day))
    throw new StoreError(400, 'InvalidArgument', 'Invalid signing date in Authorization header.', {
      EC: '0002-00000225',
    });
  if (region !== request.region)
    throw new StoreError(400, 'InvalidArgument', 'Invalid signing region in Authorization header.', {
      EC: '0002-00000226',
    });
  const names = additional ? additional.split(';') : [];
  // "tagging=" and "tagging" are the same: the SDK sends the one and signs the other.
  const queries = Object.fromEntries(
    Object.entries(request.query).map(([name, value]) => [name, value === '' ? null : value])
  );
  const wanted = oss.authorizationV4(
    accessKey,
    user.secret,
    region,
    request.method,
    { headers: request.headers, queries },
    request.bucket || undefined,
    request.key || undefined,
    names
  );
  if (!same(wanted.split('Signature=')[1], signature)) {
    const text = oss.getCanonicalRequest(
      request.method,
      { headers: request.headers, queries },
      request.bucket || undefined,
      request.key || undefined,
      names
    );
    throw mismatch({ OSSAccessKeyId: accessKey, SignatureProvided: signature, CanonicalRequest: text });
  }
  return user;
}

function cos(request, users) {
  const given = Object.fromEntries(
    request.headers.authorization.split('&').map(part => {
      const at = part.indexOf('=');
      return [part.slice(0, at), decodeURIComponent(part.slice(at + 1))];
    })
  );
  if (given['q-sign-algorithm'] !== 'sha1' || given['q-sign-time'] !== given['q-key-time']) {
    throw new StoreError(400, 'InvalidArgument', 'The Authorization header is not understood.');
  }
  const user = findUser(users, given['q-ak']);
  const [start, end] = given['q-sign-time'].split(';').map(Number);
  if (request.now < start * 1000) throw new StoreError(403, 'RequestTimeTooSkewed', 'The signature is not valid yet.');
  if (request.now > end * 1000) throw new StoreError(403, 'AccessDenied', 'Request has expired.');
  const query = Object.fromEntries(
    Object.entries(request.query).map(([name, value]) => [name, value === null ? '' : value])
  );
  const wanted = cosAuthorization({
    SecretId: given['q-ak'],
    SecretKey: user.secret,
    Method: request.method,
    Pathname: request.path,
    UseRawKey: true,
    Query: pick(
      query,
      Object.keys(query).filter(name =>
        given['q-url-param-list'].split(';').includes(encodeURIComponent(name).toLowerCase())
      )
    ),
    Headers: pick(request.headers, given['q-header-list'].split(';')),
    KeyTime: given['q-sign-time'],
  });
  if (!same(wanted.split('q-signature=')[1], given['q-signature'] || '')) throw mismatch();
  return user;
}

async function s3(request, users) {
  const [, accessKey, day, region, signed, signature] = S3_HEADER.exec(request.headers.authorization) || [];
  if (!accessKey)
    throw new StoreError(400, 'AuthorizationHeaderMalformed', 'The Authorization header is not understood.');
  const user = findUser(users, accessKey);
  const time = compactTime(request.headers['x-amz-date']);
  checkClock(request, time);
  if (region !== request.region) {
    throw new StoreError(
      400,
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region '${region}' is wrong; expecting '${request.region}'`,
      { Region: request.region },
      { 'x-amz-bucket-region': request.region }
    );
  }
  const names = signed.split(';');
  const unsigned = Object.keys(request.headers).filter(name => name.startsWith('x-amz-') && !names.includes(name));
  if (!names.includes('host') || unsigned.length || !request.headers['x-amz-date'].startsWith(day)) throw mismatch();
  const query = Object.fromEntries(
    Object.entries(request.query).map(([name, value]) => [name, value === null ? '' : value])
  );
  const signer = new SignatureV4({
    credentials: { accessKeyId: accessKey, secretAccessKey: user.secret },
    region,
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const result = await signer.sign(
    {
      method: request.method,
      protocol: 'http:',
      hostname: request.host,
      path: request.rawPath,
      query,
      headers: pick(request.headers, names),
      body: undefined,
    },
    { signingDate: new Date(time), signableHeaders: new Set(names) }
  );
  if (!same(result.headers.authorization.split('Signature=')[1], signature))
    throw mismatch({ AWSAccessKeyId: accessKey });
  const hash = request.headers['x-amz-content-sha256'];
  if (hash !== 'UNSIGNED-PAYLOAD' && hash !== crypto.createHash('sha256').update(request.body).digest('hex')) {
    throw new StoreError(
      400,
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed."
    );
  }
  return user;
}

/// The user whose key signed the request; StoreError if none did.
async function authenticate(request, users) {
  const header = request.headers.authorization;
  if (!header) throw new StoreError(403, 'AccessDenied', 'Anonymous access is forbidden for this operation.');
  switch (request.providerName) {
    case 'oss':
      return header.startsWith('OSS4-') ? ossV4(request, users) : ossV1(request, users);
    case 'cos':
      return cos(request, users);
    default:
      return s3(request, users);
  }
}

module.exports = { authenticate };
