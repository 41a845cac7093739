/** simdjson in C++, where a compiler and its header are at hand: compiled on demand, warm in a process of its own. */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { type InputFile, WANTED } from '../input.js';
import type { Contender, Outcome } from '../race.js';
import { ROOT } from '../settings.js';

const SOURCE = join(ROOT, 'bench', 'peers', 'simdjson.cpp');

/** What is built for this machine only is kept out of the repository, with everything else that is compiled. */
const FOLDER = join(ROOT, 'dist-bench');

/** How simdjson goes through the input. */
export type Way = 'many' | 'lines' | 'document';

const run = promisify(execFile);

/**
 * Compiles the peer.
 * @returns the path of the program, or why there is none
 */
export async function buildSimdjson(): Promise<{ readonly program: string } | { readonly why: string }> {
  const program = join(FOLDER, 'simdjson');
  const flags = ['-O3', '-march=native', '-std=c++17', SOURCE, '-o', program, '-lsimdjson'];
  await mkdir(FOLDER, { recursive: true });
  try {
    if (!(await isNewer(program, SOURCE))) await run('g++', flags);
    return { program };
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    const missing = text.includes('ENOENT') ? 'there is no g++' : 'it does not compile here: libsimdjson is missing?';
    return { why: missing };
  }
}

async function isNewer(one: string, other: string): Promise<boolean> {
  const [made, from] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)));
  return made !== undefined && from !== undefined && made.mtimeMs > from.mtimeMs;
}

/** The version of what was compiled, and the processor it was compiled for. */
export async function simdjsonVersion(program: string): Promise<string> {
  return (await run(program, ['--version'])).stdout.trim();
}

/** Starts the program; each round is one line to it and one back. */
export function simdjson(name: string, program: string, way: Way, file: InputFile): Contender {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(program, [way, file.path, WANTED], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name,
    inputBytes: file.bytes,
    expected: copiedOutcome(file),
    async work() {
      child.stdin.write('\n');
      const { value, done } = await answers.next();
      if (done) throw new Error(`${name} ended`);
      const outcome: Outcome = JSON.parse(value);
      return outcome;
    },
    async close() {
      const closed = once(child, 'close');
      child.stdin.end();
      await closed;
    },
  };
}

/** What must arrive where the selection is copied as a document. */
export function copiedOutcome({ wanted: { entities, bytes } }: InputFile): Outcome {
  return { entities, bytes: '{"entities":['.length + bytes + Math.max(0, entities - 1) + ']}'.length };
}
