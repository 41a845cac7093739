/** Reads a range over several connections, in order and in bounded memory. */

/** Bytes of a part that one connection reads. */
export const SEGMENT_BYTES = 4 * 1024 * 1024;

/** How a range is read. */
export interface SegmentOptions {
  readonly connections: number;
  readonly segmentBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Yields the bytes `[start, end)` in order, while later segments arrive over other connections. Memory: one segment for each
 * connection. What fits into one segment is passed on as it arrives.
 */
export async function* inSegments(
  read: (start: number, end: number, signal: AbortSignal) => AsyncIterable<Buffer>,
  start: number,
  end: number,
  { connections, segmentBytes, signal }: SegmentOptions,
): AsyncGenerator<Buffer, void> {
  if (connections === 1 || end - start <= segmentBytes) {
    if (end > start) yield* read(start, end, signal);
    return;
  }
  const leaving = new AbortController();
  const leave = () => leaving.abort(signal.reason);
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  const coming: Promise<Buffer>[] = [];
  let next = start;
  const fill = () => {
    for (; coming.length < connections && next < end; next += segmentBytes) {
      const segment = collected(read(next, Math.min(next + segmentBytes, end), leaving.signal));
      // Awaited in its turn.
      segment.catch(() => {});
      coming.push(segment);
    }
  };
  try {
    for (fill(); coming.length > 0; fill()) {
      const [first] = coming;
      yield await first;
      coming.shift();
    }
  } finally {
    signal.removeEventListener('abort', leave);
    leaving.abort();
    await Promise.allSettled(coming);
  }
}

async function collected(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
