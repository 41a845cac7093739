/** Lets only new and changed entities pass, and adds a record for each deleted one. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import {
  type Batch,
  type ByteBatch,
  END,
  entityCount,
  keep,
  type ObjectBatch,
  ORDINAL,
  ordinalAt,
  ROW_WIDTH,
  START,
  settledTexts,
} from '../terms/batch.js';
import type { ReadPlan } from '../terms/plan.js';
import type { Note } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { Comparison, type DeltaPorts } from './comparison.js';
import { digestOf, EntityKeys } from './entity-key.js';
import { type KeyMembers, tombstoneOf } from './tombstones.js';

/** How entities are read that are compared. */
export type DeltaRead = Pick<ReadPlan, 'memberNames' | 'deeper' | 'maxDepth' | 'onError'>;

/**
 * Makes the stage, which comes after all stages that change, reject or set aside entities. What is unchanged counts as
 * filtered, records of deleted entities as added. Where something was rejected or set aside, deletions wait: what is
 * missing may be in there.
 */
export function deltaStage(ports: DeltaPorts, read: DeltaRead): Stage<Batch, Batch> {
  const comparison = new Comparison(ports);
  const keys = new EntityKeys();
  let hasRejected = false;
  let deletions: AsyncGenerator<readonly string[], void> | undefined;

  async function next(run: Run): Promise<readonly Batch[]> {
    const { done, value } = (await deletions?.next()) ?? { done: true, value: undefined };
    if (!done && value) return [ofTombstones(value, read)];
    if (deletions) report(comparison, ports, run);
    deletions = undefined;
    return NOTHING;
  }

  return {
    name: 'delta',
    step: 'select',
    async push(batch, run) {
      if (batch.rejects.length > 0) hasRejected = true;
      const due: number[] = [];
      const replaced = new Map<number, readonly string[]>();
      for (let position = 0; position < entityCount(batch); position++) {
        if (turnIsOver()) await nextTurn(run);
        const key = keys.keyOf(batch, position);
        const made = digestOf(batch, position, run);
        const digest = typeof made === 'string' ? made : await made;
        const line = comparison.find(key);
        // Where records are rejected, what seems to be replaced may be among them.
        const others = line || read.onError !== 'stop' ? [] : comparison.replacedBy(key);
        if (others.length > 0) replaced.set(position, others);
        if (comparison.isDue(key, digest, line)) due.push(position);
        const settling = comparison.settle(run);
        if (settling) await settling;
      }
      return [replaced.size === 0 ? keep(batch, due) : keep(...withTombstones(batch, due, replaced, read))];
    },
    more: next,
    flush(run) {
      const holds = hasRejected || run.ledger.setAside !== undefined;
      deletions = comparison.deletions(holds, run);
      return next(run);
    },
    async close() {
      await deletions?.return();
      await comparison.close();
    },
  };
}

function report(comparison: Comparison, { index, missing }: DeltaPorts, run: Run): void {
  const { counts } = comparison;
  run.ledger.setDelta(counts);
  const { held = 0, repeated = 0 } = counts;
  for (const note of [...(index ? [] : [fullNote(missing)]), ...heldNotes(held), ...repeatedNotes(repeated)])
    run.note(note);
}

function fullNote(why = 'there was no index of an earlier export'): Note {
  const text = `all entities were written, and no records of deleted ones: ${why}`;
  return { code: 'DELTA_IS_FULL', text };
}

function heldNotes(held: number): readonly Note[] {
  if (held === 0) return [];
  const text = `${held} entities are missing and may be among what was rejected or set aside: they are not reported as deleted, and stay in the index`;
  return [{ code: 'DELETIONS_HELD', text, counts: { held } }];
}

function repeatedNotes(repeated: number): readonly Note[] {
  if (repeated === 0) return [];
  const text = `${repeated} entities have the id and type of an earlier one in the same export; all of them are written in every delta, and the last one counts`;
  return [{ code: 'REPEATED_IDS', text, counts: { repeated } }];
}

