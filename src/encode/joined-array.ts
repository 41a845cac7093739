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
  const all = texts.join(separator);
  if (all === '' || all.startsWith('[') || separator === '') return undefined;
  const parts = all.split(separator);
  return parts.length === texts.length && parts.every((part, index) => part === texts[index]) ? all : undefined;
}
