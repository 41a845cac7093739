/** The port to other threads: they scan sections of a file, this one takes the results in the order of the file. */
import type { MemberName } from '../terms/batch.js';
import type { JsonFormat } from '../terms/profile.js';
import type { Seen } from '../terms/sightings.js';
import type { OpenFile } from './source.js';

/** Scans sections of files. One file is read at a time. */
export interface SectionSource {
  /**
   * Scans the rest of a file of lines, from the start of a line on. Undefined while no thread is ready, and where threads
   * do not pay: the caller scans on, and asks again after its next piece.
   */
  begin(file: OpenFile, from: number): Sections | undefined;
  /** Whether a section may be taken as it is; false where the run may end in it, as every stage must see that itself. */
  mayTake(section: ScannedSection): boolean;
}

/** The sections of one file, which follow one another without a gap. */
export interface Sections {
  /** Returns the next one; undefined if the rest is left to the caller. The text of the one before is no longer valid. */
  next(): Promise<Section | undefined>;
  /** Waits until no thread reads the file any more. */
  close(): Promise<void>;
}

/** Some complete lines of a file. */
export interface Section {
  readonly start: number;
  /** After the newline of its last line. */
  readonly end: number;
  /** Absent: the caller must scan it, because something in it is not as usual. */
  readonly scanned?: ScannedSection;
}

/** What a thread has found in a section, in which nothing is faulty. */
export interface ScannedSection {
  /** The entities that have passed all stages of the thread. */
  readonly count: number;
  /** Their text, and the places in it, in the columns of a batch. */
  readonly text: Buffer;
  readonly rows: Int32Array;
  /** Members that are located in all of them, where they have them: a projection may locate fewer than the reader. */
  readonly located: readonly MemberName[];
  /** The format whose bytes are between the entities; absent: none. */
  readonly framing?: JsonFormat;
  /** Records of the section. */
  readonly covers: number;
  /** Newlines of the section. */
  readonly lines: number;
  readonly seen: Seen;
  /** Milliseconds of reading, and of all else. */
  readonly readMs: number;
  readonly scanMs: number;
}
