/** A source with changed inputs: the rest of it stays as it is. */
import type { Input, Source, SourceContext } from './source.js';

/** What is made of the inputs of a source. */
export type ChangeInputs = (
  inputs: AsyncIterable<Input>,
  signal: AbortSignal,
  context: SourceContext | undefined,
) => AsyncIterable<Input>;

/** Makes the source; it also changes the inputs of what `narrow` returns. */
export function withChangedInputs(source: Source, change: ChangeInputs): Source {
  const { reopenable } = source;
  return {
    reopenable,
    inputs: (signal, context) => change(source.inputs(signal, context), signal, context),
    files: source.files?.bind(source),
    totalBytes: source.totalBytes?.bind(source),
    narrow: source.narrow && ((plan) => withChangedInputs(source.narrow?.(plan) ?? source, change)),
    describe: source.describe?.bind(source),
    explain: source.explain?.bind(source),
  };
}
