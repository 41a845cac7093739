/** The tables of the request in the documentation name exactly what is accepted, and what is refused. */
import { expect, test } from 'vitest';
import { CONDITION, DOWNLOAD_REQUEST } from '../src/http/request-schema.js';
import { CONDITION_MEMBERS } from '../src/request/accept/condition.js';
import { SUPPORTED, UNSUPPORTED } from '../src/request/accept/documented-body.js';
import { OPERATORS } from '../src/terms/operators.js';
import { PAGES } from './documentation.js';

const text = PAGES.map((page) => page.text).join('\n');

/** Where the members of each table of the acceptance stand in a body. */
const PLACES = {
  body: '',
  params: 'params.',
  query: 'params.query.',
  filters: 'params.query.filters.',
  fields: 'params.fields.',
  options: 'params.options.',
  rsconnect: 'params.rsconnect.',
} as const;

type Place = keyof typeof PLACES;

/** Members that only hold others. */
const CONTAINERS = [
  'params',
  'params.query',
  'params.fields',
  'params.options',
  'params.rsconnect',
  'params.query.filters',
];

function pathsOf(members: Readonly<Record<Place, readonly string[]>>): readonly string[] {
  const places: readonly Place[] = ['body', 'params', 'query', 'filters', 'fields', 'options', 'rsconnect'];
  const paths = places.flatMap((place) => members[place].map((name) => `${PLACES[place]}${name}`));
  return paths.filter((path) => !CONTAINERS.includes(path)).sort();
}

/** The code spans of the first column of the table under this head. */
function firstColumn(head: string): readonly string[] {
  const [, behind = ''] = text.split(`| ${head} |`);
  const rows = behind.split('\n\n')[0].split('\n').slice(2);
  return rows.flatMap((row) => spans(row.split('|')[1])).sort();
}

function spans(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, span]) => span);
}

test('the table of the request names every member that is accepted, and no other', () => {
  expect(firstColumn('documented')).toStrictEqual(pathsOf(SUPPORTED));
});

test('the list of what is refused names every member that is', () => {
  const line = text.split('\n').find((one) => one.startsWith('Refused by name:')) ?? '';
  const [members = ''] = line.split('; in a condition');
  expect([...spans(members)].sort()).toStrictEqual(pathsOf(UNSUPPORTED));
});

test('the table of conditions names every operator and modifier, and no other', () => {
  expect(firstColumn('in a condition')).toStrictEqual([...CONDITION_MEMBERS].sort());
});

test('the table of conditions has the sentence of every operator', () => {
  for (const [name, { sentence }] of Object.entries(OPERATORS)) expect(text).toContain(`| \`${name}\` | ${sentence} |`);
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
  // Below a criterion stand conditions, which have a schema of their own.
  const shallow = paths.filter((path) => !/[cC]riterion\w*\./.test(path.replace('typesCriterion', '')));
  expect([...shallow].sort()).toStrictEqual(pathsOf(SUPPORTED));
  expect([...members(CONDITION)].sort()).toStrictEqual([...CONDITION_MEMBERS].sort());
});
