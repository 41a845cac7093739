/** Looks at what the service has, again and again while a view is shown. */
import { useEffect } from 'preact/hooks';
import { call } from './api.js';

const LOOK_MS = 5000;

/** What becomes of a look. */
export interface Looks<T> {
  readonly onSeen: (seen: T) => void;
  /** Default: nothing, since the next look may succeed. */
  readonly onProblem?: (cause: unknown) => void;
  /** Looks at once when it changes. */
  readonly count?: number;
}

/** Looks at a path of the service, now and every five seconds. */
export function useLooks<T>(path: string, { onSeen, onProblem = () => {}, count = 0 }: Looks<T>): void {
  useEffect(() => {
    const leaving = new AbortController();
    const look = () =>
      call<T>(path, { signal: leaving.signal })
        .then(onSeen)
        .catch((cause: unknown) => leaving.signal.aborted || onProblem(cause));
    void look();
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => {
      clearInterval(timer);
      leaving.abort();
    };
  }, [path, count]);
}
