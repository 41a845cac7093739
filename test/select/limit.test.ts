/** The limit ends the run with the last entity that passes. */
import { describe, expect, it } from 'vitest';
import { createRun } from '../../src/export/create-run.js';
import { limit } from '../../src/export/part-streams.js';
import { encodeJson, project, readEntities } from '../../src/export/stage-streams.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { collect } from './collect.js';
import { endless } from './endless.js';

describe('maxRecords', () => {
  it('ends the run of an endless source', async () => {
    const source = endless((index) => `{"id":${index},"type":"${index % 2 ? 'odd' : 'even'}"}\n`);
    const request = { types: ['odd'], maxRecords: 2 };
    const { text, receipt } = await collect({ source: bytes(source), request, format: 'ndjson' });
    expect(text).toBe('{"id":1,"type":"odd"}\n{"id":3,"type":"odd"}\n');
    expect(receipt).toMatchObject({ read: 4, written: 2, filtered: 2, stoppedBy: 'limit' });
    expect(source.returned).toBe(true);
  });

  it('never reaches a fault after the last entity, in one chunk or in many', async () => {
    for (const chunks of [['{"id":1}\n{"id":\n'], ['{"id":1}\n', '{"id":\n']]) {
      const { text, receipt } = await collect({ source: bytes(chunks), request: { maxRecords: 1 } });
      expect(text).toBe('{"entities":[{"id":1}]}');
      expect(receipt).toMatchObject({ read: 1, stoppedBy: 'limit' });
    }
  });

  it.each([
    ['a value', '{"id":3,"a":tru}'],
    ['a bracket', '{"id":3,"a":{"b":[1}}}'],
  ])('never reaches a fault of %s that only a filter finds, in one chunk or in many', async (_, faulty) => {
    const lines = ['{"id":1,"a":{"b":1}}', '{"id":2,"a":{"b":1}}', faulty, '{"id":4,"a":{"b":1}}'].map(
      (one) => `${one}\n`,
    );
    const criteria = { fields: [{ 'a.b': { eq: 1 } }] };
    for (const chunks of [[lines.join('')], lines]) {
      const upTo = (maxRecords: number) =>
        collect({
          source: bytes(chunks),
          ...{ input: 'lines', format: 'ndjson', trust: true, request: { criteria, maxRecords } },
        });
      const two = await upTo(2);
      expect(two).toMatchObject({ text: lines[0] + lines[1], receipt: { read: 2, written: 2, stoppedBy: 'limit' } });
      const three = await upTo(3);
      expect(three).toMatchObject({ text: lines[0] + lines[1], error: { stage: 'select' } });
    }
  });

  it('never reaches a fault that only a projection before it finds', async () => {
    const text = '{"id":1,"a":{"b":1}}\n{"id":2,"a":{"b":2}}\n{"id":3,"a":{"b":tru}}\n';
    for (const last of [2, 3]) {
      const run = createRun();
      const entities = readEntities(bytes(text), { run, trust: true, input: 'lines' });
      const stages = [project({ include: ['a.b'] }, { run }), limit(last, { run })] as const;
      const end = encodeJson({ run, format: 'ndjson' });
      const parts: Buffer[] = [];
      const reading = (async () => {
        for await (const part of entities.pipe(stages[0]).pipe(stages[1]).pipe(end)) parts.push(part);
      })();
      const code = await reading.catch((error) => error.code);
      expect(code).toBe(last === 2 ? undefined : 'INVALID_JSON');
      expect(Buffer.concat(parts).toString()).toBe('{"a":{"b":1}}\n{"a":{"b":2}}\n');
    }
  });

  it('of 0 makes a complete document without reading', async () => {
    let reads = 0;
    const source = endless(() => ({ id: reads++ }));
    const { text, receipt } = await collect({ source: objects(source), request: { maxRecords: 0 } });
    expect(text).toBe('{"entities":[]}');
    expect(receipt).toMatchObject({ read: 0, written: 0, stoppedBy: 'limit' });
    expect(reads).toBe(0);
  });

  it('beyond the input ends with it', async () => {
    const { receipt } = await collect({ source: objects([{}, {}]), request: { maxRecords: 3 } });
    expect(receipt).toMatchObject({ read: 2, written: 2, stoppedBy: 'end' });
  });
});
