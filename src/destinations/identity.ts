/** The identity of the file that a result would overwrite. */
import { fstat } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { fileIdentity } from '../terms/file-identity.js';

/** The identity of the file at a path, links followed; undefined where there is none. */
export async function identityOfPath(path: string): Promise<string | undefined> {
  return stat(path, { bigint: true }).then(fileIdentity, () => undefined);
}

/** The identity of the file that a stream writes to, as standard output may; undefined for other streams. */
export async function identityOfStream(stream: Writable): Promise<string | undefined> {
  if (!('fd' in stream) || typeof stream.fd !== 'number') return undefined;
  return promisify(fstat)(stream.fd, { bigint: true }).then(fileIdentity, () => undefined);
}
