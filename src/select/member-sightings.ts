/** How entities bear a member that a filter asks for, counted so that a run can tell what could not match. */
import { type Batch, entityCount, MEMBER_COLUMN, type MemberName, ROW_WIDTH } from '../terms/batch.js';
import type { Note } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import { quoted } from '../terms/shown-text.js';
import type { MemberSightings } from '../terms/sightings.js';

/** Names, ids or types that a note shows. */
export const MOST_SHOWN = 5;

/** Items among which examples are looked for: of a million none may be missing but the last. */
const MOST_LOOKED_AT = 50_000;

/** Counts for one filter; it goes on with the counts it is given. */
export class MemberCounter {
  readonly #member: MemberName;
  readonly #counts: MemberSightings;
  #spelled: string;

  constructor(member: MemberName, counts: MemberSightings) {
    this.#member = member;
    this.#counts = counts;
    this.#spelled = member;
  }

  /** Begins with a batch: its entities come, and those that the reader has left out for this filter. */
  begin(batch: Batch): void {
    this.#spelled = batch.memberNames[this.#member];
    this.#counts.entities += entityCount(batch);
    const leftOut = batch.kind === 'bytes' ? batch.leftOut : undefined;
    if (leftOut?.member !== this.#member) return;
    this.#counts.entities += leftOut.records;
    this.#counts.absent += leftOut.absent;
    this.#counts.otherKind += leftOut.otherKind;
  }

  /** An entity of the batch has no text of this member. */
  missed(batch: Batch, position: number): void {
    const isAbsent =
      batch.kind === 'bytes'
        ? batch.rows[position * ROW_WIDTH + MEMBER_COLUMN[this.#member]] < 0
        : Reflect.get(batch.objects[position], this.#spelled) === undefined;
    if (isAbsent) this.#counts.absent++;
    else this.#counts.otherKind++;
  }

  /**
   * Tells at the end what could not match; nothing where the run stopped before the end of its input, for what was not
   * met may have been there.
   * @param missing what was asked for and not met: told by its own code, unless no entity bears the member
   */
  tell(missing: Missing, run: Run): void {
    const { entities, absent, otherKind } = this.#counts;
    if (run.stopping || missing.notFound === 0) return;
    const { wanted, notFound } = missing;
    // Other filters have left it none of what was read.
    if (entities === 0 && run.ledger.read > 0) return;
    const counts = { entities, absent, otherKind, wanted, notFound };
    const name = quoted(this.#spelled);
    const option = this.#member === 'name' ? '' : ` (option ${this.#member}Field)`;
    if (entities > 0 && absent === entities) {
      const text = `none of the ${shown(entities)} entities bears the member ${name}, so no ${this.#member} could match${option}`;
      run.note({ code: 'MEMBER_MISSING', text, counts });
      return;
    }
    const kinds = this.#member === 'name' ? 'no text' : 'neither text nor a number';
    const text = `in ${shown(otherKind)} of the ${shown(entities)} entities the member ${name} is ${kinds}, so no ${this.#member} could match there${option}`;
    if (otherKind > 0) run.note({ code: 'MEMBER_NOT_TEXT', text, counts });
    if (otherKind < entities || entities === 0) run.note(noteOf(missing, entities));
  }
}

/** What was asked for and not met. */
export interface Missing {
  readonly code: Note['code'];
  /** What they are called, several of them. */
  readonly plural: string;
  readonly wanted: number;
  readonly notFound: number;
  /** The first of them. */
  readonly examples: readonly string[];
}

/**
 * The items that were not met, as what is told of them.
 * @param found some of them
 */
export function missingOf(
  code: Note['code'],
  plural: string,
  wanted: ReadonlySet<string>,
  found: ReadonlySet<string>,
): Missing {
  const notFound = wanted.size - found.size;
  const examples: string[] = [];
  let lookedAt = 0;
  for (const one of wanted) {
    if (examples.length === Math.min(MOST_SHOWN, notFound) || lookedAt++ === MOST_LOOKED_AT) break;
    if (!found.has(one)) examples.push(one);
  }
  return { code, plural, wanted: wanted.size, notFound, examples };
}

function noteOf({ code, plural, wanted, notFound, examples }: Missing, entities: number): Note {
  const counts = { entities, wanted, notFound };
  const named = examples.map(quoted).join(', ');
  if (wanted === 1) {
    const none = entities === 0 ? 'no entity' : `none of the ${shown(entities)} entities`;
    const text = `${none} has the ${plural.replace(/s$/, '')} ${named}`;
    return { code, text, counts };
  }
  const which = named === '' ? '' : notFound > examples.length ? `, among them ${named}` : `: ${named}`;
  const text = `${shown(notFound)} of the ${shown(wanted)} ${plural} that were asked for ${notFound === 1 ? 'was' : 'were'} not found${which}`;
  return { code, text, counts };
}

/** A count for people. */
export function shown(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
