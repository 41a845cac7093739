/** Restores the state of the stages from a checkpoint and the bytes that were stored before it. */
import { createHash, type Hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { zstdContent } from '../sources/zstd-frames.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import type { ExportPlan } from '../terms/plan.js';
import { inflated } from '../unpack/inflate.js';
import type { ChainState } from './chain-state.js';
import type { ExportCheckpoint } from './export-checkpoint.js';
import { packLevel } from './export-files.js';
import { isPacked, packed, packedBytes, without } from './packed-bytes.js';
import type { PlanFingerprint } from './plan-fingerprint.js';

/** The state after an earlier run. */
export interface SliceStart {
  readonly checkpoint: ExportCheckpoint;
  /** All bytes of output before the checkpoint; read once, to restore their digests. */
  readonly output: AsyncIterable<Buffer>;
}

/**
 * Restores the state of the stages.
 * @throws SluiceError (rejects) `PLAN_CHANGED` where the earlier run had another meaning; `VERIFY_FAILED` where the bytes
 * are not those of the checkpoint, or would be made in another way now; what reading the bytes rejects with
 */
export async function resumeChain(
  { checkpoint, output }: SliceStart,
  plan: ExportPlan,
  fingerprint: PlanFingerprint,
): Promise<ChainState> {
  if (checkpoint.plan.meaning !== fingerprint.meaning) {
    const message =
      'the export began under other settings, which decide which records there are and what they become: continue it under those, or start it again';
    throw new SluiceError('PLAN_CHANGED', 'run', message);
  }
  if (!isDeepStrictEqual(checkpoint.plan.form, JSON.parse(JSON.stringify(fingerprint.form)))) {
    throw verifyFailed('the output was planned in another way, or by another version');
  }
  const { pack, finished, counts, envelope } = checkpoint;
  const stored = new Digesting();
  const document = new Digesting();
  try {
    for await (const chunk of unpacked(stored.through(output), checkpoint, plan)) document.add(chunk);
  } catch (cause) {
    // The failure of a store says nothing about the bytes.
    if (cause instanceof SluiceError && cause.code === 'SERVICE_FAILED') throw cause;
    throw verifyFailed(`the bytes before it cannot be read: ${messageOf(cause)}`, cause);
  }
  if (pack) document.add(pack.pending);
  if (stored.bytes !== checkpoint.outputBytes || document.bytes !== checkpoint.documentBytes) {
    throw verifyFailed(`${stored.bytes} bytes were stored of ${checkpoint.outputBytes}`);
  }
  if (stored.bytes > 0 && stored.hash.copy().digest('hex') !== checkpoint.outputSha256) {
    throw verifyFailed('the bytes before it are different');
  }
  const sightings = structuredClone(checkpoint.sightings);
  const { waiting: { state: waiting } = {} } = checkpoint;
  // Entities that wait to be written have passed the selection too.
  const written = waiting?.kind === 'split' ? waiting.entities : counts.written;
  const found = new Set(checkpoint.found);
  return { written, found, sightings, document, output: stored, pack, finished, envelope, waiting };
}

/** Counts and digests bytes. */
class Digesting {
  bytes = 0;
  readonly hash: Hash = createHash('sha256');

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.hash.update(chunk);
  }

  async *through(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    for await (const chunk of chunks) {
      this.add(chunk);
      yield chunk;
    }
  }
}

/** The unpacked content of the open document, up to the last complete block. */
function unpacked(
  chunks: AsyncIterable<Buffer>,
  { pack: checkpoint, outputBytes, envelope }: ExportCheckpoint,
  { output }: ExportPlan,
): AsyncIterable<Buffer> {
  const bytes = packed(chunks, outputBytes, envelope);
  if (!isPacked(output)) return bytes;
  // The deflated bytes are the last ones; if no document is open, there are none.
  const content = without(bytes, packedBytes(outputBytes, envelope) - (checkpoint?.state.compressed ?? 0));
  const isStored = (output.pack === 'zip' || output.pack === 'envelope') && packLevel(output) === 0;
  if (!checkpoint || isStored) return content;
  return output.pack === 'zstd' ? zstdContent(content) : inflated(content);
}

function verifyFailed(message: string, cause?: unknown): SluiceError {
  return new SluiceError('VERIFY_FAILED', 'run', `a checkpoint does not fit what was stored: ${message}`, { cause });
}
