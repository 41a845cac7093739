/** Envelopes of sluice and of others: complete, truncated and malformed. */
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64Stage } from '../../src/pack/base64.js';
import { envelopeStage } from '../../src/pack/envelope.js';
import { SluiceError } from '../../src/terms/errors.js';
import { Run } from '../../src/terms/run.js';
import { decodeEnvelope, type Envelope } from '../../src/unpack/decode-envelope.js';
import { chunkedBytes, chunksOf, drive, someBytes } from '../pack/drive.js';

async function* each(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

interface Decoded {
  readonly blob: Buffer;
  readonly envelope: Envelope;
  readonly pieces: number;
}

async function decode(chunks: AsyncIterable<Uint8Array>): Promise<Decoded> {
  const pieces: Buffer[] = [];
  const reading = decodeEnvelope(chunks, 'the answer');
  for (;;) {
    const { value, done } = await reading.next();
    if (done) return { blob: Buffer.concat(pieces), envelope: value, pieces: pieces.length };
    pieces.push(value);
  }
}

const decodeText = (text: string, sizes: number | readonly number[] = 1 << 20) =>
  decode(each(chunksOf(Buffer.from(text), sizes)));

async function refusal(text: string): Promise<SluiceError> {
  const error = await decodeText(text).then(
    () => new Error('it was accepted'),
    (cause: unknown) => cause,
  );
  if (error instanceof SluiceError) return error;
  throw error;
}

/** The documented envelope, with members replaced. */
function envelope({
  blob = 'QUJDREU=',
  object = {},
  response = {},
}: {
  blob?: string;
  object?: object;
  response?: object;
}) {
  return JSON.stringify({
    response: {
      binaryObjects: [
        {
          id: 'job-1',
          type: 'JSONObject',
          systemInfo: { tenantId: 't1' },
          properties: { fileName: 'x.json', version: '0.14', extension: 'JSON' },
          data: { blob },
          ...object,
        },
      ],
      status: 'success',
      statusDetail: {},
      totalRecords: 1,
      ...response,
    },
  });
}

const SAYS: Envelope = {
  id: 'job-1',
  type: 'JSONObject',
  tenantId: 't1',
  fileName: 'x.json',
  version: '0.14',
  extension: 'JSON',
  status: 'success',
  totalRecords: 1,
  blobBytes: 5,
};

describe('reads', () => {
  test('the documented envelope, cut at every byte', async () => {
    const text = Buffer.from(envelope({ object: { properties: { fileName: 'ü.json' } } }));
    for (let cut = 0; cut <= text.length; cut++) {
      const { blob, envelope: read } = await decode(each([text.subarray(0, cut), text.subarray(cut)]));
      expect(blob.toString(), `cut at ${cut}`).toBe('ABCDE');
      expect([read.id, read.fileName, read.totalRecords]).toStrictEqual(['job-1', 'ü.json', 1]);
    }
  });

  test('all members', async () => {
    expect((await decodeText(envelope({}))).envelope).toStrictEqual(SAYS);
    expect((await decodeText(envelope({}), 1)).envelope).toStrictEqual(SAYS);
  });

  test('absent members as absent', async () => {
    const text = envelope({ object: { systemInfo: {}, properties: undefined } });
    const { tenantId: _t, fileName: _f, version: _v, extension: _e, ...rest } = SAYS;
    expect((await decodeText(text)).envelope).toStrictEqual(rest);
  });

  test('any white space, order and further members', async () => {
    const { response } = JSON.parse(envelope({ object: { more: [{ blob: 'x' }, [[]], null, 1.5e3, true] } }));
    const turned = Object.fromEntries(Object.entries(response).reverse());
    const text = `\n${JSON.stringify({ before: [1, 2], response: turned, after: 'x' }, null, 2)}\r\n `;
    const { blob, envelope: read } = await decodeText(text);
    expect(blob.toString()).toBe('ABCDE');
    expect(read).toStrictEqual(SAYS);
  });

  test.each([
    ['slashes', envelope({ blob: '//++/w==' }).replaceAll('/', '\\/'), '//++/w=='],
    ['letters', envelope({}).replace('QUJD', '\\u0051U\\u004AD'), 'QUJDREU='],
  ])('escaped %s in the blob, cut at every byte', async (_case, text, blob) => {
    expect(JSON.parse(text).response.binaryObjects[0].data.blob).toBe(blob);
    for (let cut = 1; cut < text.length; cut++) {
      const read = await decodeText(text, [cut, text.length]);
      expect(read.blob.toString('base64'), `cut at ${cut}`).toBe(blob);
    }
  });

  test.each([
    ['before', { before: 'x', blob: 'QUJD' }],
    ['after', { blob: 'QUJD', more: 'x', again: { blob: 'x' } }],
    ['on both sides of', { size: 3, blob: 'QUJD', data: 'QUJD' }],
  ])('only the blob, with members %s it', async (_case, data) => {
    for (const sizes of [1 << 20, 1]) {
      const { blob, envelope: read } = await decodeText(envelope({ object: { data } }), sizes);
      expect(blob.toString()).toBe('ABC');
      expect(read.blobBytes).toBe(3);
    }
  });

  test('an empty blob, if it is to hold no records', async () => {
    const { blob, envelope: read } = await decodeText(envelope({ blob: '', response: { totalRecords: 0 } }));
    expect([blob.length, read.blobBytes]).toStrictEqual([0, 0]);
    const message = 'the answer: the blob is empty, but totalRecords is 1';
    expect(await refusal(envelope({ blob: '' }))).toMatchObject({ code: 'TRUNCATED', message });
  });

  test('a blob larger than a chunk in pieces, before the envelope is complete', async () => {
    const bytes = someBytes(1_000_000);
    const { blob, envelope: read, pieces } = await decodeText(envelope({ blob: bytes.toString('base64') }), 64 * 1024);
    expect(blob.equals(bytes)).toBe(true);
    expect(read.blobBytes).toBe(bytes.length);
    expect(pieces).toBeGreaterThan(10);
  });

  test('the output of the stages', async () => {
    const words = fc.string({ unit: 'grapheme', maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(chunkedBytes, words, words, words, async ({ bytes, sizes }, id, tenant, fileName) => {
        const run = new Run({ id, now: () => 0, startedAt: 0 });
        run.ledger.settle({ covers: bytes.length, filtered: 0, rejects: [], written: bytes.length });
        const base64 = await drive(base64Stage(), chunksOf(bytes, sizes));
        const stage = envelopeStage({ tenant, version: '1.1', fileName });
        const text = await drive(stage, chunksOf(base64, sizes), run);
        const { blob, envelope: read } = await decode(each(chunksOf(text, sizes)));
        expect(blob.equals(bytes)).toBe(true);
        expect(read).toStrictEqual({
          id,
          type: 'JSONObject',
          tenantId: tenant,
          fileName,
          version: '1.1',
          extension: 'JSON',
          status: 'success',
          totalRecords: bytes.length,
          blobBytes: bytes.length,
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe('an export that failed', () => {
  test('is reported with its code and message', async () => {
    const statusDetail = { code: 'E0026', message: 'No permission', messageType: 'error' };
    const error = await refusal(envelope({ response: { status: 'error', statusDetail } }));
    expect(error).toMatchObject({ code: 'EXPORT_FAILED', stage: 'verify', source: 'the answer' });
    expect(error.message).toContain('E0026');
    expect(error.message).toContain('No permission');
  });

  test('is reported with the first message of a list, as the platform writes it', async () => {
    const statusDetail = { messages: [{ messageCode: 'AE001', message: 'no types', messageType: 'error' }] };
    const error = await refusal(JSON.stringify({ response: { status: 'error', statusDetail } }));
    expect(error).toMatchObject({ code: 'EXPORT_FAILED', message: expect.stringContaining('no types (AE001)') });
  });

  test('is reported without a blob', async () => {
    const response = { binaryObjects: [], status: 'error', statusDetail: { code: 'E1', message: 'm' } };
    expect((await refusal(JSON.stringify({ response }))).code).toBe('EXPORT_FAILED');
  });

  test('is reported from the tail of the envelope stage', async () => {
    const run = new Run({ id: 'job-1', now: () => 0, startedAt: 0 });
    const stage = envelopeStage({ tenant: 't', version: '1', fileName: 'f' });
    const out = [...(await stage.push(Buffer.from('QUJD'), run))];
    out.push(...((await stage.fail?.(new SluiceError('INVALID_UTF8', 'scan', 'bad byte'), run)) ?? []));
    const error = await refusal(Buffer.concat(out).toString());
    expect(error.code).toBe('EXPORT_FAILED');
    expect(error.message).toContain('INVALID_UTF8');
  });
});

describe('refuses', () => {
  test.each(['', ' \n', '\ufeff'])('the empty text %j', async (text) => {
    const message = expect.stringContaining('the input is empty');
    expect(await refusal(text)).toMatchObject({ code: 'TRUNCATED', source: 'the answer', message });
  });

  const spelled = (key: string) => JSON.stringify({ response: { status: 'success', totalRecords: 1 }, [key]: 'QUJD' });
  const keyed = JSON.stringify({
    response: { binaryObjects: { 0: { data: { blob: 'QUJD' } } }, status: 'success', totalRecords: 1 },
  });
  const object = '{"data":{"blob":"QUJD"}}';

  test.each([
    ['text that is not JSON', 'PK\u0003\u0004'],
    ['another document', '{"entities":[]}'],
    ['an array', '[]'],
    ['a string', '"QUJD"'],
    ['no blob', envelope({ object: { data: {} } })],
    ['a blob that is not a string', envelope({ object: { data: { blob: 5 } } })],
    ['no binary object', envelope({ response: { binaryObjects: [] } })],
    ['two binary objects', `{"response":{"binaryObjects":[${object},${object}],"status":"success","totalRecords":1}}`],
    ['two blobs in one object', envelope({}).replace('"blob":', '"blob":"QUJD","blob":')],
    ['no status', envelope({ response: { status: undefined } })],
    ['an unknown status', envelope({ response: { status: 'pending' } })],
    ['a status that is not a string', envelope({ response: { status: null } })],
    ['no count of records', envelope({ response: { totalRecords: undefined } })],
    ['text after it', `${envelope({})} x`],
    ['a second envelope after it', envelope({}) + envelope({})],
    ['a key that spells the path, with dots', spelled('response.binaryObjects.0.data.blob')],
    ['a key that spells the path, with brackets', spelled('response.binaryObjects[0].data.blob')],
    ['an object in place of the array', keyed],
    ['base64 truncated in a group', envelope({ blob: 'QUJDR' })],
    ['base64 truncated in its padding', envelope({ blob: 'QUJDRA=' })],
    ['an unescaped line break', envelope({ blob: 'QUJD' }).replace('QUJD', 'QU\nJD')],
    ['padding in the middle', envelope({ blob: 'QQ==QUJD' })],
    ['padding only', envelope({ blob: '====' })],
    ['a letter beyond ASCII', envelope({ blob: 'QUJä' })],
  ])('%s', async (_case, text) => {
    expect(await refusal(text)).toMatchObject({ code: 'NOT_AN_ENVELOPE', stage: 'verify', source: 'the answer' });
  });

  test('padding in the middle, across chunks', async () => {
    await expect(decodeText(envelope({ blob: 'QQ==QUJD' }), 1)).rejects.toMatchObject({ code: 'NOT_AN_ENVELOPE' });
  });
});

describe('base64 of other writers', () => {
  const writings = fc.record({
    bytes: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    urlSafe: fc.boolean(),
    padded: fc.boolean(),
    every: fc.constantFrom(1, 3, 64, 76, 1_000_000),
    lineBreak: fc.constantFrom('\n', '\r\n', ' ', '\t'),
    atEnd: fc.boolean(),
    sizes: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
  });

  test('with line breaks, for URLs or without padding gives the same bytes, however the text is cut', async () => {
    await fc.assert(
      fc.asyncProperty(writings, async ({ bytes, urlSafe, padded, every, lineBreak, atEnd, sizes }) => {
        const plain = bytes.toString(urlSafe ? 'base64url' : 'base64').replaceAll('=', '');
        const whole = padded ? plain.padEnd(Math.ceil(plain.length / 4) * 4, '=') : plain;
        const lines = whole.match(new RegExp(`.{1,${every}}`, 'g')) ?? [];
        const blob = lines.join(lineBreak) + (atEnd ? lineBreak : '');
        const response = { totalRecords: Math.min(bytes.length, 1) };
        const decoded = await decodeText(envelope({ blob, response }), sizes);
        expect(decoded.blob.equals(bytes)).toBe(true);
        expect(decoded.envelope.blobBytes).toBe(bytes.length);
      }),
    );
  });

  test.each([
    ['QUJD$UJD', 'it holds "$"'],
    ['QUJ\u0000', 'it holds "\\u0000"'],
    ['QQ==QUJD', 'padding'],
  ])('with the fault in %j is refused with its reason', async (blob, words) => {
    expect((await refusal(envelope({ blob }))).message).toContain(words);
  });
});

describe('a truncated envelope', () => {
  const text = envelope({});

  test('is refused at every length', async () => {
    for (let length = 0; length < text.length; length++) {
      await expect(decodeText(text.slice(0, length)), `${length} characters`).rejects.toBeInstanceOf(SluiceError);
    }
  });

  test.each([
    ['in the blob', text.indexOf('REU')],
    ['between the blob and the tail', text.indexOf('"status"')],
    ['before its last bracket', text.length - 1],
  ])('%s is reported as TRUNCATED', async (_case, length) => {
    expect((await refusal(text.slice(0, length))).code).toBe('TRUNCATED');
  });
});

describe('the source of the text', () => {
  test('is released when the reader leaves', async () => {
    let released = false;
    const text = envelope({ blob: someBytes(500_000).toString('base64') });
    async function* source() {
      try {
        yield* chunksOf(Buffer.from(text), 4096);
      } finally {
        released = true;
      }
    }
    const reading = decodeEnvelope(source(), 'the answer');
    await reading.next();
    await reading.return({ ...SAYS });
    await new Promise(setImmediate);
    expect(released).toBe(true);
  });

  test.each([
    ['passes a typed failure on', new SluiceError('CORRUPT_GZIP', 'read', 'broken'), 'CORRUPT_GZIP'],
    [
      'reports another failure as READ_FAILED, not as a fault of the envelope',
      new Error('the line went dead'),
      'READ_FAILED',
    ],
  ])('%s', async (_case, failure, code) => {
    async function* source() {
      yield Buffer.from(envelope({}).slice(0, 50));
      throw failure;
    }
    await expect(decode(source())).rejects.toMatchObject({ code });
  });
});
