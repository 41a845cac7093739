/** For tests: runs an export to its end and returns the result. */
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { SluiceError } from '../../src/terms/errors.js';
import type { Receipt } from '../../src/terms/receipt.js';

export interface Collected {
  /** The output, also that before a failure. */
  readonly text: string;
  readonly receipt?: Receipt;
  readonly error?: SluiceError;
}

export async function collect(options: ExportOptions): Promise<Collected> {
  const stream = exportEntities(options);
  let text = '';
  try {
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    return { text, receipt: await stream.receipt };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { text, error };
  }
}
