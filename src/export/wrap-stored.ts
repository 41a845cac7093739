/** The documented envelope around bytes that are stored, made as it is read. */
import { SluiceError, toSluiceError } from '../terms/errors.js';
import type { EnvelopePlan } from '../terms/plan.js';
import { newRun } from './create-run.js';
import { appendEnvelope } from './export-chain.js';
import { bytesOf, fuse } from './fuse.js';
import { GeneratorReadable } from './generator-readable.js';

/** What stands beside the blob. */
export interface StoredFacts extends EnvelopePlan {
  /** The work automation id. */
  readonly id: string;
  /** Name of the document. */
  readonly fileName: string;
  /** `totalRecords`. */
  readonly records: number;
}

/**
 * Wraps stored bytes; what fails behind the first of them ends in an envelope that says so.
 * @param stored is closed when the stream is, however that ends
 */
export function wrapStored(
  stored: AsyncIterable<Buffer>,
  { id, fileName, records, ...said }: StoredFacts,
): GeneratorReadable {
  const run = newRun({ id });
  run.ledger.resume({ read: records, written: records, filtered: 0, rejected: 0 }, []);
  const envelope = { ...said, properties: { workAutomationId: id } };
  const open = () => bytesOf(fuse(chunksOf(stored), appendEnvelope({ stages: [] }, envelope, fileName), run));
  return new GeneratorReadable(open, run, { output: 'bytes', endsInEnvelope: () => true });
}

async function* chunksOf(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    yield* stored;
  } catch (cause) {
    const error = toSluiceError(cause, 'READ_FAILED', 'read');
    // A path of this machine is nothing to tell whoever fetches the envelope.
    throw new SluiceError(error.code, 'read', 'the stored result cannot be read', { cause });
  }
}
