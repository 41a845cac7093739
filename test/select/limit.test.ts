/** The limit ends the run with the last entity that passes. */
import { describe, expect, it } from 'vitest';
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
