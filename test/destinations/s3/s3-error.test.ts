/** The failures of S3: codes, messages, and no secrets. */
import { expect, test } from 'vitest';
import { s3Error, s3Name } from '../../../src/destinations/s3/s3-error.js';
import { SluiceError } from '../../../src/terms/errors.js';

const DEED = { address: 's3://bucket/key', stage: 'write', otherwise: 'WRITE_FAILED' } as const;

function failure(name: string, status?: number, message = 'in words', more = {}): Error {
  const metadata = status === undefined ? {} : { $metadata: { httpStatusCode: status } };
  return Object.assign(new Error(message), { name, ...metadata, ...more });
}

test.each([
  ['NoSuchBucket', 404, 'NOT_FOUND'],
  ['NoSuchKey', 404, 'NOT_FOUND'],
  ['NoSuchUpload', 404, 'NOT_FOUND'],
  ['NotFound', 404, 'NOT_FOUND'],
  ['AccessDenied', 403, 'PERMISSION_DENIED'],
  ['SignatureDoesNotMatch', 403, 'PERMISSION_DENIED'],
  ['Unknown', 403, 'PERMISSION_DENIED'],
  ['CredentialsProviderError', undefined, 'PERMISSION_DENIED'],
  ['PreconditionFailed', 412, 'DESTINATION_EXISTS'],
  ['InvalidRequest', 412, 'DESTINATION_EXISTS'],
  ['InternalError', 500, 'SERVICE_FAILED'],
  ['SlowDown', 503, 'SERVICE_FAILED'],
  ['TooManyRequests', 429, 'SERVICE_FAILED'],
  ['TimeoutError', undefined, 'SERVICE_FAILED'],
  ['InsufficientStorage', 507, 'DISK_FULL'],
  ['NotImplemented', 501, 'WRITE_FAILED'],
  ['InvalidPart', 400, 'WRITE_FAILED'],
  ['Error', undefined, 'WRITE_FAILED'],
  ['constructor', undefined, 'WRITE_FAILED'],
])('%s with status %s is %s', (name, status, code) => {
  const error = s3Error(failure(name, status), DEED);
  expect(error).toMatchObject({ code, stage: 'write', path: 's3://bucket/key' });
  expect(error.message).toContain('s3://bucket/key');
  expect(s3Name(error)).toBe(name);
});

test.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND'])('%s means that the service cannot be reached', (code) => {
  expect(s3Error(failure('Error', undefined, 'connect', { code }), DEED).code).toBe('SERVICE_FAILED');
});

test('HEAD, which has no message, gets one', () => {
  expect(s3Error(failure('NotFound', 404, 'UnknownError'), DEED).message).toBe(
    's3://bucket/key: is not there (NotFound)',
  );
});

test('an abort is ABORTED, and a typed error stays unchanged', () => {
  expect(s3Error(failure('AbortError'), DEED).code).toBe('ABORTED');
  const typed = new SluiceError('DISK_FULL', 'write', 'full');
  expect(s3Error(typed, DEED)).toBe(typed);
});

test('signed data and credentials are not in the error', () => {
  const secrets = { AWSAccessKeyId: 'AKIASECRET', StringToSign: 'SECRET', $response: { headers: { x: 'SECRET' } } };
  const error = s3Error(failure('SignatureDoesNotMatch', 403, 'does not match', secrets), DEED);
  const { cause } = error;
  expect(JSON.stringify([error, cause, Object.entries(cause ?? {})])).not.toContain('SECRET');
  expect(cause).toMatchObject({ name: 'SignatureDoesNotMatch', status: 403, message: 'does not match' });
});
