/** Observes whether a consumer processes an event or waits for the next one. */

/** Passes the events through; reports true while the next one is awaited and false while one is processed. */
export async function* inBetween<T>(
  events: AsyncIterable<T>,
  onProgress: (waits: boolean) => void,
): AsyncGenerator<T, void> {
  for await (const event of events) {
    onProgress(false);
    yield event;
    onProgress(true);
  }
  onProgress(false);
}
