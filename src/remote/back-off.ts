/** Temporary failures, and their retries with a growing delay. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_TIMER_MS } from '../options/accept-options.js';
import { functionOf, milliseconds, type Options, wholeNumber } from '../options/option.js';
import { callbackFailed } from '../terms/callback-failed.js';
import { type ErrorCode, type ErrorDetails, SluiceError, type StageName } from '../terms/errors.js';

/** The retries of temporary failures. */
export const RETRY = {
  retries: {
    kind: wholeNumber(),
    about: 'consecutive failures that are retried',
    default: '10, which take about two minutes',
  },
  minDelayMs: {
    kind: milliseconds(0, MAX_TIMER_MS),
    about: 'delay before the first retry in milliseconds; doubles with each further one',
    default: '500',
  },
  maxDelayMs: { kind: milliseconds(0, MAX_TIMER_MS), about: 'maximum delay in milliseconds', default: '30000' },
  onRetry: {
    kind: functionOf('(error: SluiceError, delayMs: number) => void'),
    about: 'called before each retry; what it throws ends the call with `CALLBACK_FAILED`',
  },
  wait: {
    kind: functionOf('(delayMs: number, signal: AbortSignal) => Promise<void>'),
    about: 'replaces the timer; must reject once the signal fires',
  },
} satisfies Options;

// The interface is written from the table by `npm run options`.

/** Retries of temporary failures: no connection, a lost one, a service that is overloaded or restarting. */
export interface Retry {
  /** Consecutive failures that are retried. Default: 10, which take about two minutes. */
  readonly retries?: number;
  /** Delay before the first retry in milliseconds; doubles with each further one. Default: 500. */
  readonly minDelayMs?: number;
  /** Maximum delay in milliseconds. Default: 30000. */
  readonly maxDelayMs?: number;
  /** Called before each retry; what it throws ends the call with `CALLBACK_FAILED`. */
  readonly onRetry?: (error: SluiceError, delayMs: number) => void;
  /** Replaces the timer; must reject once the signal fires. */
  readonly wait?: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

/** Details of an outage. */
export interface OutageDetails extends ErrorDetails {
  readonly waitMs?: number;
  readonly unheard?: boolean;
  /** Default `client`. */
  readonly stage?: StageName;
}

/** A temporary failure. */
export class Outage extends SluiceError {
  /** Delay that the service requested. */
  readonly waitMs: number | undefined;
  /** The service has certainly not acted: it was not reached, or refused the call. */
  readonly unheard: boolean;

  constructor(code: ErrorCode, message: string, details: OutageDetails = {}) {
    super(code, details.stage ?? 'client', message, details);
    this.waitMs = details.waitMs;
    this.unheard = details.unheard ?? false;
  }
}

/** Bytes that count as a success: a server that cuts each response after fewer is not asked for ever. */
export const PROGRESS_BYTES = 16 * 1024;

/** The retries of one call. */
export class BackOff {
  readonly #retry: Retry;
  readonly #signal: AbortSignal;
  readonly #stage: StageName;
  #failures = 0;
  #arrived = 0;

  constructor(retry: Retry, signal: AbortSignal, stage: StageName = 'client') {
    this.#retry = retry;
    this.#signal = signal;
    this.#stage = stage;
  }

  /** A success: resets the number of failures. */
  reset(): void {
    this.#failures = 0;
    this.#arrived = 0;
  }

  /** New bytes: enough of them since the last failure are a success. */
  progress(bytes: number): void {
    this.#arrived += bytes;
    if (this.#arrived >= PROGRESS_BYTES) this.reset();
  }

  /**
   * Waits after a failure.
   * @throws the failure itself if it is permanent or the retries are used up; SluiceError `ABORTED`
   */
  async after(failure: unknown): Promise<void> {
    const { retries = 10, minDelayMs = 500, maxDelayMs = 30_000, onRetry, wait = pause } = this.#retry;
    if (!(failure instanceof Outage) || ++this.#failures > retries) throw failure;
    this.#arrived = 0;
    const growing = Math.min(maxDelayMs, minDelayMs * 2 ** (this.#failures - 1));
    // Random delays prevent that all clients retry at the same time.
    const waitMs = Math.round(failure.waitMs ?? growing * (0.5 + Math.random() / 2));
    try {
      await onRetry?.(failure, waitMs);
    } catch (cause) {
      throw callbackFailed('onRetry', cause, this.#stage);
    }
    await wait(waitMs, this.#signal).catch((cause: unknown) => {
      throw new SluiceError('ABORTED', this.#stage, 'waiting for the service was aborted', { cause });
    });
  }

  /** Retries until success. */
  async run<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await act();
        this.reset();
        return result;
      } catch (cause) {
        await this.after(cause);
      }
    }
  }
}

/**
 * Waits.
 * @throws SluiceError `ABORTED` once the signal fires
 */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((cause: unknown) => {
    throw new SluiceError('ABORTED', 'client', 'waiting for the service was aborted', { cause });
  });
}
