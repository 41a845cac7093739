/** The schema of the documented request, for the OpenAPI document; requests are validated when they are accepted. */

import { DOCUMENTED_MEMBERS, type DocumentedType, membersOf } from '../request/accept/documented-members.js';
import { COMPARISON_TYPES, KEYWORDS_OPERATORS } from '../terms/criteria.js';
import { OPERATORS, type OperandKind } from '../terms/operators.js';
import { type Schema, TEXT, TEXTS } from './schema-parts.js';

const FLAG = { anyOf: [{ type: 'boolean' }, { type: 'string', enum: ['true', 'false'] }] };
const COUNT = {
  anyOf: [
    { type: 'integer', minimum: 0 },
    { type: 'string', pattern: '^[0-9]+$' },
  ],
};
/** Schemas of operands; the description of an operator states its meaning. */
const OPERANDS: Readonly<Record<OperandKind, Schema>> = {
  value: { type: ['string', 'number', 'boolean'] },
  words: TEXT,
  values: { anyOf: [{ type: 'array', items: { anyOf: [TEXT, { type: 'number' }] }, minItems: 1 }, TEXT] },
  prefixes: { anyOf: [TEXTS, TEXT] },
  bound: { type: ['string', 'number'] },
  presence: FLAG,
};

const CONTEXTS = {
  type: 'array',
  items: { type: 'object', additionalProperties: TEXT, minProperties: 1 },
  description: 'Context types with their paths, e.g. { "country": "Germany" }',
};

/** An array of objects whose members are all of one kind. */
function named(of: Schema): Schema {
  return { type: 'array', items: { type: 'object', additionalProperties: of } };
}

const VALUE_CONTEXTS = {
  type: 'array',
  items: { type: 'object', properties: { locale: TEXT, source: TEXT }, minProperties: 1 },
};

const CONDITION_REF = { $ref: 'Condition#' };

/** Condition on one attribute or property. */
export const CONDITION: Schema = {
  $id: 'Condition',
  description: 'Holds when one value satisfies every operator',
  type: 'object',
  properties: {
    ...Object.fromEntries(
      Object.entries(OPERATORS).map(([name, { operand, sentence }]) => [
        name,
        { ...OPERANDS[operand], description: sentence },
      ]),
    ),
    type: { type: 'string', enum: [...COMPARISON_TYPES] },
    not: FLAG,
    operator: { type: 'string', enum: ['_OR', '_AND'], description: 'Whether all words or values must match, or one' },
    attributes: {
      ...named(CONDITION_REF),
      description: 'For a nested attribute: conditions that a single row satisfies',
    },
    valueProperties: {
      ...named(CONDITION_REF),
      description: 'Conditions on properties of the same value, such as os and osid',
    },
    valueContexts: { ...VALUE_CONTEXTS, description: 'Pairs of locale and source, one of which the value has' },
    isUom: { ...FLAG, description: 'Operands are value##unit, and both must be equal' },
    contexts: CONTEXTS,
    nonContextual: FLAG,
  },
};

const KEYWORDS = {
  type: 'object',
  required: ['keywords'],
  properties: { keywords: TEXT, operator: { type: 'string', enum: [...KEYWORDS_OPERATORS] } },
};

const RELATIONSHIP = {
  type: 'object',
  properties: {
    attributes: named(CONDITION_REF),
    properties: named(CONDITION_REF),
    relTo: { type: 'object', properties: { id: TEXT, type: TEXT } },
    hasvalue: FLAG,
    query: { type: 'object', description: 'Selects the targets, as params.query does' },
  },
};

const PROFILE_CONTEXTS = {
  type: 'array',
  minItems: 1,
  maxItems: 1,
  items: { type: 'object', properties: { order: COUNT }, additionalProperties: TEXT, minProperties: 1 },
};

const SORT_KEYS = {
  type: 'array',
  items: {
    type: 'object',
    properties: { sortType: { type: 'string', enum: [...COMPARISON_TYPES] } },
    additionalProperties: { type: 'string', enum: ['_ASC', '_DESC'] },
  },
};

const SORT = { type: 'object', additionalProperties: SORT_KEYS };

const MEMBERS: Readonly<Record<DocumentedType, Schema>> = {
  text: TEXT,
  texts: TEXTS,
  'text or texts': { anyOf: [TEXT, TEXTS] },
  flag: FLAG,
  count: COUNT,
  contexts: CONTEXTS,
  'value contexts': VALUE_CONTEXTS,
  conditions: named(CONDITION_REF),
  relationships: named(RELATIONSHIP),
  keywords: KEYWORDS,
  sort: SORT,
  'profile contexts': PROFILE_CONTEXTS,
  any: {},
};

/** Objects that the platform requires, beside the members that say so. */
const REQUIRED_OBJECTS = ['params.query', 'params.query.filters'];

function objectAt(path: string): Schema {
  const { supported } = membersOf(path);
  const pathOf = (name: string) => (path === '' ? name : `${path}.${name}`);
  const required = supported.filter((name) => {
    return REQUIRED_OBJECTS.includes(pathOf(name)) || DOCUMENTED_MEMBERS[pathOf(name)]?.isRequired;
  });
  const properties = Object.fromEntries(
    supported.map((name) => {
      const member = DOCUMENTED_MEMBERS[pathOf(name)];
      return [name, member ? { description: member.about, ...MEMBERS[member.type] } : objectAt(pathOf(name))];
    }),
  );
  return { type: 'object', ...(required.length > 0 ? { required } : {}), properties };
}

/** The body of downloadDataJob. */
export const DOWNLOAD_REQUEST: Schema = {
  $id: 'DownloadDataRequest',
  description: 'The documented body; unknown and unsupported members are refused with their path',
  ...objectAt(''),
};
