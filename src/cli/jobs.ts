/** `sluice jobs`: lists the jobs of a service, shows one, or cancels it. */
import type { Command } from 'commander';
import type { RemoteJob } from '../client/remote-job.js';
import { escaped } from '../terms/shown-text.js';
import { beginCommand } from './commands.js';
import { openConsole, type RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { numberIn } from './flags.js';
import { formatBytes, formatCount } from './format.js';
import { usage } from './inputs.js';
import { interruptible } from './interrupt.js';
import { addServerFlags, clientOf, type ServerFlags } from './server-flags.js';
import { escapedLines } from './terminal.js';

interface JobsFlags extends ServerFlags {
  readonly cancel?: boolean;
  readonly limit?: number;
  readonly after?: string;
}

/** Adds the command to the program. */
export function addJobsCommand(program: Command, run: RunCommand): void {
  const command = beginCommand(program, 'jobs')
    .argument('[id]', 'the work automation id of one job')
    .option('--cancel', 'cancel that job, or delete it once it has ended')
    .option('--limit <n>', 'maximum number of jobs (default: 20)', numberIn({ min: 1, max: 500 }))
    .option('--after <next>', 'start of the page, as printed with the previous one');
  addServerFlags(command)
    .optionsGroup('Messages:')
    .option('--quiet', 'print only errors')
    .option('--json', 'print JSON')
    .action((id: string | undefined, flags: JobsFlags) => run(() => runJobs(id, flags), flags));
}

async function runJobs(id: string | undefined, flags: JobsFlags): Promise<number> {
  const out = openConsole(flags);
  if (flags.cancel && id === undefined) throw usage('name the job to cancel');
  return interruptible(async (signal) => {
    const client = await clientOf(flags, out, signal);
    const print = (answer: unknown, text: () => string) =>
      void process.stdout.write(flags.json ? `${escapedLines(JSON.stringify(answer, null, 2))}\n` : text());
    if (id !== undefined) {
      const job = await (flags.cancel ? client.cancel(id) : client.get(id));
      print(job, () => describe(job));
      return EXIT.done;
    }
    const { limit = 20, after } = flags;
    const page = await client.list({ limit, after });
    print(page, () => table(page.jobs));
    if (page.next !== undefined && !flags.json) out.report(`there are more: --after ${page.next}`, { next: page.next });
    return EXIT.done;
  });
}

const HEAD = ['ID', 'STATE', 'CREATED', 'WRITTEN', 'DONE', 'SIZE'] as const;

/** A table with one line per job. */
function table(jobs: readonly RemoteJob[]): string {
  const rows = [HEAD, ...jobs.map((job) => cells(job).map(escaped))];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column > 2 ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

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
