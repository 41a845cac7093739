/** Results of several files: each valid on its own, together equal to one file. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { planExport } from '../../src/export/plan-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import type { JsonFormat } from '../../src/terms/profile.js';
import { verifyExport } from '../../src/verify/verify-export.js';
import { chunked, chunkSizes } from '../naive/arbitraries.js';
import { unzip } from '../pack/unzip.js';
import { spawnSync } from '../run-sync.js';
import { runs } from '../runs.js';
import { failureOf } from '../sources/outcome.js';
import { exportPlanned, type FilesPlan, planFiles, startPlanned } from './export-planned.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const line = (index: number) => `{"id":"e${index}","type":"${index % 2 ? 'sku' : 'product'}","n":1.0${index}}`;
const lines = (count: number) => Array.from({ length: count }, (_, index) => line(index));
const input = (count: number) => bytes([Buffer.from(lines(count).join('\n'))]);
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** The records of a complete file, as text. */
function recordsOf(content: Buffer, format: JsonFormat): readonly string[] {
  const text = content.toString();
  if (format === 'ndjson') {
    expect(text === '' || text.endsWith('\n')).toBe(true);
    return text.split('\n').slice(0, -1);
  }
  const [head, tail] = format === 'json' ? ['{"entities":[', ']}'] : ['[', ']'];
  expect([text.slice(0, head.length), text.slice(-tail.length)]).toStrictEqual([head, tail]);
  const parsed: unknown = JSON.parse(text);
  const entities: unknown = format === 'json' ? Object(parsed).entities : parsed;
  if (!Array.isArray(entities)) throw new Error('a file without its array');
  const inner = text.slice(head.length, text.length - tail.length);
  // Every record begins with its unique id.
  const records = inner === '' ? [] : inner.split(/,(?=\{"id":)/);
  expect(records).toHaveLength(entities.length);
  return records;
}

const FORMATS: readonly JsonFormat[] = ['json', 'array', 'ndjson'];

test.each(FORMATS)(
  'vector 14: 250 records, batchSize 100: three numbered files of 100, 100 and 50: %s',
  async (format) => {
    const plan = planFiles({ split: { maxRecords: 100 } }, { format });
    const { output, receipt } = await exportPlanned(input(250), plan, true);
    const files = await unzip(output);
    const extension = format === 'ndjson' ? 'ndjson' : 'json';
    const names = [1, 2, 3].map((number) => `job_${number}_out.${extension}`);
    expect(files.map(({ entry }) => entry.fileName)).toStrictEqual(names);
    const records = files.map(({ content }) => recordsOf(content, format));
    expect(records.map(({ length }) => length)).toStrictEqual([100, 100, 50]);
    expect(records.flat()).toStrictEqual(lines(250));
    expect(receipt).toMatchObject({ read: 250, written: 250, notes: [] });
    expect(receipt.files).toStrictEqual(
      files.map(({ content }, index) => ({
        name: names[index],
        records: index === 2 ? 50 : 100,
        bytes: content.length,
        sha256: sha256(content),
      })),
    );
    expect(receipt.output).toStrictEqual({ bytes: output.length, sha256: sha256(output) });
  },
);

test.each([0, 1, 80, 100])(
  'vector 14: %i records, batchSize 100: one file without a number, as without batches',
  async (count) => {
    for (const format of FORMATS) {
      const { output, receipt } = await exportPlanned(
        input(count),
        planFiles({ split: { maxRecords: 100 } }, { format }),
      );
      const plain = await exportPlanned(input(count), planFiles({}, { format }));
      expect(output.equals(plain.output)).toBe(true);
      expect(receipt.files).toStrictEqual(plain.receipt.files);
    }
  },
);

test.each(FORMATS)('vector 15: zero hits: one valid empty document: %s', async (format) => {
  const plan = planFiles({ split: { maxRecords: 10, maxBytes: 1000 } }, { format, request: { types: ['none'] } });
  const { output, receipt } = await exportPlanned(input(50), plan);
  const [file, ...others] = await unzip(output);
  expect(others).toStrictEqual([]);
  expect(file.entry.fileName).toBe(`job_out.${format === 'ndjson' ? 'ndjson' : 'json'}`);
  expect(recordsOf(file.content, format)).toStrictEqual([]);
  expect(receipt).toMatchObject({ read: 50, written: 0, filtered: 50, notes: [{ code: 'TYPES_NOT_FOUND' }] });
  expect(receipt.files).toStrictEqual([{ name: file.entry.fileName, records: 0, bytes: file.content.length }]);
});

test('counts rejected records in no file', async () => {
  const all = lines(25).flatMap((text, index) => (index % 10 === 3 ? ['{"id":}', text] : [text]));
  const plan = planFiles({ split: { maxRecords: 10 } }, { onError: 'skip', request: { types: ['product'] } });
  const { receipt } = await exportPlanned(bytes([all.join('\n')]), plan);
  expect(receipt).toMatchObject({ read: 28, written: 13, filtered: 12, rejected: 3 });
  expect(receipt.files.map(({ records }) => records)).toStrictEqual([10, 3]);
});

describe('limits', () => {
  test('of records per file and in total: the total applies to all files', async () => {
    for (const [limit, sizes] of [
      [25, [10, 10, 5]],
      [10, [10]],
      [9, [9]],
      [0, [0]],
    ] as const) {
      const plan = planFiles({ split: { maxRecords: 10 } }, { request: { maxRecords: limit } });
      const { receipt } = await exportPlanned(input(50), plan);
      expect(receipt.files.map(({ records }) => records)).toStrictEqual(sizes);
      expect(receipt).toMatchObject({ written: limit, stoppedBy: 'limit' });
      expect(receipt.files[0].name).toBe(sizes.length === 1 ? 'job_out.json' : 'job_1_out.json');
    }
  });

  test('give a larger record a file of its own, with a note in the receipt', async () => {
    const large = `{"id":"large","text":"${'x'.repeat(500)}"}`;
    const all = [line(0), line(1), large, large, line(2)];
    for (const format of FORMATS) {
      const plan = planFiles({ split: { maxBytes: 200 } }, { format });
      const { output, receipt } = await exportPlanned(bytes([all.join('\n')]), plan);
      const records = (await unzip(output)).map(({ content }) => recordsOf(content, format));
      expect(records).toStrictEqual([[line(0), line(1)], [large], [large], [line(2)]]);
      const extension = format === 'ndjson' ? 'ndjson' : 'json';
      expect(receipt.notes.map(({ text }) => text)).toStrictEqual([
        `2 of 4 files hold one record that alone exceeds 200 bytes: job_2_out.${extension}, job_3_out.${extension}`,
      ]);
    }
  });

  const record = fc.record({ pad: fc.nat(60), odd: fc.constantFrom('', 'é', '😀', '\\n') });
  const setting = fc.record({
    records: fc.array(record, { maxLength: 25 }),
    format: fc.constantFrom(...FORMATS),
    maxRecords: fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined }),
    maxBytes: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
    level: fc.constantFrom(0, 1),
    kind: fc.constantFrom('lines', 'broken lines', 'objects'),
    sizes: chunkSizes,
  });

  test('hold for any records, inputs and chunks, and the files together hold everything', async () => {
    const property = fc.asyncProperty(
      setting,
      async ({ records, format, maxRecords, maxBytes, level, kind, sizes }) => {
        const texts = records.map(({ pad, odd }, index) => `{"id":"${index}${odd}","text":"${'y'.repeat(pad)}${odd}"}`);
        const source = () => {
          if (kind === 'objects') return objects(texts.map((text): object => JSON.parse(text)));
          // Entities of an array may have line breaks between tokens.
          const text = kind === 'lines' ? texts.join('\n') : `[${texts.join(',\n').replaceAll('",', '"\r\n,')}]`;
          return bytes(chunked(Buffer.from(text), sizes));
        };
        const split = { ...(maxRecords ? { maxRecords } : {}), ...(maxBytes ? { maxBytes } : {}) };
        const files = await unzip((await exportPlanned(source(), planFiles({ split }, { format, level }))).output);
        const whole = await unzip((await exportPlanned(source(), planFiles({}, { format, level }))).output);
        const found = files.map(({ content }) => recordsOf(content, format));
        expect(found.flat()).toStrictEqual(recordsOf(whole[0].content, format));
        const frame = format === 'json' ? 15 : format === 'array' ? 2 : 0;
        for (const [index, { content }] of files.entries()) {
          expect(found[index].length).toBeLessThanOrEqual(maxRecords ?? records.length);
          if (records.length > 0) expect(found[index].length).toBeGreaterThan(0);
          if (found[index].length > 1) expect(content.length).toBeLessThanOrEqual(maxBytes ?? content.length);
          // No file ends too early: one more record would exceed the limit.
          const next = found[index + 1]?.[0];
          if (next === undefined) continue;
          const more = content.length + Buffer.byteLength(next) + (format === 'ndjson' || frame > 0 ? 1 : 0);
          const isFull = found[index].length === maxRecords || (maxBytes !== undefined && more > maxBytes);
          expect(isFull).toBe(true);
        }
      },
    );
    await fc.assert(property, runs(60));
  });
});

