/** Opens the inputs of a source from the beginning, or from the position of an earlier reader. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { SluiceError } from '../terms/errors.js';
import type { SourcePosition } from '../terms/position.js';
import type { Note } from '../terms/receipt.js';
import type { ByteInput, Input, Source, SourceContext } from './source.js';
import { isZstdIdentity, zstdInput } from './zstd-input.js';

/** An input, its number in the source, and where reading resumes in it. */
export interface ResumedInput {
  readonly input: Input;
  readonly index: number;
  /** A digest of the names of the inputs before it. */
  readonly before: string;
  /** Absent: at the beginning of the input. */
  readonly from?: SourcePosition;
}

/**
 * Opens the inputs one after the other. Those before the position are skipped, and must have the same names as before;
 * the input of the position is for `resumeInput`.
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
  let last: string | undefined;
  for await (const input of source.inputs(signal, context)) {
    if (last !== undefined) before = createHash('sha256').update(`${before} ${last}`).digest('hex');
    last = input.name;
    if (!from || index > from.input) {
      yield { input, index, before };
    } else if (index < from.input) {
      if (input.kind === 'bytes') await input.close();
    } else {
      if (input.kind === 'objects' || before !== from.before) {
        if (input.kind === 'bytes') await input.close();
        throw input.kind === 'bytes' ? changed(from.name, 'the inputs before it are different') : replaced(from, input);
      }
      yield { input, index, before, from };
    }
    index++;
  }
  if (from && index <= from.input) throw changed(from.name, 'it no longer exists');
}

/**
 * Makes the text of an input begin at the position of an earlier reader.
 * @returns the text, which is not the input itself if that is compressed, and notes on how it was resumed
 * @throws SluiceError `SOURCE_CHANGED`; the input stays open
 */
export async function resumeInput(
  input: ByteInput,
  from: SourcePosition,
  signal: AbortSignal,
): Promise<{ readonly input: ByteInput; readonly notes: readonly Note[] }> {
  const { name, identity, scan, mark } = from;
  const text = isZstdIdentity(identity) ? zstdInput(input, signal) : input;
  const { resumable } = text;
  if (!resumable || input.name !== name || !isDeepStrictEqual(resumable.identity, identity))
    throw replaced(from, input);
  return { input: text, notes: await resumable.seek(scan.byteOffset, mark, scan.form) };
}

function replaced({ name }: SourcePosition, input: Input): SluiceError {
  return changed(name, `${input.name} is in its place, or something else has its name`);
}

function changed(name: string, how: string): SluiceError {
  return new SluiceError('SOURCE_CHANGED', 'read', `${name} has changed since the export began: ${how}`, {
    source: name,
  });
}
