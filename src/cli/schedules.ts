/** `sluice schedules`: lists the schedules of a service, adds, removes or runs one. */
import type { Command } from 'commander';
import type { Client } from '../client/create-client.js';
import type { RemoteSchedule } from '../client/schedules.js';
import { SCHEDULE_TIMES } from '../schedules/schedule.js';
import { definedOnly } from '../terms/defined-only.js';
import { escaped } from '../terms/shown-text.js';
import { beginCommand } from './commands.js';
import { openConsole, type RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { filled } from './flags.js';
import { interruptible } from './interrupt.js';
import { readJson } from './json-file.js';
import { addOptionFlags } from './option-flags.js';
import { addServerFlags, clientOf, type ServerFlags } from './server-flags.js';
import { priorityOf } from './submit.js';
import { tableOf } from './table.js';
import { escapedLines } from './terminal.js';
import { usage } from './usage.js';

interface SchedulesFlags extends ServerFlags {
  readonly every?: number;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly name?: string;
  readonly request?: string;
  readonly priority?: number;
  readonly webhook?: string;
}

/** Adds the command to the program. */
export function addSchedulesCommand(program: Command, run: RunCommand): void {
  const command = beginCommand(program, 'schedules')
    .argument('[action]', 'list (default), add, show, remove, run, pause or resume')
    .argument('[id]', 'the id of the schedule, for all but the first two')
    .optionsGroup('New schedule:');
  addOptionFlags(command, SCHEDULE_TIMES, 'everyMs', 'cron', 'timeZone');
  command
    .option('--request <file>', 'the request, in either form')
    .option('--name <name>', 'what people call it', filled)
    .option('--priority <n>', 'queued jobs with a higher number start first, -100 to 100 (default: 0)', priorityOf)
    .option('--webhook <url>', 'an address that is told of the ends of its jobs', filled);
  addServerFlags(command)
    .optionsGroup('Messages:')
    .option('--quiet', 'print only errors')
    .option('--json', 'print JSON')
    .action((action: string | undefined, id: string | undefined, flags: SchedulesFlags) =>
      run(() => runSchedules(action ?? 'list', id, flags), flags),
    );
}

async function runSchedules(action: string, id: string | undefined, flags: SchedulesFlags): Promise<number> {
  const out = openConsole(flags);
  const { every: everyMs, cron, timeZone, name, request: file, priority, webhook } = flags;
  const given = definedOnly({ everyMs, cron, timeZone, name, priority, webhook });
  if (!['list', 'add', 'show', 'remove', 'run', 'pause', 'resume'].includes(action)) {
    throw usage('name what to do: sluice schedules list, add, show, remove, run, pause or resume');
  }
  if (['list', 'add'].includes(action) !== (id === undefined)) {
    throw usage(id === undefined ? `name the schedule: sluice schedules ${action} <id>` : `${action} takes no id`);
  }
  const isAdded = action === 'add';
  if (isAdded === (file === undefined) || (!isAdded && Object.keys(given).length > 0)) {
    throw usage('a new schedule is added from a file: sluice schedules add --request FILE, with --every or --cron');
  }
  return interruptible(async (signal) => {
    const client = await clientOf(flags, out, signal);
    const print = (answer: unknown, text: () => string) =>
      void process.stdout.write(flags.json ? `${escapedLines(JSON.stringify(answer, null, 2))}\n` : text());
    if (file !== undefined) {
      const added = await client.addSchedule({ ...given, request: await readJson(file) });
      print(added, () => tableOf(HEAD, [cells(added)]));
    } else if (id === undefined) {
      const schedules = await client.schedules();
      print(schedules, () => tableOf(HEAD, schedules.map(cells)));
    } else if (action === 'run') {
      const job = await client.runSchedule(id);
      print(job, () => `${escaped(job.id)}\n`);
    } else {
      const schedule = await actOn(client, action, id);
      print(schedule, () => tableOf(HEAD, [cells(schedule)]));
    }
    return EXIT.done;
  });
}

function actOn(client: Client, action: string, id: string): Promise<RemoteSchedule> {
  if (action === 'show') return client.getSchedule(id);
  if (action === 'pause') return client.pauseSchedule(id);
  return action === 'resume' ? client.resumeSchedule(id) : client.removeSchedule(id);
}

const HEAD = ['ID', 'NAME', 'WHEN', 'NEXT', 'RUNS', 'LEFT OUT', 'LAST JOB', 'ERROR'];

function cells(schedule: RemoteSchedule): readonly string[] {
  const { id, name = '', everyMs, cron = '', timeZone, nextAt, paused, runs, leftOut } = schedule;
  const { lastJob = '', lastError = '' } = schedule;
  const when = everyMs === undefined ? [cron, timeZone].filter(Boolean).join(' ') : `every ${everyMs / 1000}s`;
  return [id, name, when, paused ? 'paused' : nextAt, String(runs), String(leftOut), lastJob, lastError];
}
