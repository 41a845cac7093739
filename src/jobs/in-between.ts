/** Knowing of events whether somebody works at the last one or waits for the next. */

/** The events, and between them whether the next one is waited for. */
export async function* inBetween<T>(
  events: AsyncIterable<T>,
  onMove: (waits: boolean) => void,
): AsyncGenerator<T, void> {
  for await (const event of events) {
    onMove(false);
    yield event;
    onMove(true);
  }
  onMove(false);
}
