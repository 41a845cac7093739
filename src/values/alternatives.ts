/** Cuts operands at what separates alternatives, outside of quotes. */

/** Splits a text at its quotes; between Hebrew letters, one is a part of a word. */
export function splitAtQuotes(text: string): string[] {
  return text.split(/(?<!\p{Script=Hebrew})"|"(?!\p{Script=Hebrew})/u);
}

/**
 * The alternatives of an operand, which `|` separates outside of quotes; empty ones are left out. One text is its own
 * alternative, as it is written.
 */
export function alternativesOf(operand: string): readonly string[] {
  if (!operand.includes('|')) return [operand];
  const parts = splitAtQuotes(operand);
  const alternatives = [''];
  for (const [index, part] of parts.entries()) {
    const isQuoted = index % 2 === 1 && index < parts.length - 1;
    const [same, ...next] = isQuoted ? [`"${part}"`] : part.split('|');
    alternatives[alternatives.length - 1] += same;
    alternatives.push(...next);
  }
  const filled = alternatives.map((one) => one.trim()).filter((one) => one !== '');
  return filled.length === 0 ? [operand] : filled;
}
