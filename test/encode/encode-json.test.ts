/** The JSON encoder: text unchanged, objects as JSON.stringify writes them. */
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { jsonEncoder } from '../../src/encode/encode-json.js';
import { newRun } from '../../src/export/create-run.js';
import { planExport } from '../../src/export/plan-export.js';
import { exportEntities } from '../../src/index.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { type ReadOptions, readBatches } from '../../src/sources/read-batches.js';
import { entityCount } from '../../src/terms/batch.js';
import { collect } from '../select/collect.js';

const READ: ReadOptions = { ...planExport().read, reader: 'scan', recycle: false };

const PRETTY = JSON.stringify({ entities: [{ id: 1, note: 'a\nb\r', list: [1, [2]] }, {}] }, undefined, 2);

describe('text', () => {
  it('of a pretty-printed document becomes one line per entity, with equal values', async () => {
    for (const text of [PRETTY, PRETTY.replaceAll('\n', '\r\n'), PRETTY.replaceAll('\n', '\r')]) {
      const { text: lines } = await collect({ source: bytes([text]), format: 'ndjson' });
      expect(lines.endsWith('\n')).toBe(true);
      expect(lines).not.toContain('\r');
      const entities = lines
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(entities).toEqual(JSON.parse(PRETTY).entities);
    }
  });

  it('keeps its white space and digits wherever possible', async () => {
    const entity = '{ "id" : 1.0,\n"big":12345678901234567890 , "big":1e400}';
    for (const [format, expected] of [
      ['json', `{"entities":[${entity}]}`],
      ['array', `[${entity}]`],
      ['ndjson', `${entity.replace('\n', '')}\n`],
    ] as const) {
      expect((await collect({ source: bytes([`[${entity}]`]), format })).text).toBe(expected);
    }
  });

  it('without entities is an empty document, array or file', async () => {
    const outputs = [];
    for (const format of ['json', 'array', 'ndjson'] as const) {
      outputs.push((await collect({ source: bytes([' \n']), format })).text);
    }
    expect(outputs).toEqual(['{"entities":[]}', '[]', '']);
  });

  it('that is faulty is never written; entities before it are', async () => {
    const { text, error } = await collect({ source: bytes(['{"id":1}\n', '{"id":2,}\n']), format: 'ndjson' });
    expect(error).toMatchObject({ code: 'INVALID_JSON', recordIndex: 1, byteOffset: 17 });
    expect('{"id":1}\n'.startsWith(text)).toBe(true);
  });
});

