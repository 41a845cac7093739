/** Cells of large values, which are made in steps, are those of small ones. */
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quotedCell, quotedPieces } from '../../src/encode/dsv-cell.js';
import { FieldText } from '../../src/encode/field-text.js';
import { joined, joinedInSteps } from '../../src/encode/joined-array.js';
import { largeValues } from '../../src/encode/large-values.js';
import { PathColumns } from '../../src/encode/path-columns.js';
import { Cells, LONG_TEXT, NUMBER } from '../../src/encode/table-cells.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { anyEntities, jsonOf } from '../naive/fields-table.js';
import { runs } from '../runs.js';

function result<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

const rules = fc.record({
  arrays: fc.constantFrom('join' as const, 'json' as const),
  collectionSeparator: fc.constantFrom('||', ',', ' '),
});

describe('largeValues', () => {
  it('finds the cells that a reader of small values finds, in steps of any size', () => {
    const texts = anyEntities.map((all) => `{${all.map((one, index) => `"${index}":${jsonOf(one)}`)}}`);
    const escaped = (text: string) => text.replaceAll('é', '\\u00e9').replaceAll('"a"', '"\\u0061"');
    const spaced = (text: string) => text.replace(/([[{,])(?=["[{\d])/g, '$1  ');
    const property = fc.property(
      texts,
      rules,
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      (text, rule, size, isOther) => {
        const entity = Buffer.from(isOther ? spaced(escaped(text)) : text);
        const read = (large?: Parameters<FieldText['read']>[4]) => {
          const columns = new PathColumns([]);
          const cells = new Cells();
          const isRead = new FieldText(columns, cells, rule).read(entity, 0, entity.length, undefined, large);
          return [isRead, ...columns.list().map(({ number, header }) => [header, ...cellAt(cells, number)])];
        };
        expect(read(result(largeValues(entity, 0, entity.length, rule, size)))).toEqual(read());
      },
    );
    fc.assert(property, runs(300));
  });

  function cellAt({ kinds, starts, ends, texts, bytes: all }: Cells, column: number): readonly [number, string] {
    const text =
      starts[column] < 0 ? texts[column] : Buffer.from(all.subarray(starts[column], ends[column])).toString();
    return [kinds[column], text];
  }
});

it('reads a number of many digits in steps, to a cell that holds it', async () => {
  const digits = '1234567890'.repeat(30_000);
  const entity = Buffer.from(`{"a":-${digits}.5e+7,"b":[1],"c":0}`);
  const steps = largeValues(entity, 0, entity.length, { arrays: 'json', collectionSeparator: ',' });
  let count = 0;
  let step = steps.next();
  for (; !step.done; step = steps.next()) count++;
  expect(count).toBeGreaterThan(3);
  expect([...step.value.values()].map(({ kind, text }) => [kind, text])).toEqual([[NUMBER, `-${digits}.5e+7`]]);
  for (const include of [undefined, ['id', 'n']]) {
    const source = bytes([`{"id":"a","n":${digits}}`]);
    const request = include && { fields: { include } };
    const stream = exportEntities({ source, input: 'lines', format: 'dsv', dsv: { layout: 'fields' }, request });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString().split(/\r?\n/, 2)[1]).toBe(`a,${digits}`);
  }
});

it('joins elements in steps as it joins them at once', () => {
  const element = fc.oneof(fc.constantFrom('|', '', 'a', '||', '[', 'a|'), fc.integer());
  const property = fc.property(
    fc.array(element, { maxLength: 600 }),
    fc.constantFrom('||', '|', ','),
    (all, separator) => {
      expect(result(joinedInSteps(all, separator))).toBe(joined(all, separator));
    },
  );
  fc.assert(property, runs(100));
  const most = Array.from({ length: 5000 }, (_, index) => `${index}|`);
  for (const separator of ['||', ',']) expect(result(joinedInSteps(most, separator))).toBe(joined(most, separator));
});

it('quotes a long text in pieces as it quotes it at once, with both halves of a pair in one', () => {
  const settings = {
    delimiter: ',',
    quote: '"',
    nullText: undefined,
    guardFormulas: true,
    excel: undefined,
    decimalComma: false,
  };
  expect([...quotedPieces('', settings)]).toEqual([]);
  for (const text of ['x', `${'x'.repeat(LONG_TEXT - 1)}😀"${'"'.repeat(LONG_TEXT)},`, 'é'.repeat(LONG_TEXT)]) {
    const pieces = [...quotedPieces(text, settings)];
    expect(pieces.join('')).toBe(quotedCell(text, settings));
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
  }
});

it.each([undefined, ['to', 'text', 'id']])('a table holds them, columns listed: %j', async (include) => {
  const entity = {
    id: 'a',
    text: 'lamp "x"; 😀,\n'.repeat(60_000),
    to: Array.from({ length: 90_000 }, (_, n) => ({ n })),
  };
  const source = bytes([`${JSON.stringify(entity)}\n{"id":"b","text":"=1"}\n`]);
  const request = include && { fields: { include } };
  const stream = exportEntities({ source, input: 'lines', format: 'dsv', dsv: { layout: 'fields' }, request });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const rows: Record<string, string>[] = parse(Buffer.concat(chunks), { columns: true });
  expect(rows).toEqual([
    { ...entity, to: JSON.stringify(entity.to) },
    { id: 'b', text: "'=1", to: '' },
  ]);
});
