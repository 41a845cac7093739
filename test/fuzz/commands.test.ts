/** Random commands against a naive evaluation: records read, records written, and the exit code. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sluice } from '../cli/run-sluice.js';
import { unzip } from '../pack/unzip.js';
import { flagsOf, type Output, packed, type Scenario, scenario } from './commands.js';
import { KEPT } from './kept.js';
import { showsForm, type Truth, truthOf } from './truth.js';

/** Duration in seconds: short in the tests, long by `npm run fuzz`. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 8);

/** Seed; a new one in each run unless it is given. */
const SEED = process.env.FUZZ_SEED === undefined ? undefined : Number(process.env.FUZZ_SEED);

let commands = 0;

async function check(one: Scenario): Promise<void> {
  const { files, request, idsFrom, piped, output } = one;
  const truth = truthOf(files, request);
  fc.pre(truth.kind !== 'either');
  const folder = await mkdtemp(join(tmpdir(), 'sluice-fuzz-'));
  try {
    const written = await Promise.all(
      files.map(async (file, index) => {
        const bytes = packed(file);
        if (!(piped && index === 0)) await writeFile(join(folder, `in.${index}`), bytes);
        return bytes;
      }),
    );
    if (request.ids && idsFrom) await writeFile(join(folder, 'ids'), `${request.ids.join('\n')}\n`);
    const before = new Set(await readdir(folder));
    const { code, stdout, stderr } = await sluice(flagsOf(one), { cwd: folder, input: piped ? written[0] : '' });
    commands++;
    const made = (await readdir(folder)).filter((name) => !before.has(name)).sort();
    const about = `sluice ${flagsOf(one).join(' ')}\n${stderr}`;
    expect(stderr, about).not.toMatch(/INTERNAL|UNBALANCED|aborted|^\s+at /m);
    if (truth.kind !== 'done') {
      expect(code, about).toBe(4);
      expect(made, about).toStrictEqual([]);
      return;
    }
    expect(code, about).toBe(truth.rejected > 0 ? 7 : 0);
    const name = nameOf(output);
    const names = ['receipt.json', ...(name === undefined ? [] : [name]), ...(request.skip ? ['rejects'] : [])];
    expect(made, about).toStrictEqual(names.sort());
    const receipt = JSON.parse(await readFile(join(folder, 'receipt.json'), 'utf8'));
    const { read, filtered, rejected } = truth;
    expect(receipt, about).toMatchObject({ read, filtered, rejected, written: truth.written.length });
    const bytes = name === undefined ? stdout : await readFile(join(folder, name));
    await checkOutput(output, bytes, truth, about);
    if (request.skip) {
      const rejects = (await readFile(join(folder, 'rejects'), 'utf8')).split('\n').filter((line) => line !== '');
      expect(rejects.length, about).toBe(rejected);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

function nameOf(output: Output): string | undefined {
  if (output === '-') return undefined;
  return output === 'envelope' ? 'out.json' : output;
}

async function checkOutput(
  output: Output,
  bytes: Buffer,
  { written }: Extract<Truth, { kind: 'done' }>,
  about: string,
): Promise<void> {
  switch (output) {
    case '-':
    case 'out.ndjson':
      return checkLines(bytes, written, about);
    case 'out.ndjson.gz':
      return checkLines(gunzipSync(bytes), written, about);
    case 'out.json':
      return checkDocument(bytes, written, about);
    case 'out.zip':
      return checkDocument(await onlyFile(bytes), written, about);
    case 'envelope': {
      const { response } = JSON.parse(bytes.toString());
      expect(response.status, about).toBe('success');
      return checkDocument(await onlyFile(Buffer.from(response.binaryObjects[0].data.blob, 'base64')), written, about);
    }
    case 'out.csv': {
      const [header, ...rows]: string[][] = parse(bytes, { relax_column_count: false });
      expect(header.slice(0, 4), about).toStrictEqual(['Action', 'Type', 'ID', 'Name']);
      expect(rows.length, about).toBe(written.length);
    }
  }
}

async function onlyFile(zip: Buffer): Promise<Buffer> {
  const files = await unzip(zip);
  expect(files.length).toBe(1);
  return Buffer.from(files[0].content);
}

/** Compares by value, since the entities of documents are written as lines. */
function checkLines(bytes: Buffer, written: readonly string[], about: string): void {
  const lines = bytes.toString().split('\n');
  expect(lines.pop(), about).toBe('');
  expect(lines.map(canonical), about).toStrictEqual(written.map(canonical));
}

function checkDocument(bytes: Buffer, written: readonly string[], about: string): void {
  const { entities } = JSON.parse(bytes.toString());
  expect(entities, about).toStrictEqual(written.map((text) => JSON.parse(text)));
}

function canonical(text: string): string {
  return JSON.stringify(JSON.parse(text));
}

test('commands with a fault in the past', async () => {
  for (const one of KEPT) await check(one);
});

test(
  'random commands',
  async () => {
    const before = commands;
    // A faulty first line may begin a sequence.
    const clear = scenario.filter((one) => flagsOf(one).includes('--input') || one.files.every(showsForm));
    await fc.assert(fc.asyncProperty(clear, check), {
      numRuns: Number.MAX_SAFE_INTEGER,
      interruptAfterTimeLimit: SECONDS * 1000,
      ...(SEED === undefined ? {} : { seed: SEED }),
    });
    console.log(`${commands - before} commands in ${SECONDS} s`);
    expect(commands).toBeGreaterThan(before);
  },
  (SECONDS + 300) * 1000,
);
