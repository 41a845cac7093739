/** `sluice download`: downloads the result of a job of a service; resumes an earlier call. */

import type { Command } from 'commander';
import { checkFile } from '../destinations/file.js';
import { beginCommand } from './commands.js';
import { openConsole, type RunCommand } from './console.js';
import { downloadResult, followJob, sayEnd } from './follow-job.js';
import { interruptible } from './interrupt.js';
import { refuseReadFiles } from './refuse-read-files.js';
import { addServerFlags, clientOf, type ServerFlags, serverFiles } from './server-flags.js';

interface DownloadFlags extends ServerFlags {
  readonly out: string;
  readonly overwrite?: boolean;
  readonly file?: string;
}

/** Adds the command to the program. */
export function addDownloadCommand(program: Command, run: RunCommand): void {
  const command = beginCommand(program, 'download')
    .argument('<id>', 'the work automation id')
    .requiredOption('-o, --out <file>', 'where the result goes')
    .option('--overwrite', 'replace an existing file')
    .option('--file <name>', 'name of the file in the result (default: the export)');
  addServerFlags(command)
    .optionsGroup('Messages:')
    .option('--quiet', 'print only errors')
    .option('--json', 'print JSON lines on standard error')
    .action((id: string, flags: DownloadFlags) => run(() => runDownload(id, flags), flags));
}

async function runDownload(id: string, flags: DownloadFlags): Promise<number> {
  const out = openConsole(flags);
  await refuseReadFiles(serverFiles(flags), { '--out': flags.out });
  await checkFile(flags.out, flags);
  return interruptible(async (signal) => {
    const client = await clientOf(flags, out, signal);
    const job = await followJob(client, id, out);
    return sayEnd(job, await downloadResult(client, id, flags.out, out, flags), out);
  });
}
