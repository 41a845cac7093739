/** One file as an input: plain files, whose size is known, and FIFOs. */
import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { OWN, ownPipes } from '../loop/own-descriptors.js';
import { SluiceError } from '../terms/errors.js';
import { fileIdentity } from '../terms/file-identity.js';
import type { InputForm } from '../terms/position.js';
import type { Note } from '../terms/receipt.js';
import { openFifo } from './fifo-input.js';
import { fileError } from './file-error.js';
import { FileMarks } from './file-mark.js';
import { OpenFile } from './open-file.js';
import type { ByteInput } from './source.js';

/** What is there. @throws SluiceError `NOT_FOUND`, `PERMISSION_DENIED`, `READ_FAILED` */
export function statFile(name: string): Promise<BigIntStats> {
  return stat(name, { bigint: true }).catch((cause: unknown) => {
    throw fileError(cause, name);
  });
}

/**
 * Opens a file.
 * @param known what was found there a moment ago; of a plain file no more than that
 * @throws SluiceError `NOT_FOUND`, `PERMISSION_DENIED`, `READ_FAILED`, `IS_DIRECTORY`
 */
export async function openFile(path: string, signal: AbortSignal, known?: BigIntStats | 'plain'): Promise<ByteInput> {
  if (known === 'plain') {
    const input = await openPlain(path);
    if (input) return input;
    return openFile(path, signal);
  }
  const found = known ?? (await statFile(path));
  if (found.isFIFO()) {
    if ((await ownPipes()).has(found.ino)) {
      throw new SluiceError('READ_FAILED', 'read', `${path} cannot be read: ${OWN}`, { source: path });
    }
    const input = await openFifo(path, signal).catch((cause: unknown) => {
      throw fileError(cause, path);
    });
    return { ...input, identity: fileIdentity(found) };
  }
  const file = await OpenFile.open(path).catch((cause: unknown) => {
    throw fileError(cause, path);
  });
  try {
    const stats = file.stat();
    if (!stats.isDirectory()) return fileInput(file, stats, path);
  } catch (cause) {
    await file.close();
    throw fileError(cause, path);
  }
  await file.close();
  throw new SluiceError('IS_DIRECTORY', 'read', `${path} is a directory now`, { source: path });
}

/** Opens what was a plain file, without another look at the path; undefined if it is none now. */
async function openPlain(path: string): Promise<ByteInput | undefined> {
  // A FIFO that has come in its place would keep a thread until somebody writes.
  const file = await OpenFile.open(path, false).catch((cause: unknown) => {
    throw fileError(cause, path);
  });
  const stats = file.stat();
  if (stats.isFile()) return fileInput(file, stats, path);
  await file.close();
  return undefined;
}

/**
 * Compares a file that ends too soon with its size when it was opened; sizes in `/proc` and `/sys` mean nothing.
 * @throws SluiceError `SOURCE_CHANGED`
 */
function refuseShrunk(file: OpenFile, opened: number, path: string): void {
  const { size } = file.stat();
  if (size >= opened) return;
  const message = `${path} was truncated from ${opened} to ${size} bytes while it was read`;
  throw new SluiceError('SOURCE_CHANGED', 'read', message, { source: path });
}

function grownNote(path: string, bytes: number): Note {
  const text = `${path} has grown by ${bytes} bytes since it was opened, which were read too`;
  return { code: 'SOURCE_TOUCHED', text, counts: { bytes } };
}

function fileInput(file: OpenFile, stats: BigIntStats, path: string): ByteInput {
  const size = Number(stats.size);
  const marks = new FileMarks(file, path);
  // Pipes have no offset: they are read from their current position.
  let at: number | null = stats.isFile() ? 0 : null;
  /** Less was read than was asked for, and all that the file had: its end needs no further trip to the system. */
  let isRead = false;
  let isAtEnd = false;
  return {
    kind: 'bytes',
    name: path,
    path,
    identity: fileIdentity(stats),
    // A pipe or a terminal may keep a read pending for any time.
    readsAhead: stats.isFile(),
    resumable: stats.isFile()
      ? { identity: 'file', markAt: (byteOffset) => () => marks.at(byteOffset), seek }
      : undefined,
    open: stats.isFile() ? { descriptor: file.fd, size, moveTo } : undefined,
    async read(into) {
      if (isRead) return 0;
      try {
        const bytesRead = await file.read(into, 0, into.length, at);
        if (at !== null) at += bytesRead;
        isRead = bytesRead > 0 && bytesRead < into.length && at === size;
        isAtEnd = bytesRead === 0;
        if (isAtEnd && at !== null && at < size) refuseShrunk(file, size, path);
        return bytesRead;
      } catch (cause) {
        throw cause instanceof SluiceError ? cause : fileError(cause, path);
      }
    },
    // Files in /proc and /sys state no size.
    notes: () => (isAtEnd && at !== null && size > 0 && at > size ? [grownNote(path, at - size)] : []),
    close: () => file.close(),
  };

  function moveTo(byteOffset: number): void {
    at = byteOffset;
    isRead = false;
  }

  async function seek(byteOffset: number, mark: unknown, form: InputForm): Promise<readonly Note[]> {
    const notes = await marks.check(byteOffset, mark, form);
    moveTo(byteOffset);
    return notes;
  }
}
