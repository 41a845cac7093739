/** Counts the entities that lack a member which a filter needs, so that a run can report what could not match. */
import { type Batch, entityCount, type MemberName } from '../terms/batch.js';
import { formatCount } from '../terms/format-count.js';
import { formatPath } from '../terms/path.js';
import type { Note } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import { quoted } from '../terms/shown-text.js';
import type { MemberSightings } from '../terms/sightings.js';
import { isMemberAbsent } from './member-value.js';

/** Maximum of names, ids or types in a note. */
export const MOST_SHOWN = 5;

/** Maximum of items that are searched for examples. */
const MOST_LOOKED_AT = 50_000;

/** Counts for one filter, starting from given counts. */
export class MemberCounter {
  readonly #member: MemberName;
  readonly #counts: MemberSightings;
  #spelled: string;

  constructor(member: MemberName, counts: MemberSightings) {
    this.#member = member;
    this.#counts = counts;
    this.#spelled = member;
  }

  /** Counts the entities of a batch, and those that the reader has already left out for this filter. */
  begin(batch: Batch): void {
    const first = batch.memberNames[this.#member];
    const deeper = batch.deeper?.[this.#member];
    this.#spelled = deeper ? formatPath([first, ...deeper]) : first;
    this.#counts.entities += entityCount(batch);
    const leftOut = batch.kind === 'bytes' ? batch.leftOut : undefined;
    if (leftOut?.member !== this.#member) return;
    this.#counts.entities += leftOut.records;
    this.#counts.absent += leftOut.absent;
    this.#counts.otherKind += leftOut.otherKind;
  }

  /** Adds the counts of the same filter in another thread. */
  add({ entities, absent, otherKind }: MemberSightings): void {
    this.#counts.entities += entities;
    this.#counts.absent += absent;
    this.#counts.otherKind += otherKind;
  }

  /** Counts an entity of the batch that has no text in this member. */
  missed(batch: Batch, position: number): void {
    const isAbsent = isMemberAbsent(batch, position, this.#member);
    if (isAbsent) this.#counts.absent++;
    else this.#counts.otherKind++;
  }

  /**
   * Reports at the end what could not match. Reports nothing if the run stopped before the end of its input, because the
   * missing items may have been there.
   * @param missing the items that were not found: reported by their own code, unless no entity has the member
   */
  report(missing: Missing, run: Run): void {
    const { entities, absent, otherKind } = this.#counts;
    if (run.stopping || missing.notFound === 0) return;
    const { wanted, notFound } = missing;
    // Other filters have dropped all entities before this one.
    if (entities === 0 && run.ledger.read > 0) return;
    const counts = { entities, absent, otherKind, wanted, notFound };
    const name = quoted(this.#spelled);
    const option = this.#member === 'name' ? '' : ` (option ${this.#member}Field)`;
    if (entities > 0 && absent === entities) {
      const text = `none of the ${formatCount(entities)} entities has the member ${name}, so no ${this.#member} could match${option}`;
      run.note({ code: 'MEMBER_MISSING', text, counts });
      return;
    }
    const kinds = this.#member === 'name' ? 'no text' : 'neither text nor a number';
    const text = `in ${formatCount(otherKind)} of the ${formatCount(entities)} entities the member ${name} is ${kinds}, so no ${this.#member} could match there${option}`;
    if (otherKind > 0) run.note({ code: 'MEMBER_NOT_TEXT', text, counts });
    if (otherKind < entities || entities === 0) run.note(noteOf(missing, entities));
  }
}

/** The items that were not found. */
export interface Missing {
  readonly code: Note['code'];
  /** What the items are called, in the plural. */
  readonly plural: string;
  readonly wanted: number;
  readonly notFound: number;
  /** The first of them, as examples. */
  readonly examples: readonly string[];
}

/**
 * The items that were not found.
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
    const none = entities === 0 ? 'no entity' : `none of the ${formatCount(entities)} entities`;
    const text = `${none} has the ${plural.replace(/s$/, '')} ${named}`;
    return { code, text, counts };
  }
  const which = named === '' ? '' : notFound > examples.length ? `, among them ${named}` : `: ${named}`;
  const text = `${formatCount(notFound)} of the ${formatCount(wanted)} ${plural} that were requested ${notFound === 1 ? 'was' : 'were'} not found${which}`;
  return { code, text, counts };
}
