/** Messages of a COPY become lines in blocks: the bytes of every row unchanged, with the key of the last row. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type RowBlock, RowBlocks } from '../../../src/sources/postgres/row-blocks.js';
import type { RowShape } from '../../../src/sources/postgres/row-decoder.js';
import { SluiceError } from '../../../src/terms/errors.js';
import { copyMessages, type MessageRow } from './copy-messages.js';

const SHAPE: RowShape = {
  name: 'rows',
  key: ['a', 'b'],
  unique: false,
  isJsonb: true,
  hasLines: false,
  passesNull: false,
};

/** Adds messages as the driver does: in memory that it overwrites at once. */
function addAll(blocks: RowBlocks, messages: readonly Buffer[], take: (index: number) => void = () => {}): void {
  for (const [index, message] of messages.entries()) {
    const lent = Buffer.from(message);
    blocks.add(lent);
    lent.fill(0xff);
    take(index);
  }
}

const textOf = ({ memory, length }: RowBlock) => memory.toString('utf8', 0, length);

const keyText = fc.string({ unit: fc.constantFrom('a', '\t', '\\', '\n', 'é', '😀', '"', "'", '\\N'), maxLength: 5 });
const entity = fc.oneof(
  fc.string({ unit: fc.constantFrom('{', '"', '\\n', '\\\\', 'é', '😀', ' ', '\t'), maxLength: 30 }),
  // Some are larger than a block.
  fc.integer({ min: 20_000, max: 140_000 }).map((length) => 'é'.repeat(length >> 1)),
);
const rows = fc.array(fc.record({ key: fc.tuple(keyText, keyText, fc.nat()).map(([a, b]) => [a, b]), entity }), {
  maxLength: 30,
});

/** The rows without those whose key is equal to that of the previous row. */
const distinct = (all: readonly { key: string[]; entity: string }[]): readonly MessageRow[] =>
  all.map(({ key: [a, b], entity }, index) => ({ key: [`${a}${index}`, b], entity }));

test('blocks have the lines of their rows and the key of the last row, for any rows, read at any time', () => {
  const property = fc.property(
    rows,
    fc.boolean(),
    fc.boolean(),
    fc.array(fc.boolean()),
    (drawn, isJsonb, alone, when) => {
      const all = distinct(drawn);
      const blocks = new RowBlocks({ ...SHAPE, isJsonb });
      const taken: string[] = [];
      const lastKeys: unknown[] = [];
      const takeOne = () => {
        const block = blocks.take();
        if (!block) return false;
        taken.push(textOf(block));
        lastKeys.push(block.key);
        blocks.release(block);
        return true;
      };
      addAll(blocks, copyMessages(all, isJsonb, alone), (index) => {
        if (when[index % (when.length || 1)]) takeOne();
      });
      while (takeOne());
      expect(blocks.bytes).toBe(0);
      expect(taken.join('')).toBe(all.map(({ entity }) => `${entity}\n`).join(''));
      // Every block ends after a complete row, and has its key.
      let lines = 0;
      for (const [index, text] of taken.entries()) {
        lines += text.split('\n').length - 1;
        expect(lastKeys[index]).toStrictEqual(all[lines - 1].key);
      }
    },
  );
  fc.assert(property, { numRuns: 300 });
});

test('joins several lines of white space, and changes nothing else', () => {
  const blocks = new RowBlocks({ ...SHAPE, isJsonb: false, hasLines: true });
  addAll(blocks, copyMessages([{ key: ['1', '2'], entity: '\n{\r\n\t"a":\n"\\n"}\n' }], false));
  expect(textOf(blocks.take() ?? fail())).toBe(' {\r \t"a": "\\n"} \n');
});

/** The failure of the messages, and the lines before it. */
function failing(shape: RowShape, messages: readonly Buffer[]) {
  const blocks = new RowBlocks(shape);
  let error: unknown;
  try {
    addAll(blocks, messages);
  } catch (cause) {
    error = cause;
  }
  if (!(error instanceof SluiceError)) throw error;
  return { code: error.code, message: error.message, before: blocks.take() };
}

const good: MessageRow = { key: ['x', 'y'], entity: '{}' };

test.each<[string, MessageRow, string, string]>([
  ['NULL in the place of an entity', { key: ['p', 'q'], entity: null }, 'NOT_AN_ENTITY', 'a = p, b = q'],
  ['NULL in the key', { key: ['p', null], entity: '{}' }, 'READ_FAILED', 'b is NULL'],
  ['a repeated key', { key: ['x', 'y'], entity: '{}' }, 'READ_FAILED', 'a = x, b = y'],
  ['an extra field', { key: ['p', 'q', 'r'], entity: '{}' }, 'READ_FAILED', '4 fields'],
])('refuses %s after the rows before it, with their key', (_what, bad, code, words) => {
  const failure = failing(SHAPE, copyMessages([good, bad], true));
  expect(failure.code).toBe(code);
  expect(failure.message).toContain(words);
  expect(failure.before && textOf(failure.before)).toBe('{}\n');
  expect(failure.before?.key).toStrictEqual(['x', 'y']);
});

test('accepts equal keys if the server guarantees unique ones', () => {
  const blocks = new RowBlocks({ ...SHAPE, unique: true });
  addAll(blocks, copyMessages([good, good], true));
  expect(textOf(blocks.take() ?? fail())).toBe('{}\n{}\n');
});

test.each([
  ['text instead of binary', [Buffer.from('1\t{}\n')]],
  ['another version of jsonb', copyMessages([{ key: ['1', '2'], entity: '{}' }], false)],
  ['a message with bytes after the row', [Buffer.concat([...copyMessages([good], true)])]],
])('refuses %s', (_what, messages) => {
  expect(failing(SHAPE, messages).code).toBe('READ_FAILED');
});

function fail(): never {
  throw new Error('no block is there');
}
