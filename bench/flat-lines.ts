/** Flat entities of a shape that is not the platform's, as lines. */

const WORDS = ['shirt', 'shoe', 'blue', 'linen, washed', 'large', 'round', 'sale'];

/** Entities per chunk of the file. */
const CHUNK_ENTITIES = 1000;

/**
 * Yields lines until there are so many bytes.
 * @param more members beside the ten that each has; ten make about 600 bytes
 */
export function* flatLines(bytes: number, facts: { entities: number; bytes: number }, more = 0): Generator<Buffer> {
  while (facts.bytes < bytes) {
    let text = '';
    for (let count = 0; count < CHUNK_ENTITIES; count++) text += `${JSON.stringify(flat(facts.entities++, more))}\n`;
    const chunk = Buffer.from(text);
    facts.bytes += chunk.length;
    yield chunk;
  }
}

/** About 300 bytes in ten members. */
function flat(number: number, more: number): object {
  const word = (offset: number) => WORDS[(number * 7 + offset) % WORDS.length];
  return {
    id: `e${number}`,
    type: number % 3 === 0 ? 'product' : 'sku',
    name: `${word(0)} ${word(3)} number ${number}`,
    price: ((number * 7919) % 100_000) / 100,
    stock: number % 977,
    isActive: number % 4 !== 0,
    category: `${word(1)}, ${word(5)}`,
    description: `A ${word(2)} ${word(4)} ${word(6)} for every day, in a colour of your choice and in all of the common sizes`,
    modified: `2026-01-${10 + (number % 20)}T08:30:00.000Z`,
    note: number % 5 === 0 ? null : word(1),
    ...Object.fromEntries(Array.from({ length: more }, (_, index) => further(number, index))),
  };
}

/** One more member: a number, a text, or an object. */
function further(number: number, index: number): readonly [string, unknown] {
  const word = WORDS[(number + index) % WORDS.length];
  const name = `field_${index}`;
  if (index % 3 === 0) return [name, ((number * 31 + index) % 1_000_003) / 100];
  return [
    name,
    index % 3 === 1 ? `${word}, which is text number ${index} of ${number}` : { a: word, b: [number % 7, word] },
  ];
}
