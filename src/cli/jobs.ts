/** `sluice jobs`: lists the jobs of a service, shows one, or cancels it. */
import type { Command } from 'commander';
import { FILTER_OPTIONS, type FilterOptions } from '../client/client-options.js';
import type { Client } from '../client/create-client.js';
import type { RemoteManyJobs } from '../client/own-routes.js';
import type { RemoteJob } from '../client/remote-job.js';
import type { JobState } from '../jobs/job.js';
import { definedOnly } from '../terms/defined-only.js';
import { formatCount } from '../terms/format-count.js';
import { escaped } from '../terms/shown-text.js';
import { beginCommand } from './commands.js';
import { openConsole, type RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { numberIn } from './flags.js';
import { formatBytes } from './format.js';
import { interruptible } from './interrupt.js';
import { addOptionFlags } from './option-flags.js';
import { addServerFlags, clientOf, type ServerFlags } from './server-flags.js';
import { tableOf } from './table.js';
import { escapedLines } from './terminal.js';
import { usage } from './usage.js';

interface JobsFlags extends ServerFlags {
  readonly cancel?: boolean;
  readonly rerun?: boolean;
  readonly cancelAll?: boolean;
  readonly deleteAll?: boolean;
  readonly state?: readonly JobState[];
  readonly type?: readonly string[];
  readonly profile?: readonly string[];
  readonly user?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly text?: string;
  readonly limit?: number;
  readonly after?: string;
}

/** Adds the command to the program. */
export function addJobsCommand(program: Command, run: RunCommand): void {
  const command = beginCommand(program, 'jobs')
    .argument('[id]', 'the work automation id of one job')
    .option('--cancel', 'cancel that job, or delete it once it has ended')
    .option('--rerun', 'submit the request of that job again, and print the id of the new one')
    .option('--cancel-all', 'cancel the unfinished jobs that match')
    .option('--delete-all', 'delete the ended jobs that match, with their results')
    .option('--limit <n>', 'maximum number of jobs (default: 20)', numberIn({ min: 1, max: 500 }))
    .option('--after <next>', 'start of the page, as printed with the previous one');
  command.optionsGroup('Which jobs:');
  addOptionFlags(command, FILTER_OPTIONS, 'states', 'types', 'profiles', 'users', 'from', 'to', 'text');
  addServerFlags(command)
    .optionsGroup('Messages:')
    .option('--quiet', 'print only errors')
    .option('--json', 'print JSON')
    .action((id: string | undefined, flags: JobsFlags) => run(() => runJobs(id, flags), flags));
}

async function runJobs(id: string | undefined, flags: JobsFlags): Promise<number> {
  const out = openConsole(flags);
  const { limit = 20, after, rerun, cancelAll, deleteAll } = flags;
  if (flags.cancel && id === undefined) throw usage('name the job to cancel');
  if (rerun && id === undefined) throw usage('name the job to submit again');
  const filter = filterOf(flags);
  if (id !== undefined && (cancelAll || deleteAll || Object.keys(filter).length > 0)) {
    throw usage('a job is named: flags for many have no effect');
  }
  if ([flags.cancel, rerun, cancelAll, deleteAll].filter(Boolean).length > 1) {
    throw usage('--cancel, --rerun, --cancel-all and --delete-all exclude one another');
  }
  return interruptible(async (signal) => {
    const client = await clientOf(flags, out, signal);
    const print = (answer: unknown, text: () => string) =>
      void process.stdout.write(flags.json ? `${escapedLines(JSON.stringify(answer, null, 2))}\n` : text());
    if (cancelAll || deleteAll) {
      const { matched, done } = await endAll(client, cancelAll ? 'cancelAll' : 'deleteAll', filter);
      const verb = cancelAll ? 'cancelled' : 'deleted';
      print({ matched, done }, () => `${formatCount(done)} of ${formatCount(matched)} jobs ${verb}\n`);
      return EXIT.done;
    }
    if (id !== undefined && rerun) {
      const job = await client.rerun(id);
      print(job, () => `${escaped(job.id)}\n`);
      return EXIT.done;
    }
    if (id !== undefined) {
      const job = await (flags.cancel ? client.cancel(id) : client.get(id));
      print(job, () => describe(job));
      return EXIT.done;
    }
    const page = await client.list({ ...filter, limit, after });
    print(page, () => tableOf(HEAD, page.jobs.map(cells), { from: 3 }));
    if (page.next !== undefined && !flags.json) out.report(`there are more: --after ${page.next}`, { next: page.next });
    return EXIT.done;
  });
}

function filterOf({ state, type, profile, user, from, to, text }: JobsFlags): FilterOptions {
  return definedOnly({ states: state, types: type, profiles: profile, users: user, from, to, text });
}

/** Repeats the call, which ends after some jobs, until none is left that it could end. */
async function endAll(
  client: Client,
  action: 'cancelAll' | 'deleteAll',
  filter: FilterOptions,
): Promise<RemoteManyJobs> {
  let [matched, done] = [0, 0];
  for (;;) {
    const call = await client[action](filter);
    matched = Math.max(matched, done + call.matched);
    done += call.done;
    if (call.done === 0 || call.done >= call.matched) return { matched, done };
  }
}

const HEAD = ['ID', 'STATE', 'CREATED', 'WRITTEN', 'DONE', 'SIZE'] as const;

function cells(job: RemoteJob): readonly string[] {
  const { id, state, createdAt, progress, files } = job;
  const size = files[0]?.bytes;
  return [
    id,
    state,
    createdAt ?? '-',
    formatCount(progress.written),
    share(job) ?? '-',
    size === undefined ? '-' : formatBytes(size),
  ];
}

/** The share of the source that has been read. */
function share({ state, progress: { bytesIn, totalBytes } }: RemoteJob): string | undefined {
  return state === 'running' && totalBytes ? `${Math.floor((bytesIn / totalBytes) * 100)} %` : undefined;
}

/** One job, one line per fact. */
function describe(job: RemoteJob): string {
  const { progress, error, files } = job;
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ['id', job.id],
    ['state', job.state],
    ['status', job.status],
    ['created', job.createdAt],
    ['started', job.startedAt],
    ['ended', job.endedAt],
    ['expires', job.expiresAt],
    ['profile', job.profile],
    ['user', job.submittedBy],
    ['priority', job.priority || undefined],
    ['rerun of', job.rerunOf],
    ['schedule', job.schedule],
    ['attempts', job.attempts],
    ['read', formatCount(progress.read)],
    ['written', formatCount(progress.written)],
    ['done', share(job)],
    ['estimated', progress.estimatedEnd],
    ['error', error && `${error.message} (${error.code})`],
    ...files.map(
      ({ name, bytes, sha256 }) => ['file', `${name} ${bytes ?? '?'} bytes ${sha256 ?? ''}`.trimEnd()] as const,
    ),
  ];
  return facts
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name.padEnd(10)}${escaped(String(value))}\n`)
    .join('');
}
