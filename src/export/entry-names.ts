/** Names of files that composed stages put into zips and envelopes. */
import type { NamedContent } from '../pack/envelope.js';
import { safeFileName } from '../request/plan/file-name.js';

/** The first bytes of a zip, with entries or without, in base64. */
const ZIP_FRONTS: ReadonlySet<string> = new Set(['UEsD', 'UEsF']);

/** What an envelope calls its file: a zip by its first bytes, or by its name. A workbook is a zip with a name of its own. */
export function contentName(given: string, front: Buffer): NamedContent {
  const name = given.replace(/\.zip$/i, '');
  const entry = safeEntryName(name);
  const isZip = name !== given || ZIP_FRONTS.has(front.toString('latin1', 0, 4));
  const suffix = entry.slice(entry.lastIndexOf('.') + 1);
  if (!isZip || suffix === 'xlsx') return { fileName: entry, extension: suffix === 'json' ? 'JSON' : suffix };
  return { fileName: `${entry.slice(0, -suffix.length)}zip`, extension: 'zip' };
}

/** A name that is safe as that of a file in a zip. */
export function safeEntryName(name: string): string {
  const table = /\.(csv|tsv|dsv)$/i.exec(name)?.[1];
  if (table !== undefined) return safeFileName(name, 'dsv', table);
  if (/\.xlsx$/i.test(name)) return safeFileName(name.replace(/\.xlsx$/i, ''), 'xlsx');
  return safeFileName(name, name.endsWith('.ndjson') ? 'ndjson' : 'json');
}
