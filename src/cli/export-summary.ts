/** What `sluice export` says at its end. */

import { formatCount } from '../terms/format-count.js';
import type { ExportPlan } from '../terms/plan.js';
import type { Receipt } from '../terms/receipt.js';
import type { ExportFlags } from './export-options.js';
import { formatBytes, formatRecords } from './format.js';

/** What an export with these flags compares, and leaves. */
export function explainDelta({ deltaFrom, deltaTo }: Pick<ExportFlags, 'deltaFrom' | 'deltaTo'>): readonly string[] {
  const compared = `- Write only what is new or changed since the export that left ${deltaFrom}, and a record for each deleted entity.`;
  const left = `- Leave an index for the next delta in ${deltaTo}.`;
  return [...(deltaFrom === undefined ? [] : [compared]), ...(deltaTo === undefined ? [] : [left])];
}

/** One line about a finished export. */
export function summary(receipt: Receipt, plan: ExportPlan, path: string | undefined): string {
  const { read, written, filtered, rejected, bytesIn, output, durationMs, stoppedBy, setAside, delta } = receipt;
  const place = path === undefined ? 'standard output' : path;
  const ended = { end: '', limit: ' (limit reached)', ids: ' (all ids found)' }[stoppedBy];
  const aside = setAside ? `, ${formatCount(setAside.files)} ${setAside.files === 1 ? 'file' : 'files'} set aside` : '';
  const changes = delta
    ? ` (${formatCount(delta.new)} new, ${formatCount(delta.changed)} changed, ${formatCount(delta.deleted)} deleted)`
    : '';
  const refused = rejected > 0 ? `, ${formatCount(rejected)} rejected` : '';
  return (
    `${formatRecords(written)}${changes} to ${place} (${kindOf(plan, receipt)}` +
    `${formatBytes(output.bytes)}); ${formatCount(read)} read${ended}, ${formatCount(filtered)} filtered${refused}${aside}; ` +
    `${formatBytes(bytesIn)} in ${(durationMs / 1000).toFixed(2)} s`
  );
}

function kindOf({ output: { pack, folder } }: ExportPlan, { files }: Receipt): string {
  if (folder) return `${formatCount(files.length)} ${files.length === 1 ? 'file' : 'files'}, `;
  return pack === 'none' ? '' : `${pack}, `;
}
