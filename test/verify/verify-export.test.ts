/** Verifying: every kind of artefact is read to its last byte, and damage never passes. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import type { JsonFormat, Pack } from '../../src/terms/profile.js';
import type { Receipt } from '../../src/terms/receipt.js';
import type { ExpectedReceipt } from '../../src/verify/verification.js';
import { verifyExport } from '../../src/verify/verify-export.js';
import { TableCheck } from '../../src/verify/verify-table.js';
import { PACKS_HERE } from '../packs.js';
import { execFileSync } from '../run-sync.js';
import { runs } from '../runs.js';
import { watchedCatalog } from '../sources/fake-source.js';
import { failureOf } from '../sources/outcome.js';

/** Open files of this process in the folder; none where the system cannot list them. */
function openHandles(): readonly string[] {
  if (!existsSync('/proc/self/fd')) return [];
  return readdirSync('/proc/self/fd').flatMap((handle) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${handle}`);
      return target.startsWith(folder) ? [target] : [];
    } catch {
      // The handle that listed the folder is closed.
      return [];
    }
  });
}

let folder = '';
const temporary = process.env.TMPDIR;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-verify-'));
  await mkdir(at('spool'));
  // Spooled files show up here.
  process.env.TMPDIR = at('spool');
});
afterAll(async () => {
  if (temporary === undefined) Reflect.deleteProperty(process.env, 'TMPDIR');
  else process.env.TMPDIR = temporary;
  expect(await readdir(at('spool'))).toStrictEqual([]);
  await rm(folder, { recursive: true, force: true });
});
const at = (name: string) => join(folder, name);

const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');
const TEXT = Array.from({ length: 30 }, (_, index) => `{"id":"e${index * 7919}","type":"t","é":${index}}\n`).join('');
const ENTITIES = TEXT.trimEnd().split('\n');
const CONTENT: Readonly<Record<JsonFormat, string>> = {
  json: `{"entities":[${ENTITIES.join()}]}`,
  array: `[${ENTITIES.join()}]`,
  ndjson: TEXT,
};

interface Artefact {
  readonly path: string;
  readonly content: Buffer;
  readonly receipt: Receipt;
}

let made = 0;
async function artefact(format: JsonFormat, pack: Pack, source = bytes([TEXT])): Promise<Artefact> {
  const path = at(`artefact-${made++}`);
  const receipt = await exportEntities({ source, format, pack, id: 'job' }).toFile(path);
  return { path, content: await readFile(path), receipt };
}

async function verifyBytes(content: Buffer | string, receipt?: ExpectedReceipt) {
  const path = at('bytes');
  await writeFile(path, content);
  return verifyExport(path, receipt ? { receipt } : {});
}

const KINDS = { none: 'entities', gzip: 'gzip', zstd: 'zstd', zip: 'zip', envelope: 'envelope' } as const;
const FORMATS: readonly JsonFormat[] = ['json', 'array', 'ndjson'];
const PACKS = PACKS_HERE;
const COMBINATIONS = FORMATS.flatMap((format) => PACKS.map((pack) => ({ format, pack })));

test.each(COMBINATIONS)('accepts a complete artefact: $format, $pack', async ({ format, pack }) => {
  const { path, content, receipt } = await artefact(format, pack);
  const found = await verifyExport(path, { receipt });
  const inside = pack === 'zip' || pack === 'envelope';
  expect(found).toMatchObject({
    kind: KINDS[pack],
    records: 30,
    output: { bytes: content.length, sha256: sha256(content) },
    files: [
      {
        name: inside ? `job_out.${format === 'ndjson' ? 'ndjson' : 'json'}` : path,
        records: 30,
        bytes: Buffer.byteLength(CONTENT[format]),
        sha256: sha256(CONTENT[format]),
      },
    ],
  });
  expect(found.envelope?.totalRecords).toBe(pack === 'envelope' ? 30 : undefined);
  expect(await verifyExport(path)).toStrictEqual(found);
});

test.each(COMBINATIONS)('accepts a complete artefact without records: $format, $pack', async ({ format, pack }) => {
  const { path, receipt } = await artefact(format, pack, bytes([]));
  expect(await verifyExport(path, { receipt })).toMatchObject({ kind: KINDS[pack], records: 0 });
});

const TABLE = ['Action,Type,ID,Name', ...ENTITIES.map((_, index) => `,t,e${index * 7919},`), ''].join('\r\n');

test.each(PACKS)('accepts a table without counting its records: %s', async (pack) => {
  const path = at(`table-${pack}`);
  const dsv = { startLine: 2, layout: 'entities' as const };
  const receipt = await exportEntities({ source: bytes([TEXT]), format: 'dsv', pack, id: 'job', dsv }).toFile(path);
  const found = await verifyExport(path, { receipt });
  const content = `\r\n\r\n${TABLE}`;
  expect(found).toMatchObject({
    kind: KINDS[pack],
    files: [{ bytes: Buffer.byteLength(content), sha256: sha256(content) }],
  });
  expect(found.records).toBeUndefined();
  expect(found.files[0]).not.toHaveProperty('records');
  expect(found.envelope?.totalRecords).toBe(pack === 'envelope' ? 30 : undefined);
  const lies = { ...receipt, files: [{ ...receipt.files[0], sha256: sha256('') }] };
  await expect(verifyExport(path, { receipt: lies })).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
});

test('accepts a table of any delimiter beside documents', async () => {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(TEXT), 'a.ndjson');
  for (const mark of [',', '\t', '😀', '"']) zip.addBuffer(Buffer.from(TABLE.replaceAll(',', mark)), `${mark}.csv`);
  zip.end();
  const { files, records } = await verifyBytes(await buffer(zip.outputStream));
  expect(files.map((file) => file.records)).toEqual([30, undefined, undefined, undefined, undefined]);
  expect(records).toBeUndefined();
});

test('accepts artefacts larger than any buffer', async () => {
  for (const pack of PACKS) {
    const { path, receipt } = await artefact('json', pack, watchedCatalog({ bytes: 5_000_000 }).source);
    expect(await verifyExport(path, { receipt })).toMatchObject({ records: receipt.written });
  }
});

test('accepts foreign files', async () => {
  expect(await verifyBytes('')).toMatchObject({ kind: 'entities', records: 0 });
  expect(await verifyBytes(' [ ] ')).toMatchObject({ kind: 'entities', records: 0 });
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(TEXT), 'a.ndjson');
  zip.addBuffer(Buffer.from(CONTENT.json), 'b/c.json', { compress: false });
  zip.end();
  expect(await verifyBytes(await buffer(zip.outputStream))).toMatchObject({
    kind: 'zip',
    records: 60,
    files: [
      { name: 'a.ndjson', records: 30 },
      { name: 'b/c.json', records: 30 },
    ],
  });
});

describe('damage', () => {
  const packed = COMBINATIONS.filter(({ pack }) => pack !== 'none');

  test.each(packed)(
    'of any byte is found, or leaves the entities as they were: $format, $pack',
    async ({ format, pack }) => {
      const { content, receipt } = await artefact(format, pack);
      const damage = fc.record({ at: fc.nat(content.length - 1), by: fc.integer({ min: 1, max: 255 }) });
      const property = fc.asyncProperty(damage, async ({ at: position, by }) => {
        const damaged = Buffer.from(content);
        damaged[position] ^= by;
        const found = await verifyBytes(damaged).catch((error: unknown) => error);
        if (!(found instanceof Error)) {
          expect(found).toMatchObject({ records: 30, files: [{ sha256: sha256(CONTENT[format]) }] });
        } else {
          expect(found).toMatchObject({ name: 'SluiceError' });
        }
        // Compared with its receipt, no damage passes at all.
        await failureOf(verifyBytes(damaged, receipt));
      });
      await fc.assert(property, runs(25));
    },
  );

  test.each(COMBINATIONS)('by truncation at any byte: $format, $pack', async ({ format, pack }) => {
    const { content, receipt } = await artefact(format, pack);
    const cuts = fc.integer({ min: 1, max: content.length - 1 });
    const property = fc.asyncProperty(cuts, async (length) => {
      const cut = content.subarray(0, length);
      // Lines may end after any line without a fault; only the receipt shows it.
      const whole = format === 'ndjson' && pack === 'none' && /[}\n]$/.test(cut.toString());
      if (!whole) await failureOf(verifyBytes(cut));
      await failureOf(verifyBytes(cut, receipt));
    });
    await fc.assert(property, runs(20));
  });

  test.each(COMBINATIONS)('by bytes after the end: $format, $pack', async ({ format, pack }) => {
    const { content, receipt } = await artefact(format, pack);
    await failureOf(verifyBytes(Buffer.concat([content, Buffer.from('x')])));
    await failureOf(verifyBytes(Buffer.concat([content, Buffer.from('\n')]), receipt));
  });

  test('inside the packed content', async () => {
    for (const faulty of [`${TEXT}{"id":1,}\n`, `${TEXT}{"id":"a","id":"b"}\n`, `${TEXT}7\n`, '{"entities":[', '[{}']) {
      const zip = new ZipFile();
      zip.addBuffer(Buffer.from(faulty), 'a');
      zip.end();
      const archive = await buffer(zip.outputStream);
      const codes = ['INVALID_JSON', 'DUPLICATE_KEY', 'NOT_AN_ENTITY', 'TRUNCATED'];
      for (const content of [Buffer.from(faulty), gzipSync(faulty), archive]) {
        expect(codes).toContain((await failureOf(verifyBytes(content))).code);
      }
    }
  });

  test('an envelope whose count is wrong', async () => {
    const { content } = await artefact('json', 'envelope');
    const counted = content.toString();
    for (const [from, to] of [
      ['"totalRecords":30', '"totalRecords":31'],
      ['"totalRecords":30', '"totalRecords":0'],
    ]) {
      const error = await failureOf(verifyBytes(counted.replace(from, to)));
      expect(error).toMatchObject({
        code: 'VERIFY_FAILED',
        stage: 'verify',
        message: expect.stringContaining('30 records'),
      });
    }
    expect((await failureOf(verifyBytes(counted.replace('"success"', '"error"')))).code).toBe('EXPORT_FAILED');
  });

  test('an archive that holds nothing', async () => {
    const zip = new ZipFile();
    zip.end();
    expect((await failureOf(verifyBytes(await buffer(zip.outputStream)))).code).toBe('VERIFY_FAILED');
  });
});

describe('a truncated or edited table', () => {
  const HEADER = 'Action,Type,ID,Name,x\r\n';
  const ROWS = ',t,a,n,"1,\r\n""2"\r\n,t,b,,\r\n';
  const verifyTable = (content: string) => verifyBytes(content);

  test.each<[string, string, string, number]>([
    ['the last line does not end', `${HEADER},t,a,n,1\r\n,t,b,n,2`, 'TRUNCATED', 3],
    ['the last line ends between CR and LF', `${HEADER},t,a,n,1\r`, 'TRUNCATED', 2],
    ['quotes stay open', `${HEADER},t,a,n,"1\r\n`, 'TRUNCATED', 2],
    ['the header alone does not end', 'Action,Type,ID,Name', 'TRUNCATED', 1],
    ['a row lacks a cell', `${HEADER}${ROWS},t,c,n\r\n`, 'VERIFY_FAILED', 5],
    ['a row has an extra cell', `${HEADER},t,a,n,1,2\r\n`, 'VERIFY_FAILED', 2],
    ['a row has one cell', `${HEADER},t,a,n,1\r\nx\r\n,t,b,n,1\r\n`, 'VERIFY_FAILED', 3],
    ['a row of one cell is the last', `${HEADER},t,a,n,1\r\nx\r\n`, 'VERIFY_FAILED', 3],
    ['a guarded formula is in a short row', `${HEADER},t,a,'=1\r\n`, 'VERIFY_FAILED', 2],
    ['a page of NUL bytes', `${HEADER},t,a,n,${'\0'.repeat(4096)}`, 'VERIFY_FAILED', 2],
    ['NUL in quotes', `\r\n${HEADER},t,a,n,"\0"\r\n`, 'VERIFY_FAILED', 3],
  ])('%s', async (_what, content, code, line) => {
    expect(await failureOf(verifyTable(content))).toMatchObject({ code, stage: 'verify', line });
    expect(await failureOf(verifyBytes(gzipSync(content)))).toMatchObject({ code, line });
  });

  const SPOKEN = [...['a', ',', '"', "'", '\r\n', '\n', '|', '=1', '-1', '«x', ' ', '\t', 'é', '😀', '""', "'a", '']];
  test('passes when it is complete, whatever its cells and settings', async () => {
    const cell = fc.array(fc.constantFrom(...SPOKEN), { maxLength: 4 }).map((parts) => parts.join(''));
    const rows = fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 });
    const settings = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t', '|', '😀'),
      quote: fc.constantFrom('"', "'", '`', '~'),
      startLine: fc.nat(2),
      guardFormulas: fc.boolean(),
    });
    const property = fc.asyncProperty(rows, settings, async (values, dsv) => {
      // After common quotes that open a cell where other quotes were set, a complete table looks truncated.
      fc.pre(dsv.quote === '"' || !values.flat().some((value) => value.startsWith('"')));
      const entities = values.map(([name, x, y], index) => ({
        ...{ id: `e${index}`, type: 't', name },
        data: {
          attributes: { x: { values: [{ value: x }] } },
          relationships: { r: [{ id: 'r', relTo: { id: 'e', type: 't', name: y } }] },
        },
      }));
      const text = entities.map((entity) => JSON.stringify(entity)).join('\n');
      const path = at('made.csv');
      await exportEntities({ source: bytes([text]), format: 'dsv', dsv }).toFile(path, {
        overwrite: true,
      });
      expect((await verifyExport(path)).records).toBeUndefined();
    });
    await fc.assert(property, runs(60));
  });

  test('is detected when truncated anywhere, in any chunks', () => {
    const whole = Buffer.from(`${HEADER}${ROWS}`);
    const ends = [HEADER.length, HEADER.length + ',t,a,n,"1,\r\n""2"\r\n'.length, whole.length];
    for (let length = 19; length <= whole.length; length++) {
      for (const size of [1, 2, 3, length]) {
        const check = new TableCheck('t', ',');
        const act = () => {
          for (let from = 0; from < length; from += size)
            check.take(whole.subarray(from, Math.min(length, from + size)));
          check.end();
        };
        if (ends.includes(length)) act();
        else expect(act).toThrow('line');
      }
    }
  });
});

