/** Envelopes with the file itself in their blob: written, unwrapped and verified as those with a zip are. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { unwrapEnvelope } from '../../src/verify/unwrap-envelope.js';
import { verifyExport } from '../../src/verify/verify-export.js';

const LINES = '{"id":"1","name":"ä"}\n{"id":"2"}\n';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-plain-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const wrapped = (options: Partial<ExportOptions> = {}) =>
  exportEntities({ source: bytes([LINES]), pack: 'envelope', content: 'plain', ...options });

/** What a client does that decodes the blob and parses it, and never unzips. */
function opened(envelope: Buffer): { readonly name: string; readonly text: string } {
  const [{ properties, data }] = JSON.parse(envelope.toString()).response.binaryObjects;
  return { name: `${properties.fileName}.${properties.extension}`, text: Buffer.from(data.blob, 'base64').toString() };
}

describe('a client that parses the decoded blob', () => {
  test('reads the document', async () => {
    const { name, text } = opened(await wrapped({ id: 'j' }).toBuffer());
    expect(name).toBe('j_out.json.JSON');
    expect(JSON.parse(text)).toStrictEqual({ entities: [{ id: '1', name: 'ä' }, { id: '2' }] });
  });

  test('reads a bare array, and an empty result', async () => {
    expect(JSON.parse(opened(await wrapped({ format: 'array' }).toBuffer()).text)).toHaveLength(2);
    const none = await wrapped({ request: { types: ['none'] } }).toBuffer();
    expect(JSON.parse(opened(none).text)).toStrictEqual({ entities: [] });
  });

  test('saves a zip with the extension of a zip', async () => {
    const { name, text } = opened(await wrapped({ id: 'j', content: 'zip' }).toBuffer());
    expect(name).toBe('j_out.zip.zip');
    expect(text.slice(0, 2)).toBe('PK');
  });
});

describe('the same', () => {
  test.each<[string, Partial<ExportOptions>]>([
    ['document', {}],
    ['array', { format: 'array' }],
    ['lines', { format: 'ndjson' }],
    ['table', { format: 'dsv' }],
    ['zip', { content: 'zip' }],
  ])('%s is unwrapped and verified', async (_what, options) => {
    const path = join(folder, 'out.json');
    const receipt = await wrapped(options).toFile(path);
    const plain = await exportEntities({
      source: bytes([LINES]),
      ...options,
      ...{ id: receipt.id, content: undefined, pack: options.content === 'zip' ? 'zip' : 'none' },
    }).toBuffer();
    const found = await verifyExport(path, { receipt });
    expect(found).toMatchObject({ kind: 'envelope', files: [{ bytes: receipt.files[0].bytes }] });
    const chunks = await unwrapEnvelope(path).toArray();
    expect(Buffer.concat(chunks).equals(plain)).toBe(true);
  });

  test('a blob with another count is refused by verify', async () => {
    const path = join(folder, 'out.json');
    await wrapped().toFile(path);
    const { readFile, writeFile } = await import('node:fs/promises');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"totalRecords":2', '"totalRecords":3'));
    await expect(verifyExport(path)).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
  });
});

test('a failure after the first byte ends in an envelope that says so', async () => {
  const fault = bytes([`${LINES.repeat(30_000)}{"id":`]);
  const chunks: Buffer[] = [];
  const stream = exportEntities({ source: fault, pack: 'envelope', content: 'plain' });
  for await (const chunk of stream.on('error', () => {})) chunks.push(chunk);
  expect(JSON.parse(Buffer.concat(chunks).toString()).response.status).toBe('error');
});
