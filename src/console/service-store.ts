/** What the service says of itself. */
import { signal } from '@preact/signals';
import type { Service } from './model.js';
import { useLooks } from './use-looks.js';

const service = signal<Service | undefined>(undefined);

/** The service as it was last seen; where a look fails, views say that the connection is gone. */
export function useService(): Service | undefined {
  useLooks<Service>('service', {
    onSeen: (seen) => {
      service.value = seen;
    },
  });
  return service.value;
}
