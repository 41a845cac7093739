/** The text of a stream of server-sent events. */
import type { JobSummary } from '../jobs/job.js';

/** Proxies close what is silent for a minute. */
const KEEP_ALIVE_MS = 15_000;

/** Milliseconds after which a client comes again when the stream breaks. */
const RETRY_MS = 1_000;

/** The text of the stream; while nothing changes, a comment now and then. */
export async function* eventText(
  changes: AsyncIterable<JobSummary>,
  frame: (job: JobSummary) => string,
): AsyncGenerator<string> {
  const iterator = changes[Symbol.asyncIterator]();
  try {
    yield `retry: ${RETRY_MS}\n\n`;
    for (let next = iterator.next(); ; ) {
      const result = await within(KEEP_ALIVE_MS, next);
      if (result === undefined) {
        yield ': keep-alive\n\n';
        continue;
      }
      if (result.done) return;
      yield frame(result.value);
      next = iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}

/** What a promise resolves to; undefined when that takes longer. */
function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms, undefined);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
