/** `sluice serve`: serves exports of entities over HTTP, with the routes of the documented platform. */
import type { AddressInfo } from 'node:net';
import type { Command } from 'commander';
import type { FastifyBaseLogger } from 'fastify';
import { sluiceHttp } from '../http/plugin.js';
import { requestMetrics } from '../http/request-metrics.js';
import { answerAll, SERVER_OPTIONS } from '../http/server-options.js';
import { missingPeer } from '../terms/missing-peer.js';
import { type AuthenticationFlags, addAuthenticationFlags, authentication, signInOf } from './authentication.js';
import { beginCommand } from './commands.js';
import { type ConsoleOptions, openConsole, type RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { numberIn, PORTS } from './flags.js';
import { aborted, interruptible } from './interrupt.js';
import {
  addJobFlags,
  addPlanFlags,
  DATA_DIR,
  type JobFlags,
  openJobsOf,
  placeOfJobs,
  postgresOf,
} from './job-flags.js';
import { listenError } from './listen-error.js';
import { addMetricsFlags, type MetricsFlags, type MetricsServer, openMetricsServer } from './metrics-server.js';
import { addServiceFlags, pluginOptions, prefixOf, type ServiceFlags, trustedProxies } from './service-flags.js';
import { serviceLog } from './service-log.js';
import { addSourceFlags, INPUTS } from './source-flags.js';
import { answersOf, tenantsOf } from './tenant-settings.js';
import { usage } from './usage.js';
import { boundYoungGeneration } from './young-generation.js';

interface ServeFlags extends AuthenticationFlags, ConsoleOptions, JobFlags, MetricsFlags, ServiceFlags {
  readonly host: string;
  readonly port: number;
}

/** How long pending responses may take at a shutdown, in milliseconds. */
const GRACE_MS = 5000;

/** Adds the command to the program. */
export function addServeCommand(program: Command, run: RunCommand): void {
  const command = beginCommand(program, 'serve')
    .argument('[inputs...]', INPUTS)
    .option('--host <host>', 'where to listen', '127.0.0.1')
    .option('--port <n>', 'the port; 0 chooses a free one', numberIn(PORTS), 8080)
    .option('--data-dir <folder>', 'folder of jobs and results, owned by this process', DATA_DIR);
  addAuthenticationFlags(command);
  addMetricsFlags(addSourceFlags(addPlanFlags(addServiceFlags(addJobFlags(command)))))
    .optionsGroup('Messages:')
    .option('--quiet', 'log warnings and errors only')
    .action((inputs: string[], flags: ServeFlags) => run(() => runServe(inputs, flags), flags));
}

async function runServe(inputs: readonly string[], flags: ServeFlags): Promise<number> {
  boundYoungGeneration();
  // Flags are checked before anything is opened.
  const plugin = pluginOptions(flags, answersOf(await tenantsOf(flags)));
  const trustProxy = trustedProxies(flags);
  const signIn = signInOf(flags);
  const authenticate = await authentication(flags);
  const { fastify, LogController } = await importFastify();
  const log = serviceLog(flags);
  return interruptible(async (signal) => {
    const jobs = await openJobsOf(inputs, withRole(inputs, flags), log);
    const loggerInstance: FastifyBaseLogger = log;
    const app = fastify({
      loggerInstance,
      logController: new LogController({ disableRequestLogging: true }),
      trustProxy,
      ...SERVER_OPTIONS,
    });
    answerAll(app);
    let metrics: MetricsServer | undefined;
    try {
      metrics = await openMetricsServer(jobs, flags);
      await app.register(sluiceHttp, {
        jobs,
        onRequestCompleted: metrics && (await requestMetrics(metrics.registry)),
        authenticate,
        signIn,
        ...plugin,
      });
      await app.listen({ host: flags.host, port: flags.port }).catch((cause: unknown) => {
        throw listenError(cause, flags.host, flags.port, '--port');
      });
      announce(app.server.address(), flags, authenticate !== 'none', metrics?.url);
      await aborted(signal);
    } finally {
      // Concurrently: closing the jobs ends the requests that wait for them, and the server accepts no new ones.
      const closing = app.close();
      // Awaited below; earlier steps may fail.
      closing.catch(() => {});
      await jobs.close();
      await metrics?.close();
      const late = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
      await closing;
      clearTimeout(late);
    }
    return EXIT.done;
  });
}

/** With a database, a service runs jobs only if their number is stated; by default workers run them. */
function withRole(inputs: readonly string[], flags: ServeFlags): ServeFlags {
  if (postgresOf(flags) === undefined || flags.concurrency !== undefined) return flags;
  if (inputs.length > 0)
    throw usage('with --postgres, a service runs no jobs: leave the input to workers, or state --concurrency');
  return { ...flags, concurrency: 0 };
}

/** Prints the address of the service, and a request that works as printed. */
function announce(
  address: AddressInfo | string | null,
  flags: ServeFlags,
  hasTokens: boolean,
  metrics: string | undefined,
): void {
  const port = typeof address === 'object' && address !== null ? address.port : flags.port;
  const host = ['0.0.0.0', '::'].includes(flags.host) ? 'localhost' : flags.host;
  const base = `http://${host.includes(':') ? `[${host}]` : host}:${port}${prefixOf(flags)}`;
  const also = metrics === undefined ? '' : `; metrics at ${metrics}`;
  openConsole(flags).report(`serving ${base}; jobs in ${placeOfJobs(flags)}${also}; Ctrl-C ends it`, { base });
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

async function importFastify() {
  try {
    return await import('fastify');
  } catch (cause) {
    throw missingPeer('sluice serve', 'fastify @fastify/swagger @fastify/rate-limit', cause);
  }
}
