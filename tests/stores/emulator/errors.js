// What a store refuses with. `extra` is what the store's error XML carries beyond the code and the message.
'use strict';

class StoreError extends Error {
  constructor(status, code, message, extra = {}, headers = {}) {
    super(message || code);
    Object.assign(this, { status, code, extra, headers });
  }
}

module.exports = { StoreError };
