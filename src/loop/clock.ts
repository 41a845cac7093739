/** A clock for durations, which needs no module of Node: `performance` loads nine when it is first used. */

/** Milliseconds since some moment, never fewer than before. */
export function clock(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1_000_000;
}
