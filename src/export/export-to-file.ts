/** An export to a file that the next process continues if this one dies. */
import { file } from '../destinations/file.js';
import { acceptArgument, acceptOptions, filledText } from '../options/accept-options.js';
import { flagged, name, type Options } from '../options/option.js';
import { pathOf } from '../sources/files.js';
import { SILENT } from '../terms/logger.js';
import type { Receipt } from '../terms/receipt.js';
import { EXPORT_OPTIONS, type ExportOptions } from './export-options.js';
import { interruptedExport } from './interrupted-export.js';
import { acceptAndPlan } from './plan-export.js';
import { guarded, refuseOwnInput } from './refuse-own-input.js';
import { exportResumably } from './resumable-export.js';
import { toSource } from './to-source.js';

/** Options of `exportToFile`: those of `exportEntities`, except for those whose state dies with the process. */
export interface ExportToFileOptions
  extends Omit<ExportOptions, 'reader' | 'schema' | 'deltaFrom' | 'deltaTo' | 'digest' | 'onReject'> {
  /** Replace an existing file; default: refuse. */
  readonly overwrite?: boolean;
  /** A file for rejected records, one JSON line each with reason and position; it continues as the result does. */
  readonly rejects?: string;
}

const { reader: _reader, schema: _schema, digest: _digest, onReject: _onReject, ...STATELESS } = EXPORT_OPTIONS;
const { deltaFrom: _from, deltaTo: _to, ...SHARED } = STATELESS;

const EXPORT_TO_FILE = {
  ...SHARED,
  overwrite: { kind: flagged, about: 'replace an existing file', default: '`false`' },
  rejects: { kind: name, about: 'a file for rejected records, which continues as the result does' },
} satisfies Options;

/**
 * Exports to a file as `exportEntities(options).toFile(path)` does, and keeps a checkpoint beside it: every second, every
 * 256 MiB of input, and when it is aborted. If the process dies, or the export fails or is aborted, the same call continues
 * from the checkpoint; the bytes are those of an export that was never interrupted. Checkpoint and partial result are hidden
 * files, and are gone once the result is complete.
 * @throws SluiceError (rejects) as `toFile` does; `INVALID` for a sorted result or a source that can be read once;
 *   `PLAN_CHANGED`, `SOURCE_CHANGED` or `VERIFY_FAILED` where what was left does not fit
 * @example
 * const receipt = await exportToFile('all.ndjson.gz', { source: 'catalog.ndjson' });
 */
export async function exportToFile(path: string | URL, options: ExportToFileOptions): Promise<Receipt> {
  const named = path instanceof URL ? pathOf(path, 'path') : path;
  acceptArgument('path', named, filledText);
  acceptOptions(options, EXPORT_TO_FILE, ['source']);
  const { source, overwrite = false, rejects, now: given, onProgress, logger = SILENT, ...others } = options;
  const { signal = new AbortController().signal, ...plan } = others;
  const before = await interruptedExport(named, overwrite);
  const now = before?.now ?? given ?? Date.now();
  const id = plan.id ?? before?.id;
  const planned = acceptAndPlan(id === undefined ? plan : { ...plan, id })({ now, destination: named });
  const opened = toSource(source);
  const written = [named, ...(rejects === undefined ? [] : [rejects])].map((one) => file(one, { overwrite }));
  const outputs = await refuseOwnInput(opened, written);
  const run = { source: guarded(opened, () => outputs), plan: planned, path: named, overwrite, rejects, now };
  return exportResumably({ ...run, signal, logger, onProgress }, before);
}
