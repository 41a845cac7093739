/** The length of random tests: seconds in CI, multiplied by `TEST_TIMES`: on demand, and below one in fast mode. */

/** CI runs everything once. Every run has new seeds, so many CI runs are one long run. */
export const TIMES = Number(process.env.TEST_TIMES ?? 1);

/** Options for this many runs of a property. */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: Math.ceil(count * TIMES) };
}
