/** Opens the inputs of a source from the beginning, or from the position of an earlier reader. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { SluiceError } from '../terms/errors.js';
import type { SourcePosition } from '../terms/position.js';
import type { Note } from '../terms/receipt.js';
import type { Input, Source, SourceContext } from './source.js';

/** An input, its number in the source, and where reading resumes in it. */
export interface ResumedInput {
  readonly input: Input;
  readonly index: number;
  /** A digest of the names of the inputs before it. */
  readonly before: string;
  /** Absent: at the beginning of the input. */
  readonly from?: SourcePosition;
  /** Notes on how it was resumed. */
  readonly notes?: readonly Note[];
}

/**
 * Opens the inputs one after the other. Those before the position are skipped, and must have the same names as before;
 * the input of the position must be the same.
 * @throws SluiceError `SOURCE_CHANGED`, and errors of the source
 */
export async function* inputsFrom(
  source: Source,
  from: SourcePosition | undefined,
  signal: AbortSignal,
  context?: SourceContext,
): AsyncGenerator<ResumedInput, void> {
  let index = 0;
  let before = '';
  for await (const input of source.inputs(signal, context)) {
    if (!from || index > from.input) {
      yield { input, index, before };
    } else if (index < from.input) {
      if (input.kind === 'bytes') await input.close();
    } else {
      const notes = await seek(input, before, from);
      yield { input, index, before, from, notes };
    }
    index++;
    before = createHash('sha256').update(`${before} ${input.name}`).digest('hex');
  }
  if (from && index <= from.input) throw changed(from.name, 'it no longer exists');
}

async function seek(input: Input, before: string, from: SourcePosition): Promise<readonly Note[]> {
  const { name, identity, scan, mark } = from;
  const resumable = input.kind === 'bytes' ? input.resumable : undefined;
  try {
    if (before !== from.before) throw changed(name, 'the inputs before it are different');
    if (!resumable || input.name !== name || !isDeepStrictEqual(resumable.identity, identity)) {
      throw changed(name, `${input.name} is in its place, or something else has its name`);
    }
    return await resumable.seek(scan.byteOffset, mark, scan.form);
  } catch (cause) {
    if (input.kind === 'bytes') await input.close();
    throw cause;
  }
}

function changed(name: string, how: string): SluiceError {
  return new SluiceError('SOURCE_CHANGED', 'read', `${name} has changed since the export began: ${how}`, {
    source: name,
  });
}