describe('an empty file', () => {
  test.each(['a.zip', 'a.json', 'a.gz', 'a.csv', 'a.TSV', 'a.dsv', 'a.json.gz', 'a.ndjson.gz'])(
    '%s is incomplete',
    async (name) => {
      await writeFile(at(name), '');
      expect(await failureOf(verifyExport(at(name)))).toMatchObject({ code: 'TRUNCATED', source: at(name) });
    },
  );

  test.each(['a.ndjson', 'b.jsonl', 'lines', 'lines.txt'])('%s is complete', async (name) => {
    await writeFile(at(name), '');
    expect(await verifyExport(at(name))).toMatchObject({ records: 0, output: { bytes: 0 } });
  });

  test.each([' ', '\n\n', '\ufeff'])('refuses a document of only %j', async (content) => {
    await writeFile(at('a.json'), content);
    expect(await failureOf(verifyExport(at('a.json')))).toMatchObject({ code: 'TRUNCATED', source: at('a.json') });
    await writeFile(at('a.ndjson'), content);
    expect(await verifyExport(at('a.ndjson'))).toMatchObject({ records: 0 });
  });

  test('inside the packed content', async () => {
    await writeFile(at('b.json.gz'), gzipSync(''));
    expect((await failureOf(verifyExport(at('b.json.gz')))).code).toBe('TRUNCATED');
    await writeFile(at('b.ndjson.gz'), gzipSync(''));
    expect((await verifyExport(at('b.ndjson.gz'))).records).toBe(0);
    const zip = new ZipFile();
    zip.addBuffer(Buffer.alloc(0), 'c.json');
    zip.end();
    const error = await failureOf(verifyBytes(await buffer(zip.outputStream)));
    expect(error).toMatchObject({
      code: 'TRUNCATED',
      message: 'c.json is empty, which a complete .json file never is',
    });
  });

  test('passes when the receipt states it', async () => {
    const receipt = await exportEntities({ source: bytes([]), format: 'ndjson' }).toFile(at('none'));
    await rename(at('none'), at('none.json'));
    expect(await verifyExport(at('none.json'), { receipt })).toMatchObject({ records: 0 });
  });
});

