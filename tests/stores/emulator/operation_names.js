// Which operation a request is, and what it takes to be allowed it.
'use strict';

/// What an operation needs; a user's `deny` names them.
const PERMISSION = {
  ListBuckets: 'list',
  HeadBucket: 'list',
  ListObjects: 'list',
  ListObjectsV2: 'list',
  ListMultipartUploads: 'list',
  GetBucketLocation: 'list',
  GetBucketVersioning: 'list',
  GetObject: 'read',
  HeadObject: 'read',
  ListParts: 'read',
  GetObjectTagging: 'readtag',
  PutObject: 'write',
  AppendObject: 'write',
  CreateMultipartUpload: 'write',
  UploadPart: 'write',
  CompleteMultipartUpload: 'write',
  AbortMultipartUpload: 'write',
  PutObjectTagging: 'tag',
  DeleteObjectTagging: 'tag',
  DeleteObject: 'delete',
  DeleteObjects: 'delete',
};

/// The name of what a request asks for; null for what the emulator doesn't have.
function operationOf(method, bucket, key, query) {
  const has = name => name in query;
  if (!bucket) return method === 'GET' ? 'ListBuckets' : null;
  if (!key) {
    if (method === 'HEAD') return 'HeadBucket';
    if (method === 'POST') return has('delete') ? 'DeleteObjects' : null;
    if (method !== 'GET' || has('acl') || has('bucketInfo')) return null;
    if (has('uploads')) return 'ListMultipartUploads';
    if (has('location')) return 'GetBucketLocation';
    if (has('versioning')) return 'GetBucketVersioning';
    return query['list-type'] === '2' ? 'ListObjectsV2' : 'ListObjects';
  }
  const names = {
    GET: has('tagging') ? 'GetObjectTagging' : has('uploadId') ? 'ListParts' : 'GetObject',
    HEAD: 'HeadObject',
    PUT: has('tagging') ? 'PutObjectTagging' : has('uploadId') ? 'UploadPart' : 'PutObject',
    POST: has('uploads')
      ? 'CreateMultipartUpload'
      : has('uploadId')
        ? 'CompleteMultipartUpload'
        : has('append')
          ? 'AppendObject'
          : null,
    DELETE: has('uploadId') ? 'AbortMultipartUpload' : has('tagging') ? 'DeleteObjectTagging' : 'DeleteObject',
  };
  return names[method] || null;
}

module.exports = { PERMISSION, operationOf };
