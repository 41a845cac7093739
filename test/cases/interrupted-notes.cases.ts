/** Notes of jobs that are interrupted between slices equal those of one undisturbed export. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import type { FaultHook } from '../../src/jobs/fault-points.js';
import type { JobsOptions } from '../../src/jobs/jobs-options.js';
import type { Jobs } from '../../src/jobs/open-jobs.js';
import type { WithFaults } from '../jobs/with-faults.js';

/** Options of the jobs. */
export type CaseOptions = Required<Pick<WithFaults<JobsOptions>, 'source' | 'slice' | 'onFaultPoint' | 'plan'>>;

const ENTITIES = 20_000;
const INTERRUPTIONS = 3;

type Plan = NonNullable<JobsOptions['plan']>;
const CASES: readonly (readonly [string, readonly string[], object, Plan])[] = [
  ['ids and types', ['IDS_NOT_FOUND', 'TYPES_NOT_FOUND'], { ids: ['1', '19999', 'x'], types: ['a', 'b', 'none'] }, {}],
  ['a name', ['NAME_NOT_FOUND'], { name: 'nobody' }, {}],
  ['criteria', ['CRITERIA_NOT_MET'], { types: ['a'], criteria: { properties: [{ size: { gt: 1_000_000 } }] } }, {}],
  ['criteria that only the first entity meets', [], { criteria: { properties: [{ size: { lt: 1 } }] } }, {}],
  ['criteria that only the last entity meets', [], { criteria: { properties: [{ size: { gt: ENTITIES - 2 } }] } }, {}],
  ['fields', ['FIELDS_NOT_FOUND'], { fields: { attributes: ['none'], properties: ['size', 'last', 'gone'] } }, {}],
  ['contexts', ['CONTEXTS_NOT_FOUND'], { contexts: [{ country: 'Nowhere' }], fields: { attributes: ['_ALL'] } }, {}],
  ['a member that no entity has', ['MEMBER_MISSING'], { types: ['a'] }, { typeField: 'tpye' }],
];

/** @param open opens the same jobs each time */
export function interruptedNotesCases(open: (options: CaseOptions) => Promise<Jobs>): void {
  describe('notes of a job that is interrupted between slices', () => {
    let folder: string;
    let source: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'sluice-notes-'));
      source = join(folder, 'catalog.ndjson');
      const lines = Array.from({ length: ENTITIES }, (_, index) => {
        const data = { attributes: { color: { values: [{ value: `c${index}`, locale: 'en-US' }] } } };
        const properties = { size: index, ...(index === ENTITIES - 1 ? { last: true } : {}), pad: 'x'.repeat(150) };
        return `${JSON.stringify({ id: `${index}`, type: index % 2 ? 'a' : 'b', name: `n${index}`, properties, data })}\n`;
      });
      await writeFile(source, lines.join(''));
    });
    afterAll(() => rm(folder, { recursive: true }));

    test.each(CASES)('%s', async (_case, codes, request, plan) => {
      const stream = exportEntities({ source, request, ...plan });
      stream.resume();
      const { notes } = await stream.receipt;
      expect(notes.map(({ code }) => code)).toStrictEqual(codes);

      let id: string | undefined;
      for (let times = 0; times < INTERRUPTIONS; times++) {
        const { hook, arrived, release } = holdOnce();
        const jobs = await open({ source, plan, slice: { bytes: 1, durationMs: 60_000 }, onFaultPoint: hook });
        id ??= (await jobs.forTenant('acme').submit({ request })).job.id;
        await arrived;
        const closed = jobs.close();
        release();
        await closed;
      }
      const jobs = await open({ source, plan, slice: { bytes: 1, durationMs: 60_000 }, onFaultPoint: () => {} });
      const done = await jobs.forTenant('acme').waitFor(id ?? '', { timeoutMs: 60_000 });
      await jobs.close();
      expect(done.epoch).toBeGreaterThan(INTERRUPTIONS);
      expect(done.receipt?.notes).toStrictEqual(notes);
    });
  });
}

/** A hook that holds the first attempt with a checkpoint. */
function holdOnce(): { readonly hook: FaultHook; readonly arrived: Promise<void>; readonly release: () => void } {
  let arrive = () => {};
  let release = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  const hook: FaultHook = async (point) => {
    if (point !== 'after-checkpoint') return;
    arrive();
    await released;
  };
  return { hook, arrived, release: () => release() };
}
