// What the vendors' own clients see below a prefix of a bucket:
//
//   reader.js {"provider": "oss" or "cos", "http": PORT, "secret": "...", "bucket": "...", "prefix": "..."}
//
// prints {key: {content: base64, tags: {...}}}.
'use strict';

const OSS = require('ali-oss');
const COS = require('cos-nodejs-sdk-v5');

const { provider, http, secret, bucket, prefix } = JSON.parse(process.argv[2]);
const MAX_KEYS = 100;

async function readOss() {
  const client = new OSS({
    accessKeyId: 'AKFULL',
    accessKeySecret: secret,
    bucket,
    region: 'oss-cn-hangzhou',
    endpoint: `http://oss-cn-hangzhou.aliyuncs.com:${http}`,
    authorizationV4: true,
  });
  const found = {};
  for (const { name } of (await client.listV2({ prefix, 'max-keys': MAX_KEYS })).objects || []) {
    const { content } = await client.get(name);
    found[name] = { content: content.toString('base64'), tags: (await client.getObjectTagging(name)).tag };
  }
  return found;
}

async function readCos() {
  const client = new COS({
    SecretId: 'AKFULL',
    SecretKey: secret,
    Protocol: 'http:',
    Domain: `{Bucket}.cos.{Region}.myqcloud.com:${http}`,
  });
  const where = { Bucket: bucket, Region: 'ap-test' };
  const found = {};
  for (const { Key } of (await client.getBucket({ ...where, Prefix: prefix, MaxKeys: MAX_KEYS })).Contents) {
    const { Body } = await client.getObject({ ...where, Key });
    const tags = await client.getObjectTagging({ ...where, Key }).then(
      answer => answer.Tags.map(tag => [tag.Key, tag.Value]),
      error => {
        if (error.code !== 'NoSuchTagSet') throw error;
        return [];
      }
    );
    found[Key] = { content: Body.toString('base64'), tags: Object.fromEntries(tags) };
  }
  return found;
}

(provider === 'oss' ? readOss() : readCos()).then(
  found => console.log(JSON.stringify(found)),
  error => {
    console.error(error);
    process.exit(1);
  }
);
