/** Checks the text of the entities that will be written, so that a faulty one cannot corrupt the output. */

import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { MissingExcerpts } from '../scan/excerpts.js';
import { KernelChecker, LONG_ENTITY } from '../scan/kernel-checker.js';
import { RecordFaults } from '../scan/record-faults.js';
import { type Batch, type ByteBatch, END, ORDINAL, ROW_WIDTH, START } from '../terms/batch.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage } from '../terms/stage.js';

/**
 * Makes the stage: full grammar, at most one id and one type. A faulty entity ends the run (or its file,
 * where the batch says so) after the entities before it, or is rejected if the batch says `skip`. Batches that are checked, trusted, or of objects pass unchanged.
 */
export function checkStage(): Stage<Batch, Batch> {
  let checker: KernelChecker | undefined;
  return {
    name: 'check',
    step: 'select',
    async push(batch, run) {
      if (batch.kind === 'objects') return [batch];
      if (batch.checked) return [batch.excerpts ? withExcerpts(batch, new MissingExcerpts(batch.excerpts)) : batch];
      checker ??= new KernelChecker(batch);
      return [await checkBatch(checker, batch, run)];
    },
    flush: () => NOTHING,
    close: () => checker?.close(),
  };
}

async function checkBatch(checker: KernelChecker, batch: ByteBatch, run: Run): Promise<Batch> {
  const { bytes, rows, count, unchecked, excerpts } = batch;
  const due = unchecked && new Set(unchecked);
  const missing = excerpts && new MissingExcerpts(excerpts);
  const checked: ByteBatch = { ...batch, checked: true };
  const faults = new RecordFaults(batch);
  for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) {
    if (due && !due.has(rows[row + ORDINAL])) continue;
    if (turnIsOver()) await nextTurn(run);
    const start = rows[row + START];
    const end = rows[row + END];
    const isLong = end - start > LONG_ENTITY;
    const found = isLong
      ? await stepsInTurns(checker.checkInSteps(bytes, start, end), run)
      : checker.check(bytes, start, end);
    const error = found && faults.take(found, row, start, end);
    if (error) {
      return faults.ended(withExcerpts(checked, missing), row, (await batch.damage?.()) ?? error, run);
    }
    if (!found && checker.excerpt) missing?.add(row / ROW_WIDTH, checker.excerpt);
  }
  return faults.rejected(withExcerpts(checked, missing));
}

/** The batch with all of its excerpts; without any, if one is missing. */
function withExcerpts(batch: ByteBatch, missing: MissingExcerpts | undefined): ByteBatch {
  return missing ? { ...batch, excerpts: missing.complete() } : batch;
}