test.skipIf(process.platform === 'win32')(
  'refuses a source that can be read only once, without waiting for it',
  async () => {
    const path = at('fifo');
    execFileSync('mkfifo', [path]);
    const error = await failureOf(verifyExport(path));
    expect(error).toMatchObject({ code: 'UNSUPPORTED_INPUT', stage: 'verify', source: path });
    expect(error.message).toContain('save it to a file first');
    expect((await failureOf(verifyExport('/dev/null'))).code).toBe('UNSUPPORTED_INPUT');
    expect((await failureOf(verifyExport(at('not-there')))).code).toBe('NOT_FOUND');
    // The pipe is one of the files of the folder.
    expect(await failureOf(verifyExport(folder))).toMatchObject({ code: 'UNSUPPORTED_INPUT', source: path });
  },
);

test('refuses data that unpack to more than the archive states', async () => {
  const { content } = await artefact('ndjson', 'zip');
  const size = Buffer.alloc(4);
  size.writeUInt32LE(Buffer.byteLength(TEXT));
  const directory = content.lastIndexOf(size);
  content.writeUInt32LE(9, directory);
  const error = await failureOf(verifyBytes(content));
  expect(error).toMatchObject({ code: 'VERIFY_FAILED', stage: 'verify' });
  expect(error.message).toContain("job_out.ndjson: unpacks to more than the 9 bytes in the archive's directory");
});

