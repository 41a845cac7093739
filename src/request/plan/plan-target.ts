/** What a plan depends on and is known last. */
import type { Format, Pack } from '../../terms/profile.js';

/** Where the result goes, as far as the plan depends on it. */
export interface PlanTarget {
  /** Path of the file, for its suffix. */
  readonly destination?: string;
  /** Format where neither option, profile nor suffix says one; default `json`, the document. */
  readonly fallbackFormat?: Format;
  /** Packing where neither option, profile nor suffix says one; default `none`. */
  readonly fallbackPack?: Pack;
}

/** What completes a plan. */
export interface PlanCompletion extends PlanTarget {
  /** What `now` means in the bounds of criteria, in milliseconds since 1970. */
  readonly now: number;
}
