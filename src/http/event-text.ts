/** The text of a stream of server-sent events. */
/** Interval of comments: proxies close connections after a minute of silence. */
const KEEP_ALIVE_MS = 15_000;

/** Delay before a client reconnects after the stream breaks, in milliseconds. */
const RETRY_MS = 1_000;

/** The text of the stream, with periodic comments while nothing changes. */
export async function* eventText<Change>(
  changes: AsyncIterable<Change>,
  frame: (change: Change) => string,
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

/** The value of a promise; undefined if it takes longer. */
function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms, undefined);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
