/** A result never overwrites its own source, by any name, through any entry point. */
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writable } from '../../src/destinations/writable.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { unwrapEnvelope } from '../../src/verify/unwrap-envelope.js';
import { failureOf } from '../sources/outcome.js';

const TEXT = '{"id":"1","type":"t"}\n';

let folder = '';
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-own-'));
  await writeFile(at('a.ndjson'), TEXT);
  await writeFile(at('b.ndjson'), TEXT);
  await symlink('a.ndjson', at('soft.ndjson'));
  await link(at('a.ndjson'), at('hard.ndjson'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a file that is an input', () => {
  test.each<[string, string | readonly string[], string]>([
    ['by its name', 'a.ndjson', 'a.ndjson'],
    ['by a link', 'a.ndjson', 'soft.ndjson'],
    ['by a hard link', 'a.ndjson', 'hard.ndjson'],
    ['read by a link', 'soft.ndjson', 'a.ndjson'],
    ['after other inputs', ['b.ndjson', 'a.ndjson'], 'a.ndjson'],
    ['matched by a glob', '*.ndjson', 'b.ndjson'],
  ])('is not written: %s', async (_how, source, out) => {
    const stream = exportEntities({ source: [source].flat().map(at) });
    const error = await failureOf(stream.toFile(at(out), { overwrite: true }));
    expect(error).toMatchObject({ code: 'INVALID', stage: 'accept', path: at(out) });
    expect(await failureOf(stream.receipt)).toMatchObject({ code: 'INVALID' });
    expect(stream.destroyed).toBe(true);
    expect(await readFile(at('a.ndjson'), 'utf8')).toBe(TEXT);
    expect(await readFile(at('b.ndjson'), 'utf8')).toBe(TEXT);
  });

  test('is not overwritten by a stream, nor read through one', async () => {
    const append = createWriteStream(at('a.ndjson'), { flags: 'a' });
    await new Promise((resolve) => append.once('open', resolve));
    const error = await failureOf(exportEntities({ source: at('a.ndjson') }).to(writable(append, 'standard output')));
    expect(error.message).toContain('a.ndjson is read and would be overwritten, as standard output');
    append.destroy();
    await finished(append).catch(() => {});
    for (const source of [bytes(createReadStream(at('a.ndjson')))]) {
      const reading = exportEntities({ source }).toFile(at('hard.ndjson'), { overwrite: true });
      expect(await failureOf(reading)).toMatchObject({ code: 'INVALID' });
    }
    expect(await readFile(at('a.ndjson'), 'utf8')).toBe(TEXT);
  });

  test('is not overwritten by the blob of an envelope', async () => {
    await writeFile(at('envelope.json'), '{}');
    const unwrapping = unwrapEnvelope(at('envelope.json')).toFile(at('envelope.json'), { overwrite: true });
    expect(await failureOf(unwrapping)).toMatchObject({ code: 'INVALID' });
    expect(await readFile(at('envelope.json'), 'utf8')).toBe('{}');
  });
});

test('replaces other files, and writes to devices that are read', async () => {
  const receipt = await exportEntities({ source: at('a.ndjson') }).toFile(at('b.ndjson'), { overwrite: true });
  expect(receipt.written).toBe(1);
  await exportEntities({ source: '/dev/null' }).to(writable(createWriteStream('/dev/null')));
});
