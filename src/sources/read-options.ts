/** Options of reading the inputs of a source. */
import type { Prefilter, ScanOptions } from '../scan/scanner.js';
import type { Path } from '../terms/path.js';
import type { InputForm, ReadPlan } from '../terms/plan.js';
import type { SourcePosition } from '../terms/position.js';
import type { Sightings } from '../terms/sightings.js';
import type { SectionSource } from './sections.js';

/** Options of reading, beside those of the plan. */
export interface ReadOptions extends ReadPlan {
  /** What turns JSON text into entities: the scanner (spans of bytes), or stream-json (objects). */
  readonly reader: 'scan' | 'stream-json';
  /** Conditions of later filters, if they are known: entities that they would drop may be left out at once. */
  readonly prefilter?: Prefilter;
  /** All entities that are not left out will be checked, so that they may be checked at once; default false. */
  readonly verify?: boolean;
  /** Members of the first level of which later stages use excerpts, if there are some; absent: none. */
  readonly excerpt?: readonly string[] | undefined;
  /** Whether an input may be white space only, whatever its name says. */
  readonly mayBeBlank?: boolean;
  /** Each batch is consumed before the next one is requested, so that its memory may be reused. */
  readonly recycle: boolean;
  /** Whether the last batch is still needed when reading ends early: its memory is then not reused. */
  readonly isHeld?: () => boolean;
  /** The position of an earlier reader; absent: the beginning of the source. */
  readonly from?: SourcePosition;
  /** What was found of the shape so far; more is added. Absent: nothing, and nobody asks. */
  readonly sightings?: Pick<Sightings, 'shape' | 'open' | 'families'>;
  /** Scans files in other threads; absent: this one scans all. */
  readonly sections?: SectionSource | undefined;
  /** Is told the form of each input of text, and the path to its entities. */
  readonly onForm?: (input: string, form: InputForm, path: Path) => void;
}

/** These options, for one input: a fault that sets it aside ends its reading. */
export type ScanPolicy = Omit<ReadOptions, 'onError'> & Pick<ScanOptions, 'onError' | 'mayBeNull'>;
