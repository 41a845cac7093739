/** Points of an attempt at which a test may kill the process, hold it, or throw. */

/** The points, in the order of an attempt. */
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

/** Called at each point with the attempt's epoch; the attempt awaits it and fails with its error. */
export type FaultHook = (point: FaultPoint, epoch: number) => void | Promise<void>;