describe('a receipt', () => {
  const wrong: readonly (readonly [string, (right: Receipt) => ExpectedReceipt])[] = [
    ['of one record more', (right) => ({ ...right, written: right.written + 1 })],
    ['of one byte less', (right) => ({ ...right, output: { ...right.output, bytes: right.output.bytes - 1 } })],
    ['of another digest', (right) => ({ ...right, output: { ...right.output, sha256: sha256('another') } })],
    ['of another file', (right) => ({ ...right, files: [{ ...right.files[0], sha256: sha256('another') }] })],
    ['of a file of more records', (right) => ({ ...right, files: [{ ...right.files[0], records: 31 }] })],
    ['of a file of more bytes', (right) => ({ ...right, files: [{ ...right.files[0], bytes: 1 }] })],
    ['of two files', (right) => ({ ...right, files: [right.files[0], right.files[0]] })],
  ];
  test.each(wrong)('%s does not match', async (_what, change) => {
    for (const pack of PACKS) {
      const { path, receipt } = await artefact('json', pack);
      const error = await failureOf(verifyExport(path, { receipt: change(receipt) }));
      expect(error).toMatchObject({ code: 'VERIFY_FAILED', stage: 'verify', path });
      expect(error.message).toContain('differs from the receipt');
    }
  });

  test('matches after a round trip through a file', async () => {
    const { path, receipt } = await artefact('ndjson', 'zip');
    expect(await verifyExport(path, { receipt: JSON.parse(JSON.stringify(receipt)) })).toMatchObject({ records: 30 });
  });

  test('without digests matches by its counts', async () => {
    const { path, receipt } = await artefact('ndjson', 'gzip');
    const bare = {
      written: 30,
      output: { bytes: receipt.output.bytes },
      files: [{ name: 'x', records: 30, bytes: Buffer.byteLength(TEXT) }],
    };
    expect(await verifyExport(path, { receipt: bare })).toMatchObject({ kind: 'gzip' });
    expect(gunzipSync(await readFile(path)).toString()).toBe(TEXT);
  });
});

describe('places', () => {
  test('a missing file is NOT_FOUND', async () => {
    expect((await failureOf(verifyExport(at('missing')))).code).toBe('NOT_FOUND');
  });

  test('an abort ends it', async () => {
    for (const pack of PACKS) {
      const { path } = await artefact('json', pack);
      expect((await failureOf(verifyExport(path, { signal: AbortSignal.abort() }))).code).toBe('ABORTED');
      expect(openHandles()).toEqual([]);
    }
  });
});
