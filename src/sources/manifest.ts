/** The list of files that an export adds to a result: it describes the inputs beside it, and is none of them. */
import { MANIFEST_NAME } from '../terms/plan.js';
import type { Note } from '../terms/receipt.js';
import { leftOutNote } from './folder.js';
import { peekInput } from './peek-input.js';
import type { ByteInput } from './source.js';

/** How a manifest begins: its id, then the name, the records and the bytes of the first file, if there is one. */
const MANIFEST =
  /^\{"id":"(?:[^"\\]|\\.)*","files":\[(?:\]\}|\{"name":"(?:[^"\\]|\\.)*","records":\d+,"bytes":\d+[,}])/;
const MANIFEST_FRONT_BYTES = 4096;

/**
 * The input; undefined for a manifest, which is closed.
 * @param name of the file, without the folders or the archive around it
 */
export async function unlessManifest(input: ByteInput, name: string): Promise<ByteInput | undefined> {
  if (name !== MANIFEST_NAME) return input;
  let whole: ByteInput | undefined;
  try {
    const { front, input: again } = await peekInput(input, MANIFEST_FRONT_BYTES);
    if (!MANIFEST.test(front.toString())) whole = again;
  } finally {
    if (!whole) await input.close();
  }
  return whole;
}

/** The note on a manifest that is not read. */
export function manifestNote(place: string, name: string): Note {
  return leftOutNote(place, 1, name, 'it is the list of files that an export of sluice added');
}
