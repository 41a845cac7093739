/** Verifies a workbook: every part of it is read and compared with its checksum. */
import type { ByteInput, Source } from '../sources/source.js';
import { throwIfAborted } from '../sources/until-aborted.js';
import { SluiceError } from '../terms/errors.js';

/** Bytes of a part that are read at a time. */
const CHUNK_BYTES = 256 * 1024;

/** A part that every workbook has. */
const MAIN = 'xl/workbook.xml';

/**
 * Reads the parts of a workbook to their ends.
 * @param parts the files of its archive
 * @throws SluiceError (rejects) `VERIFY_FAILED` for a wrong checksum, or another file of Office; `ABORTED`
 */
export async function readWorkbook(parts: Source, path: string, signal: AbortSignal): Promise<void> {
  const names = new Set<string>();
  for await (const input of parts.inputs(signal)) {
    if (input.kind !== 'bytes') continue;
    names.add(input.name);
    try {
      await readToEnd(input, signal);
    } finally {
      await input.close();
    }
  }
  if (names.has(MAIN)) return;
  throw new SluiceError('VERIFY_FAILED', 'verify', `${path}: it is no workbook: it has no ${MAIN}`, { path });
}

/** Reads an input whose own checks are all that matters. */
export async function readToEnd(input: ByteInput, signal: AbortSignal): Promise<void> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  while ((await input.read(chunk)) > 0) throwIfAborted(signal);
}
