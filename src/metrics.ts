/** The door to numbers for Prometheus: of jobs, of requests, and the route they are read from. */
export { type SluiceMetricsOptions, sluiceMetrics } from './http/metrics-plugin.js';
export { requestMetrics } from './http/request-metrics.js';
export { jobMetrics } from './jobs/job-metrics.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
