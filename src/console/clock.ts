/** The time, for texts such as "2 min ago". */
import { signal } from '@preact/signals';

/** Milliseconds since 1970, moved once a second while the page is seen. */
export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);
