/** The inputs of a source from the beginning, or from where an earlier reader had come to. */
import { SluiceError } from '../../terms/errors.js';
import type { FileIdentity, SourcePosition } from '../../terms/position.js';
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
 * file that it was: of equal name, size, time and inode.
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

async function seek(input: Input, { name, identity, scan }: SourcePosition): Promise<void> {
  if (input.kind === 'bytes' && input.file && input.name === name && isSame(input.file.identity, identity)) {
    input.file.seek(scan.byteOffset);
    return;
  }
  if (input.kind === 'bytes') await input.close();
  throw changed(name, 'its name, size, time or inode is not what it was');
}

function isSame(found: FileIdentity, known: FileIdentity): boolean {
  return found.size === known.size && found.modifiedMs === known.modifiedMs && found.inode === known.inode;
}

function changed(name: string, how: string): SluiceError {
  return new SluiceError('SOURCE_CHANGED', 'read', `${name} has changed since the export began: ${how}`, {
    source: name,
  });
}
