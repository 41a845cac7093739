/** The facts of a plan that are known last. */
import type { Format, Pack } from '../../terms/profile.js';

/** The destination, as far as the plan depends on it. */
export interface PlanTarget {
  /** Path of the file, for its suffix. */
  readonly destination?: string;
  /** Whether the destination is a folder for several files. */
  readonly folder?: boolean;
  /** Format if neither option, profile nor suffix decides; default `json`, the document. */
  readonly fallbackFormat?: Format;
  /** Packing if neither option, profile nor suffix decides; default `none`. */
  readonly fallbackPack?: Pack;
}

/** Completes a plan. */
export interface PlanCompletion extends PlanTarget {
  /** What `now` means in the bounds of criteria, in milliseconds since 1970. */
  readonly now: number;
}