describe('a large entity', () => {
  const large = JSON.stringify({ id: 'large', text: 'Lorem "ipsum"\n'.repeat(250_000), all: [1, 2] });
  const small = (id: number) => `{"id":${id}}`;

  it('stays as it is among small ones in what is packed, whose memory is used again', async () => {
    const entities = [small(1), large, small(2), small(3), large, large, small(4)];
    const source = () => bytes([entities.map((entity) => `${entity}\n`).join('')]);
    const lines = await exportEntities({ source: source(), format: 'ndjson', pack: 'gzip' }).toBuffer();
    expect(gunzipSync(lines).toString().trimEnd().split('\n')).toEqual(entities);
    const document = await exportEntities({ source: source(), format: 'json', pack: 'gzip' }).toBuffer();
    expect(gunzipSync(document).toString()).toBe(`{"entities":[${entities.join(',')}]}`);
  });

  it('stays as it is among small ones, in every format, and without its line breaks in lines', async () => {
    const pretty = large.replace(/^\{/, '{\r\n').replace(/,"all":/, `,\n\n"all"\n:${' '.repeat(5000)}\n`);
    const texts = [small(1), small(2), pretty, pretty, small(3)];
    for (const [format, expected] of [
      ['json', `{"entities":[${texts.join(',')}]}`],
      ['array', `[${texts.join(',')}]`],
      [
        'ndjson',
        `${texts
          .join('\0')
          .replaceAll(/[\r\n]/g, '')
          .replaceAll('\0', '\n')}\n`,
      ],
    ] as const) {
      const { text } = await collect({ source: bytes([`[${texts.join(',')}]`]), format });
      expect(text === expected, format).toBe(true);
    }
  });

  it('is copied in steps, alone', async () => {
    const encoder = jsonEncoder({ format: 'ndjson' });
    const whole = Buffer.from([small(1), large, small(2)].join('\n'));
    const run = newRun();
    const pieces: number[] = [];
    for await (const batch of readBatches(bytes([whole]), READ, run)) {
      const count = entityCount(batch);
      for (let from = 0; from < count; ) {
        const steps = encoder.encodeLarge?.(batch, from, { first: false, room: Number.POSITIVE_INFINITY });
        let taken = 0;
        let encoded = steps?.next();
        for (; encoded && !encoded.done; encoded = steps?.next()) taken++;
        const place = { first: false, room: Number.POSITIVE_INFINITY };
        from = encoded?.done ? encoded.value.to : encoder.encode(batch, from, count, place).to;
        pieces.push(taken);
      }
    }
    expect(pieces.filter((taken) => taken > 0)).toEqual([Math.ceil(large.length / (1024 * 1024))]);
  });
});

class Inherits {
  own = 1;
  get id(): string {
    return 'of the class';
  }
}

const INHERITED: object = Object.assign(Object.create({ id: 'inherited', data: 1 }), { own: 1 });

/** Objects by their peculiarity. */
const ODD: Readonly<Record<string, object>> = {
  'undefined members': { id: undefined, x: undefined, y: [undefined] },
  'null members': { id: null, name: null, data: null, x: null },
  functions: { id: () => 1, x: () => 1, y: [() => 1] },
  symbols: { type: Symbol('a'), x: Symbol('b'), [Symbol('c')]: 1 },
  'members with a toJSON that returns undefined': { id: { toJSON: () => undefined }, x: { toJSON: () => undefined } },
  'an entity with a toJSON method': { id: 1, toJSON: () => ({ id: 2, y: 1 }) },
  dates: { id: new Date(0), x: new Date(1), none: new Date(Number.NaN) },
  'numbers that JSON lacks': { id: Number.NaN, x: -0, y: [Number.POSITIVE_INFINITY] },
  'numbers with exponents': { id: 1e21, x: 5e-324, y: 1.7976931348623157e308 },
  'boxed values': { id: Object('a'), x: Object(1), y: Object(false) },
  'empty containers': { data: { attributes: {}, relationships: [] }, properties: {}, x: [[], {}] },
  'a __proto__ key': JSON.parse('{"__proto__":{"a":1},"id":"x","data":{"__proto__":[1]}}'),
  'keys to escape': { 'a"\\\n': 1, '\u2028': 2, é: 3, '': 4 },
  'lone surrogates': { id: '\ud800', '\udc00': 'a\ud800b' },
  'long strings': { id: 'é"\n'.repeat(50_000), x: '\\'.repeat(50_000) },
  'no prototype': Object.assign(Object.create(null), { id: 1 }),
  'members of a class': new Inherits(),
  'inherited members': INHERITED,
  'a map and a set': { data: new Map([[1, 2]]), x: new Set([1]) },
  'bytes and typed arrays': { data: Buffer.from('a'), x: new Uint8Array(2) },
};

describe('objects', () => {
  for (const [name, entity] of Object.entries(ODD)) {
    it(`are written by value as JSON.stringify does: ${name}`, async () => {
      const { text, error } = await collect({ source: objects([entity]), format: 'ndjson' });
      expect(error).toBeUndefined();
      expect(text.endsWith('\n')).toBe(true);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(entity)));
    });
  }

  it('with a __proto__ key keep it as a member', async () => {
    const { text } = await collect({ source: objects([ODD['a __proto__ key']]), format: 'ndjson' });
    expect(Object.keys(JSON.parse(text)).sort()).toEqual(['__proto__', 'data', 'id']);
  });

  const cycle: Record<string, unknown> = { id: 1 };
  cycle.data = { attributes: { self: cycle } };
  const UNSERIALIZABLE: Readonly<Record<string, object>> = {
    'a BigInt': { id: 1, x: 10n },
    'a BigInt as id': { id: 10n },
    'a BigInt deep inside': { data: { attributes: { a: [10n] } } },
    'a cycle': cycle,
    'a toJSON that throws': { id: 1, toJSON: () => JSON.parse('no') },
    'a getter that throws': Object.defineProperty({}, 'name', { enumerable: true, get: () => JSON.parse('no') }),
  };

  for (const [name, entity] of Object.entries(UNSERIALIZABLE)) {
    it(`that JSON cannot hold end the run at their record: ${name}`, async () => {
      const { text, error } = await collect({ source: objects([{ id: 0 }, entity]), format: 'array' });
      expect(error).toMatchObject({ code: 'UNSERIALIZABLE', recordIndex: 1 });
      expect('[{"id":0}'.startsWith(text)).toBe(true);
    });
  }

  it('that JSON does not write as objects are refused', async () => {
    const nothing = { id: 1, toJSON: () => undefined };
    for (const entity of [new Date(0), Object('text'), { toJSON: () => null }, { toJSON: () => [1] }, nothing]) {
      const { error } = await collect({ source: objects([{ id: 0 }, entity]), format: 'ndjson' });
      expect(['NOT_AN_ENTITY', 'UNSERIALIZABLE']).toContain(error?.code);
      expect(error?.recordIndex).toBe(1);
    }
  });

  it('must be objects', async () => {
    for (const value of [null, 7, 'x', [], undefined]) {
      const { error } = await collect({ source: objects([{ id: 0 }, value]), format: 'ndjson' });
      expect(error).toMatchObject({ code: 'NOT_AN_ENTITY', recordIndex: 1 });
    }
  });
});
