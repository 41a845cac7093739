/** Signatures of links: for one file of one job of one tenant, until one time. */
import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSigned, type LinkFacts, signLink } from '../../src/jobs/file-link.js';

const SECRET = randomBytes(32);
const FACTS: LinkFacts = { tenant: 'acme', id: 'a-job', name: 'out.zip', expiresAt: 1_900_000_000_000 };

test('signs a link with HMAC-SHA-256', () => {
  const text = '["file","acme","a-job","out.zip",1900000000]';
  expect(signLink(SECRET, FACTS)).toBe(createHmac('sha256', SECRET).update(text).digest('base64url'));
  expect(isSigned(SECRET, FACTS, signLink(SECRET, FACTS))).toBe(true);
});

test.each<Partial<LinkFacts>>([
  { tenant: 'acme2' },
  { tenant: '' },
  { id: 'another' },
  { name: 'out.zip ' },
  { name: '' },
  { expiresAt: 1_900_000_001_000 },
])('rejects a signature for other facts: %j', (change) => {
  expect(isSigned(SECRET, { ...FACTS, ...change }, signLink(SECRET, FACTS))).toBe(false);
});

test('separates the members, whatever they contain', () => {
  const facts = fc.record({ tenant: fc.string(), id: fc.string(), name: fc.string(), expiresAt: fc.nat() });
  fc.assert(
    fc.property(facts, facts, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      expect(isSigned(SECRET, one, signLink(SECRET, other))).toBe(isSame);
    }),
  );
});

test('rejects a signature with another secret or of another length', () => {
  expect(isSigned(randomBytes(32), FACTS, signLink(SECRET, FACTS))).toBe(false);
  for (const signature of ['', 'x', signLink(SECRET, FACTS).slice(0, -2), `${signLink(SECRET, FACTS)}AAAA`]) {
    expect(isSigned(SECRET, FACTS, signature)).toBe(false);
  }
});
