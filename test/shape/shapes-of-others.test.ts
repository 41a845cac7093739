/** Exports of other systems, as their pages describe them: the entities are those that jq finds, where jq is installed. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { bytes } from '../../src/sources/bytes.js';
import { run } from './outcome.js';

/** Lines of JSON. */
const linesOf = (...values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

interface Case {
  readonly input: string;
  readonly options: Omit<ExportOptions, 'source'>;
  /** The same in jq. */
  readonly filter: string;
  readonly expected: readonly unknown[];
}

const CASES: Readonly<Record<string, Case>> = {
  elasticdump: {
    input: linesOf(
      { _index: 'p', _type: '_doc', _id: 'a1', _score: 1, _source: { sku: 'x', price: 1.5 } },
      { _index: 'p', _type: '_doc', _id: 'a2', _score: 1, _source: { sku: 'y', tags: [] } },
    ),
    options: { unwrap: '_source', keep: '_id' },
    filter: '{_id} + ._source',
    expected: [
      { _id: 'a1', sku: 'x', price: 1.5 },
      { _id: 'a2', sku: 'y', tags: [] },
    ],
  },
  mongoexport: {
    input: linesOf(
      { _id: { $oid: '65f0' }, n: { $numberLong: '9007199254740993' } },
      { _id: { $oid: '65f1' }, at: { $date: '2026-01-31T08:30:00Z' } },
    ),
    options: { idField: '_id.$oid', request: { ids: ['65f1'] } },
    filter: 'select(._id["$oid"] == "65f1")',
    expected: [{ _id: { $oid: '65f1' }, at: { $date: '2026-01-31T08:30:00Z' } }],
  },
  'mongoexport as an array, pretty': {
    input: JSON.stringify([{ _id: { $oid: '65f0' } }, { _id: { $oid: '65f1' }, a: [1] }], null, 2),
    options: { idField: '_id.$oid', request: { ids: ['65f1'] } },
    filter: '.[] | select(._id["$oid"] == "65f1")',
    expected: [{ _id: { $oid: '65f1' }, a: [1] }],
  },
  Debezium: {
    input: linesOf(
      { schema: {}, payload: { before: null, after: { id: 1, name: 'a' }, op: 'c', ts_ms: 1 } },
      { schema: {}, payload: { before: { id: 1 }, after: null, op: 'd', ts_ms: 2 } },
    ),
    options: { unwrap: 'payload.after', keep: 'op=payload.op' },
    filter: 'select(.payload.after) | {op: .payload.op} + .payload.after',
    expected: [{ op: 'c', id: 1, name: 'a' }],
  },
  'JSON:API': {
    input: JSON.stringify({
      data: [{ type: 'articles', id: '1', attributes: { title: 'x' }, relationships: {} }],
      included: [{ type: 'people', id: '9', attributes: { name: 'n' } }],
    }),
    options: { path: 'data', unwrap: 'attributes', keep: ['id', 'type'], request: { types: ['articles'] } },
    filter: '.data[] | select(.type == "articles") | {id, type} + .attributes',
    expected: [{ id: '1', type: 'articles', title: 'x' }],
  },
  'rows of the npm registry': {
    input: JSON.stringify({
      total_rows: 3,
      rows: [
        { id: 'a', key: 'a', value: { rev: '1-x' }, doc: { _id: 'a', name: 'a' } },
        { id: 'b', key: 'b', value: { rev: '2-x', deleted: true }, doc: null },
        { id: 'c', key: 'c', value: { rev: '3-x' }, doc: { _id: 'c', name: 'c' } },
      ],
    }),
    options: { path: 'rows.*.doc', keep: 'rev=value.rev', idField: '_id', request: { ids: ['c', 'a'] } },
    filter: '.rows[] | select(.doc) | {rev: .value.rev} + .doc',
    expected: [
      { rev: '1-x', _id: 'a', name: 'a' },
      { rev: '3-x', _id: 'c', name: 'c' },
    ],
  },
  Salesforce: {
    input: JSON.stringify({
      totalSize: 2,
      done: true,
      records: [
        { attributes: { type: 'Account', url: '/services/1' }, Id: '001', Name: 'A' },
        { attributes: { type: 'Contact', url: '/services/2' }, Id: '003', Name: 'B' },
      ],
    }),
    options: { path: 'records', typeField: 'attributes.type', idField: 'Id', request: { types: ['contact'] } },
    filter: '.records[] | select(.attributes.type == "Contact")',
    expected: [{ attributes: { type: 'Contact', url: '/services/2' }, Id: '003', Name: 'B' }],
  },
  'a Shopify bulk operation': {
    input: linesOf(
      { id: 'gid://shopify/Product/1', title: 'a' },
      { id: 'gid://shopify/ProductVariant/11', sku: 'x', __parentId: 'gid://shopify/Product/1' },
      { id: 'gid://shopify/ProductVariant/12', sku: 'y', __parentId: 'gid://shopify/Product/1' },
      { id: 'gid://shopify/Product/2', title: 'b' },
    ),
    options: { nest: '__parentId' },
    filter:
      '. as $all | .[] | select(.__parentId | not) | . as $p | [$all[] | select(.__parentId == $p.id)] as $c | if $c == [] then . else . + {ProductVariant: $c} end',
    expected: [
      {
        id: 'gid://shopify/Product/1',
        title: 'a',
        ProductVariant: [
          { id: 'gid://shopify/ProductVariant/11', sku: 'x', __parentId: 'gid://shopify/Product/1' },
          { id: 'gid://shopify/ProductVariant/12', sku: 'y', __parentId: 'gid://shopify/Product/1' },
        ],
      },
      { id: 'gid://shopify/Product/2', title: 'b' },
    ],
  },
  'orders with lines': {
    input: linesOf({ no: 1, lines: [{ sku: 'a', n: 2 }, { sku: 'b' }] }, { no: 2, lines: [] }),
    options: { explode: 'lines', keep: 'order=no' },
    filter: '. as $o | .lines[] | {order: $o.no} + .',
    expected: [
      { order: 1, sku: 'a', n: 2 },
      { order: 1, sku: 'b' },
    ],
  },
};

const HAS_JQ = (() => {
  try {
    execFileSync('jq', ['--version']);
    return true;
  } catch {
    return false;
  }
})();

test.each(Object.entries(CASES))('the entities of %s', async (name, { input, options, filter, expected }) => {
  const { lines, error } = await run({ source: bytes([input]), ...options });
  expect(error).toBeUndefined();
  expect(lines.map((line) => JSON.parse(line))).toEqual(expected);
  if (!HAS_JQ) return;
  const slurp = name.startsWith('a Shopify') ? ['-s'] : [];
  const found = execFileSync('jq', [...slurp, '-c', filter], { input }).toString();
  const values = found.split('\n').filter((line) => line !== '');
  expect(lines.map((line) => JSON.parse(line))).toEqual(values.map((line) => JSON.parse(line)));
});