const SOME: readonly FilesPlan[] = [
  { split: { maxRecords: 700 } },
  { split: { maxBytes: 30_000 }, manifest: true },
  { split: { maxRecords: 1_000_000 } },
  { manifest: true },
];

describe.each(SOME)('gives the same bytes and receipt: %j', (files) => {
  const text = Buffer.from(lines(5000).join('\n'));
  test.each(['zip', 'envelope'] as const)('%s, for any chunks and number of threads', async (pack) => {
    for (const level of [0, 1]) {
      const made = async (sizes: readonly number[], threads: number) => {
        const plan = planFiles(files, { pack, level, threads });
        const { output, receipt } = await exportPlanned(bytes(chunked(text, sizes)), plan, true);
        const { startedAt, durationMs, busyMs, bottleneck, ...proof } = receipt;
        return { output, proof };
      };
      const whole = await made([text.length], 1);
      expect(whole.proof.written).toBe(5000);
      for (const [index, sizes] of [[65_536], [997], [1, 50_000, 3]].entries()) {
        const cut = await made(sizes, 2 + index);
        expect(cut.output.equals(whole.output)).toBe(true);
        expect(cut.proof).toStrictEqual(whole.proof);
      }
    }
  });
});

describe('the manifest', () => {
  test.each([{ maxRecords: 20 }, { maxRecords: 100 }, undefined])(
    'is the last entry, and lists the others: %j',
    async (split) => {
      const plan = planFiles({ ...(split ? { split } : {}), manifest: true });
      const { output, receipt } = await exportPlanned(input(50), plan);
      const entries = await unzip(output);
      const last = entries[entries.length - 1];
      expect(last.entry.fileName).toBe('manifest.json');
      expect(JSON.parse(last.content.toString())).toStrictEqual({ id: 'job', files: receipt.files });
      expect(receipt.files).toStrictEqual(
        entries.slice(0, -1).map(({ entry, content }) => ({
          name: entry.fileName,
          records: recordsOf(content, 'json').length,
          bytes: content.length,
          sha256: sha256(content),
        })),
      );
      expect(receipt).toMatchObject({ read: 50, written: 50 });
    },
  );

  test('refuses a document of its name', () => {
    const plan = (fileName: string) => planExport({ pack: 'zip', manifest: true, request: { fileName } });
    expect(() => plan('Manifest')).toThrowError(expect.objectContaining({ code: 'INVALID', path: 'manifest' }));
    expect(plan('manifests').output.manifest).toBe(true);
  });

  test.each(['none', 'gzip'] as const)('and several files need a zip, also in a hand-made plan: %s', (pack) => {
    const plan = planFiles({ split: { maxRecords: 1 } });
    const byHand = { ...plan, output: { ...plan.output, pack } };
    return expect(exportPlanned(input(1), byHand)).rejects.toMatchObject({ code: 'INVALID' });
  });
});

