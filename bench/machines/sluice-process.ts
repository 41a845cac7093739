/** The command as a process: a service or a worker that goes on until it is ended, or an export that ends by itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../settings.js';

const MAIN = join(ROOT, 'dist', 'cli', 'main.js');

/** A process that goes on. */
export interface SluiceProcess {
  /** The address that a service prints. */
  server(): Promise<string>;
  /** Ends it, and waits for that. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts the command; what it says on standard error is shown. */
export function startProcess(folder: string, args: readonly string[]): SluiceProcess {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout);
  const first = once(lines, 'line');
  const closed = once(child, 'close');
  first.catch(() => {});
  return {
    async server() {
      const [line]: string[] = await Promise.race([first, closed.then(() => [''])]);
      const server = /http:\/\/[^/ ]+/.exec(line ?? '')?.[0];
      if (server === undefined) throw new Error(`the service said: ${line}`);
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
