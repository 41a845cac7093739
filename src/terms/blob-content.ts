/** What the blob of an envelope holds. */
import type { OutputPlan } from './plan.js';

/** Whether a result may be several files. */
export function mayBeSeveral({ split, splitBy, manifest, dsv }: OutputPlan): boolean {
  return split !== undefined || splitBy !== undefined || manifest === true || dsv?.multiFile === true;
}

/** Whether an envelope has one file itself in its blob, and no zip around it: a workbook, which is packed by itself. */
export function holdsOneFile(output: OutputPlan): boolean {
  return output.format === 'xlsx' && !mayBeSeveral(output);
}
