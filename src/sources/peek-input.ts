/** Peeks at the first bytes of an input, which is then read from its beginning. */
import type { ByteInput } from './source.js';

/** Smallest memory for a file: sizes in `/proc` and `/sys` mean nothing. */
const LEAST_BYTES = 1024;

/**
 * Reads the first bytes.
 * @param size maximum of bytes
 * @param isEnough whether the bytes so far suffice; otherwise reading continues until the input ends
 * @returns the bytes, and the input as if they had not been read
 */
export async function peekInput(
  input: ByteInput,
  size: number,
  isEnough: (front: Buffer) => boolean = () => false,
): Promise<{ readonly front: Buffer; readonly input: ByteInput }> {
  // One byte more than a file has shows that it ends there.
  const known = input.size ?? (input.open && Math.max(LEAST_BYTES, input.open.size + 1));
  let memory = Buffer.allocUnsafe(Math.min(size, known ?? size));
  let length = 0;
  for (let read = -1; read !== 0 && length < size && !isEnough(memory.subarray(0, length)); length += read) {
    // A file may have grown.
    if (length === memory.length && input.size === undefined) memory = Buffer.concat([memory], size);
    read = await input.read(memory.subarray(length));
  }
  const front = memory.subarray(0, length);
  let rest = front;
  const { resumable, open } = input;
  const again: ByteInput = {
    ...input,
    front,
    resumable: resumable && {
      ...resumable,
      seek(byteOffset, mark, form) {
        rest = rest.subarray(rest.length);
        return resumable.seek(byteOffset, mark, form);
      },
    },
    open: open && {
      ...open,
      moveTo(byteOffset) {
        rest = rest.subarray(rest.length);
        open.moveTo(byteOffset);
      },
    },
    async read(into) {
      if (rest.length === 0) return input.read(into);
      const given = rest.copy(into);
      rest = rest.subarray(given);
      return given;
    },
  };
  return { front, input: again };
}
