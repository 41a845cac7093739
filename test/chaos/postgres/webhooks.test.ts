/** Webhooks of jobs in a database over kills of the service. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { deliveredOverKills } from '../../cases/killed-webhooks.cases.js';
import { makeDatabase, POSTGRES } from '../../servers/postgres-database.js';

test.skipIf(!POSTGRES)('a webhook is delivered once, by its id, over three kills of the service', async () => {
  const database = await makeDatabase();
  const results = await mkdtemp(join(tmpdir(), 'sluice-killed-'));
  try {
    await deliveredOverKills({ postgres: database.url, results });
  } finally {
    await rm(results, { recursive: true });
    await database.drop();
  }
});
