/** Complete exports against the naive implementation: any input, any request, any chunks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import type { Criteria } from '../../src/terms/criteria.js';
import { SluiceError } from '../../src/terms/errors.js';
import { formatPath } from '../../src/terms/path.js';
import type { Receipt, Reject } from '../../src/terms/receipt.js';
import {
  type ArbitraryForm,
  chunked,
  chunkSizes,
  damaged,
  FIELDS,
  FORMS,
  IDS,
  inputText,
  NAMES,
  TYPES,
} from '../naive/arbitraries.js';
import { type NaiveOptions, type NaiveReject, type NaiveRequest, naiveExport, trimmed } from '../naive/export.js';
import { runs } from '../runs.js';

/** The outcome of an export. */
interface Outcome {
  readonly output: Buffer;
  readonly receipt?: Receipt;
  readonly error?: SluiceError;
  readonly rejects: readonly (NaiveReject & { readonly start: number })[];
}

async function run(options: ExportOptions): Promise<Outcome> {
  const rejects: (NaiveReject & { readonly start: number })[] = [];
  const chunks: Buffer[] = [];
  const stream = exportEntities({ ...options, onReject: (reject) => void rejects.push(plain(reject)) });
  try {
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
    return { output: Buffer.concat(chunks), receipt: await stream.receipt, rejects };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    await expect(stream.receipt).rejects.toBe(error);
    return { output: Buffer.concat(chunks), error, rejects };
  }
}

/** The bytes of a reject are valid only until the next read. */
function plain({ recordIndex, error, raw, byteOffset }: Reject): NaiveReject & { readonly start: number } {
  return {
    recordIndex,
    code: error.code,
    byteOffset: error.byteOffset ?? -1,
    raw: Buffer.from(raw).toString('utf8'),
    start: byteOffset ?? -1,
  };
}

const list = fc.oneof(fc.constant('all' as const), fc.subarray(FIELDS));

const criteria = fc.constantFrom<Criteria>(
  { keywords: { keywords: 'lamp', operator: '_AND' } },
  { properties: [{ a: { hasvalue: true } }] },
  { properties: [{ b: { hasvalue: false } }] },
  { properties: [{ _ALL: { gt: 0 } }] },
  { properties: [{ a: { exact: 7, not: true }, c: { exact: 'none', not: true } }] },
  { attributes: [{ a: { hasvalue: false } }], relationships: [] },
);

