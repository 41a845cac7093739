/** A function of the user decides which entities pass. */
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRun } from '../../src/export/create-run.js';
import { encodeJson, filterEntities, readEntities } from '../../src/export/stage-streams.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { SluiceError } from '../../src/terms/errors.js';
import { failureOf } from '../sources/outcome.js';

type Predicate = Parameters<typeof filterEntities>[0];

async function kept(source: Parameters<typeof readEntities>[0], predicate: Predicate, concurrency?: number) {
  const run = createRun();
  const stages = [filterEntities(predicate, { concurrency }), encodeJson({ run, format: 'ndjson' })] as const;
  const parts: Buffer[] = [];
  for await (const part of readEntities(source, { run }).pipe(stages[0]).pipe(stages[1])) parts.push(part);
  return { text: Buffer.concat(parts).toString(), receipt: await run.receipt };
}

test('keeps the text of entities that pass, and counts the others as filtered', async () => {
  const text = '{"id":"1","n":1.10}\n{ "id":"2", "n":12345678901234567890 }\n{"id":"3","n":"\\u0041"}\n';
  const { text: out, receipt } = await kept(bytes(text), ({ id }) => id !== '1');
  expect(out).toBe('{ "id":"2", "n":12345678901234567890 }\n{"id":"3","n":"\\u0041"}\n');
  expect(receipt).toMatchObject({ read: 3, written: 2, filtered: 1 });
});

test('filters objects', async () => {
  const { text, receipt } = await kept(objects([{ id: 1 }, { id: 2 }]), ({ id }) => id === 2);
  expect(text).toBe('{"id":2}\n');
  expect(receipt).toMatchObject({ read: 2, written: 1, filtered: 1 });
});

test('awaits promises, and keeps the order of the input', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ keep: fc.boolean(), turns: fc.nat(3) }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 20 }),
      async (plans, concurrency) => {
        let pending = 0;
        let most = 0;
        const source = bytes(plans.map((plan, id) => `${JSON.stringify({ id, ...plan })}\n`).join(''));
        const predicate: Predicate = async ({ keep, turns }) => {
          most = Math.max(most, ++pending);
          for (let left = Number(turns); left > 0; left--) await turn();
          pending--;
          return keep === true;
        };
        const { text } = await kept(source, predicate, concurrency);
        const ids = text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line).id);
        expect(ids).toStrictEqual(plans.flatMap(({ keep }, id) => (keep ? [id] : [])));
        expect(most).toBeLessThanOrEqual(concurrency);
      },
    ),
    { numRuns: 60 },
  ));

test.each([undefined, null, 1, 'yes', {}])('refuses %s as a result, and names the record', async (answer) => {
  const text = '{"id":"1"}\n{"id":"2"}\n';
  // Plain JavaScript may return anything.
  const predicate: Predicate = ({ id }) => (id === '1' ? true : JSON.parse(JSON.stringify({ answer })).answer);
  const failure = await failureOf(kept(bytes(text), predicate));
  expect(failure).toMatchObject({ code: 'INVALID', stage: 'select', recordIndex: 1 });
  expect(String(failure)).toContain('must return true or false');
});

test('fails the run with its error', async () => {
  const own = new SluiceError('INVALID', 'select', 'not this one');
  const predicate = () => {
    throw own;
  };
  expect(await failureOf(kept(bytes('{"id":"1"}\n'), predicate))).toMatchObject({ message: 'not this one' });
});
