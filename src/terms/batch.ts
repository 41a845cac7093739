/** Batches: some hundreds of entities that pass from stage to stage, as spans of bytes or as objects. */
import type { SluiceError } from './errors.js';
import { type Excerpts, pickExcerpts } from './excerpts.js';
import { freshMemory } from './fresh-memory.js';
import type { Names } from './path.js';
import type { ResumePoint } from './position.js';
import type { JsonFormat } from './profile.js';
import type { Reject, StoppedBy } from './receipt.js';
import type { Seen } from './sightings.js';

/**
 * The columns of a row. A row is one entity of a byte batch: the span of its text and the spans of its id, type and
 * name, as offsets into the batch's bytes. Ends are exclusive; spans of strings include their quotes. A start of -1 means
 * that the member is absent or was not located.
 */
export const START = 0;
export const END = 1;
export const ID_START = 2;
export const TYPE_START = 4;
export const TYPE_END = 5;
export const NAME_START = 6;
/** The record of the batch that the row is, counted from 0 over all records that the batch covers. */
export const ORDINAL = 8;
export const ROW_WIDTH = 9;

/** The members of an entity that filters compare. */
export type MemberName = 'id' | 'type' | 'name';

/** All of them; the default of what readers locate. */
export const MEMBER_NAMES: readonly MemberName[] = Object.freeze(['id', 'type', 'name']);

/** Column of the start of each member's span; its end is the next column. */
export const MEMBER_COLUMN: Readonly<Record<MemberName, number>> = { id: ID_START, type: TYPE_START, name: NAME_START };

/** The spelling of these members in entities; `{ id: 'sku', … }` where a catalog differs. */
export type MemberNames = Readonly<Record<MemberName, string>>;

/** The documented spelling. */
export const DEFAULT_MEMBER_NAMES: MemberNames = Object.freeze({ id: 'id', type: 'type', name: 'name' });

/** The names that lead from these members to the id, type or name, where it is deeper: `['$oid']` inside `_id`. */
export type DeeperNames = Readonly<Partial<Record<MemberName, Names>>>;

/** Why no batch follows: a fault after the last entity, or enough entities were found. */
export type Ending =
  | { readonly kind: 'fault'; readonly error: SluiceError }
  | { readonly kind: 'stop'; readonly by: Exclude<StoppedBy, 'end'> };

/** What both kinds of batch have. Batches are immutable; a stage returns new ones. */
interface BatchFacts {
  /** Name of the input, for errors. */
  readonly source: string;
  /** The members of the first level that the rows locate and that hold id, type and name. */
  readonly memberNames: MemberNames;
  /** Absent: the members themselves are id, type and name. */
  readonly deeper?: DeeperNames;
  /** Index in the input of the first record that the batch covers. */
  readonly firstIndex: number;
  /** Records of the input that the batch represents: those in it, filtered out of it, and rejected. */
  readonly covers: number;
  /**
   * Records that `explode` or `mapEntities` has added, each by the ordinal of the record it was made from, ascending; absent: none.
   * The entities, `filtered` and `rejects` sum up to `covers` and these.
   */
  readonly added?: readonly number[];
  /** Records that became parts of others, each by the ordinal of the record that it is in, ascending; absent: none. */
  readonly nested?: readonly number[] | undefined;
  /** Records of all these that filters have dropped. */
  readonly filtered: number;
  /** The faulty records of the batch. */
  readonly rejects: readonly Reject[];
  /** Why reading ends with this batch; absent: it goes on. */
  readonly ending?: Ending;
  /**
   * Called by a stage that takes nothing after this record, by its index in the input, of this batch: what is still being
   * made of records is left, and what was seen in later ones does not count.
   */
  readonly enough?: ((recordIndex: number) => void) | undefined;
  /** Number of the input in its run, counted from 0; present if a fault sets that input aside in place of ending the run. */
  readonly fromInput?: number;
  /** Records that the batch represented before its ending was known, beyond those it covers; absent: none. */
  readonly unread?: number;
  /**
   * Records that later batches represent, and that were read before this batch was made, as what is sorted was; absent: what
   * comes after the batch may not have been read.
   */
  readonly following?: number;
}

/** A position in the bytes of a batch whose line is known; the lines of other positions are counted from there. */
export interface KnownLine {
  /** Offset into the bytes; all of the batch's entities come after it. */
  readonly at: number;
  /** Its line, from 1. */
  readonly line: number;
}

