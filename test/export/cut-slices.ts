/** For tests: exports in slices that are cut and resumed. */
import { join } from 'node:path';
import { decodeCheckpoint, type ExportCheckpoint, encodeCheckpoint } from '../../src/export/export-checkpoint.js';
import { exportSlices } from '../../src/export/export-slices.js';
import type { PlanOptions } from '../../src/export/plan-options.js';
import { files } from '../../src/sources/files.js';
import type { Receipt } from '../../src/terms/receipt.js';
import { type FilesPlan, planFiles } from './export-planned.js';

/** What the attempts so far have made. */
export interface Made {
  readonly output: Buffer;
  readonly checkpoint?: ExportCheckpoint;
  readonly receipt?: Receipt;
  readonly rejects: number;
}

/** Options of the plan. */
export interface Planned extends PlanOptions {
  readonly files?: FilesPlan;
}

export const NOTHING: Made = { output: Buffer.alloc(0), rejects: 0 };

/** Attempts at the files of a folder. */
export function cutting(folder: () => string) {
  return { attempt, cutEvery };

  /** One attempt: continues until it has made this many checkpoints; later bytes are lost. */
  async function attempt(
    names: readonly string[],
    { files: filesPlan = {}, ...options }: Planned,
    before: Made,
    checkpoints: number,
  ): Promise<Made> {
    const plan = planFiles(filesPlan, { threads: 2, ...options });
    const kept = Buffer.from(before.output);
    let rejects = before.rejects;
    const { events, receipt } = exportSlices({
      source: files(...names.map((name) => join(folder(), name))),
      plan,
      endsSlice: () => true,
      signal: new AbortController().signal,
      onReject: () => void rejects++,
      ...(before.checkpoint
        ? { from: { checkpoint: decodeCheckpoint(encodeCheckpoint(before.checkpoint)), output: pieces(kept) } }
        : {}),
    });
    const output = [kept];
    let left = checkpoints;
    for await (const event of events) {
      if (event.kind === 'bytes') output.push(Buffer.from(event.bytes));
      else if (--left === 0) return { output: Buffer.concat(output), checkpoint: event.checkpoint, rejects };
    }
    return { output: Buffer.concat(output), receipt: await receipt, rejects };
  }

  /** Cuts the export after every few checkpoints, until it is complete. */
  async function cutEvery(
    names: readonly string[],
    options: Planned,
    checkpoints: number,
  ): Promise<Made & { cuts: number }> {
    let made = NOTHING;
    for (let cuts = 0; ; cuts++) {
      made = await attempt(names, options, made, checkpoints);
      if (made.receipt) return { ...made, cuts };
    }
  }
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 7_777) yield bytes.subarray(at, at + 7_777);
}
