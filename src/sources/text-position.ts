/** Positions in the text of an input, for a later process. */
import type { ResumePoint, ScanPosition, SourcePosition } from '../terms/position.js';
import type { Run } from '../terms/run.js';
import { resumeInput } from './resume-inputs.js';
import type { ByteInput } from './source.js';

/** The place of an input in its source. */
export type InputPlace = Omit<SourcePosition, 'scan' | 'mark' | 'storedBytes'>;

/** The text of an input, from the position of an earlier reader. */
export async function resumedText(input: ByteInput, from: SourcePosition, run: Run): Promise<ByteInput> {
  const { input: text, notes } = await resumeInput(input, from, run.signal);
  for (const note of notes) run.noteOnce(note);
  return text;
}

/** Where reading can resume after a piece; undefined if it cannot. */
export function positionAfter(
  { resumable, notes }: ByteInput,
  place: InputPlace | undefined,
  scan: ScanPosition | undefined,
): ResumePoint | undefined {
  if (!place || !scan) return undefined;
  const storedBytes = resumable?.storedBefore?.(scan.byteOffset);
  if (resumable?.storedBefore && storedBytes === undefined) return undefined;
  const position = storedBytes === undefined ? { ...place, scan } : { ...place, scan, storedBytes };
  const mark = resumable?.markAt?.(scan.byteOffset);
  if (resumable?.markAt && !mark) return undefined;
  return {
    position,
    async keep() {
      const marked = mark ? { ...position, mark: await mark() } : position;
      return { position: marked, notes: notes?.() ?? [] };
    },
  };
}
