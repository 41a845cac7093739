/** Envelopes around the only file of a stored zip: the bytes inside it, checked while they are sent. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { catalog } from '../../src/generate/catalog.js';
import { type Jobs, openJobs } from '../../src/jobs/open-jobs.js';
import { bytes } from '../../src/sources/bytes.js';
import { unwrapEnvelope } from '../../src/verify/unwrap-envelope.js';

let folder = '';
let jobs: Jobs | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-envelope-'));
  await writeFile(join(folder, 'catalog'), catalog({ seed: 3, form: 'lines', bytes: 3_000_000 }).bytes);
});
afterEach(async () => {
  await jobs?.close();
  await rm(folder, { recursive: true, force: true });
});

async function done(level: number) {
  jobs = await openJobs({
    dataDir: join(folder, 'data'),
    source: join(folder, 'catalog'),
    slice: { bytes: 400_000 },
    plan: { level },
  });
  const acme = jobs.forTenant('acme');
  const { job } = await acme.submit({ request: {} });
  const { id, receipt } = await acme.waitFor(job.id, { timeoutMs: 60_000 });
  return { acme, id, file: receipt?.files[0] };
}

describe.each([0, 1])('a zip of level %i, stored in many parts,', (level) => {
  test('gives the file in it, byte for byte', async () => {
    const { acme, id, file } = await done(level);
    const answer = await text(await acme.openEnvelope(id, { content: 'plain' }));
    const inside = Buffer.concat(await unwrapEnvelope(bytes(answer)).toArray());
    expect(inside.length).toBe(file?.bytes);
    expect(createHash('sha256').update(inside).digest('hex')).toBe(file?.sha256);
  });

  test('that is damaged ends in an envelope that says so', async () => {
    const { acme, id } = await done(level);
    const results = join(folder, 'data', 'results', id);
    // The first part has little more than the header of the file.
    const [, name] = (await readdir(results)).filter((one) => one.startsWith('part')).sort();
    const part = await readFile(join(results, name));
    part[Math.floor(part.length / 2)] ^= 0xff;
    await writeFile(join(results, name), part);
    const outcome = await text(await acme.openEnvelope(id, { content: 'plain' })).catch((cause: unknown) => cause);
    if (typeof outcome === 'string') expect(JSON.parse(outcome).response.status).toBe('error');
    else expect(outcome).toMatchObject({ code: 'VERIFY_FAILED' });
  });
});

test('an unknown content is refused', async () => {
  const { acme, id } = await done(1);
  await expect(acme.openEnvelope(id, JSON.parse('{"content":"tar"}'))).rejects.toMatchObject({ path: 'content' });
});
