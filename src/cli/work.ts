/** `sluice work`: runs the jobs of a database, beside any number of others that do. */
import type { Command } from 'commander';
import { type ConsoleOptions, openConsole, type RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { usage } from './inputs.js';
import { fired, interruptible } from './interrupt.js';
import { addJobFlags, addPlanFlags, type JobFlags, openJobsOf, placeOfJobs, postgresOf } from './job-flags.js';
import { serviceLog } from './service-log.js';
import { addSourceFlags, INPUTS } from './source-flags.js';

/** Adds the command to the program. */
export function addWorkCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('work')
    .description('run jobs that services have taken in, beside any number of other workers')
    .argument('<inputs...>', INPUTS);
  addSourceFlags(addPlanFlags(addJobFlags(command)))
    .optionsGroup('Talk:')
    .option('--quiet', 'log warnings and errors only')
    .action((inputs: string[], flags: JobFlags & ConsoleOptions) => run(() => runWork(inputs, flags), flags));
}

async function runWork(inputs: readonly string[], flags: JobFlags & ConsoleOptions): Promise<number> {
  if (postgresOf(flags) === undefined) throw usage('name the database of the jobs: --postgres, or SLUICE_POSTGRES');
  if (flags.concurrency === 0) throw usage('--concurrency 0 would run no job');
  return interruptible(async (signal) => {
    const jobs = await openJobsOf(inputs, flags, serviceLog(flags));
    openConsole(flags).say(`working on jobs in ${placeOfJobs(flags)}; Ctrl-C hands them back and ends it`, {});
    await fired(signal);
    await jobs.close();
    return EXIT.done;
  });
}
