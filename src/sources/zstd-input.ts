/** An input of the text in Zstandard, which resumes at the beginning of a frame. */
import { isObject } from '../options/faults.js';
import type { InputForm } from '../terms/position.js';
import type { Note } from '../terms/receipt.js';
import type { CompressedBytes } from './compressed-bytes.js';
import { decompressedBy } from './decompress.js';
import type { ByteInput, ResumableInput } from './source.js';
import { decompressFrames, FRAMES_AT_ONCE } from './zstd-frames.js';

/** Where a frame begins, among the compressed bytes and in the text. */
interface FrameStart {
  readonly at: number;
  readonly text: number;
}

/** What a mark stores: the frame to begin with, and the marks of the compressed input there and where it was read to. */
interface ZstdMark {
  readonly start: FrameStart;
  readonly readTo: number;
  readonly marks: readonly [start: unknown, readTo: unknown];
}

const BEGINNING: FrameStart = { at: 0, text: 0 };

/** Makes the input; closing it closes the given one. */
export function zstdInput(input: ByteInput, signal: AbortSignal): ByteInput {
  const starts = new FrameStarts();
  let from = BEGINNING;
  /** Text to leave out: what of the first frame was read before. */
  let skip = 0;
  let reading: CompressedBytes | undefined;

  async function* content(bytes: CompressedBytes, name: string): AsyncGenerator<Buffer, void> {
    reading = bytes;
    bytes.startAt(from.at);
    let { text } = from;
    let left = skip;
    const onFrame = (at: number) => starts.add({ at, text });
    const atOnce = input.readsAhead ? FRAMES_AT_ONCE : 1;
    for await (const piece of decompressFrames(bytes, name, { atOnce, onFrame })) {
      text += piece.length;
      if (left < piece.length) yield piece.subarray(left);
      left = Math.max(0, left - piece.length);
    }
  }

  const resumable: ResumableInput | undefined = input.resumable && {
    identity: { zstd: input.resumable.identity },
    storedBefore: (byteOffset) => starts.before(byteOffset)?.at,
    markAt(byteOffset) {
      const start = starts.before(byteOffset);
      if (!start || !reading) return undefined;
      const readTo = reading.offset;
      const markOf = (at: number) => (input.resumable?.markAt ? input.resumable.markAt(at) : nothing);
      const [atStart, atRead] = [markOf(start.at), markOf(readTo)];
      if (!atStart || !atRead) return undefined;
      return async (): Promise<ZstdMark> => ({ start, readTo, marks: [await atStart(), await atRead()] });
    },
    async seek(byteOffset: number, mark: unknown, form: InputForm): Promise<readonly Note[]> {
      const { start, readTo, marks } = acceptMark(mark);
      from = start;
      skip = byteOffset - start.text;
      // All that was read must be the same, not only what is before the frame.
      const notes = await input.resumable?.seek(readTo, marks[1], form);
      await input.resumable?.seek(start.at, marks[0], form);
      return notes ?? [];
    },
  };
  return { ...decompressedBy(content, input, signal), resumable };
}

function nothing(): undefined {}

/** Whether an identity is that of such an input. */
export function isZstdIdentity(identity: unknown): boolean {
  return isObject(identity) && 'zstd' in identity;
}

/** Accepts the mark of an earlier reader; what is none leads to the beginning. */
function acceptMark(mark: unknown): ZstdMark {
  const { start, readTo, marks }: Partial<Record<string, unknown>> = isObject(mark) ? mark : {};
  const { at, text }: Partial<Record<string, unknown>> = isObject(start) ? start : {};
  return {
    start: typeof at === 'number' && typeof text === 'number' ? { at, text } : BEGINNING,
    readTo: typeof readTo === 'number' ? readTo : 0,
    marks: Array.isArray(marks) ? [marks[0], marks[1]] : [undefined, undefined],
  };
}

/** Text between two frames that are remembered, and the most that are: a position is close to what was read last. */
const LEAST_TEXT = 256 * 1024;
const MOST_STARTS = 4096;

/** The frames at which reading may resume. */
class FrameStarts {
  readonly #starts: FrameStart[] = [];

  add(start: FrameStart): void {
    const last = this.#starts.at(-1);
    if (last && start.text - last.text < LEAST_TEXT) return;
    this.#starts.push(start);
    if (this.#starts.length > MOST_STARTS) this.#starts.shift();
  }

  /** The last one before a byte of the text. Those before it are forgotten, as positions only advance. */
  before(text: number): FrameStart | undefined {
    while (this.#starts.length > 1 && this.#starts[1].text <= text) this.#starts.shift();
    const [first] = this.#starts;
    return first && first.text <= text ? first : undefined;
  }
}
