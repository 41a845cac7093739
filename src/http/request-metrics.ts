/** Prometheus metrics of requests. */
import type { Registry } from 'prom-client';
import { importPromClient } from '../jobs/job-metrics.js';
import { acceptArgument, promRegistry } from '../options/accept-options.js';
import { SluiceError } from '../terms/errors.js';
import type { CompletedRequestListener } from './completed-request.js';

/** Bucket bounds in seconds: from a single row to a client that waits, or downloads a large result. */
const REQUEST_SECONDS = [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 60, 300];

const NAME = 'sluice_http_request_duration_seconds';

/**
 * Makes the listener for the option `onRequestCompleted` of `sluiceHttp`; one can serve several plugins. The number of series is
 * bounded by methods, routes and statuses: no label names a tenant or a job.
 * @throws SluiceError `MISSING_PEER` (prom-client), `INVALID` if the registry already counts requests
 */
export async function requestMetrics(registry: Registry): Promise<CompletedRequestListener> {
  acceptArgument('registry', registry, promRegistry);
  const { Histogram } = await importPromClient();
  if (registry.getSingleMetric(NAME)) {
    throw new SluiceError('INVALID', 'http', 'the registry already counts requests; share the existing listener');
  }
  const durations = new Histogram({
    name: NAME,
    help: 'Time from the arrival of a request to the last byte of its response.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    registers: [registry],
  });
  return ({ method, route, status, durationMs }) => durations.observe({ method, route, status }, durationMs / 1000);
}
