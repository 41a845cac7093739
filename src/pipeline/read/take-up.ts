/** The inputs of a source from the beginning, or from where an earlier reader had come to. */
import { isDeepStrictEqual } from 'node:util';
import { SluiceError } from '../../terms/errors.js';
import type { SourcePosition } from '../../terms/position.js';
import type { Input, Source } from './source.js';

/** An input, which of the source it is, and where in it reading goes on. */
export interface TakenUp {
  readonly input: Input;
  readonly index: number;
  /** Absent: at its beginning. */
  readonly from?: SourcePosition;
}

/**
 * Opens the inputs one after the other. Those before the position are passed over; the one it lies in must be the very
 * input that it was: of equal name and identity, of a file its size, time and inode.
 * @throws SluiceError `SOURCE_CHANGED`, and whatever the source throws
 */
export async function* takeUp(
  source: Source,
  from: SourcePosition | undefined,
  signal: AbortSignal,
): AsyncGenerator<TakenUp, void> {
  let index = 0;
  for await (const input of source.inputs(signal)) {
    if (!from || index > from.input) {
      yield { input, index };
    } else if (index < from.input) {
      if (input.kind === 'bytes') await input.close();
    } else {
      await seek(input, from);
      yield { input, index, from };
    }
    index++;
  }
  if (from && index <= from.input) throw changed(from.name, 'it is not there any more');
}

async function seek(input: Input, { name, identity, scan, mark }: SourcePosition): Promise<void> {
  const resumable = input.kind === 'bytes' ? input.resumable : undefined;
  if (resumable && input.name === name && isDeepStrictEqual(resumable.identity, identity)) {
    resumable.seek(scan.byteOffset, mark);
    return;
  }
  if (input.kind === 'bytes') await input.close();
  throw changed(name, 'it is not what it was; of a file its name, size, time and inode are looked at');
}

function changed(name: string, how: string): SluiceError {
  return new SluiceError('SOURCE_CHANGED', 'read', `${name} has changed since the export began: ${how}`, {
    source: name,
  });
}
