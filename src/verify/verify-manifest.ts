/** Verifies the manifest: the list of files at the end of an archive. */
import { MANIFEST_NAME } from '../terms/plan.js';
import type { FileReceipt } from '../terms/receipt.js';

/** A file with more bytes is no manifest of ours; it is a file like the others, and not held in memory. */
export const LARGEST_MANIFEST_BYTES = 64 * 1024 * 1024;

/** The content of a manifest. */
export interface Manifest {
  readonly id: string;
  readonly files: readonly Required<FileReceipt>[];
}

/** Whether a file inside an archive may be the manifest: it comes after other files. */
export function mayBeManifest(name: string, before: number): boolean {
  return name === MANIFEST_NAME && before > 0;
}

/** Parses a manifest; undefined for any other content, which then is a file like the others. */
export function parseManifest(content: Buffer): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(content.toString());
    return isManifest(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A file of the archive; the records of a table are not counted. */
interface FoundFile extends Omit<Required<FileReceipt>, 'records'> {
  readonly records?: number;
}

/** The differences to the manifest, as text. */
export function differences(manifest: Manifest, found: readonly FoundFile[]): readonly string[] {
  const count = found.length === manifest.files.length ? [] : [`files ${found.length}, not ${manifest.files.length}`];
  const others = manifest.files.flatMap((listed, index) => {
    const file = found[index];
    if (!file) return [];
    return (['name', 'records', 'bytes', 'sha256'] as const)
      .filter((member) => file[member] !== undefined && file[member] !== listed[member])
      .map((member) => `${member} of ${listed.name} ${file[member]}, not ${listed[member]}`);
  });
  return [...count, ...others];
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('files' in value)) return false;
  return typeof value.id === 'string' && Array.isArray(value.files) && value.files.every(isListed);
}

function isListed(value: unknown): value is Required<FileReceipt> {
  if (typeof value !== 'object' || value === null) return false;
  const { name, records, bytes, sha256 }: Partial<Record<keyof FileReceipt, unknown>> = value;
  const isCounted = typeof records === 'number' && typeof bytes === 'number';
  return isCounted && typeof name === 'string' && typeof sha256 === 'string';
}
