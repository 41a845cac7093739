/** Keys of results: a separate prefix for each tenant. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeTenant, encodeTenant, S3Keys } from '../../src/results/s3-keys.js';

const JOB = '11111111-2222-4333-8444-555555555555';

test('encodes any tenant as one segment of plain characters, and decodes it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), (tenant) => {
      const segment = encodeTenant(tenant);
      expect(segment).toMatch(/^[A-Za-z0-9_.-]+$/);
      expect(segment).not.toMatch(/^\.{1,2}$/);
      expect(decodeTenant(segment)).toBe(tenant);
      const key = new S3Keys('a/b').of({ tenant, job: JOB }, 'part-00000-e1');
      expect(new S3Keys('a/b/').ownerOf(key)).toStrictEqual({ tenant, job: JOB });
    }),
  );
});

test.each(['', '.', '..', '.2', '.2F', '.41', 'a b', 'ü', '.c3'])(
  'rejects %j as the segment of a tenant',
  (segment) => {
    expect(decodeTenant(segment)).toBeUndefined();
  },
);

test.each(['a', 'a/b/c', `a/${JOB}`, `a/${JOB}/x/y`, `../${JOB}/x`])('rejects %s as the key of a job', (key) => {
  expect(new S3Keys('').ownerOf(key)).toBeUndefined();
});
