/** The source of jobs: one for all of them, or a function that returns that of who asks. */
import { type SourceName, toSource } from '../export/to-source.js';
import type { Source } from '../sources/source.js';
import { untilAborted } from '../sources/until-aborted.js';
import { SluiceError } from '../terms/errors.js';
import { functionFailed } from './function-failed.js';
import type { JobSummary } from './job.js';
import { noSuchTenant } from './no-such-tenant.js';

/** Who reads, and what for. */
export interface SourceRequest {
  /** The tenant whose entities are read. */
  readonly tenant: string;
  /** The job whose attempt reads; absent where entities are read without a job. */
  readonly job?: JobSummary;
  /** What is exported: the request of the job, or the body of the call. */
  readonly request: unknown;
  /** Fires when the source is not needed any more: pending work must settle. */
  readonly signal: AbortSignal;
}

/**
 * Returns the source of an attempt, or of a call that reads entities. An error fails the attempt: a `SluiceError` by its
 * code (`SERVICE_FAILED` and `READ_FAILED` are retried), a connection that could not be made as `SERVICE_FAILED`, any other
 * one as `CALLBACK_FAILED`, which is not retried. `null` and `undefined` say that there is no such tenant
 * (`NO_SUCH_TENANT`).
 */
export type SourceFor = (
  asked: SourceRequest,
) => SourceName | null | undefined | Promise<SourceName | null | undefined>;

/**
 * Opens the source for who asks.
 * @throws SluiceError what the function throws; `CALLBACK_FAILED`, `SERVICE_FAILED`, `ABORTED`; `INVALID` for what is no
 * source
 */
export async function openSource(source: SourceName | SourceFor, asked: SourceRequest): Promise<Source> {
  if (typeof source !== 'function') return toSource(source);
  let returned: SourceName | null | undefined;
  try {
    returned = await untilAborted(Promise.resolve(source(asked)), asked.signal);
  } catch (cause) {
    throw functionFailed('source', cause);
  }
  if (returned === null || returned === undefined) throw noSuchTenant(asked.tenant);
  return toSource(returned);
}

/** A source that is opened when it is read: for a call that returns its stream at once. */
export function laterSource(open: (signal: AbortSignal) => Promise<Source>, narrowing?: Narrowing): Source {
  return {
    async *inputs(signal, context) {
      const opened = await open(signal);
      if (opened.reopenable === false) throw readOnce();
      yield* (narrowing ? (opened.narrow?.(narrowing) ?? opened) : opened).inputs(signal, context);
    },
    narrow: (selection) => laterSource(open, selection),
  };
}

type Narrowing = Parameters<NonNullable<Source['narrow']>>[0];

/** The error of a source that cannot be read by several calls. */
export function readOnce(): SluiceError {
  return new SluiceError('UNSUPPORTED', 'read', 'the source can be read only once');
}