/** Entities as spans of JSON text. */
export interface ByteBatch extends BatchFacts {
  /** Tells the kinds of batches apart. */
  readonly kind: 'bytes';
  /** The text in which the entities are. */
  readonly bytes: Buffer;
  /** `count` rows of `ROW_WIDTH` columns. */
  readonly rows: Int32Array;
  /** Number of entities. */
  readonly count: number;
  /** Which members the rows locate. */
  readonly located: readonly MemberName[];
  /** Offset in the input of the first of `bytes`. */
  readonly byteOffset: number;
  /** Absent where the line is unknown, or the bytes are not those of the input. */
  readonly knownLine?: KnownLine | undefined;
  /** No entity spans lines, so NDJSON can copy each unchanged. */
  readonly singleLine: boolean;
  /** Where reading can resume after the batch; absent where it cannot. */
  readonly next?: ResumePoint;
  /** The last entity is a line without a newline: if it is faulty at its end, it was truncated. */
  readonly unended: boolean;
  /** What the reader has left out on behalf of a filter; absent: nothing. */
  readonly leftOut?: LeftOut;
  /** The text of every entity is valid JSON, checked or vouched for by the caller. */
  readonly checked: boolean;
  /** The ordinals of entities that are not checked yet, where not all are; the check needs no others. */
  readonly unchecked?: readonly number[] | undefined;
  /** The members that later stages look at; absent: they look at the entities themselves. */
  readonly excerpts?: Excerpts | undefined;
  /** What the stages of another thread have seen in it: the same stages here take that over, and let it pass. */
  readonly seen?: Seen | undefined;
  /** The format whose bytes are between its entities, and before and after them; absent: none. */
  readonly framing?: JsonFormat | undefined;
  /** Limit of nested brackets in an entity. */
  readonly maxDepth: number;
  /** What to do with an entity whose text is faulty. */
  readonly onError: 'stop' | 'skip';
  /** After a fault in the text: the damage of the stored bytes that caused it, if any; absent where the bytes are the text. */
  damage?(): Promise<SluiceError | undefined>;
}

/** Records that a reader has left out by one member; only the filter for that member counts them. */
export interface LeftOut {
  readonly member: MemberName;
  readonly records: number;
  /** Records without the member. */
  readonly absent: number;
  /** Records in which it is neither text nor a number. */
  readonly otherKind: number;
}

/** Entities as JavaScript objects. */
export interface ObjectBatch extends BatchFacts {
  /** Tells the kinds of batches apart. */
  readonly kind: 'objects';
  /** The entities. */
  readonly objects: readonly object[];
  /** For each object, the record of the batch that it is or was made from. */
  readonly ordinals: readonly number[];
}

/** Entities on their way from a source to the encoder. */
export type Batch = ByteBatch | ObjectBatch;

/** What such a batch is made of. */
type SettledTexts = Pick<ByteBatch, 'source' | 'memberNames' | 'deeper' | 'bytes' | 'rows' | 'singleLine' | 'maxDepth'>;

/** A batch of checked texts whose records were counted before: it covers none. */
export function settledTexts(texts: SettledTexts, firstIndex = 0): ByteBatch {
  return {
    ...texts,
    kind: 'bytes',
    count: texts.rows.length / ROW_WIDTH,
    firstIndex,
    covers: 0,
    filtered: 0,
    rejects: [],
    located: [],
    byteOffset: 0,
    unended: false,
    checked: true,
    onError: 'stop',
  };
}

/** The number of entities in the batch. */
export function entityCount(batch: Batch): number {
  return batch.kind === 'bytes' ? batch.count : batch.objects.length;
}

/** The record of the batch that its entity at `position` is. */
export function ordinalAt(batch: Batch, position: number): number {
  return batch.kind === 'bytes' ? batch.rows[position * ROW_WIDTH + ORDINAL] : batch.ordinals[position];
}

