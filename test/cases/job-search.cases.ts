/** The contract of searches of all engines: they find what a naive filter finds, in its order. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobEngine, JobRow, WholeRow } from '../../src/jobs/engine.js';
import type { JobFacts } from '../../src/jobs/job.js';
import type { JobSearch } from '../../src/jobs/job-search.js';
import type { EngineUnderTest, MakeEngine } from './job-engine.cases.js';

const USERS = ['ann@x.example_user', 'BOB', 'Žofie', undefined];
const PROFILES = ['nightly', 'downloadDataJSONJob', undefined];
const NAMES = ['ann@x.example_user', 'ANN@X.example_user', 'bob', 'žofie', 'nobody', 'NIGHTLY', 'p1'];

const TYPES = [['product', 'SKU'], ['Category'], undefined];
/** Requests with texts that are escaped in JSON, and with capitals of ASCII and others. */
const REQUESTS = [{ name: 'Blue "Chair"' }, { name: 'ŽLUTÁ' }, {}];
const TEXTS = ['chair', 'CHAIR"', '"chair', 'ŽL', 'žl', 'žlutá', 'name', '{', 'Out', '-', '%'];

const bound = fc.option(fc.integer({ min: 990, max: 1_040 }), { nil: undefined });
const SEARCH: fc.Arbitrary<JobSearch> = fc.record(
  {
    states: fc.uniqueArray(fc.constantFrom('queued', 'running', 'completed', 'cancelled', 'expired'), { minLength: 1 }),
    facts: fc.array(
      fc.record(
        {
          name: fc.constantFrom('submittedBy', 'profileName', 'entityId'),
          values: fc.uniqueArray(fc.constantFrom(...NAMES)),
          not: fc.boolean(),
        },
        { requiredKeys: ['name'] },
      ),
      { maxLength: 2 },
    ),
    types: fc.uniqueArray(fc.constantFrom('PRODUCT', 'sku', 'category', 'none'), { minLength: 1 }),
    users: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 }),
    text: fc.constantFrom(...TEXTS),
    times: fc.array(
      fc.record({ name: fc.constantFrom('createdAt', 'changedAt', 'startedAt'), from: bound, to: bound }),
      { maxLength: 2 },
    ),
    by: fc.constantFrom('createdAt', 'changedAt', 'startedAt'),
    descending: fc.boolean(),
    offset: fc.nat(8),
    limit: fc.nat(8),
  },
  { requiredKeys: [] },
);

/** The ids that a search finds among rows, in the order of submission. */
function naive(rows: readonly WholeRow[], search: JobSearch, now: number): readonly string[] {
  const { states, facts = [], times = [], by = 'createdAt', descending = true, types, users, text } = search;
  const isOne = (wanted: readonly string[], value: string | undefined) =>
    wanted.some((one) => one.toLowerCase() === value?.toLowerCase());
  const plain = (value: string) => value.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const state = (row: JobRow) =>
    row.state.startsWith('completed') && (row.expiresAt ?? Number.POSITIVE_INFINITY) <= now ? 'expired' : row.state;
  const found = rows.filter((row) => {
    if (states && !states.includes(state(row))) return false;
    if (types && !row.facts?.types?.some((type) => isOne(types, type))) return false;
    if (users && !isOne(users, row.facts?.submittedBy) && !isOne(users, row.facts?.userId)) return false;
    const texts = [JSON.stringify(row.request), row.id, row.files[0]?.name ?? ''];
    if (text !== undefined && !texts.some((one) => plain(one).includes(plain(JSON.stringify(text).slice(1, -1))))) {
      return false;
    }
    for (const { name, values, not } of facts) {
      const fact = row.facts?.[name];
      const holds = fact !== undefined && (!values || values.some((one) => one.toLowerCase() === fact.toLowerCase()));
      if (holds === (not ?? false)) return false;
    }
    return times.every(({ name, from = 0, to = 9e15 }) => {
      const time = row[name];
      return time === undefined ? false : from <= time && time <= to;
    });
  });
  const ordered = descending ? found.toReversed() : found;
  const last = descending ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const key = (row: JobRow) => row[by] ?? last;
  // Array sorts are stable: what is equal stays in the order of submission.
  return ordered
    .toSorted((a, b) => (key(a) === key(b) ? 0 : Math.sign(key(a) - key(b)) * (descending ? -1 : 1)))
    .map(({ id }) => id);
}

