/** simdjson in C++, where a compiler and the header are installed: compiled on demand, warm in its own process. */
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

/** Folder of the program, with other compiled files outside the repository. */
const FOLDER = join(ROOT, 'dist-bench');

/** APIs of simdjson. */
export type Way = 'many' | 'lines' | 'document';

const run = promisify(execFile);

/**
 * Compiles the peer.
 * @returns the path of the program, or the reason why it is missing
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

/** The compiled version and its target processor. */
export async function simdjsonVersion(program: string): Promise<string> {
  return (await run(program, ['--version'])).stdout.trim();
}

/** Starts the program; each round is one line in and one line out. */
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

/** The expected outcome where the selection is copied as a document. */
export function copiedOutcome({ wanted: { entities, bytes } }: InputFile): Outcome {
  return { entities, bytes: '{"entities":['.length + bytes + Math.max(0, entities - 1) + ']}'.length };
}
