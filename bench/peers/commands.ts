/** Peers that are commands, started for each round; their output is counted here. */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { devNull } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { type InputFile, type Selection, WANTED } from '../input.js';
import type { Contender, Outcome } from '../race.js';

/** The version that a command reports; undefined when it is not installed. */
export function commandVersion(command: string): string | undefined {
  const { error, stdout, stderr } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  if (error) return undefined;
  // Some commands print a name, a builder and a date around it.
  const text = stdout || stderr;
  return /\d+\.\d[\w.-]*/.exec(text)?.[0] ?? text.trim();
}

/** Runs a command and passes on its output. */
export async function runCommand(
  command: string,
  args: readonly string[],
  use: (chunk: Buffer) => void,
  input: readonly Buffer[] = [],
): Promise<void> {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdout.on('data', use);
  const closed = once(child, 'close');
  for (const chunk of input) if (!child.stdin.write(chunk)) await once(child.stdin, 'drain');
  child.stdin.end();
  const [code] = await closed;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${code}`);
}

/** Runs a command that writes its result to the null device. @returns what it has said beside */
export async function runToNull(command: string, args: readonly string[]): Promise<string> {
  const nowhere = await open(devNull, 'w');
  try {
    const child = spawn(command, args, { stdio: ['ignore', nowhere.fd, 'pipe'] });
    const said: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => said.push(chunk));
    const [code] = await once(child, 'close');
    const text = Buffer.concat(said).toString('utf8');
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${code}: ${text}`);
    return text;
  } finally {
    await nowhere.close();
  }
}

/** jq, or a program that takes its filters. */
export async function jq(name: string, command: 'jq' | 'gojq' | 'jaq', file: InputFile): Promise<Contender> {
  const entities = file.form === 'lines' ? '' : '.entities[] | ';
  const args = ['-c', `${entities}select(.type == "${WANTED}")`, file.path];
  const bytes = await proveLines(command, args, file.restringified);
  return {
    name,
    inputBytes: file.bytes,
    expected: { entities: file.wanted.entities, bytes },
    work: () => countLines(command, args),
  };
}

/**
 * Runs a command into a pipe of the shell, as people do, and counts the lines and bytes of its output. (What Node gives to a
 * child for its output is a socket, whose other end another Node would have to read.)
 */
export async function countLines(command: string, args: readonly string[]): Promise<Outcome> {
  let counts = '';
  await runCommand('bash', ['-c', 'set -o pipefail; "$@" | wc -lc', 'bash', command, ...args], (chunk) => {
    counts += chunk;
  });
  const [entities, bytes] = counts.trim().split(/\s+/).map(Number);
  return { entities, bytes };
}

/** Each jq writes numbers in its own way, so values are compared. */
async function proveLines(command: string, args: readonly string[], right: Selection): Promise<number> {
  const chunks: Buffer[] = [];
  await runCommand(command, args, (chunk) => chunks.push(chunk));
  const lines = Buffer.concat(chunks)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(JSON.stringify(JSON.parse(line))), 0);
  if (lines.length !== right.entities || bytes !== right.bytes) {
    throw new Error(
      `${command}: ${lines.length} entities of ${bytes} bytes, expected ${right.entities} of ${right.bytes}`,
    );
  }
  return chunks.reduce((sum, { length }) => sum + length, 0);
}
