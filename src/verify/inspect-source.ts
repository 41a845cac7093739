/** Inspects a source: its records by type and size, and its first fault. */

import { newRun } from '../export/create-run.js';
import { acceptSettings } from '../export/plan-export.js';
import type { PlanOptions } from '../export/plan-options.js';
import { type SourceName, toSource } from '../export/to-source.js';
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { unpacked } from '../places/unpacked.js';
import { checkStage } from '../select/check.js';
import { memberText } from '../select/member-value.js';
import { readBatches } from '../sources/read-batches.js';
import { type ByteBatch, END, MEMBER_COLUMN, ROW_WIDTH, START } from '../terms/batch.js';
import type { SluiceError } from '../terms/errors.js';
import type { Note } from '../terms/receipt.js';

/** The records of one type. */
export interface TypeSummary {
  /** Undefined for records whose type is not a string. */
  readonly type: string | undefined;
  readonly records: number;
  /** Bytes of all their texts. */
  readonly bytes: number;
  readonly smallest: number;
  readonly largest: number;
}

/** What a source holds, up to its end or its first fault. */
export interface Inspection {
  readonly records: number;
  readonly bytesIn: number;
  /** The most frequent type first. */
  readonly types: readonly TypeSummary[];
  /** What a user should know of the source that is not a failure. */
  readonly notes: readonly Note[];
  readonly fault?: SluiceError;
}

/** Options of `inspectSource`. */
export type InspectOptions = Pick<
  PlanOptions,
  'input' | 'path' | 'unwrap' | 'idField' | 'typeField' | 'maxDepth' | 'maxEntityBytes'
> & { readonly signal?: AbortSignal };

/** Reads a source of JSON text to its end, checking every record. */
export async function inspectSource(
  source: SourceName,
  { signal, ...options }: InspectOptions = {},
): Promise<Inspection> {
  const run = newRun({ signal });
  const { read } = acceptSettings(options);
  const types = new Map<string | undefined, TypeSummary>();
  const check = checkStage();
  let fault: SluiceError | undefined;
  const reading = { ...read, locate: ['type'] as const, reader: 'scan' as const, recycle: true };
  for await (const batch of readBatches(unpacked(toSource(source), read), reading, run)) {
    if (turnIsOver()) await nextTurn();
    for (const checked of await check.push(batch, run)) {
      if (checked.kind === 'bytes') addTo(types, checked);
      if (checked.ending?.kind === 'fault') fault = checked.ending.error;
    }
  }
  const summaries = [...types.values()].sort((a, b) => b.records - a.records);
  return {
    records: summaries.reduce((sum, { records }) => sum + records, 0),
    bytesIn: run.ledger.bytesIn,
    types: summaries,
    notes: run.ledger.notes,
    ...(fault ? { fault } : {}),
  };
}

function addTo(types: Map<string | undefined, TypeSummary>, batch: ByteBatch): void {
  for (let position = 0; position < batch.count; position++) {
    const row = position * ROW_WIDTH;
    const size = batch.rows[row + END] - batch.rows[row + START];
    const hasType = batch.rows[row + MEMBER_COLUMN.type] >= 0;
    const type = hasType ? memberText(batch, position, 'type') : undefined;
    const known = types.get(type) ?? { type, records: 0, bytes: 0, smallest: size, largest: size };
    types.set(type, {
      type,
      records: known.records + 1,
      bytes: known.bytes + size,
      smallest: Math.min(known.smallest, size),
      largest: Math.max(known.largest, size),
    });
  }
}
