/** For tests: the built command line as a separate process. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The program that `npm run build` writes. */
export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** How a process is started. */
export interface Start {
  /** Standard input; empty when absent. */
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The user to run as; needs root. */
  readonly uid?: number;
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Starts the command, without waiting for its end. */
export function startSluice(
  args: readonly string[],
  { cwd, env, uid }: Omit<Start, 'input'> = {},
): ChildProcessByStdio<Writable, Readable, Readable> {
  return spawn(process.execPath, [MAIN, ...args], {
    stdio: 'pipe',
    env: { ...process.env, ...env },
    cwd,
    uid,
    gid: uid,
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

/** Runs a line of bash, in which `sluice` is the command. */
export async function shell(line: string, { cwd }: Pick<Start, 'cwd'> = {}): Promise<Ended> {
  const script = `sluice() { "${process.execPath}" "${MAIN}" "$@"; }\n${line}`;
  const child = spawn('bash', ['-c', script], { stdio: 'pipe', cwd });
  child.stdin.end();
  return ended(child);
}

/** Waits for what another process does, and leaves the processor to it. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(5);
}

/** The files in a folder, including hidden ones. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).sort();
}