describe('readers', () => {
  const made = async (name: string, files: FilesPlan, pack: 'zip' | 'envelope' = 'zip', level = 1) => {
    const { output, receipt } = await exportPlanned(input(250), planFiles(files, { pack, level }), true);
    const path = join(folder, name);
    await writeFile(path, output);
    return { path, receipt, output };
  };

  test.each(['zip', 'envelope'] as const)(
    'verify reads every file, and holds them against the receipt: %s',
    async (pack) => {
      for (const manifest of [false, true]) {
        for (const level of [0, 1]) {
          const { path, receipt } = await made(
            `verified-${pack}`,
            { split: { maxRecords: 100 }, manifest },
            pack,
            level,
          );
          const found = await verifyExport(path, { receipt });
          expect(found).toMatchObject({ kind: pack, records: 250, files: receipt.files });
        }
      }
    },
  );

  test('count a large file with the name of the manifest record by record', async () => {
    const line = `{"id":"x","text":"${'x'.repeat(65_000)}"}\n`;
    const path = join(folder, 'large.zip');
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from('{"id":"a"}\n'), 'first.ndjson');
    zip.addBuffer(Buffer.from(line.repeat(1100)), 'manifest.json', { compress: false });
    zip.end();
    await writeFile(path, await buffer(zip.outputStream));
    expect(await verifyExport(path)).toMatchObject({
      records: 1101,
      files: [
        { name: 'first.ndjson', records: 1 },
        { name: 'manifest.json', records: 1100, bytes: 1100 * line.length },
      ],
    });
  });

  test('verify refuses a manifest of other files', async () => {
    const first = Buffer.from(lines(3).join('\n'));
    const right = { name: 'a.ndjson', records: 3, bytes: first.length, sha256: sha256(first) };
    const verified = async (manifest: unknown) => {
      const zip = new ZipFile();
      zip.addBuffer(first, 'a.ndjson');
      zip.addBuffer(Buffer.from(JSON.stringify(manifest)), 'manifest.json');
      zip.end();
      const path = join(folder, 'told.zip');
      await writeFile(path, await buffer(zip.outputStream));
      return verifyExport(path);
    };
    expect(await verified({ id: 'x', files: [right] })).toMatchObject({ records: 3, files: [right] });
    const lies = [{ name: 'b.ndjson' }, { records: 4 }, { bytes: 1 }, { sha256: sha256(Buffer.from('b')) }];
    for (const files of [...lies.map((lie) => [{ ...right, ...lie }]), [], [right, right]]) {
      const error = await failureOf(verified({ id: 'x', files }));
      expect(error).toMatchObject({
        code: 'VERIFY_FAILED',
        message: expect.stringContaining('differs from its manifest'),
      });
    }
    // A foreign manifest is a file like the others.
    expect(await verified({ id: 'x' })).toMatchObject({ records: 4, files: [right, { name: 'manifest.json' }] });
  });

  test.each([0, 1])('unzip and Python, level %d', async (level) => {
    const { path } = await made(`others-${level}`, { split: { maxRecords: 100 }, manifest: true }, 'zip', level);
    const exists = (program: string) => spawnSync(program, ['--version']).error === undefined;
    if (exists('unzip')) {
      const { status, stdout } = spawnSync('unzip', ['-t', path], { encoding: 'utf8' });
      expect(stdout).toContain('No errors detected');
      expect(status).toBe(0);
    } else console.info('unzip is not on this machine: nothing was tested');
    if (!exists('python3')) return console.info('python3 is not on this machine: nothing was tested');
    const script =
      'import sys, zipfile, json; z = zipfile.ZipFile(sys.argv[1]); ' +
      'print(z.testzip(), z.namelist(), [len(json.loads(z.read(n)).get("entities", [])) for n in z.namelist()])';
    const { stdout, stderr } = spawnSync('python3', ['-c', script, path], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const names = "['job_1_out.json', 'job_2_out.json', 'job_3_out.json', 'manifest.json']";
    expect(stdout.trim()).toBe(`None ${names} [100, 100, 50, 0]`);
  });
});

