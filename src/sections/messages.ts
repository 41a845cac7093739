/** The messages between the thread of an export and those that scan sections for it: plain data, and memory that goes along. */
import type { MemberName } from '../terms/batch.js';
import type { ExportPlan } from '../terms/plan.js';
import type { JsonFormat } from '../terms/profile.js';
import type { Seen } from '../terms/sightings.js';

/** What is the same for all sections of an export. */
export interface SectionOrder {
  readonly plan: Pick<ExportPlan, 'read' | 'select' | 'project'>;
  /** The format whose bytes come between entities; absent: none. */
  readonly framing?: JsonFormat;
}

/** Scan the lines that begin in `[from, to)`. */
export interface SectionTask {
  readonly kind: 'scan';
  readonly number: number;
  readonly descriptor: number;
  readonly from: number;
  readonly to: number;
  /** Whether a line begins at `from`; otherwise the byte before it decides. */
  readonly isLineStart: boolean;
  /** Where the text goes, if there is room. It belongs to who scans, and comes back with the result. */
  readonly memory: ArrayBuffer;
}

/** What a thread is told: the export, before all else; a section; that it is over. */
export type SectionCall = ({ readonly kind: 'order' } & SectionOrder) | SectionTask | { readonly kind: 'end' };

/** No line begins in the section. */
interface NothingThere {
  readonly kind: 'nothing';
}

/** The section must be scanned where all stages are. */
interface Returned {
  readonly kind: 'returned';
  readonly start: number;
  /** Absent: its last line is long, and where it ends is unknown. */
  readonly end?: number | undefined;
}

/** All of the section is as usual. */
export interface Scanned {
  readonly kind: 'scanned';
  readonly start: number;
  readonly end: number;
  readonly count: number;
  readonly rows: Int32Array<ArrayBuffer>;
  /** Members that are located in all entities, where they have them. */
  readonly located: readonly MemberName[];
  /** Bytes of the text in the memory of the task, or the text itself where that was too small. */
  readonly text: number | Uint8Array<ArrayBuffer>;
  readonly covers: number;
  readonly lines: number;
  readonly seen: Seen;
  readonly readMs: number;
  readonly scanMs: number;
}

/** The result of a task. */
export type SectionResult = NothingThere | Returned | Scanned;

/** A result, and the memory of the task. */
export interface TaskResult {
  readonly memory: ArrayBuffer;
  readonly result: SectionResult;
}

/** The thread is ready, or has a result. */
export type SectionAnswer =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'result'; readonly number: number } & TaskResult);
