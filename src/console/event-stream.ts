/** Server-sent events over fetch, which can send a token: followed over broken connections. */
import { Problem, send, toProblem } from './api.js';
import { readEvents, type ServerEvent } from './server-events.js';

/** State of a connection. */
export type Connection = 'connecting' | 'open' | 'broken' | 'ended';

/** Longest pause before the next attempt to connect. */
const LONGEST_MS = 15_000;

/** What a follower is told. */
export interface Follower {
  readonly onEvent: (event: ServerEvent) => void;
  readonly onConnection: (connection: Connection, problem?: Problem) => void;
}

/**
 * Follows a stream until it is over for good: the service says so (204), refuses it, or the signal fires.
 * @param isLast whether the stream has no more events after this one
 */
export async function follow(
  path: string,
  { onEvent, onConnection }: Follower,
  signal: AbortSignal,
  isLast: (event: ServerEvent) => boolean = () => false,
): Promise<void> {
  let last = '';
  let pause = 500;
  onConnection('connecting');
  while (!signal.aborted) {
    try {
      const headers = { accept: 'text/event-stream', ...(last === '' ? {} : { 'last-event-id': last }) };
      const response = await send(path, { headers, signal });
      if (response.status === 204 || response.body === null) return onConnection('ended');
      onConnection('open');
      pause = 500;
      for await (const event of readEvents(response.body)) {
        if (event.id !== '') last = event.id;
        onEvent(event);
        if (isLast(event)) return onConnection('ended');
      }
      if (signal.aborted) return;
      onConnection('broken');
    } catch (cause) {
      if (signal.aborted) return;
      const problem =
        cause instanceof TypeError ? new Problem(0, 'OFFLINE', 'The connection broke.') : toProblem(cause);
      onConnection('broken', problem);
      if (!problem.isTemporary) return;
    }
    await rest(pause, signal);
    pause = Math.min(LONGEST_MS, pause * 2);
  }
}

/** Waits; a network that comes back ends the pause. */
function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    addEventListener('online', end);
    signal.addEventListener('abort', end);
  });
}
