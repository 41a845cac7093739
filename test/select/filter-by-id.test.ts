/** Ids: the run ends when all are found, and the source is not read further. */
import { describe, expect, it } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { collect } from './collect.js';
import { endless } from './endless.js';

describe('ids', () => {
  it('end the run of an endless source when all are found', async () => {
    const source = endless((index) => `{"id":"e${index}"}\n`);
    const { text, receipt } = await collect({
      source: bytes(source),
      request: { ids: ['e3', 'e1'] },
      format: 'ndjson',
    });
    expect(text).toBe('{"id":"e1"}\n{"id":"e3"}\n');
    expect(receipt).toMatchObject({ read: 4, written: 2, filtered: 2, stoppedBy: 'ids' });
    expect(source.returned).toBe(true);
  });

  it('end a run over objects', async () => {
    const source = endless((index) => ({ id: index }));
    const { text, receipt } = await collect({ source: objects(source), request: { ids: ['2'] }, format: 'ndjson' });
    expect(text).toBe('{"id":2}\n');
    expect(receipt).toMatchObject({ read: 3, written: 1, filtered: 2, stoppedBy: 'ids' });
    expect(source.returned).toBe(true);
  });

  it('count as found on an entity of another type', async () => {
    const source = bytes(['{"id":"a","type":"x"}\n', 'no JSON at all\n']);
    const { text, receipt } = await collect({ source, request: { ids: ['a'], types: ['y'] } });
    expect(text).toBe('{"entities":[]}');
    expect(receipt).toMatchObject({ read: 1, written: 0, filtered: 1, stoppedBy: 'ids' });
  });

  it('are searched for until the end if they need not be unique', async () => {
    const source = bytes(['{"id":"a"}\n{"id":"b"}\n{"id":"a"}\n']);
    const { text, receipt } = await collect({ source, request: { ids: ['a'] }, uniqueIds: false, format: 'array' });
    expect(text).toBe('[{"id":"a"},{"id":"a"}]');
    expect(receipt).toMatchObject({ read: 3, stoppedBy: 'end' });
  });

  it('match a number by digits beyond a double', async () => {
    const source = bytes(['{"id":12345678901234567890}\n{"id":12345678901234567891}\n{"id":1.0}\n{"id":1}\n']);
    const request = { ids: ['12345678901234567891', '1.0'] };
    const { text } = await collect({ source, request, format: 'ndjson' });
    expect(text).toBe('{"id":12345678901234567891}\n{"id":1.0}\n');
  });
});
