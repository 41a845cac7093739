/** The command as a process: a service or worker that runs until it is ended, or an export. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../settings.js';

const MAIN = join(ROOT, 'dist', 'cli', 'main.js');

/** A running process. */
export interface SluiceProcess {
  readonly pid: number;
  /** The address that the service prints. */
  server(): Promise<string>;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts the command, on one core where one is given (by `taskset`); its standard error is shown. */
export function startProcess(folder: string, args: readonly string[], core?: number): SluiceProcess {
  const command = [process.execPath, MAIN, ...args];
  const [program, ...rest] = core === undefined ? command : ['taskset', '-c', String(core), ...command];
  const child = spawn(program, rest, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout);
  const first = once(lines, 'line');
  const closed = once(child, 'close');
  first.catch(() => {});
  return {
    // taskset becomes the command.
    pid: child.pid ?? 0,
    async server() {
      const [line]: string[] = await Promise.race([first, closed.then(() => [''])]);
      const server = /http:\/\/[^/ ]+/.exec(line ?? '')?.[0];
      if (server === undefined) throw new Error(`unexpected line of the service: ${line}`);
      return server;
    },
    async end(signal) {
      child.kill(signal);
      await closed;
    },
  };
}

/** Runs the command to its end, with a request in a file. */
export async function runCommand(folder: string, args: readonly string[], request: object): Promise<void> {
  const path = join(folder, 'request.json');
  await writeFile(path, JSON.stringify(request));
  const all = [MAIN, ...args, '--request', path];
  const child = spawn(process.execPath, all, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`sluice ${args.join(' ')} ended with ${code}`);
}
