/** For tests: exports in slices that are cut and resumed. */
import { randomUUID } from 'node:crypto';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeCheckpoint, type ExportCheckpoint, encodeCheckpoint } from '../../src/export/export-checkpoint.js';
import { exportSlices } from '../../src/export/export-slices.js';
import type { PlanOptions } from '../../src/export/plan-options.js';
import { withChangedInputs } from '../../src/sources/changed-inputs.js';
import { files } from '../../src/sources/files.js';
import type { Source } from '../../src/sources/source.js';
import { toSluiceError } from '../../src/terms/errors.js';
import type { Receipt } from '../../src/terms/receipt.js';
import { type FilesPlan, planFiles } from './export-planned.js';

/** What the attempts so far have made. */
export interface Made {
  readonly output: Buffer;
  readonly checkpoint?: ExportCheckpoint;
  readonly receipt?: Receipt;
  readonly rejects: number;
  /** What was spooled before the checkpoint. */
  readonly spooled: Buffer;
}

/** Options of the plan. */
export interface Planned extends PlanOptions {
  readonly files?: FilesPlan;
  /** Bytes that are read at a time; default: any. */
  readonly reads?: number;
}

export const NOTHING: Made = { output: Buffer.alloc(0), rejects: 0, spooled: Buffer.alloc(0) };

/** Attempts at the files of a folder. */
export function cutting(folder: () => string) {
  return { attempt, cutEvery };

  /** One attempt: continues until it has made this many checkpoints (0: to its end); later bytes are lost. */
  async function attempt(
    names: readonly string[],
    { files: filesPlan = {}, reads, ...options }: Planned,
    before: Made,
    checkpoints: number,
  ): Promise<Made> {
    const plan = planFiles(filesPlan, { threads: 2, ...options });
    const kept = Buffer.from(before.output);
    let rejects = before.rejects;
    const source = files(...names.map((name) => join(folder(), name)));
    const path = join(folder(), `spool-${randomUUID()}`);
    // What an attempt has spooled after its checkpoint is dropped.
    await writeFile(path, Buffer.concat([before.spooled, Buffer.from('lost')]));
    const { events, receipt } = exportSlices({
      source: reads === undefined ? source : inPieces(source, reads),
      spool: { open: () => open(path, 'r+'), failed: (cause) => toSluiceError(cause, 'INTERNAL', 'run') },
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
    try {
      for await (const event of events) {
        if (event.kind === 'bytes') {
          output.push(Buffer.from(event.bytes));
          continue;
        }
        if (--left !== 0) continue;
        const { checkpoint } = event;
        const spooled = (await readFile(path)).subarray(0, checkpoint.waiting?.spool.bytes ?? 0);
        return { output: Buffer.concat(output), checkpoint, rejects, spooled };
      }
      return { output: Buffer.concat(output), receipt: await receipt, rejects, spooled: NOTHING.spooled };
    } finally {
      await rm(path);
    }
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

/** The source, read in pieces. */
function inPieces(source: Source, bytes: number): Source {
  return withChangedInputs(source, async function* (inputs) {
    for await (const input of inputs) {
      if (input.kind === 'objects') continue;
      yield { ...input, read: (into) => input.read(into.subarray(0, bytes)) };
    }
  });
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 7_777) yield bytes.subarray(at, at + 7_777);
}