describe('an export that fails', () => {
  const faulty = (good: number) => bytes([`${lines(good).join('\n')}\n{"id":}\n${line(0)}`]);

  test('leaves a zip unterminated', async () => {
    const { stream, run } = startPlanned(faulty(250), planFiles({ split: { maxRecords: 100 } }));
    const chunks: Buffer[] = [];
    const reading = (async () => {
      for await (const chunk of stream) chunks.push(Buffer.from(chunk));
    })();
    expect((await failureOf(reading)).code).toBe('INVALID_JSON');
    expect((await failureOf(run.receipt)).code).toBe('INVALID_JSON');
    await expect(unzip(Buffer.concat(chunks))).rejects.toThrow();
  });

  test('closes the blob of an envelope and reports the error', async () => {
    const { stream, run } = startPlanned(faulty(250), planFiles({ split: { maxRecords: 100 } }, { pack: 'envelope' }));
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
    const { response } = JSON.parse(Buffer.concat(chunks).toString());
    expect(response).toMatchObject({ status: 'error', statusDetail: { code: 'INVALID_JSON' } });
    expect(response.binaryObjects[0].data.blob.length).toBeGreaterThan(0);
    expect((await failureOf(run.receipt)).code).toBe('INVALID_JSON');
  });

  test('fails without a byte of output while the first file waits', async () => {
    const { stream, run } = startPlanned(faulty(50), planFiles({ split: { maxRecords: 100 } }, { pack: 'envelope' }));
    const reading = (async () => {
      for await (const chunk of stream) throw new Error(`${chunk} came out`);
    })();
    expect((await failureOf(reading)).code).toBe('INVALID_JSON');
    expect((await failureOf(run.receipt)).code).toBe('INVALID_JSON');
  });
});

