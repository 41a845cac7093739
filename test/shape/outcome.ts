/** For tests: runs an export to lines, and collects what became of its records. */
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { SluiceError } from '../../src/terms/errors.js';
import type { Receipt, Reject } from '../../src/terms/receipt.js';
import { chunked } from '../naive/arbitraries.js';

export interface Outcome {
  readonly lines: readonly string[];
  readonly receipt?: Receipt;
  readonly error?: SluiceError;
  readonly rejects: readonly { readonly recordIndex: number; readonly raw: string; readonly code: string }[];
}

export async function run(options: ExportOptions): Promise<Outcome> {
  const rejects: { recordIndex: number; raw: string; code: string }[] = [];
  const onReject = ({ recordIndex, raw, error }: Reject) =>
    void rejects.push({ recordIndex, raw: Buffer.from(raw).toString(), code: error.code });
  const stream = exportEntities({ format: 'ndjson', ...options, onReject });
  let text = '';
  let failure: SluiceError | undefined;
  try {
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    failure = error;
  }
  const lines = text.split('\n').filter((line) => line !== '');
  return failure ? { lines, error: failure, rejects } : { lines, receipt: await stream.receipt, rejects };
}

/** The outcome of lines that come byte by byte. */
export function ofLines(lines: string, options: Omit<ExportOptions, 'source'>): Promise<Outcome> {
  return run({ source: bytes(chunked(Buffer.from(lines), [1])), input: 'lines', ...options });
}
