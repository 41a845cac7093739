/** Arguments of the methods of jobs: ids and ranges of bytes. */
import { acceptOptions, count, type OptionTable } from '../options/accept-options.js';
import type { ByteRange } from '../results/blob-store.js';
import { SluiceError } from '../terms/errors.js';

/** The form of all ids; an engine is never called with anything else. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const BYTE_RANGE: OptionTable<ByteRange> = { start: count(), end: count() };

/** @throws SluiceError `INVALID` */
export function acceptRange(range: ByteRange | undefined): void {
  acceptOptions(range, BYTE_RANGE);
  if (range && !(range.start <= range.end)) {
    throw new SluiceError('INVALID', 'accept', 'range: needs a start, and an end that is not before it', {
      path: 'range',
    });
  }
}

/** @throws SluiceError `NO_SUCH_JOB` for anything but an id */
export function idOf(id: string): string {
  if (!UUID.test(id)) throw noSuchJob();
  return id;
}

/** @throws SluiceError `NO_SUCH_DELIVERY` for anything but an id */
export function deliveryIdOf(id: string): string {
  if (!(id.startsWith('msg_') && UUID.test(id.slice(4)))) throw noSuchDelivery();
  return id;
}

/** The error of a delivery that is missing, or of another tenant. */
export function noSuchDelivery(): SluiceError {
  return new SluiceError('NO_SUCH_DELIVERY', 'job', 'there is no such delivery');
}

/** @throws SluiceError `NO_SUCH_SCHEDULE` for anything but an id */
export function scheduleIdOf(id: string): string {
  if (!UUID.test(id)) throw noSuchSchedule();
  return id;
}

/** The error of a schedule that is missing, or of another tenant. */
export function noSuchSchedule(): SluiceError {
  return new SluiceError('NO_SUCH_SCHEDULE', 'job', 'there is no such schedule');
}

/** The error of a page that starts nowhere. */
export function unknownAfter(): SluiceError {
  const message = 'after: must be `next` of the page before';
  return new SluiceError('INVALID', 'accept', message, { path: 'after' });
}

/** The error of a submission beyond the limit. */
export function tooManyQueued(most: number): SluiceError {
  return new SluiceError('TOO_MANY_REQUESTS', 'job', `${most} jobs are queued already, the maximum of a tenant`);
}

/** The error of a submission under the key of another request. */
export function keyMismatch(): SluiceError {
  return new SluiceError('IDEMPOTENCY_MISMATCH', 'job', 'the idempotency key was used with another request');
}

/** The error of a job that is missing, or of another tenant. */
export function noSuchJob(): SluiceError {
  return new SluiceError('NO_SUCH_JOB', 'job', 'there is no such job');
}
