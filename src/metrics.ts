/** Entry point `sluice/metrics`: Prometheus metrics of jobs and requests, and the route that serves them. */
export { type SluiceMetricsOptions, sluiceMetrics } from './http/metrics-plugin.js';
export { requestMetrics } from './http/request-metrics.js';
export { jobMetrics } from './jobs/job-metrics.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