const request: fc.Arbitrary<NaiveRequest> = fc.record(
  {
    types: fc.subarray(TYPES, { minLength: 1, maxLength: 4 }),
    ids: fc.oneof(fc.subarray(['e1', 'e2', 'e3'], { minLength: 1 }), fc.subarray(IDS, { minLength: 1, maxLength: 4 })),
    name: fc.constantFrom(...NAMES),
    criteria,
    maxRecords: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.constantFrom(0, 2 ** 53 - 1)),
    fields: fc.record({ attributes: list, relationships: list, properties: list }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);
// All members together select almost nothing, so each is left out half the time.
const requests = fc
  .tuple(request, fc.subarray(['types', 'ids', 'name', 'criteria', 'maxRecords', 'fields'] as const))
  .map(([all, left]): NaiveRequest => {
    const { types, ids, name, criteria, maxRecords, fields } = all;
    const has = (member: (typeof left)[number]) => left.includes(member);
    return {
      ...(types && has('types') ? { types } : {}),
      ...(ids && has('ids') ? { ids } : {}),
      ...(name !== undefined && has('name') ? { name } : {}),
      ...(criteria && has('criteria') ? { criteria } : {}),
      ...(maxRecords !== undefined && has('maxRecords') ? { maxRecords } : {}),
      ...(fields && has('fields') ? { fields } : {}),
    };
  });

/** Settings that both sides understand. */
type Settings = Omit<NaiveOptions, 'request'>;

const NAMINGS = [
  { id: 'id', type: 'type', name: 'name' },
  { id: 'sku', type: 'kind', name: 'name' },
];

const settings: fc.Arbitrary<Settings> = fc.record({
  format: fc.constantFrom('json', 'array', 'ndjson'),
  uniqueIds: fc.boolean(),
  memberNames: fc.oneof({ weight: 5, arbitrary: fc.constant(NAMINGS[0]) }, fc.constant(NAMINGS[1])),
  maxDepth: fc.oneof({ weight: 9, arbitrary: fc.constant(1024) }, fc.integer({ min: 1, max: 5 })),
  maxEntityBytes: fc.oneof({ weight: 14, arbitrary: fc.constant(2 ** 20) }, fc.integer({ min: 1, max: 120 })),
  onError: fc.constant('stop' as const),
});

/** The same export for the library. */
function exportOptions(naive: NaiveOptions, input: Buffer, sizes: readonly number[]): ExportOptions {
  const { form, path, memberNames, format, uniqueIds, maxDepth, maxEntityBytes, onError } = naive;
  return {
    source: bytes(chunked(input, sizes)),
    request: naive.request,
    ...{ format, uniqueIds, maxDepth, maxEntityBytes, onError, idField: memberNames.id, typeField: memberNames.type },
    input: form,
    path: path && formatPath(path),
  };
}

async function compare(input: Buffer, naive: NaiveOptions, sizes: readonly number[]): Promise<void> {
  const expected = naiveExport(input, naive);
  const { output, receipt, error, rejects } = await run(exportOptions(naive, input, sizes));
  if ('code' in expected) {
    const { code, recordIndex, byteOffset, begun } = expected;
    // Damage can make the first line of JSON that of a table, which is refused as one.
    const isFirst = /^\s*$/.test(input.toString('latin1', 0, byteOffset));
    const isTable = code === 'NOT_AN_ENTITY' && isFirst && /\ba table\b/.test(error?.message ?? '');
    const fault = isTable ? { code: 'UNSUPPORTED_INPUT' } : { code, recordIndex, byteOffset };
    expect(error && pick(error)).toEqual(fault);
    // A destroyed stream may withhold bytes, but never invent any.
    expect(begun.startsWith(output.toString())).toBe(true);
    return;
  }
  expect(error).toBeUndefined();
  expect(output.toString()).toBe(expected.output.toString());
  expect(output.equals(expected.output)).toBe(true);
  expect(receipt).toMatchObject({ ...expected.counts, bytesOut: output.length });
  expectBalanced(receipt);
  expect(rejects.map(({ start, ...one }) => ({ ...one, raw: trimmed(one.raw) }))).toEqual(expected.rejects);
  for (const { start, raw } of rejects) expect(input.subarray(start).toString('utf8').startsWith(raw)).toBe(true);
}

function pick({ code, recordIndex, byteOffset }: SluiceError) {
  return { code, recordIndex, byteOffset };
}

function expectBalanced(receipt: Receipt | undefined): void {
  expect(receipt && receipt.written + receipt.filtered + receipt.rejected).toBe(receipt?.read);
}

const LIMIT_MS = 60_000;

describe('an export of JSON text', () => {
  for (const form of FORMS) {
    it(
      `equals that of the naive judge for valid ${form}`,
      async () => {
        const property = fc.asyncProperty(inputText(form), requests, settings, chunkSizes, (text, asked, said, sizes) =>
          compare(Buffer.from(text), { ...said, request: asked }, sizes),
        );
        await fc.assert(property, runs(400));
      },
      LIMIT_MS,
    );

    it(
      `equals that of the naive judge for damaged ${form}`,
      async () => {
        const property = fc.asyncProperty(
          damaged(inputText(form)),
          requests,
          settings,
          chunkSizes,
          (input, asked, said, sizes) => compare(input, { ...said, request: asked }, sizes),
        );
        await fc.assert(property, runs(400));
      },
      LIMIT_MS,
    );
  }

  it(
    'rejects the same faulty lines as the naive judge',
    async () => {
      const property = fc.asyncProperty(
        fc.oneof(
          inputText('lines').map((text) => Buffer.from(text)),
          damaged(inputText('lines')),
        ),
        requests,
        settings,
        chunkSizes,
        (input, asked, said, sizes) => compare(input, { ...said, onError: 'skip', request: asked }, sizes),
      );
      await fc.assert(property, runs(400));
    },
    LIMIT_MS,
  );

  it(
    'accepts a given form and path',
    async () => {
      const told = fc.oneof(
        fc.constantFrom('lines', 'array', 'document').map((form) => ({ form })),
        fc.constantFrom(['entities'], ['response', 'entities'], ['x']).map((path) => ({ path })),
      );
      const inputs = fc.oneof(...FORMS.map(inputText));
      const property = fc.asyncProperty(inputs, told, requests, settings, chunkSizes, (text, how, asked, said, sizes) =>
        compare(Buffer.from(text), { ...said, ...how, request: asked }, sizes),
      );
      await fc.assert(property, runs(300));
    },
    LIMIT_MS,
  );

  it(
    'treats valid input the same trusted as checked',
    async () => {
      const inputs = fc.oneof(...FORMS.map(inputText));
      const property = fc.asyncProperty(inputs, requests, settings, chunkSizes, async (text, asked, said, sizes) => {
        const naive = { ...said, request: asked, maxDepth: 1024, maxEntityBytes: 2 ** 20 };
        const expected = naiveExport(Buffer.from(text), naive);
        fc.pre('output' in expected);
        const { output } = await run({ ...exportOptions(naive, Buffer.from(text), sizes), trust: true });
        expect('output' in expected && output.equals(expected.output)).toBe(true);
      });
      await fc.assert(property, runs(200));
    },
    LIMIT_MS,
  );
});

/** Keys and values with the same meaning as text and as objects: no repeated keys, no digits beyond a double. */
const key = fc.constantFrom('a', 'b', 'c', 'é', '1', 'contexts', 'constructor', 'entities');
const leaf = fc.oneof(fc.constantFrom('', 'x', 'é😀', '"\\'), fc.integer(), fc.constantFrom(0.5, true, false, null));
const free = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  ),
})).value;
const fieldsOf = fc.oneof(fc.dictionary(key, free, { maxKeys: 3 }), free);
const entityObject = fc.record(
  {
    id: fc.oneof(fc.constantFrom('e1', 'e2', 'e3', 'é', 7), free),
    type: fc.oneof(fc.constantFrom('product', 'Product', 'item', 'produkt é'), free),
    name: fc.oneof(fc.constantFrom('Lamp', 'lamp', '😀'), free),
    action: fc.constant('delete'),
    properties: fieldsOf,
    data: fc.oneof(
      fc.record({ attributes: fieldsOf, relationships: fieldsOf, contexts: free }, { requiredKeys: [] }),
      free,
    ),
    extra: free,
  },
  { requiredKeys: [] },
);
const entityObjects = fc.array(entityObject, { maxLength: 8 });

