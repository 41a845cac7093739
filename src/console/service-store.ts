/** What the service says of itself. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { call } from './api.js';
import type { Service } from './model.js';

const service = signal<Service | undefined>(undefined);

/** Interval of looks. */
const LOOK_MS = 5000;

/** The service as it was last seen, looked at while a view is shown. */
export function useService(): Service | undefined {
  useEffect(() => {
    const leaving = new AbortController();
    const look = () =>
      call<Service>('service', { signal: leaving.signal })
        .then((seen) => {
          service.value = seen;
        })
        // The next look may succeed; views say that the connection is gone.
        .catch(() => {});
    void look();
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => {
      clearInterval(timer);
      leaving.abort();
    };
  }, []);
  return service.value;
}
