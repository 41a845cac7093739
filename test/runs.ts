/** The length of random tests, multiplied by `TEST_TIMES`: 0.6 in a run of all tests, 0.2 in fast mode, 20 in `npm run test:long`. */

/** CI runs everything once. Every run has new seeds, so many CI runs are one long run. */
export const TIMES = Number(process.env.TEST_TIMES ?? 1);

/** Options for this many runs of a property. */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: Math.ceil(count * TIMES) };
}
