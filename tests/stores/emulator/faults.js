// What a test has asked to go wrong. A fault is
//
//   {kind, op?, bucket?, key?, skip?, times?, ...}
//
// op and key are regular expressions on the operation's name and the key; the first `skip` requests that fit are
// spared, the next `times` (default: all) get it. Kinds:
//
//   status   {status, code?, message?, headers?}   answered instead of doing anything; 200 with a code is an Error
//                                                  document under a good status
//   delay    {ms}                                  before doing it
//   stall    {stage}                               no more bytes from there until the faults are cleared
//   reset    {stage}                               a TCP reset there
//   refuse                                         a reset, and the ports closed until the faults are cleared
//   accept   {times}                               the next connections are reset before anything is read
//   truncate                                       an answer that ends, orderly, half way
//   garble                                         a body of the right length with other bytes
//   etag                                           another ETag than the object has
//   clock    {seconds}                             the store's clock is off by that, in Date and in its judgement
//   ignore_create_only                             the create-only header is not heeded
//   stale_list                                     lists show the bucket as it was when the fault was armed
//
// stage: headers (the request's body is not read), body (read, nothing done), done (done, nothing answered), response
// (half answered).
'use strict';

class Faults {
  constructor() {
    this.clear();
  }

  clear() {
    this.armed = [];
    this.acceptResets = 0;
    (this.stalled || []).forEach(socket => socket.destroy());
    this.stalled = [];
  }

  arm(faults, buckets) {
    for (const fault of faults) {
      if (fault.kind === 'stale_list') {
        fault.snapshot = new Map([...buckets].map(([name, bucket]) => [name, new Map(bucket.objects)]));
      }
      if (fault.kind === 'accept') this.acceptResets += fault.times || 1;
      else this.armed.push({ skip: 0, times: Infinity, hits: 0, seen: 0, ...fault });
    }
  }

  /// The faults that this request gets; counts it.
  take(request) {
    return this.armed.filter(fault => {
      const fits =
        (!fault.op || new RegExp(`^(${fault.op})$`).test(request.operation || '')) &&
        (!fault.bucket || fault.bucket === request.bucket) &&
        (!fault.key || new RegExp(fault.key).test(request.key));
      if (!fits || ++fault.seen <= fault.skip || fault.hits >= fault.times) return false;
      fault.hits += 1;
      return true;
    });
  }

  state() {
    return this.armed.map(({ snapshot, ...fault }) => ({
      ...fault,
      times: fault.times === Infinity ? null : fault.times,
    }));
  }
}

const garbled = body => Buffer.from(body.map(byte => byte ^ 1));

/// Another ETag of the same form in the headers and in a document that tells one.
function otherEtag(answer) {
  const turn = text => text.replace(/[0-9a-f]{8}/i, part => part.replace(/./g, digit => (digit === '0' ? '1' : '0')));
  const headers = { ...answer.headers, ...(answer.headers.etag && { etag: turn(answer.headers.etag) }) };
  const told = (answer.headers['content-type'] || '').includes('xml') && /<ETag>/.test(answer.body);
  return {
    ...answer,
    headers,
    body: told ? Buffer.from(answer.body.toString().replace(/<ETag>[^<]*/g, turn)) : answer.body,
  };
}

module.exports = { Faults, garbled, otherEtag };