/** A batch of nothing but records of deleted entities. */
function ofTombstones(keys: readonly string[], read: DeltaRead): ByteBatch {
  const { memberNames, deeper, maxDepth } = read;
  const texts = keys.map((key) => Buffer.from(tombstoneOf(key, read)));
  const rows = new Int32Array(texts.length * ROW_WIDTH).fill(-1);
  let at = 0;
  for (const [position, { length }] of texts.entries()) {
    rows[position * ROW_WIDTH + START] = at;
    at += length;
    rows[position * ROW_WIDTH + END] = at;
    rows[position * ROW_WIDTH + ORDINAL] = 0;
  }
  const source = 'the deleted entities';
  const bytes = Buffer.concat(texts);
  const batch = settledTexts({ source, memberNames, deeper, bytes, rows, singleLine: true, maxDepth });
  return { ...batch, added: keys.map(() => 0) };
}

/** The batch with records of deleted entities in front of those that replace them, and the positions of all that pass. */
function withTombstones(
  batch: Batch,
  due: readonly number[],
  replaced: ReadonlyMap<number, readonly string[]>,
  members: KeyMembers,
): [Batch, readonly number[]] {
  const order: (number | string)[] = [];
  const passing: number[] = [];
  const added = [...(batch.added ?? [])];
  const isDue = new Set(due);
  for (let position = 0; position < entityCount(batch); position++) {
    for (const key of replaced.get(position) ?? []) {
      passing.push(order.push(tombstoneOf(key, members)) - 1);
      added.push(ordinalAt(batch, position));
    }
    order.push(position);
    if (isDue.has(position)) passing.push(order.length - 1);
  }
  added.sort((one, other) => one - other);
  const ordinals = ordinalsOf(batch, order);
  const mixed = batch.kind === 'objects' ? mixedObjects(batch, order, ordinals) : mixedText(batch, order, ordinals);
  return [{ ...mixed, added }, passing];
}

/** Of each entity; a record of a deleted one has the ordinal of the entity behind it. */
function ordinalsOf(batch: Batch, order: readonly (number | string)[]): readonly number[] {
  const ordinals: number[] = [];
  let behind = 0;
  for (let at = order.length - 1; at >= 0; at--) {
    const item = order[at];
    if (typeof item === 'number') behind = ordinalAt(batch, item);
    ordinals[at] = behind;
  }
  return ordinals;
}

function mixedObjects(
  batch: ObjectBatch,
  order: readonly (number | string)[],
  ordinals: readonly number[],
): ObjectBatch {
  const objects = order.map((item): object => (typeof item === 'number' ? batch.objects[item] : JSON.parse(item)));
  return { ...batch, objects, ordinals };
}

function mixedText(batch: ByteBatch, order: readonly (number | string)[], ordinals: readonly number[]): ByteBatch {
  const texts = order.filter((item) => typeof item === 'string').map((text) => Buffer.from(text));
  const rows = new Int32Array(order.length * ROW_WIDTH).fill(-1);
  let [end, made] = [batch.bytes.length, 0];
  for (const [position, item] of order.entries()) {
    const row = position * ROW_WIDTH;
    if (typeof item === 'number') rows.set(batch.rows.subarray(item * ROW_WIDTH, (item + 1) * ROW_WIDTH), row);
    else {
      rows[row + START] = end;
      end += texts[made++].length;
      rows[row + END] = end;
    }
    rows[row + ORDINAL] = ordinals[position];
  }
  return {
    ...batch,
    bytes: Buffer.concat([batch.bytes, ...texts]),
    rows,
    count: order.length,
    knownLine: undefined,
    // Entities of records that were added are found by their text.
    located: [],
    excerpts: undefined,
    unchecked: undefined,
    framing: undefined,
  };
}
