/** Downloads of files: their digest is computed as they arrive, and compared before they are saved. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf, call, jobPath, Problem, send } from './api.js';
import type { ResultFile } from './model.js';

/** Largest file that is kept in the browser until its digest is known. */
export const LARGEST_CHECKED = 512 * 1024 * 1024;

/** How a download ended. */
export type Saved = 'verified' | 'unchecked';

interface Link {
  readonly href: string;
}

/**
 * Saves a file.
 * @param onProgress called with the bytes so far
 * @returns whether the digest was checked: large files go to the browser's own download, unchecked
 * @throws Problem; with the code VERIFY_FAILED if the bytes are not those of the result, and nothing is saved
 */
export async function saveFile(
  id: string,
  file: ResultFile,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Saved> {
  if (file.bytes > LARGEST_CHECKED) {
    const { href } = await call<Link>(jobPath(id, 'links'), { method: 'POST', body: { file: file.name }, signal });
    handOver(href, file.name);
    return 'unchecked';
  }
  const response = await send(jobPath(id, 'files', file.name), { signal });
  const digest = sha256.create();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    digest.update(read.value);
    chunks.push(read.value);
    size += read.value.length;
    onProgress(size);
  }
  if (bytesToHex(digest.digest()) !== file.sha256) {
    throw new Problem(-1, 'VERIFY_FAILED', `${file.name} arrived damaged: its SHA-256 is not that of the result.`);
  }
  const url = URL.createObjectURL(new Blob(chunks, { type: file.mediaType }));
  handOver(url, file.name);
  // The browser reads it after this call.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return 'verified';
}

function handOver(href: string, name: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.click();
}

/** Words in single quotes, for a shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A line that downloads a file with curl. */
export function curlLine(id: string, { name }: ResultFile, hasToken: boolean): string {
  const authorization = hasToken ? ' -H "Authorization: Bearer $SLUICE_TOKEN"' : '';
  return `curl -fSs${authorization} -o ${quoted(name)} ${quoted(addressOf(jobPath(id, 'files', name)))}`;
}

/** A line that downloads a file with sluice, which resumes and checks the digest. */
export function sluiceLine(id: string, { name }: ResultFile, isFirst: boolean): string {
  const server = addressOf('').replace(/\/$/, '');
  return `sluice download ${id}${isFirst ? '' : ` --file ${quoted(name)}`} -o ${quoted(name)} --server ${quoted(server)}`;
}
