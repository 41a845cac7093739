/** Exports that another process finishes: the bytes are those of an export that was never interrupted. */
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PlanOptions } from '../../src/export/plan-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { toSource } from '../../src/export/to-source.js';
import { bytes } from '../../src/sources/bytes.js';
import { withChangedInputs } from '../../src/sources/changed-inputs.js';
import { files } from '../../src/sources/files.js';
import type { Receipt } from '../../src/terms/receipt.js';
import { hasZstd } from '../../src/zstd/node-zstd.js';
import { failureOf } from '../sources/outcome.js';
import { type Attempt, attemptsIn, failingAt, LINES, withFaults } from './resumable-attempts.js';

let folder = '';
const { at, attempt, uninterrupted } = attemptsIn(() => folder);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-resume-'));
  await writeFile(at('in.ndjson'), LINES.join(''));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const KINDS: readonly (readonly [string, PlanOptions])[] = [
  ['out.ndjson', {}],
  ['out.json', { request: { types: ['t1'] } }],
  ['out.ndjson.gz', {}],
  ...(hasZstd() ? ([['out.ndjson.zst', {}]] as const) : []),
  ['out.zip', {}],
  ['several.zip', { batchSize: 3000, manifest: true }],
  ['limited.ndjson', { request: { maxRecords: 15_000 } }],
  ['out.csv', {}],
  ['out.xlsx', {}],
  ['envelope.json', { pack: 'envelope' }],
  ['values.zip', { splitBy: 'type' }],
  ['plain-blob.json', { pack: 'envelope', content: 'plain', level: 0 }],
  ['several-envelope.json', { pack: 'envelope', batchSize: 3000 }],
];

describe('an export that is interrupted', () => {
  test.each(KINDS)('has the bytes of one that is not: %s', async (name, options) => {
    let receipt: Receipt | undefined;
    for (let reads = 4; !receipt; reads += 4) {
      receipt = await attempt(name, { ...options, source: failingAt(files(at('in.ndjson')), reads) }).catch(
        () => undefined,
      );
      if (!receipt) expect(await readdir(folder)).not.toContain(name);
    }
    expect((await readFile(at(name))).equals(await uninterrupted(name, options))).toBe(true);
    expect(receipt.read).toBe(receipt.written + receipt.filtered);
    expect((await readdir(folder)).filter((file) => file.startsWith('.'))).toStrictEqual([]);
  });

  test('continues where it was, and not at the beginning', async () => {
    await failureOf(attempt('out.ndjson', { source: failingAt(files(at('in.ndjson')), 10) }));
    let bytesRead = 0;
    const counting = withChangedInputs(files(at('in.ndjson')), async function* (inputs) {
      for await (const input of inputs) {
        if (input.kind === 'objects') continue;
        yield {
          ...input,
          async read(into) {
            const length = await input.read(into);
            bytesRead += length;
            return length;
          },
        };
      }
    });
    await attempt('out.ndjson', { source: counting });
    expect(bytesRead).toBeLessThan(LINES.join('').length - 200_000);
  });

  test.skipIf(!hasZstd())('continues inside an input in Zstandard', async () => {
    await exportEntities({ source: at('in.ndjson') }).toFile(at('in.ndjson.zst'));
    const packed = await readFile(at('in.ndjson.zst'));
    // A copy of it in front: the second one begins in the middle of the file.
    await writeFile(at('in.ndjson.zst'), Buffer.concat([packed, packed]));
    const whole = LINES.join('').repeat(2);
    let receipt: Receipt | undefined;
    let attempts = 0;
    for (let reads = 2; !receipt; reads++, attempts++) {
      const source = failingAt(files(at('in.ndjson.zst')), reads);
      receipt = await attempt('out.ndjson', { source }).catch(() => undefined);
    }
    expect(attempts).toBeGreaterThan(1);
    expect(receipt).toMatchObject({ read: 40_000, bytesIn: 2 * packed.length });
    expect(await readFile(at('out.ndjson'), 'utf8')).toBe(whole);
    expect((await readdir(folder)).filter((file) => file.startsWith('.'))).toStrictEqual([]);
  });

  test('leaves files that are no input, of a folder or a glob', async () => {
    await failureOf(attempt('out.ndjson', { source: failingAt(files(at('in.ndjson')), 10) }));
    expect((await readdir(folder)).filter((file) => file.startsWith('.sluice-resume-'))).toHaveLength(2);
    expect(await exportEntities({ source: [folder, at('*')], format: 'ndjson' }).toBuffer()).toHaveLength(
      LINES.join('').length,
    );
  });

  test('before its first checkpoint leaves nothing', async () => {
    await failureOf(attempt('out.ndjson', { source: failingAt(files(at('in.ndjson')), 0) }));
    expect(await readdir(folder)).toStrictEqual(['in.ndjson']);
  });

  test('in the second of several inputs continues there', async () => {
    await writeFile(at('b.ndjson'), LINES.slice(0, 5000).join(''));
    const both = () => files(at('b.ndjson'), at('in.ndjson'));
    await failureOf(attempt('out.ndjson', { source: failingAt(both(), 14) }));
    await attempt('out.ndjson', { source: both() });
    expect(await readFile(at('out.ndjson'), 'utf8')).toBe([...LINES.slice(0, 5000), ...LINES].join(''));
  });
});

