/** For tests: starts the worker, kills it, and reads its journal and its files. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { PlanOptions } from '../../src/export/plan-options.js';
import { catalog } from '../../src/generate/catalog.js';
import type { FaultPoint } from '../../src/jobs/fault-points.js';
import { type Jobs, openJobs } from '../../src/jobs/open-jobs.js';
import { bundledProgram } from '../bundled-program.js';

const WORKER = fileURLToPath(new URL('./worker.mjs', import.meta.url));

/** Plan options of every process; a request may split its result into several files. */
export const PLAN = {
  level: 1,
  threads: 1,
  profiles: [{ name: 'split', format: 'json', pack: 'zip', batchSize: 500 }],
} as const;

/** What the worker does in one life. */
export interface Life {
  /** Overrides the source of the arena. */
  readonly dataDir?: string;
  /** It stops within a transaction, once it owns the directory. */
  readonly holdsDatabase?: boolean;
  readonly killAt?: { readonly point: FaultPoint; readonly nth: number };
  /** Keys of this range are submitted first. */
  readonly submits?: { readonly from: number; readonly to: number; readonly request: unknown };
}

/** A line of the journal. */
export interface Said {
  readonly opened?: number;
  readonly refused?: string;
  readonly message?: string;
  readonly acknowledged?: string;
  readonly key?: string;
  readonly log?: string;
  readonly job?: string;
  readonly epoch?: number;
  readonly error?: string;
  readonly at: number;
}

/** The folder and the processes of a test. */
export interface Arena {
  readonly folder: string;
  readonly dataDir: string;
  readonly source: string;
  /** Plan options of its processes. */
  readonly plan: PlanOptions;
  start(life: Life): ChildProcess;
  journal(): Promise<readonly Said[]>;
  /** Opens the jobs in this process, while no worker lives. */
  open(): Promise<Jobs>;
  dispose(): Promise<void>;
}

/** Another form of the source, and how it is read. */
export interface SourceForm {
  readonly of: (lines: readonly string[]) => string;
  readonly plan: PlanOptions;
}

/** Catalogs of lines that were made before, by their size. */
const made = new Map<number, Buffer>();

function linesOf(bytes: number): Buffer {
  const lines = made.get(bytes) ?? catalog({ seed: 5, form: 'lines', bytes }).bytes;
  made.set(bytes, lines);
  return lines;
}

/** @param sourceBytes size of the catalog of lines */
export async function makeArena(sourceBytes: number, sliceBytes: number, form?: SourceForm): Promise<Arena> {
  const plan = { ...PLAN, ...form?.plan };
  const worker = await bundledProgram(WORKER);
  const folder = await mkdtemp(join(tmpdir(), 'sluice-chaos-'));
  const dataDir = join(folder, 'data');
  const source = join(folder, 'catalog.ndjson');
  const journal = join(folder, 'journal');
  const lines = linesOf(sourceBytes);
  await writeFile(source, form ? form.of(lines.toString().trimEnd().split('\n')) : lines);
  await writeFile(journal, '');
  const children: ChildProcess[] = [];
  return {
    folder,
    dataDir,
    source,
    plan,
    start(life) {
      const args = [worker, JSON.stringify({ dataDir, source, journal, sliceBytes, plan, ...life })];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      children.push(child);
      return child;
    },
    async journal() {
      const lines = (await readFile(journal, 'utf8')).split('\n').slice(0, -1);
      return lines.map((line): Said => JSON.parse(line));
    },
    open: () =>
      openJobs({ maxAttempts: 1_000_000, dataDir, source, slice: { bytes: sliceBytes }, plan, concurrency: 2 }),
    async dispose() {
      // Those that a failed test left behind.
      for (const child of children) child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits for the end of a process. */
export function died(child: ChildProcess): Promise<NodeJS.Signals | number | null> {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
}

/**
 * Kills a process some time after it has opened its jobs. Only the time of death is random: how long a process takes to
 * start depends on the machine.
 */
export async function killAfter(child: ChildProcess, ms: number): Promise<void> {
  const end = died(child);
  const opened = new Promise((resolve) => child.once('message', resolve));
  await Promise.race([end, opened]);
  await Promise.race([end, sleep(ms)]);
  child.kill('SIGKILL');
  await end;
}

/** A sequence of random numbers from a seed: the same kills for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
