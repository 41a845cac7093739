/** For tests: what comes of an export, whether it ends well or not. */
import type { ExportOptions } from '../../src/export/export-options.js';
import { type ExportStream, exportEntities } from '../../src/export/run-export.js';
import { SluiceError } from '../../src/terms/errors.js';
import type { Receipt } from '../../src/terms/receipt.js';

/** What came out, and how it ended: of receipt and error one is there. */
export interface Outcome {
  readonly output: Buffer;
  readonly receipt?: Receipt;
  readonly error?: SluiceError;
}

/** Runs an export to its end. */
export function exported(options: ExportOptions): Promise<Outcome> {
  return outcomeOf(exportEntities(options));
}

/** Reads a stream to its end; where it fails, its receipt must reject with the same error. */
export async function outcomeOf(stream: ExportStream): Promise<Outcome> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  } catch (error) {
    const rejection = await failureOf(stream.receipt);
    if (rejection !== error) throw new Error('the receipt does not tell the error of the stream', { cause: error });
    return { output: Buffer.concat(chunks), error: rejection };
  }
  const output = Buffer.concat(chunks);
  return stream.receipt.then(
    (receipt) => ({ output, receipt }),
    (error: unknown) => ({ output, error: sluiceError(error) }),
  );
}

/** The error that the work fails with; a failure that is none of ours, or none at all, fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<SluiceError> {
  const failure = await work.then(
    () => new Error('nothing failed'),
    (error: unknown) => error,
  );
  return sluiceError(failure);
}

/** The error that a call throws; one that is none of ours, or none at all, fails the test. */
export function refusalOf(call: () => unknown): Promise<SluiceError> {
  return failureOf(new Promise((resolve) => resolve(call())));
}

function sluiceError(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error;
  throw error;
}
