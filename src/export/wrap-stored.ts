/** The documented envelope around stored bytes, made while it is read. */

import { wholeEnvelope } from '../pack/envelope.js';
import { WholeReadable } from '../sources/whole-readable.js';
import { SluiceError, toSluiceError } from '../terms/errors.js';
import type { EnvelopePlan } from '../terms/plan.js';
import { newRun } from './create-run.js';
import { appendEnvelope } from './export-chain.js';
import { bytesOf, fuse } from './fuse.js';
import { GeneratorReadable } from './generator-readable.js';

/** The members beside the blob. */
export interface StoredFacts extends EnvelopePlan {
  /** The work automation id. */
  readonly id: string;
  /** `totalRecords`. */
  readonly records: number;
}

/**
 * Wraps stored bytes; a failure after the first of them is reported in the envelope.
 * @param stored is closed with the stream, however that ends
 */
export function wrapStored(stored: AsyncIterable<Buffer>, { id, records, ...facts }: StoredFacts): GeneratorReadable {
  const run = newRun({ id });
  run.ledger.resume({ read: records, written: records, filtered: 0, rejected: 0 }, []);
  const envelope = envelopeOf(facts, id);
  const open = () => bytesOf(fuse(chunksOf(stored), appendEnvelope({ stages: [] }, envelope).chain, run));
  return new GeneratorReadable(open, run, { output: 'bytes', endsInEnvelope: () => true });
}

/** The same for bytes that are there. */
export function wrapWhole(stored: Buffer, { id, records, ...facts }: StoredFacts): WholeReadable {
  return new WholeReadable(wholeEnvelope(envelopeOf(facts, id), id, stored, records));
}

function envelopeOf(facts: EnvelopePlan, id: string) {
  return { ...facts, properties: { workAutomationId: id } };
}

async function* chunksOf(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    yield* stored;
  } catch (cause) {
    const error = toSluiceError(cause, 'READ_FAILED', 'read');
    // The reader of the envelope must not learn paths of this machine.
    throw new SluiceError(error.code, 'read', 'the stored result cannot be read', { cause });
  }
}
