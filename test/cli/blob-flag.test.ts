/** `--blob`: what the blob of an envelope holds, by the flags of `sluice export`. */
import { expect, test } from 'vitest';
import { planOf } from '../../src/cli/export-options.js';
import { SILENT } from '../../src/terms/logger.js';

const planned = async (flags: Parameters<typeof planOf>[0]) =>
  (await planOf(flags, SILENT))({ now: 0, destination: 'out.json' });

test('the flag decides, and without it the plan has the default', async () => {
  expect((await planned({ pack: 'envelope', blob: 'plain' })).output.content).toBe('plain');
  expect((await planned({ pack: 'envelope' })).output.content).toBe('zip');
  expect((await planned({})).output).not.toHaveProperty('content');
});
