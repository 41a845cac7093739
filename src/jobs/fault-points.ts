/** Places in an attempt where a test may kill the process, hold it, or throw. */

/** The places, in the order an attempt comes by. */
export const FAULT_POINTS = [
  'after-claim',
  'before-part',
  'after-part',
  'before-checkpoint',
  'after-checkpoint',
  'before-finish',
  'after-finish',
  'after-sweep',
] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number];

/** Called at each place with the attempt's epoch; the attempt waits for it, and fails with what it throws. */
export type FaultHook = (point: FaultPoint, epoch: number) => void | Promise<void>;