export function jobSearchCases(name: string, make: MakeEngine): void {
  describe(`searches of the engine of jobs: ${name}`, () => {
    let time = 1_000;
    let under: EngineUnderTest;
    let engine: JobEngine;

    beforeEach(async () => {
      time = 1_000;
      under = await make({ running: 50, queued: 50 }, () => time);
      engine = under.engine;
    });
    afterEach(() => under.dispose());

    async function submit(facts: JobFacts, tenant = 'acme', request: unknown = {}): Promise<string> {
      time++;
      return (await engine.submit({ id: randomUUID(), tenant, request, facts })).row.id;
    }

    /** Jobs in all states, in the order of submission. */
    async function someJobs(): Promise<readonly string[]> {
      const ids: string[] = [];
      for (let index = 0; index < 12; index++) {
        const facts = {
          submittedBy: USERS[index % USERS.length],
          profileName: PROFILES[index % PROFILES.length],
          userId: index === 7 ? 'Bob' : undefined,
          entityId: index === 5 ? 'p1' : undefined,
          types: TYPES[index % TYPES.length],
        };
        ids.push(await submit(JSON.parse(JSON.stringify(facts)), 'acme', REQUESTS[index % REQUESTS.length]));
        if (index % 3 === 0) await submit(facts, 'other');
      }
      for (let index = 0; index < 10; index++) {
        time += 2;
        const row = await engine.claim();
        if (!row) break;
        if (index % 4 === 1) await engine.cancel(row.id);
        const file = { name: 'All_Out.zip', mediaType: 'application/zip', bytes: 0, sha256: '0', parts: [] };
        const end = { state: 'completed', expiresAt: index < 4 ? 1_010 : 9_000, files: [file] } as const;
        if (index % 4 > 1) await engine.finish(row.id, row.epoch, end);
      }
      return ids;
    }

    test('find by states, facts and times what a naive filter finds, in its order, a page at a time', async () => {
      const ids = await someJobs();
      for (const reopened of [false, true]) {
        if (reopened) engine = await under.reopen();
        expect((await engine.lookAll(ids)).map(({ id }) => id)).toStrictEqual(ids);
        const rows: WholeRow[] = [];
        for (const id of ids) rows.push(...[(await engine.get(id)) ?? []].flat());
        await fc.assert(
          fc.asyncProperty(SEARCH, async (search) => {
            const all = naive(rows, search, time);
            const { offset = 0, limit = 2000 } = search;
            expect(await engine.find('acme', search)).toStrictEqual({
              ids: all.slice(offset, offset + limit),
              total: all.length,
            });
            const newest = naive(rows, { ...search, by: 'createdAt', descending: true }, time);
            const tally = await engine.tally('acme', search);
            expect(Object.values(tally).reduce((sum, count) => sum + count, 0)).toBe(newest.length);
            const listed: string[] = [];
            let after: string | undefined;
            do {
              const page = await engine.list('acme', Math.max(1, limit % 5), after, search);
              listed.push(...page.rows.map(({ id }) => id));
              after = page.next;
            } while (after !== undefined);
            expect(listed).toStrictEqual(newest);
          }),
          { numRuns: 100 },
        );
      }
    });

    test('find no job of another tenant, also by its id', async () => {
      const mine = await submit({ submittedBy: 'bob' });
      const theirs = await submit({ submittedBy: 'bob' }, 'other');
      expect(await engine.find('acme', { ids: [theirs, mine, mine] })).toStrictEqual({ ids: [mine], total: 1 });
      expect(await engine.find('acme', { facts: [{ name: 'submittedBy' }] })).toStrictEqual({ ids: [mine], total: 1 });
      expect(await engine.find('nobody', {})).toStrictEqual({ ids: [], total: 0 });
    });

    test('find a removed job no more', async () => {
      const id = await submit({});
      await engine.cancel(id);
      await engine.remove(id);
      expect(await engine.find('acme', {})).toStrictEqual({ ids: [], total: 0 });
      expect(await engine.lookAll([id])).toStrictEqual([]);
    });

    test('return the facts of a job unchanged', async () => {
      const facts = { submittedBy: 'Ann_USER', profileName: 'Nightly', fileType: 'RSJSON' };
      const id = await submit(facts);
      engine = await under.reopen();
      expect((await engine.look(id))?.facts).toStrictEqual(facts);
    });
  });
}
