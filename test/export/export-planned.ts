/** Test helper: exports of a plan, possibly with several files. */
import { Buffer } from 'node:buffer';
import { newRun } from '../../src/export/create-run.js';
import { driveExport } from '../../src/export/drive-export.js';
import { bytesOf } from '../../src/export/fuse.js';
import { GeneratorReadable } from '../../src/export/generator-readable.js';
import { planExport } from '../../src/export/plan-export.js';
import type { PlanOptions } from '../../src/export/plan-options.js';
import type { Source } from '../../src/sources/source.js';
import type { ExportPlan, SplitPlan } from '../../src/terms/plan.js';
import type { Receipt } from '../../src/terms/receipt.js';
import type { Run, RunOptions } from '../../src/terms/run.js';

/** The files of a plan. */
export interface FilesPlan {
  readonly split?: Omit<SplitPlan, 'before' | 'after'>;
  readonly manifest?: boolean;
}

/** A plan of several files named `job_<n>_out`; by default a zip. */
export function planFiles({ split = {}, manifest }: FilesPlan, options: PlanOptions = {}): ExportPlan {
  const files = { batchSize: split.maxRecords, maxBytesPerFile: split.maxBytes, manifest };
  return planExport({ id: 'job', pack: 'zip', ...options, ...files });
}

/** Starts the export. */
export function startPlanned(
  source: Source,
  plan: ExportPlan,
  options: Partial<Pick<RunOptions, 'signal'>> & { readonly digest?: boolean } = {},
): { readonly stream: GeneratorReadable; readonly run: Run } {
  const { digest = false, ...rest } = options;
  const run = newRun({ id: plan.id, ...rest });
  run.beginReading();
  const open = () => bytesOf(driveExport(source, plan, { digest }, run));
  const endsInEnvelope = () => plan.envelope !== undefined;
  return { stream: new GeneratorReadable(open, run, { output: 'bytes', endsInEnvelope }), run };
}

/** Runs the export to its end. */
export async function exportPlanned(
  source: Source,
  plan: ExportPlan,
  digest = false,
): Promise<{ readonly output: Buffer; readonly receipt: Receipt }> {
  const { stream, run } = startPlanned(source, plan, { digest });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return { output: Buffer.concat(chunks), receipt: await run.receipt };
}
