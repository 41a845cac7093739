/** `sluice work`: runs the jobs of a database, beside any number of other workers. */
import type { Command } from 'commander';
import { SERVICE_OPTIONS } from '../http/service-options.js';
import { beginCommand } from './commands.js';
import { type ConsoleOptions, openConsole, type RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { aborted, interruptible } from './interrupt.js';
import { addJobFlags, addPlanFlags, type JobFlags, openJobsOf, placeOfJobs, postgresOf } from './job-flags.js';
import { addMetricsFlags, type MetricsFlags, type MetricsServer, openMetricsServer } from './metrics-server.js';
import { addOptionFlags } from './option-flags.js';
import { serviceLog } from './service-log.js';
import { addSourceFlags, INPUTS } from './source-flags.js';
import { usage } from './usage.js';
import { boundYoungGeneration } from './young-generation.js';

interface WorkFlags extends ConsoleOptions, JobFlags, MetricsFlags {}

/** Adds the command to the program. */
export function addWorkCommand(program: Command, run: RunCommand): void {
  const command = beginCommand(program, 'work').argument('[inputs...]', INPUTS);
  addOptionFlags(command, SERVICE_OPTIONS, 'tenants');
  addMetricsFlags(addSourceFlags(addPlanFlags(addJobFlags(command))))
    .optionsGroup('Messages:')
    .option('--quiet', 'log warnings and errors only')
    .action((inputs: string[], flags: WorkFlags) => run(() => runWork(inputs, flags), flags));
}

async function runWork(inputs: readonly string[], flags: WorkFlags): Promise<number> {
  boundYoungGeneration();
  if (postgresOf(flags) === undefined) throw usage('name the database of the jobs: --postgres, or SLUICE_POSTGRES');
  if (flags.concurrency === 0) throw usage('--concurrency 0 would run no jobs');
  return interruptible(async (signal) => {
    const jobs = await openJobsOf(inputs, flags, serviceLog(flags));
    let metrics: MetricsServer | undefined;
    try {
      metrics = await openMetricsServer(jobs, flags);
      const also = metrics === undefined ? '' : `; metrics at ${metrics.url}`;
      openConsole(flags).report(`working on jobs in ${placeOfJobs(flags)}${also}; Ctrl-C requeues them and exits`, {});
      await aborted(signal);
    } finally {
      await jobs.close();
      await metrics?.close();
    }
    return EXIT.done;
  });
}