/** The batch with its text copied to memory of its own; without excerpts, whose memory is not its own either. */
export function ownText(batch: Batch): Batch {
  if (batch.kind === 'objects') return batch;
  const { rows, count, bytes, byteOffset, knownLine } = batch;
  let from = knownLine?.at ?? bytes.length;
  let to = knownLine?.at ?? 0;
  for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) {
    for (let column = START; column < ORDINAL; column++) {
      const at = rows[row + column];
      if (at < 0) continue;
      from = Math.min(from, at);
      to = Math.max(to, at);
    }
  }
  from = Math.min(from, to);
  const text = freshMemory(to - from);
  bytes.copy(text, 0, from, to);
  const moved = rows.map((at, index) => (index % ROW_WIDTH === ORDINAL || at < 0 ? at : at - from));
  return {
    ...batch,
    bytes: text,
    byteOffset: byteOffset + from,
    knownLine: knownLine && { ...knownLine, at: knownLine.at - from },
    rows: moved,
    excerpts: undefined,
  };
}

/** The batch with only the entities at these positions (ascending), and so many records filtered. */
function pick(batch: Batch, positions: readonly number[], filtered = batch.filtered): Batch {
  if (batch.kind === 'objects') {
    return {
      ...batch,
      objects: positions.map((position) => batch.objects[position]),
      ordinals: positions.map((position) => batch.ordinals[position]),
      filtered,
    };
  }
  const rows = new Int32Array(positions.length * ROW_WIDTH);
  let to = 0;
  for (const position of positions) {
    const from = position * ROW_WIDTH;
    for (let column = 0; column < ROW_WIDTH; column++) rows[to++] = batch.rows[from + column];
  }
  const excerpts = batch.excerpts && pickExcerpts(batch.excerpts, positions);
  return { ...batch, rows, count: positions.length, excerpts, filtered };
}

/** The batch with only the entities at these positions (ascending); the others count as filtered. */
export function keep(batch: Batch, positions: readonly number[]): Batch {
  const dropped = entityCount(batch) - positions.length;
  if (dropped === 0) return batch;
  return pick(batch, positions, batch.filtered + dropped);
}

/** The batch without the rejected entities. */
export function reject(batch: Batch, rejects: readonly Reject[]): Batch {
  if (rejects.length === 0) return batch;
  const refused = new Set(rejects.map((one) => one.recordIndex - batch.firstIndex));
  const positions = Array.from({ length: entityCount(batch) }, (_, position) => position).filter(
    (position) => !refused.has(ordinalAt(batch, position)),
  );
  const all = [...batch.rejects, ...rejects].sort((a, b) => a.recordIndex - b.recordIndex);
  return { ...pick(batch, positions), rejects: all };
}

/**
 * The batch up to and including the record with this ordinal, which ends the run. Records after it count as unread; of
 * those before it, the ones that are neither in the batch nor rejected count as filtered, and where the run stops at one of
 * records that were all read, those after it too.
 */
export function endAfter(batch: Batch, ordinal: number, ending: Ending): Batch {
  let count = 0;
  while (count < entityCount(batch) && ordinalAt(batch, count) <= ordinal) count++;
  return cut(batch, count, ordinal, ending);
}

/** The batch up to and including this many entities; the record of the last of them ends the run. */
export function endWith(batch: Batch, count: number, ending: Ending): Batch {
  return cut(batch, count, count === 0 ? -1 : ordinalAt(batch, count - 1), ending);
}

function cut(batch: Batch, count: number, ordinal: number, ending: Ending): Batch {
  const isRead = batch.following !== undefined && ending.kind === 'stop';
  const covers = isRead ? batch.covers + batch.following : ordinal + 1;
  const rejects = isRead ? batch.rejects : batch.rejects.filter((one) => one.recordIndex - batch.firstIndex <= ordinal);
  // Further entities of the last record count as never added.
  let cutOff = 0;
  while (count + cutOff < entityCount(batch) && ordinalAt(batch, count + cutOff) <= ordinal) cutOff++;
  const upTo = batch.added?.filter((one) => one <= ordinal);
  const added = upTo?.slice(0, upTo.length - cutOff);
  const filtered = covers + (added?.length ?? 0) - count - rejects.length;
  const positions = Array.from({ length: count }, (_, position) => position);
  const unread = (batch.unread ?? 0) + Math.max(0, batch.covers - covers);
  const nested = batch.nested?.filter((one) => one <= ordinal);
  const following = isRead ? 0 : batch.following;
  return { ...pick(batch, positions), covers, added, nested, filtered, rejects, ending, unread, following };
}
