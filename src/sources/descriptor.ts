/** An open descriptor as a source, such as standard input. */
import { fstat, fstatSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { SluiceError } from '../terms/errors.js';
import { fileIdentity } from '../terms/file-identity.js';
import { fileError } from './file-error.js';
import { pipeInput } from './pipe-input.js';
import type { ByteInput, Source } from './source.js';

/**
 * Reads a descriptor from its current position; it can be read once.
 * @param name in errors
 * @returns undefined for what is neither a file, a pipe nor a socket
 */
export function descriptor(fd: number, name: string): Source | undefined {
  const kind = kindOf(fd);
  if (kind === undefined) return undefined;
  let isUsed = false;
  return {
    reopenable: false,
    async *inputs(signal) {
      if (isUsed) {
        const message = `${name}: it was opened before, and its content can be read once`;
        throw new SluiceError('ALREADY_USED', 'read', message, { source: name });
      }
      isUsed = true;
      yield kind === 'file' ? fileInput(fd, name) : pipeInput(fd, name, signal);
    },
    async *files() {
      const stats = await promisify(fstat)(fd, { bigint: true }).catch(() => undefined);
      if (stats) yield { name, identity: fileIdentity(stats) };
    },
  };
}

function kindOf(fd: number): 'file' | 'pipe' | undefined {
  try {
    const found = fstatSync(fd);
    if (found.isFile()) return 'file';
    return found.isFIFO() || found.isSocket() ? 'pipe' : undefined;
  } catch {
    return undefined;
  }
}

/** A file at its current position, which stays open. */
function fileInput(fd: number, name: string): ByteInput {
  return {
    kind: 'bytes',
    name,
    readsAhead: true,
    read: (into) =>
      new Promise((resolve, reject) => {
        read(fd, into, 0, into.length, null, (cause, length) => {
          if (cause) reject(fileError(cause, name));
          else resolve(length);
        });
      }),
    close: async () => {},
  };
}
