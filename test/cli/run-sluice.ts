/** For tests: the built command line as a process of its own. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** The program that `npm run build` makes. */
export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** How a process is started. */
export interface Start {
  /** What it reads from standard input; nothing when absent. */
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The user to run as, for those who may choose. */
  readonly uid?: number;
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Starts the command and leaves it to the caller. */
export function startSluice(
  args: readonly string[],
  { cwd, env, uid }: Omit<Start, 'input'> = {},
): ChildProcessByStdio<Writable, Readable, Readable> {
  return spawn(process.execPath, [MAIN, ...args], {
    stdio: 'pipe',
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
}

/** Runs the command to its end. */
export async function sluice(args: readonly string[], { input, ...start }: Start = {}): Promise<Ended> {
  const child = startSluice(args, start);
  // A command that fails early does not read to the end.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return ended(child);
}

/** Waits for a process to end. */
export async function ended(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<Ended> {
  const code = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [stdout, stderr] = await Promise.all([buffer(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

/** Runs a line of shell, in which `sluice` is the command. */
export async function shell(line: string, { cwd }: Pick<Start, 'cwd'> = {}): Promise<Ended> {
  const script = `sluice() { "${process.execPath}" "${MAIN}" "$@"; }\n${line}`;
  const child = spawn('bash', ['-c', script], { stdio: 'pipe', ...(cwd === undefined ? {} : { cwd }) });
  child.stdin.end();
  return ended(child);
}

/** The files in a folder, hidden ones too. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).sort();
}