describe('is refused by name:', () => {
  beforeEach(async () => {
    await failureOf(attempt('out.ndjson', { source: failingAt(files(at('in.ndjson')), 10) }));
  });

  test.each<[string, string, () => Promise<unknown>]>([
    ['another request', 'PLAN_CHANGED', () => attempt('out.ndjson', { request: { types: ['t1'] } })],
    ['another source', 'PLAN_CHANGED', () => attempt('out.ndjson', { source: files(at('other.ndjson')) })],
    [
      'a changed source',
      'SOURCE_CHANGED',
      async () => {
        await writeFile(at('in.ndjson'), LINES.slice(1).join(''));
        await attempt('out.ndjson');
      },
    ],
    [
      'a partial result that was changed',
      'VERIFY_FAILED',
      async () => {
        const part = (await readdir(folder)).find((file) => file.endsWith('.part')) ?? '';
        const content = await readFile(at(part));
        content[10] ^= 1;
        await writeFile(at(part), content);
        await attempt('out.ndjson');
      },
    ],
    [
      'a partial result that was truncated',
      'VERIFY_FAILED',
      async () => {
        const part = (await readdir(folder)).find((file) => file.endsWith('.part')) ?? '';
        await writeFile(at(part), '');
        await attempt('out.ndjson');
      },
    ],
  ])('%s', async (_what, code, act) => {
    const error = await failureOf(act());
    expect(error).toMatchObject({ code });
    expect(error.message).toContain('to start again, remove');
    expect(error.message).toContain(at('.sluice-resume-'));
    expect(await readdir(folder)).not.toContain('out.ndjson');
  });

  test('a checkpoint that cannot be read', async () => {
    const state = (await readdir(folder)).find((file) => file.endsWith('.json')) ?? '';
    await writeFile(at(state), 'nothing');
    expect(await failureOf(attempt('out.ndjson'))).toMatchObject({ code: 'VERIFY_FAILED' });
  });

  test('a result that exists by now', async () => {
    await writeFile(at('out.ndjson'), 'mine');
    expect(await failureOf(attempt('out.ndjson'))).toMatchObject({ code: 'DESTINATION_EXISTS' });
  });
});

test('lines that were appended meanwhile are read too', async () => {
  await failureOf(attempt('out.ndjson', { source: failingAt(files(at('in.ndjson')), 10) }));
  await appendFile(at('in.ndjson'), '{"id":"new"}\n');
  await attempt('out.ndjson');
  expect(await readFile(at('out.ndjson'), 'utf8')).toBe(`${LINES.join('')}{"id":"new"}\n`);
});

describe('has no checkpoints:', () => {
  test.each<[string, Attempt, string]>([
    ['a sorted result', { request: { sort: 'id' } }, 'out.ndjson'],
    ['an input that can be read once', { source: bytes(Readable.from(['{}'])) }, 'out.ndjson'],
  ])('%s', async (_what, options, name) => {
    expect(await failureOf(attempt(name, options))).toMatchObject({ code: 'INVALID', path: 'resume' });
  });

  test('gzip, which begins again', async () => {
    await writeFile(at('in.gz'), gzipSync(LINES.join('')));
    await failureOf(attempt('out.ndjson', { source: failingAt(toSource(at('in.gz')), 2) }));
    expect((await readdir(folder)).sort()).toStrictEqual(['in.gz', 'in.ndjson']);
    await attempt('out.ndjson', { source: toSource(at('in.gz')) });
    expect(await readFile(at('out.ndjson'), 'utf8')).toBe(LINES.join(''));
  });
});

describe('rejected records', () => {
  const rejects = () => at('bad.ndjson');
  const options = () => ({ onError: 'skip', rejects: rejects() }) as const;
  const partOf = async () => (await readdir(folder)).filter((file) => file.endsWith('.part'));

  beforeEach(async () => {
    await writeFile(at('in.ndjson'), LINES.map(withFaults).join(''));
    await failureOf(attempt('out.ndjson', { ...options(), source: failingAt(files(at('in.ndjson')), 10) }));
  });

  test('have no name before the result has one, and are all there then', async () => {
    expect(await readdir(folder)).not.toContain('bad.ndjson');
    expect(await partOf()).toHaveLength(2);
    const { rejected } = await attempt('out.ndjson', options());
    expect((await readFile(rejects(), 'utf8')).trim().split('\n')).toHaveLength(rejected);
    expect((await readdir(folder)).sort()).toStrictEqual(['bad.ndjson', 'in.ndjson', 'out.ndjson']);
  });

  test('that were changed are refused, with the file to remove', async () => {
    for (const part of await partOf()) {
      const content = await readFile(at(part), 'utf8');
      if (content.startsWith('{"source"')) await writeFile(at(part), content.replace('source', 'SOURCE'));
    }
    const error = await failureOf(attempt('out.ndjson', options()));
    expect(error).toMatchObject({ code: 'VERIFY_FAILED' });
    expect(error.message).toContain('to start again, remove');
  });

  test('are asked for by all attempts, or by none', async () => {
    expect(await failureOf(attempt('out.ndjson', { onError: 'skip' }))).toMatchObject({ code: 'PLAN_CHANGED' });
  });

  test('replace no file without being asked to', async () => {
    await writeFile(rejects(), 'mine');
    expect(await failureOf(attempt('out.ndjson', options()))).toMatchObject({ code: 'DESTINATION_EXISTS' });
    expect(await readFile(rejects(), 'utf8')).toBe('mine');
  });
});
