/** Ids from random bytes of the system. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { randomId } from '../../src/cli/random-id.js';

test.runIf(existsSync('/dev/urandom'))('ids are different UUIDs of version 4', () => {
  const ids = Array.from({ length: 1000 }, () => randomId());
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
