/** Checks the text of the entities that will be written, so that a faulty one cannot corrupt the output. */

import { nextTurn, turnIsOver } from '../loop/turn.js';
import { KernelChecker } from '../scan/kernel-checker.js';
import { lineAt, textError } from '../scan/lines.js';
import type { TextFault } from '../scan/members.js';
import { type Batch, type ByteBatch, END, endAfter, ORDINAL, ROW_WIDTH, reject, START } from '../terms/batch.js';
import type { Reject } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage } from '../terms/stage.js';

/**
 * Makes the stage: full grammar, at most one id and one type. A faulty entity ends the run after the entities before it,
 * or is rejected if the batch says `skip`. Batches that are checked, trusted, or of objects pass unchanged.
 */
export function checkStage(): Stage<Batch, Batch> {
  let checker: KernelChecker | undefined;
  return {
    name: 'check',
    step: 'select',
    async push(batch, run) {
      if (batch.kind === 'objects' || batch.checked) return [batch];
      checker ??= new KernelChecker(batch);
      return [await checkBatch(checker, batch, run)];
    },
    flush: () => NOTHING,
    close: () => checker?.close(),
  };
}

async function checkBatch(checker: KernelChecker, batch: ByteBatch, run: Run): Promise<Batch> {
  const { bytes, rows, count, source, firstIndex, byteOffset, onError } = batch;
  const checked: ByteBatch = { ...batch, checked: true };
  const rejects: Reject[] = [];
  let known = batch.knownLine;
  for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) {
    if (turnIsOver()) await nextTurn(run);
    const start = rows[row + START];
    const end = rows[row + END];
    const found = checker.check(bytes, start, end);
    if (!found) continue;
    const isCut = batch.unended && found.at === end && rows[row + ORDINAL] === batch.covers - 1;
    const fault: TextFault = isCut ? { ...found, code: 'TRUNCATED' } : found;
    const recordIndex = firstIndex + rows[row + ORDINAL];
    // Lines are counted from fault to fault, so that each byte is read once however many entities are faulty.
    known = known && { at: start, line: lineAt(bytes, known, start) };
    const place = { source, recordIndex, byteOffset: byteOffset + fault.at, line: lineAt(bytes, known, fault.at) };
    const error = textError(fault, 'scan', place);
    if (onError === 'stop') {
      run.stop();
      const before = reject(checked, rejects);
      return endAfter(before, rows[row + ORDINAL] - 1, { kind: 'fault', error });
    }
    const raw = bytes.subarray(start, end);
    rejects.push({ source, recordIndex, byteOffset: byteOffset + start, line: known?.line, error, raw });
  }
  return reject(checked, rejects);
}
