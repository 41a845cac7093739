/** Requests in numbers, for Prometheus. */
import type { Registry } from 'prom-client';
import { acceptArgument, promRegistry } from '../options/accept-options.js';
import { SluiceError } from '../terms/errors.js';
import { missingPeer } from '../terms/missing-peer.js';
import type { AnswerListener } from './answered-request.js';

/** Bounds of the buckets, in seconds: from a row that is read to a client that waits, or fetches a large result. */
const REQUEST_SECONDS = [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 60, 300];

const NAME = 'sluice_http_request_duration_seconds';

/**
 * Makes what counts requests, for the option `onAnswered` of `sluiceHttp`; one serves several of these plugins. There
 * are as many series as methods, routes and statuses: no label names a tenant or a job.
 * @throws SluiceError `MISSING_PEER` (prom-client), `INVALID` when the registry counts requests already
 */
export async function requestMetrics(registry: Registry): Promise<AnswerListener> {
  acceptArgument('registry', registry, promRegistry);
  const { Histogram } = await importPromClient();
  if (registry.getSingleMetric(NAME)) {
    throw new SluiceError('INVALID', 'http', 'the registry counts requests already: share what counts them');
  }
  const durations = new Histogram({
    name: NAME,
    help: 'Time from the arrival of a request to the last byte of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    registers: [registry],
  });
  return ({ method, route, status, durationMs }) => durations.observe({ method, route, status }, durationMs / 1000);
}

async function importPromClient() {
  try {
    return await import('prom-client');
  } catch (cause) {
    throw missingPeer('sluice/metrics', 'prom-client', cause);
  }
}
