/** How long random tests go on: for seconds in the gate, for as many times as that as `TEST_TIMES` says by hand. */

/** The gate runs everything once. Each run has seeds of its own, so that many gates are one long run. */
export const TIMES = Number(process.env.TEST_TIMES ?? 1);

/** So many runs of a property. */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: count * TIMES };
}
