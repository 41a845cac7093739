/** Arrays of plain values as one text, where it can be split again. */
import { elementsOf, textOf } from '../scan/decode-value.js';

/**
 * The texts of the elements with separators between them.
 * @returns undefined where the elements could not be told from the text: an element that is null, an array or an object,
 *   one that holds the separator or forms one with its neighbour, a text that is empty or begins as the JSON of an array
 */
export function joined(value: unknown, separator: string): string | undefined {
  const texts: string[] = [];
  for (const element of elementsOf(value)) {
    const text = textOf(element);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return whole(joinedTexts(texts, separator));
}

/** Elements joined in one step. */
const STEP_ELEMENTS = 256;

/** The same of elements that come one by one, in steps. */
export function* joinedInSteps(elements: Iterable<unknown>, separator: string): Generator<void, string | undefined> {
  const pieces: string[] = [];
  let texts: string[] = [];
  for (const element of elements) {
    const text = textOf(element);
    if (text === undefined) return undefined;
    if (texts.push(text) <= STEP_ELEMENTS) continue;
    const piece = joinedTexts(texts, separator);
    if (piece === undefined) return undefined;
    // The last text is split from its neighbours together with those that follow.
    pieces.push(piece.slice(0, piece.length - text.length));
    texts = [text];
    yield;
  }
  const last = joinedTexts(texts, separator);
  if (last === undefined) return undefined;
  pieces.push(last);
  return whole(pieces.join(''));
}

/** The texts with separators between them; undefined where they could not be told apart. */
function joinedTexts(texts: readonly string[], separator: string): string | undefined {
  const all = texts.join(separator);
  if (separator === '') return undefined;
  const parts = all.split(separator);
  return parts.length === texts.length && parts.every((part, index) => part === texts[index]) ? all : undefined;
}

function whole(all: string | undefined): string | undefined {
  return all === undefined || all === '' || all.startsWith('[') ? undefined : all;
}
