/** Webhooks of jobs in a folder over kills of the service. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { deliveredOverKills } from '../cases/killed-webhooks.cases.js';

test('a webhook is delivered once, by its id, over three kills of the service', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-killed-'));
  try {
    await deliveredOverKills({ dataDir });
  } finally {
    await rm(dataDir, { recursive: true });
  }
});
