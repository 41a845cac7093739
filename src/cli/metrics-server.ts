/** Prometheus metrics of a service or a worker, on their own port. */
import type { Command } from 'commander';
import type { Registry } from 'prom-client';
import { bearerTokens } from '../http/bearer-tokens.js';
import { CONNECTION_LIMITS, limitConnections } from '../http/connection-limits.js';
import { isLoopbackHost } from '../http/loopback.js';
import { sluiceMetrics } from '../http/metrics-plugin.js';
import { jobMetrics } from '../jobs/job-metrics.js';
import type { Jobs } from '../jobs/open-jobs.js';
import { missingPeer } from '../terms/missing-peer.js';
import { numberIn, PORTS } from './flags.js';
import { listenError } from './listen-error.js';
import { readSecret } from './secret-files.js';
import { usage } from './usage.js';

/** The flags, as parsed by commander. */
export interface MetricsFlags {
  readonly metricsPort?: number;
  readonly metricsHost: string;
  readonly metricsTokenFile?: string;
}

/** Adds the flags to a command. */
export function addMetricsFlags(command: Command): Command {
  return command
    .optionsGroup('Metrics for Prometheus:')
    .option('--metrics-port <n>', 'serve GET /metrics on this port; 0 chooses a free one', numberIn(PORTS))
    .option('--metrics-host <host>', 'where to listen for metrics', '127.0.0.1')
    .option('--metrics-token-file <file>', 'the file that holds the bearer token of metrics readers');
}

/** A server of metrics. */
export interface MetricsServer {
  readonly registry: Registry;
  /** Address of the metrics. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the metrics of jobs, if the flags request it.
 * @throws SluiceError `MISSING_PEER`, `SERVICE_FAILED`, `INVALID` if the metrics would be public
 */
export async function openMetricsServer(jobs: Jobs, flags: MetricsFlags): Promise<MetricsServer | undefined> {
  const { metricsPort: port, metricsHost: host, metricsTokenFile } = flags;
  if (port === undefined) return undefined;
  if (metricsTokenFile === undefined && !isLoopbackHost(host)) {
    throw usage(`${host} may be reachable from other machines: require a token with --metrics-token-file`);
  }
  const { fastify } = await importFastify();
  const reader = metricsTokenFile === undefined ? undefined : await readSecret(metricsTokenFile);
  const registry = await jobMetrics(jobs);
  const app = fastify({ forceCloseConnections: true });
  limitConnections(app.server, CONNECTION_LIMITS, () => {});
  const authenticate = reader === undefined ? 'none' : bearerTokens(new Map([[reader, 'metrics']]));
  await app.register(sluiceMetrics, { registry, authenticate });
  const origin = await app.listen({ host, port }).catch((cause: unknown) => {
    throw listenError(cause, host, port, '--metrics-port');
  });
  return { registry, url: `${origin}/metrics`, close: () => app.close() };
}

async function importFastify() {
  try {
    return await import('fastify');
  } catch (cause) {
    throw missingPeer('--metrics-port', 'fastify @fastify/rate-limit prom-client', cause);
  }
}
