/** The tables in docs/request.md name exactly the members that are accepted, and those that are refused. */
import { expect, test } from 'vitest';
import { CONDITION, DOWNLOAD_REQUEST } from '../src/http/request-schema.js';
import { CONDITION_MEMBERS } from '../src/request/accept/condition.js';
import { DOCUMENTED_MEMBERS, membersOf } from '../src/request/accept/documented-members.js';
import { OPERATORS } from '../src/terms/operators.js';
import { PAGES } from './documentation.js';

const text = PAGES.map((page) => page.text).join('\n');

/** Members that only contain others. */
const CONTAINERS = [
  'params',
  'params.query',
  'params.fields',
  'params.options',
  'params.rsconnect',
  'params.query.filters',
];

const SUPPORTED = Object.keys(DOCUMENTED_MEMBERS).sort();

const UNSUPPORTED = ['', ...CONTAINERS]
  .flatMap((holder) =>
    Object.keys(membersOf(holder).unsupported).map((name) => (holder === '' ? name : `${holder}.${name}`)),
  )
  .sort();

/** The code spans in the first column of the table with this head. */
function firstColumn(head: string): readonly string[] {
  const [, behind = ''] = text.split(`| ${head} |`);
  const rows = behind.split('\n\n')[0].split('\n').slice(2);
  return rows.flatMap((row) => spans(row.split('|')[1])).sort();
}

function spans(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, span]) => span);
}

test('the table of the request names exactly the accepted members', () => {
  expect(firstColumn('documented')).toStrictEqual(SUPPORTED);
});

test('the list of refused members is complete', () => {
  const line = text.split('\n').find((one) => one.startsWith('Refused by name:')) ?? '';
  const [members = ''] = line.split('; in a condition');
  expect([...spans(members)].sort()).toStrictEqual(UNSUPPORTED);
});

test('the table of conditions names exactly the operators and modifiers', () => {
  expect(firstColumn('in a condition')).toStrictEqual([...CONDITION_MEMBERS].sort());
});

test('the table of conditions has the sentence of every operator', () => {
  for (const [name, { sentence }] of Object.entries(OPERATORS))
    expect(text).toContain(`| \`${name}\` | ${sentence.replaceAll('|', '\\|')} |`);
});

test('the OpenAPI document has the same members', () => {
  const members = (schema: unknown): readonly string[] => {
    const properties: unknown = typeof schema === 'object' && schema !== null && Reflect.get(schema, 'properties');
    if (typeof properties !== 'object' || properties === null) return [];
    return Object.entries(properties).flatMap(([name, inner]) => [
      name,
      ...members(inner).map((one) => `${name}.${one}`),
    ]);
  };
  const paths = members(DOWNLOAD_REQUEST).filter((path) => !CONTAINERS.includes(path));
  // Criteria contain conditions, which have their own schema.
  const shallow = paths.filter((path) => !/[cC]riterion\w*\./.test(path.replace('typesCriterion', '')));
  expect([...shallow].sort()).toStrictEqual(SUPPORTED);
  expect([...members(CONDITION)].sort()).toStrictEqual([...CONDITION_MEMBERS].sort());
});
