/** S3 addresses: accepted ones, and refusals without secrets. */
import { expect, test } from 'vitest';
import { isS3Address, parseS3Address } from '../../../src/destinations/s3/s3-address.js';

test.each([
  ['s3://bucket/a/b.zip', 'bucket', 'a/b.zip'],
  ['s3://bucket', 'bucket', ''],
  ['s3://bucket/', 'bucket', ''],
  ['s3://My_old.bucket/ü ?#%/x', 'My_old.bucket', 'ü ?#%/x'],
  ['s3://bucket//a', 'bucket', '/a'],
])('%s is bucket %s, key %j', (url, bucket, key) => {
  expect(parseS3Address(url)).toStrictEqual({ bucket, key });
});

test.each(['', 's3:/bucket/a', 's3://', 's3://b/a', 'https://bucket/a', 's3://key:secret@bucket/a', 's3://.a/b'])(
  '%j is refused without repeating it',
  (url) => {
    expect(() => parseS3Address(url)).toThrow(expect.objectContaining({ code: 'INVALID', stage: 'write' }));
    expect(() => parseS3Address(url)).not.toThrow(/secret/);
  },
);

test('accepts keys up to the limit of S3', () => {
  expect(parseS3Address(`s3://bucket/${'a'.repeat(1024)}`).key).toHaveLength(1024);
  expect(() => parseS3Address(`s3://bucket/${'ü'.repeat(513)}`)).toThrow(expect.objectContaining({ code: 'INVALID' }));
});

test('does not treat paths as addresses', () => {
  expect(['s3://a/b', 'S3://a/b'].map(isS3Address)).toStrictEqual([true, true]);
  expect(['s3', './s3://a', 's3:', '/s3/a'].map(isS3Address)).toStrictEqual([false, false, false, false]);
});
