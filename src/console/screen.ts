/** The width of the screen. */
import { signal } from '@preact/signals';

const query = matchMedia('(max-width: 720px)');

/** Whether rows take two lines. */
export const isNarrow = signal(query.matches);

query.addEventListener('change', ({ matches }) => {
  isNarrow.value = matches;
});
