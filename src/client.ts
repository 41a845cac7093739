/** Entry point `sluice/client`: a client of sluice, and of the documented platform. */

export type {
  ClientOptions,
  DeliveryOptions,
  DownloadOptions,
  DownloadProgress,
  FilterOptions,
  ListOptions,
  SubmitOptions,
  WaitForOptions,
} from './client/client-options.js';
export { type Client, createClient } from './client/create-client.js';
export type { RemoteDelivery, RemoteDeliveryPage } from './client/deliveries.js';
export type { Downloaded } from './client/download.js';
export type { RemoteExplanation, RemoteManyJobs } from './client/own-routes.js';
export type { RemoteFile, RemoteJob, RemoteJobPage, RemoteProgress } from './client/remote-job.js';
export type { NewRemoteSchedule, RemoteSchedule } from './client/schedules.js';
export type { Submitted } from './client/submit.js';
export type { Retry } from './remote/back-off.js';
export type { ConnectionOptions } from './remote/connection.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
