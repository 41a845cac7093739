/** For tests: the result of an export, whether it succeeds or fails. */
import type { ExportOptions } from '../../src/export/export-options.js';
import { type ExportStream, exportEntities } from '../../src/export/run-export.js';
import { SluiceError } from '../../src/terms/errors.js';
import type { Receipt } from '../../src/terms/receipt.js';

/** The output, and either a receipt or an error. */
export interface Outcome {
  readonly output: Buffer;
  readonly receipt?: Receipt;
  readonly error?: SluiceError;
}

/** Runs an export to its end. */
export function exported(options: ExportOptions): Promise<Outcome> {
  return outcomeOf(exportEntities(options));
}

/** Reads a stream to its end; if it fails, its receipt must reject with the same error. */
export async function outcomeOf(stream: ExportStream): Promise<Outcome> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  } catch (error) {
    const rejection = await failureOf(stream.receipt);
    if (rejection !== error) throw new Error('the receipt does not have the error of the stream', { cause: error });
    return { output: Buffer.concat(chunks), error: rejection };
  }
  const output = Buffer.concat(chunks);
  return stream.receipt.then(
    (receipt) => ({ output, receipt }),
    (error: unknown) => ({ output, error: sluiceError(error) }),
  );
}

/** The SluiceError that the promise rejects with; anything else fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<SluiceError> {
  const failure = await work.then(
    () => new Error('nothing failed'),
    (error: unknown) => error,
  );
  return sluiceError(failure);
}

/** The SluiceError that a call throws; anything else fails the test. */
export function refusalOf(call: () => unknown): Promise<SluiceError> {
  return failureOf(new Promise((resolve) => resolve(call())));
}

function sluiceError(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error;
  throw error;
}
