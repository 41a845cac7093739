/** `sluice serve`: entities of this machine as a service, in the words of the documented platform. */
import { stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Command } from 'commander';
import { tokenAuthenticator } from '../http/authenticate.js';
import { sluiceHttp } from '../http/plugin.js';
import type { JobPlanOptions } from '../jobs/job-plan.js';
import { openJobs } from '../jobs/open-jobs.js';
import { files } from '../pipeline/read/files.js';
import { definedOnly } from '../terms/defined-only.js';
import { type ErrorCode, messageOf, SluiceError, systemCode } from '../terms/errors.js';
import { importPeer } from '../terms/import-peer.js';
import type { Profile } from '../terms/profile.js';
import { type ConsoleOptions, openConsole, type RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { choice, collect, number } from './flags.js';
import { usage } from './inputs.js';
import { interruptible } from './interrupt.js';
import { readProfiles } from './profile-files.js';
import { serviceLog } from './service-log.js';
import { tenantTokens } from './tenant-tokens.js';

interface ServeFlags extends ConsoleOptions, Omit<JobPlanOptions, 'profiles'> {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly profiles?: readonly string[];
  readonly token?: readonly string[];
  readonly tokensFile?: string;
  readonly auth: boolean;
  readonly prefix?: string;
  readonly wait?: number;
  readonly keep?: number;
  readonly concurrency?: number;
  readonly maxRunning?: number;
  readonly maxQueued?: number;
}

/** How long answers that are under way may take when the service is told to end. */
const GRACE_MS = 5000;

/** Adds the command to the program. */
export function addServeCommand(program: Command, run: RunCommand): void {
  program
    .command('serve')
    .description('serve exports of these files over HTTP, as jobs that outlive the process')
    .argument('[inputs...]', 'files or globs')
    .option('--host <host>', 'where to listen', '127.0.0.1')
    .option('--port <n>', 'the port; 0 is any that is free', number, 8080)
    .option('--prefix <path>', 'a path before all routes, e.g. /tenant')
    .option('--data-dir <folder>', 'where jobs and results are kept', '.sluice')
    .optionsGroup('Who may ask:')
    .option('--token <tenant=place>', 'the token of a tenant: tenant=@file or tenant=$VARIABLE; repeatable', collect)
    .option('--tokens-file <file>', 'tenant=token, one a line (default: those in $SLUICE_TOKENS, with commas between)')
    .option('--no-auth', 'everybody on this machine; only where nobody else can reach the host')
    .optionsGroup('How much:')
    .option('--concurrency <n>', 'jobs that run at the same time (default: 4)', number)
    .option('--max-running <n>', 'of these, jobs of one tenant (default: 4)', number)
    .option('--max-queued <n>', 'jobs of one tenant that wait (default: 1000)', number)
    .option('--keep <hours>', 'how long results are kept (default: 24)', number)
    .option('--wait <seconds>', 'how long a request waits for its result (default: 10)', number)
    .optionsGroup('Input:')
    .option('--input <form>', 'lines, array or document (default: found)', choice('lines', 'array', 'document'))
    .option('--path <members>', 'the way to the entities in a document, e.g. response.entities')
    .option('--id-field <name>', 'how entities spell their id (default: id)')
    .option('--type-field <name>', 'how entities spell their type (default: type)')
    .option('--trust', 'look for boundaries only; the input is known to be valid')
    .option('--on-error <what>', 'stop at a faulty line, or skip it (default: stop)', choice('stop', 'skip'))
    .option('--level <n>', 'deflate level, 0 to 9 (default: 1)', number)
    .option('--threads <n>', 'blocks deflated at the same time (default: what suits the machine)', number)
    .option('--profiles <file>', 'a JSON file with profiles, documented ones too; repeatable', collect)
    .optionsGroup('Talk:')
    .option('--quiet', 'log warnings and errors only')
    .action((inputs: string[], flags: ServeFlags) => run(() => runServe(inputs, flags), flags));
}

async function runServe(inputs: readonly string[], flags: ServeFlags): Promise<number> {
  await checkInputs(inputs);
  const tokens = await tenantTokens(flags);
  const profiles = await readProfiles(flags.profiles ?? []);
  const peers = 'fastify @fastify/swagger @fastify/rate-limit lmdb';
  const { fastify, LogController } = await importPeer('sluice serve', peers, () => import('fastify'));
  const log = serviceLog(flags);
  return interruptible(async (signal) => {
    const jobs = await openJobs({ ...jobsOptions(flags, profiles), source: inputs, logger: log });
    const app = fastify({ loggerInstance: log, logController: new LogController({ disableRequestLogging: true }) });
    try {
      await app.register(sluiceHttp, {
        jobs,
        authenticate: tokens === 'none' ? 'none' : tokenAuthenticator(tokens),
        ...(flags.prefix === undefined ? {} : { prefix: flags.prefix }),
        ...(flags.wait === undefined ? {} : { waitMs: flags.wait * 1000 }),
      });
      await app.listen({ host: flags.host, port: flags.port }).catch((cause: unknown) => {
        throw listenError(cause, flags);
      });
      announce(app.server.address(), flags, tokens !== 'none');
      await fired(signal);
    } finally {
      // Both at once: whoever waits for a job is answered by the jobs' end, and no new ones come.
      const closing = app.close();
      await jobs.close();
      const late = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
      await closing;
      clearTimeout(late);
    }
    return EXIT.done;
  });
}

/** What is read many times must be there, and must be a file. */
async function checkInputs(inputs: readonly string[]): Promise<void> {
  if (inputs.length === 0) throw usage('name an input: files, or globs');
  if (inputs.includes('-')) throw usage('a service reads its input many times; standard input can be read once');
  for (const path of inputs) {
    const found = await stat(path).catch(() => undefined);
    if (found && !found.isFile() && !found.isDirectory()) throw usage(`${path} is no file; it can be read once only`);
  }
  for await (const input of files(...inputs).inputs(new AbortController().signal)) {
    if (input.kind === 'bytes') await input.close();
  }
}

function jobsOptions(flags: ServeFlags, profiles: readonly Profile[]) {
  const { input, path, idField, typeField, trust, onError, level, threads } = flags;
  const plan = { profiles, ...definedOnly({ input, path, idField, typeField, trust, onError, level, threads }) };
  const { maxRunning, maxQueued, concurrency, keep, dataDir } = flags;
  const keepResultsMs = keep === undefined ? undefined : keep * 3_600_000;
  return {
    dataDir,
    plan,
    limits: definedOnly({ running: maxRunning, queued: maxQueued }),
    ...definedOnly({ concurrency, keepResultsMs }),
  };
}

/** Says where the service is, and prints a call that works as it stands. */
function announce(address: AddressInfo | string | null, flags: ServeFlags, hasTokens: boolean): void {
  const port = typeof address === 'object' && address !== null ? address.port : flags.port;
  const host = ['0.0.0.0', '::'].includes(flags.host) ? 'localhost' : flags.host;
  const base = `http://${host.includes(':') ? `[${host}]` : host}:${port}${flags.prefix ?? ''}`;
  openConsole(flags).say(`serving ${base}; jobs and results in ${flags.dataDir}; Ctrl-C ends it`, { base });
  const body = {
    params: {
      query: { filters: { typesCriterion: ['_ALL'] } },
      fields: { attributes: ['_ALL'] },
      options: { maxRecords: '10' },
      rsconnect: { profiles: ['downloadDataJSONJob'] },
    },
  };
  const authorization = hasTokens ? ' -H "Authorization: Bearer $SLUICE_TOKEN"' : '';
  process.stdout.write(
    `curl -sS ${base}/api/rsConnectService/downloadDataJob -H 'Content-Type: application/json'${authorization} ` +
      `-d '${JSON.stringify(body)}'\n`,
  );
}

const LISTEN_CODES: ReadonlyMap<string, ErrorCode> = new Map([['EACCES', 'PERMISSION_DENIED']]);

function listenError(cause: unknown, { host, port }: ServeFlags): SluiceError {
  const code = systemCode(cause) ?? '';
  const text =
    code === 'EADDRINUSE' ? `port ${port} of ${host} is taken; choose another with --port` : messageOf(cause);
  return new SluiceError(LISTEN_CODES.get(code) ?? 'SERVICE_FAILED', 'http', text, { cause });
}

function fired(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
