/** Exports to a file, end to end. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { SluiceError } from '../../src/terms/errors.js';
import { unzip } from '../pack/unzip.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-to-file-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const INPUT = Buffer.from('{"id":"a","type":"x"}\n{"id":"b","type":"y"}\n');
const DOCUMENT = '{"entities":[{"id":"a","type":"x"},{"id":"b","type":"y"}]}';

describe('the suffix', () => {
  test('.json is the document', async () => {
    await exportEntities({ source: bytes([INPUT]) }).toFile(at('out.json'));
    expect(await readFile(at('out.json'), 'utf8')).toBe(DOCUMENT);
  });

  test('.ndjson is lines', async () => {
    await exportEntities({ source: bytes([INPUT]) }).toFile(at('out.ndjson'));
    expect((await readFile(at('out.ndjson'))).equals(INPUT)).toBe(true);
  });

  test('.ndjson.gz is lines in gzip', async () => {
    await exportEntities({ source: bytes([INPUT]) }).toFile(at('out.ndjson.gz'));
    expect(gunzipSync(await readFile(at('out.ndjson.gz'))).equals(INPUT)).toBe(true);
  });

  test.each([
    ['.ndjson.zip', 'ndjson', INPUT.toString()],
    ['.CSV.ZIP', 'csv', 'id,type\r\na,x\r\nb,y\r\n'],
    ['.tsv.zip', 'tsv', 'id\ttype\r\na\tx\r\nb\ty\r\n'],
  ])('%s is a zip that holds that format', async (suffix, extension, text) => {
    await exportEntities({ source: bytes([INPUT]), id: 'job-1' }).toFile(at(`out${suffix}`));
    const [{ entry, content }] = await unzip(await readFile(at(`out${suffix}`)));
    expect([entry.fileName, content.toString()]).toStrictEqual([`job-1_out.${extension}`, text]);
  });

  test('.zip is a zip with the document', async () => {
    await exportEntities({ source: bytes([INPUT]), id: 'job-1' }).toFile(at('out.zip'));
    const [{ entry, content }] = await unzip(await readFile(at('out.zip')));
    expect([entry.fileName, content.toString()]).toStrictEqual(['job-1_out.json', DOCUMENT]);
  });
});

test('the receipt describes the file on disk', async () => {
  const receipt = await exportEntities({ source: bytes([INPUT]), id: 'job-1' }).toFile(at('out.zip'));
  const stored = await readFile(at('out.zip'));
  const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');
  expect(receipt).toMatchObject({
    id: 'job-1',
    read: 2,
    written: 2,
    output: { bytes: stored.length, sha256: sha256(stored) },
    files: [{ name: 'job-1_out.json', records: 2, bytes: DOCUMENT.length, sha256: sha256(DOCUMENT) }],
  });
});

test('the receipt has no digests where they are not wanted', async () => {
  const receipt = await exportEntities({ source: bytes([INPUT]), digest: false }).toFile(at('out.zip'));
  expect([receipt.output, receipt.files[0]].map((file) => 'sha256' in file)).toStrictEqual([false, false]);
  expect(receipt.output.bytes).toBe((await readFile(at('out.zip'))).length);
});

describe('a failure leaves nothing', () => {
  const broken = Buffer.from('{"id":"a"}\n{"id":"b"\n');

  test.each(['out.json', 'out.ndjson', 'out.zip', 'out.json.gz'])('under %s', async (name) => {
    const stream = exportEntities({ source: bytes([broken]) });
    await expect(stream.toFile(at(name))).rejects.toBeInstanceOf(SluiceError);
    expect(await readdir(folder)).toStrictEqual([]);
  });

  test('for an envelope, although its tail would report the failure', async () => {
    const stream = exportEntities({ source: bytes([broken]), pack: 'envelope' });
    await expect(stream.toFile(at('out.json'))).rejects.toMatchObject({ stage: expect.stringMatching(/scan|select/) });
    expect(await readdir(folder)).toStrictEqual([]);
  });

  test('when the caller aborts midway', async () => {
    const abort = new AbortController();
    async function* source() {
      yield { id: 'a' };
      abort.abort();
      yield { id: 'b' };
    }
    const stream = exportEntities({ source: objects(source()), signal: abort.signal });
    await expect(stream.toFile(at('out.json'))).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await readdir(folder)).toStrictEqual([]);
  });
});

describe('a refused destination', () => {
  test('of an unsupported suffix does not read the source', async () => {
    await expect(exportEntities({ source: 'nowhere.ndjson' }).toFile(at('out.br'))).rejects.toMatchObject({
      code: 'INVALID',
      path: at('out.br'),
    });
    expect(await readdir(folder)).toStrictEqual([]);
  });

  test('does not read the source', async () => {
    await writeFile(at('out.json'), 'before');
    let read = false;
    async function* source() {
      read = true;
      yield INPUT;
    }
    const stream = exportEntities({ source: bytes(source()) });
    await expect(stream.toFile(at('out.json'))).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    await expect(stream.receipt).rejects.toBeInstanceOf(SluiceError);
    expect(read).toBe(false);
  });

  test('of an unsupported suffix releases the export', async () => {
    const stream = exportEntities({ source: bytes([INPUT]), pack: 'zip' });
    await expect(stream.toFile(at('out.json'))).rejects.toMatchObject({ code: 'INVALID' });
    expect(stream.destroyed).toBe(true);
    await expect(stream.receipt).rejects.toMatchObject({ code: 'INVALID' });
    expect(await readdir(folder)).toStrictEqual([]);
  });
});

test('accepts an id that is not a file name', async () => {
  await exportEntities({ source: bytes([INPUT]), id: '../../tenant/job' }).toFile(at('out.json'));
  expect(await readdir(folder)).toStrictEqual(['out.json']);
});

test('now is the time at which the export was created, not when it was delivered', async () => {
  const request = { criteria: { properties: [{ modifiedDate: { lt: 'now' } }] } };
  const stream = exportEntities({ source: bytes([INPUT]), request });
  const { criteria } = stream.plan.select;
  const made = Date.now();
  while (Date.now() === made);
  await stream.toFile(at('out.ndjson'));
  expect(stream.plan.select.criteria).toStrictEqual(criteria);
  expect(stream.plan.output.format).toBe('ndjson');
});
