// The stored objects, and what each store promises about them. In memory; all of a request happens at once, so a
// create-only put is atomic.
'use strict';

const crypto = require('crypto');
const { StoreError } = require('./errors');

const MAX_LIST = 1000;

const md5 = data => crypto.createHash('md5').update(data).digest('hex');
const byBytes = (one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other));

class Bucket {
  /// options: versioning off|enabled|suspended, createOnly honoured|ignored|unsupported, tagging, append, v1
  constructor(name, provider, region, options = {}) {
    Object.assign(this, { name, provider, region, objects: new Map(), uploads: new Map(), nextUpload: 1 });
    this.options = { versioning: 'off', createOnly: 'honoured', tagging: true, append: true, v1: true, ...options };
  }

  find(key) {
    const found = this.objects.get(key);
    if (!found) throw new StoreError(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key });
    return found;
  }

  /// Stores an object whole; `more` are its type, tags, content type and ETag where they aren't the usual.
  put(key, data, more = {}) {
    const object = {
      data,
      etag: md5(data),
      modified: new Date(),
      type: 'normal',
      tags: [],
      contentType: 'application/octet-stream',
      ...more,
    };
    this.objects.set(key, object);
    return object;
  }

  append(key, position, data, more, wrongPosition) {
    const old = this.objects.get(key);
    if (old && old.type !== 'appendable')
      throw new StoreError(409, 'ObjectNotAppendable', 'The object is not appendable.');
    const length = old ? old.data.length : 0;
    if (position !== length) {
      throw new StoreError(
        409,
        wrongPosition,
        'Position is not equal to file length.',
        {},
        { 'next-append-position': length }
      );
    }
    const whole = Buffer.concat([old ? old.data : Buffer.alloc(0), data]);
    return this.put(key, whole, { tags: old ? old.tags : [], ...more, type: 'appendable' });
  }

  createUpload(key, more) {
    const id = crypto.createHash('md5').update(`${this.name}/${key}/${this.nextUpload++}`).digest('hex').toUpperCase();
    this.uploads.set(id, { key, more, parts: new Map(), initiated: new Date() });
    return id;
  }

  upload(id, key) {
    const upload = this.uploads.get(id);
    if (!upload || upload.key !== key) {
      throw new StoreError(
        404,
        'NoSuchUpload',
        'The specified upload does not exist. It may have been aborted or completed.',
        { UploadId: id }
      );
    }
    return upload;
  }

  putPart(id, key, number, data) {
    if (!(number >= 1 && number <= 10000))
      throw new StoreError(400, 'InvalidArgument', 'Part number must be an integer between 1 and 10000.');
    const part = { data, etag: md5(data), modified: new Date() };
    this.upload(id, key).parts.set(number, part);
    return part;
  }

  /// `listed`: [{number, etag}] as the client wrote it.
  complete(id, key, listed, minimumPart) {
    const upload = this.upload(id, key);
    if (!listed.length) throw new StoreError(400, 'MalformedXML', 'The part list is empty.');
    const parts = listed.map(({ number, etag }, index) => {
      if (index && number <= listed[index - 1].number)
        throw new StoreError(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
      const part = upload.parts.get(number);
      if (!part || part.etag !== etag.replace(/"/g, '').toLowerCase())
        throw new StoreError(400, 'InvalidPart', 'One or more of the specified parts could not be found.', {
          PartNumber: number,
        });
      if (index + 1 < listed.length && part.data.length < minimumPart)
        throw new StoreError(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size.');
      return part;
    });
    this.uploads.delete(id);
    const etag = `${md5(Buffer.concat(parts.map(part => Buffer.from(part.etag, 'hex'))))}-${parts.length}`;
    return this.put(key, Buffer.concat(parts.map(part => part.data)), { ...upload.more, type: 'multipart', etag });
  }
}

/// One page of a listing. `after`: the last name of the page before, a key or a common prefix.
function list(objects, { prefix, delimiter, after, max }) {
  const contents = [];
  const prefixes = [];
  let last = '';
  for (const key of [...objects.keys()].filter(name => name.startsWith(prefix)).sort(byBytes)) {
    const cut = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    const name = cut < 0 ? key : key.slice(0, cut + delimiter.length);
    if (after && byBytes(name, after) <= 0) continue;
    if (prefixes.includes(name)) continue;
    if (contents.length + prefixes.length === max) return { contents, prefixes, truncated: max > 0, next: last };
    if (cut < 0) contents.push([key, objects.get(key)]);
    else prefixes.push(name);
    last = name;
  }
  return { contents, prefixes, truncated: false, next: '' };
}

module.exports = { Bucket, list, MAX_LIST };