describe('a first file that waits beyond memory', () => {
  const temporary = process.env.TMPDIR;
  beforeAll(async () => {
    await mkdir(join(folder, 'spool'));
    process.env.TMPDIR = join(folder, 'spool');
  });
  afterAll(() => {
    if (temporary === undefined) Reflect.deleteProperty(process.env, 'TMPDIR');
    else process.env.TMPDIR = temporary;
  });

  /** Temporary files that exist or are open in this process; undefined where the system cannot list them. */
  const waiting = () => {
    if (!existsSync('/proc/self/fd')) return undefined;
    const open = readdirSync('/proc/self/fd').map((handle) => {
      try {
        return readlinkSync(`/proc/self/fd/${handle}`);
      } catch {
        // The handle that listed the folder is closed.
        return '';
      }
    });
    const spool = join(folder, 'spool');
    return open.filter((target) => target.startsWith(spool)).length + readdirSync(spool).length;
  };

  const RECORDS = 15_000;
  const plan = (maxRecords: number, pack: 'zip' | 'envelope' = 'zip') =>
    planFiles({ split: { maxRecords } }, { level: 0, pack });
  async function* records(behind = ''): AsyncGenerator<string, void> {
    for (let index = 0; index < RECORDS; index++) {
      if (index === RECORDS - 1000) expect(waiting() ?? 1).toBe(1);
      yield `{"id":"e${index}","text":"${'z'.repeat(500)}"}\n`;
    }
    yield behind;
  }

  test.each([RECORDS - 10, RECORDS])(
    'is written completely, and its temporary file is removed: %i of 15000 records',
    async (maxRecords) => {
      const { output, receipt } = await exportPlanned(bytes(records()), plan(maxRecords), true);
      expect(waiting() ?? 0).toBe(0);
      const files = await unzip(output);
      expect(files.map(({ content }) => recordsOf(content, 'json').length)).toStrictEqual(
        maxRecords === RECORDS ? [RECORDS] : [maxRecords, 10],
      );
      expect(receipt.files.map(({ sha256: digest }) => digest)).toStrictEqual(
        files.map(({ content }) => sha256(content)),
      );
    },
  );

  test.each(['zip', 'envelope'] as const)('is discarded when the export fails: %s', async (pack) => {
    const { stream, run } = startPlanned(bytes(records('{"id":}\n')), plan(RECORDS, pack));
    const reading = (async () => {
      for await (const chunk of stream) throw new Error(`${chunk} came out`);
    })();
    expect((await failureOf(reading)).code).toBe('INVALID_JSON');
    await failureOf(run.receipt);
    expect(waiting() ?? 0).toBe(0);
  });

  test('is discarded when the caller aborts or the reader leaves, also while it is released', async () => {
    const aborting = new AbortController();
    async function* aborted(): AsyncGenerator<string, void> {
      yield* records();
      aborting.abort();
    }
    const one = startPlanned(bytes(aborted()), plan(RECORDS), { signal: aborting.signal });
    one.stream.on('error', () => {}).resume();
    expect((await failureOf(one.run.receipt)).code).toBe('ABORTED');
    expect(waiting() ?? 0).toBe(0);

    const two = startPlanned(bytes(records()), plan(RECORDS - 10));
    for await (const chunk of two.stream) {
      expect(chunk.length).toBeGreaterThan(0);
      expect(waiting() ?? 1).toBe(1);
      break;
    }
    expect((await failureOf(two.run.receipt)).code).toBe('ABORTED');
    expect(waiting() ?? 0).toBe(0);
  });
});