/** The stated form, so that entities which look like documents are not read as such. */
const HOW: Readonly<Record<ArbitraryForm, Pick<Settings, 'form' | 'path'>>> = {
  lines: { form: 'lines' },
  sequence: { form: 'sequence' },
  array: { form: 'array' },
  entities: { path: ['entities'] },
  response: { path: ['response', 'entities'] },
  wrapped: { path: ['items'] },
  keyed: { path: [null] },
};

/** The same entities as text. */
function textOf(entities: readonly object[], form: ArbitraryForm): Buffer {
  const array = JSON.stringify(entities);
  if (form === 'lines') return Buffer.from(entities.map((entity) => `${JSON.stringify(entity)}\n`).join(''));
  if (form === 'sequence') return Buffer.from(entities.map((entity) => JSON.stringify(entity, null, 1)).join(' '));
  if (form === 'array') return Buffer.from(array);
  if (form === 'wrapped') return Buffer.from(`{"items":${array}}`);
  if (form === 'keyed') return Buffer.from(JSON.stringify({ ...entities }));
  return Buffer.from(form === 'entities' ? `{"entities":${array}}` : `{"response":{"entities":${array}}}`);
}

async function compareByValue(input: Buffer, naive: NaiveOptions, options: Partial<ExportOptions>): Promise<void> {
  const expected = naiveExport(input, naive);
  if ('code' in expected) throw new Error('the generated entities must be valid');
  // Options for text have no effect on objects.
  const { maxDepth, maxEntityBytes, onError, ...asked } = exportOptions(naive, input, [input.length]);
  const { output, receipt, error } = await run({ ...asked, ...options });
  expect(error).toBeUndefined();
  expect(valuesOf(output, naive.format)).toEqual(valuesOf(expected.output, naive.format));
  expect(receipt).toMatchObject(expected.counts);
  expectBalanced(receipt);
}

