/** The first entities that a job of a request would export. */
import type { Note } from '../terms/receipt.js';
import type { ReadStop } from './bounded-lines.js';

/** The first entities that a request exports. */
export interface Preview {
  /** Up to ten entities, each as its text in JSON, with the fields that the request keeps. */
  readonly entities: readonly string[];
  /** Records of the source that were read; where a bound of time or size ended it, about as many. */
  readonly read: number;
  /** Why reading ended: at the end of the source, at the limit or the ids of the request, after five seconds, or after 512 KiB. */
  readonly stoppedBy: ReadStop;
  /**
   * What a user should know of these records, such as paths that none of them has. None where a bound of time or size
   * ended reading.
   */
  readonly notes: readonly Note[];
}
