/** Decides what the blob of an envelope holds: a zip, or the only file. */
import { mayBeSeveral } from '../../terms/blob-content.js';
import { SluiceError } from '../../terms/errors.js';
import type { OutputPlan } from '../../terms/plan.js';
import type { BlobContent } from '../../terms/profile.js';

/**
 * Completes the plan of an envelope.
 * @param given by option, request or profile; absent: a zip, of a workbook the workbook itself, which is packed already
 * @param limit maximum number of records
 * @throws SluiceError `INVALID` for a plain file where there may be several
 */
export function decideContent(
  output: Omit<OutputPlan, 'content'>,
  given: BlobContent | undefined,
  limit: number | undefined,
): OutputPlan {
  const content = given ?? (output.format === 'xlsx' && !mayBeSeveral(output) ? 'plain' : 'zip');
  if (content === 'zip') return { ...output, content };
  const one = isOneFile(output, limit) ? { ...output, split: undefined } : output;
  if (!mayBeSeveral(one)) return { ...one, content };
  const reason = optionOfFiles(one);
  const fix = reason === 'batchSize' ? ', or batchSize 0 for one file' : '';
  const message = `content: a plain blob holds one file, and ${reason} may make several; choose content zip${fix}`;
  throw new SluiceError('INVALID', 'plan', message, { path: 'content' });
}

/** The option by which there may be several files. */
function optionOfFiles({ split, splitBy, manifest }: Omit<OutputPlan, 'content'>): string {
  if (splitBy) return 'splitBy';
  if (manifest) return 'manifest';
  if (split?.maxBytes !== undefined) return 'maxBytesPerFile';
  return split ? 'batchSize' : 'dsv.multiFile';
}

/** Whether a result that is split by records has one file, as the request limits it. */
function isOneFile({ split }: Omit<OutputPlan, 'content'>, limit = Number.POSITIVE_INFINITY): boolean {
  return split?.maxRecords !== undefined && split.maxBytes === undefined && limit <= split.maxRecords;
}