function valuesOf(output: Buffer, format: NaiveOptions['format']): unknown {
  if (format !== 'ndjson') return JSON.parse(output.toString());
  const lines = output.toString().split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line));
}

describe('an export of objects', () => {
  const asked = fc.record({
    request: requests,
    format: fc.constantFrom('json', 'array', 'ndjson'),
    uniqueIds: fc.boolean(),
  });
  const fixed = { memberNames: NAMINGS[0], maxDepth: 1024, maxEntityBytes: 2 ** 20, onError: 'stop' } as const;

  it(
    'equals the export of their text',
    async () => {
      const property = fc.asyncProperty(entityObjects, asked, (entities, said) =>
        compareByValue(textOf(entities, 'lines'), { ...fixed, ...said, form: 'lines' }, { source: objects(entities) }),
      );
      await fc.assert(property, runs(400));
    },
    LIMIT_MS,
  );

  it(
    'equals the export of their text by stream-json',
    async () => {
      const forms = fc.constantFrom(...FORMS);
      const property = fc.asyncProperty(entityObjects, forms, asked, (entities, form, said) => {
        return compareByValue(textOf(entities, form), { ...fixed, ...said, ...HOW[form] }, { reader: 'stream-json' });
      });
      await fc.assert(property, runs(100));
    },
    LIMIT_MS,
  );
});

describe('stream-json as the reader', () => {
  async function failure(input: string | Buffer, options: Partial<ExportOptions> = {}): Promise<unknown> {
    const { error } = await run({ source: bytes([Buffer.from(input)]), reader: 'stream-json', ...options });
    return error && { code: error.code, recordIndex: error.recordIndex };
  }

  it('reports the record of a fault, as the scanner does', async () => {
    const fault = { code: 'INVALID_JSON', recordIndex: 2 };
    expect(await failure('{"id":1}\n{"id":2}\n{"id":}\n')).toEqual(fault);
    expect(await failure('[{"id":1},{"id":2},}]')).toEqual(fault);
  });

  it('refuses bytes that are not UTF-8 instead of changing them', async () => {
    const input = Buffer.concat([Buffer.from('{"id":1}\n{"id":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
    expect(await failure(input)).toMatchObject({ code: 'INVALID_UTF8' });
  });

  it('refuses a document without entities, as the scanner does', async () => {
    expect(await failure('{"x":1}', { input: 'document' })).toMatchObject({ code: 'NO_ENTITIES' });
    expect(await failure('{"x":1}', { path: 'a.b' })).toMatchObject({ code: 'NO_ENTITIES' });
    expect(await failure('{"a":{"b":{}}}', { path: 'a.b' })).toMatchObject({ code: 'NO_ENTITIES' });
  });
});
