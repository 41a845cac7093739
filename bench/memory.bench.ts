/** Constant memory: the resident set of a small export and of a large one. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { type Inputs, SEED, WANTED } from './input.js';
import { PIPED } from './names.js';
import { RUN_ID } from './peers/envelope-sink.js';
import type { MemoryUse, Section } from './section.js';
import { COMMAND_MEGABYTES, LARGE_MEGABYTES, MEGABYTES, ROOT } from './settings.js';

/** The environment variable that names the file which `report-memory.ts` writes. */
const REPORT_FILE = 'BENCH_MEMORY_FILE';

/** The smaller size, as in its target. */
const SMALL_MEGABYTES = Math.min(100, MEGABYTES);

/** Runs each size in its own process, because a resident set hardly shrinks. */
export async function benchMemory({ folder }: Inputs): Promise<Section> {
  const memory: MemoryUse[] = [];
  for (const megabytes of [SMALL_MEGABYTES, LARGE_MEGABYTES]) memory.push(await inProcess(megabytes));
  if (COMMAND_MEGABYTES > 0) {
    for (const megabytes of [SMALL_MEGABYTES, COMMAND_MEGABYTES]) memory.push(await byCommand(megabytes, folder));
  }
  process.stderr.write('\n');
  return { rows: [], skipped: [], facts: {}, memory };
}

/** The library, with the generator in the same process. */
async function inProcess(megabytes: number): Promise<MemoryUse> {
  const child = fork(fileURLToPath(new URL('./memory-of-export.js', import.meta.url)), [String(megabytes)]);
  let use: MemoryUse | undefined;
  child.once('message', (message: MemoryUse) => {
    use = message;
  });
  // An exit may overtake the last message; the channel closes after it.
  await once(child, 'disconnect');
  if (!use) throw new Error(`the export of ${megabytes} MB ended without a result`);
  return use;
}

/** `sluice generate | sluice export -`: the memory of the export; its output is counted here. */
async function byCommand(megabytes: number, folder: string): Promise<MemoryUse> {
  const report = join(folder, 'memory');
  const sluice = join(ROOT, 'dist', 'cli', 'main.js');
  const reporter = new URL('./report-memory.js', import.meta.url).href;
  const start = performance.now();
  const generator = spawn(
    process.execPath,
    [sluice, 'generate', '--size', `${megabytes}MB`, '--seed', String(SEED), '--json'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const exporter = spawn(
    process.execPath,
    ['--import', reporter, sluice, 'export', '-', '--type', WANTED, '--pack', 'envelope', '--export-id', RUN_ID],
    { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, [REPORT_FILE]: report } },
  );
  const exits = Promise.all([once(generator, 'close'), once(exporter, 'close')]);
  const stderrText = textOf(generator.stderr);
  const failure = textOf(exporter.stderr);
  const tail = lastOf(exporter.stdout);
  // Piped through this process, whose memory is not measured. A failure shows in the exit codes.
  await pipeline(generator.stdout, exporter.stdin).catch(() => {});
  const [[made], [exported]] = await exits;
  if (made !== 0 || exported !== 0)
    throw new Error(`generate exited with ${made}, export with ${exported}: ${await failure}`);

  const entities = Number(/"totalRecords":(\d+)\}\}$/.exec(await tail)?.[1]);
  const right = Number(/"product":(\d+)/.exec(await stderrText)?.[1]);
  if (entities !== right) throw new Error(`${entities} entities were written, expected ${right}`);
  const seconds = (performance.now() - start) / 1000;
  const highest = Number(await readFile(report, 'utf8'));
  return { name: PIPED, megabytes, entities, highest, seconds };
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The last characters of a stream of ASCII. */
async function lastOf(stream: AsyncIterable<Buffer>): Promise<string> {
  let last = '';
  for await (const chunk of stream)
    last = (last + chunk.toString('latin1', Math.max(0, chunk.length - 200))).slice(-200);
  return last;
}
