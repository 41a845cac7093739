/** The documented envelope around bytes that are stored, made as it is read. */
import { SluiceError, toSluiceError } from '../terms/errors.js';
import type { EnvelopePlan } from '../terms/plan.js';
import { createRun } from './create-run.js';
import { appendEnvelope } from './export-chain.js';
import { GeneratorReadable } from './generator-readable.js';
import { fuse } from './to-stream.js';

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
  const run = createRun({ id });
  run.ledger.written = records;
  run.ledger.read = records;
  run.ledger.found = records;
  const envelope = { ...said, properties: { workAutomationId: id } };
  return new GeneratorReadable(
    () => fuse(chunksOf(stored), appendEnvelope({ stages: [] }, run, envelope, fileName), run),
    run,
    'bytes',
  );
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
