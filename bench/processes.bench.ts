/** Complete processes, start included: what somebody waits for who types a command. */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as zlib from 'node:zlib';
import { formatBytes } from '../src/cli/format.js';
import { type InputFile, type Inputs, WANTED, writeLines } from './input.js';
import { COMPRESSED, PROCESSES } from './names.js';
import { commandVersion, countLines, jq, runCommand, runToNull } from './peers/commands.js';
import { envelopeOutcome } from './peers/envelope-sink.js';
import { type Contender, type Outcome, proven } from './race.js';
import { raceSection, type Section } from './section.js';
import { MEGABYTES, PROCESS_FACTOR, ROOT } from './settings.js';

const SLUICE = join(ROOT, 'dist', 'cli', 'main.js');

/** The usual selection of the usual size. */
export function benchProcesses({ folder, lines, linesSmall }: Inputs): Promise<Section> {
  return selecting(folder, lines, linesSmall);
}

/** The same of a multiple of that size, where the start of a process matters less. */
export async function benchLargeProcesses({ folder, linesSmall }: Inputs): Promise<Section> {
  const large = await writeLines(folder, 'lines-large', PROCESS_FACTOR * MEGABYTES);
  return selecting(folder, large, linesSmall);
}

async function selecting(folder: string, file: InputFile, small: InputFile): Promise<Section> {
  const { bytes } = linesOf(file);
  const envelope = ['--pack', 'envelope', '--blob', 'plain'];
  const contenders: Contender[] = [
    toNull(PROCESSES.lines(1), file, 1),
    toNull(PROCESSES.lines(2), file, 2),
    toPipe(PROCESSES.piped, file),
    await printing(PROCESSES.envelope, file, (bytes * 4) / 3, command(file, envelope)),
    await saving(PROCESSES.file, file, bytes, join(folder, 'selected.ndjson'), command(file, [])),
    await saving(PROCESSES.zip, file, bytes / 10, join(folder, 'selected.zip'), command(file, ['--level', '1'])),
    await printing(
      PROCESSES.split,
      file,
      envelopeOutcome(file.restringified).bytes,
      peerArgs('split-process.js', file),
    ),
    byDuckdb(file, 1),
    byDuckdb(file, 2),
  ];
  const skipped: string[] = [];
  for (const peer of ['jq', 'gojq', 'jaq'] as const) {
    if (commandVersion(peer) === undefined) skipped.push(`${peer}: not installed`);
    else contenders.push(await jq(PROCESSES.byJq(peer), peer, small));
  }
  return raceSection(contenders, skipped);
}

/** Complete files compressed without a selection, which other compressors can do as well. */
export async function benchCompressed({ folder, lines }: Inputs): Promise<Section> {
  const all = [SLUICE, 'export', lines.path, '--quiet'];
  const least = lines.bytes / 20;
  const contenders: Contender[] = [
    await saving(COMPRESSED.zip, lines, least, join(folder, 'all.zip'), [...all, '--level', '1']),
    await saving(COMPRESSED.gzip, lines, least, join(folder, 'all.ndjson.gz'), [...all, '--level', '1']),
  ];
  const skipped: string[] = [];
  if ('createZstdCompress' in zlib) {
    contenders.push(
      await saving(COMPRESSED.zstd, lines, least, join(folder, 'all.ndjson.zst'), [...all, '--level', '1']),
    );
  } else skipped.push(`${COMPRESSED.zstd}: this Node has no zstd`);
  const others = [
    ['pigz', COMPRESSED.pigz, ['-1', '-p', '2', '-c', lines.path]],
    ['zstd', COMPRESSED.zstdCommand, ['-1', '-T2', '-q', '-c', lines.path]],
  ] as const;
  for (const [program, name, args] of others) {
    if (commandVersion(program) === undefined) skipped.push(`${program}: not installed`);
    else contenders.push(await printing(name, lines, least, args, program));
  }
  return raceSection(
    contenders,
    skipped,
    Object.fromEntries(contenders.map(({ name, expected }) => [`bytes of ${name}`, expected.bytes])),
  );
}

/** The usual selection by sluice. */
function command(file: InputFile, options: readonly string[]): readonly string[] {
  return [...talking(file, options), '--quiet'];
}

/** The same, with its summary. */
function talking(file: InputFile, options: readonly string[]): readonly string[] {
  return [SLUICE, 'export', file.path, '--type', WANTED, ...options];
}

/** Sluice into a pipe whose lines are counted, by another core. */
function toPipe(name: string, file: InputFile): Contender {
  const args = command(file, ['--format', 'ndjson', '--threads', '1']);
  return { name, inputBytes: file.bytes, expected: linesOf(file), work: () => countLines(process.execPath, args) };
}

/** Sluice to the null device, as DuckDB. Its summary has the number of lines, and their bytes rounded. */
function toNull(name: string, file: InputFile, threads: number): Contender {
  const args = talking(file, ['--format', 'ndjson', '--threads', String(threads)]);
  const expected = linesOf(file);
  const work = async () => {
    const summary = await runToNull(process.execPath, args);
    const [, records, size] = /^sluice: ([\d,]+) records to standard output \(([^)]+)\)/.exec(summary) ?? [];
    if (records === undefined || size === undefined) throw new Error(`${name} says: ${summary}`);
    const isRight = size === formatBytes(expected.bytes);
    return { entities: Number(records.replaceAll(',', '')), bytes: isRight ? expected.bytes : Number.NaN };
  };
  return { name, inputBytes: file.bytes, expected, work };
}

/** A program of ours that does the work of a peer, in a process of its own. */
function peerArgs(name: string, { path }: InputFile, ...options: readonly string[]): readonly string[] {
  return [fileURLToPath(new URL(`./peers/${name}`, import.meta.url)), path, ...options];
}

/** DuckDB prints the number of lines that it has copied. */
function byDuckdb(file: InputFile, threads: number): Contender {
  const work = async () => {
    let text = '';
    await runCommand(process.execPath, peerArgs('duckdb-process.js', file, String(threads)), (chunk) => {
      text += chunk;
    });
    return { ...linesOf(file), entities: Number(text) };
  };
  return { name: PROCESSES.duckdb(threads), inputBytes: file.bytes, expected: linesOf(file), work };
}

/** Runs a command that prints its result into a pipe. */
function printing(name: string, file: InputFile, least: number, args: readonly string[], run = process.execPath) {
  return ofSize(name, file, least, async () => (await countLines(run, args)).bytes);
}

/** Runs sluice with a new file as its result. */
function saving(name: string, file: InputFile, least: number, path: string, args: readonly string[]) {
  return ofSize(name, file, least, async () => {
    await rm(path, { force: true });
    await runCommand(process.execPath, [...args, '-o', path], () => {});
    return (await stat(path)).size;
  });
}

/** A contender whose first output sets the size of all others; it must not be smaller than the least. */
function ofSize(name: string, file: InputFile, least: number, work: () => Promise<number>): Promise<Contender> {
  const outcome = async () => ({ entities: 0, bytes: await work() });
  return proven({ name, inputBytes: file.bytes, work: outcome }, ({ bytes }) => {
    if (bytes < least) throw new Error(`${name}: ${bytes} bytes, expected at least ${Math.ceil(least)}`);
  });
}

function linesOf({ wanted: { entities, bytes } }: InputFile): Outcome {
  return { entities, bytes: bytes + entities };
}
