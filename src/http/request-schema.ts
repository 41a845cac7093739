/** The schema of the documented request, for the OpenAPI document; the request itself is examined when it is accepted. */
import type { Schema } from './answers.js';

const TEXT = { type: 'string' };
const TEXTS = { type: 'array', items: TEXT };
const FLAG = { anyOf: [{ type: 'boolean' }, { type: 'string', enum: ['true', 'false'] }] };
const COUNT = {
  anyOf: [
    { type: 'integer', minimum: 0 },
    { type: 'string', pattern: '^[0-9]+$' },
  ],
};
const OPERAND = { type: ['string', 'number', 'boolean'] };
const BOUND = { type: ['string', 'number'], description: 'A number, a date-time, or date math such as now-7d/d' };

const CONTEXTS = {
  type: 'array',
  items: { type: 'object', additionalProperties: TEXT, minProperties: 1 },
  description: 'Context types with their paths, e.g. { "country": "Germany" }',
};

/** An array of objects whose members, by name, are of this kind. */
function named(of: Schema): Schema {
  return { type: 'array', items: { type: 'object', additionalProperties: of } };
}

const CONDITION_REF = { $ref: 'Condition#' };

/** What is asked of one attribute or property. */
export const CONDITION: Schema = {
  $id: 'Condition',
  description: 'Holds when one value satisfies every operator',
  type: 'object',
  properties: {
    eq: { ...OPERAND, description: 'Every word occurs; quotes make a phrase, * stands for any characters' },
    contains: { ...TEXT, description: 'At least one word or phrase occurs' },
    exact: { ...OPERAND, description: 'The whole value is equal' },
    exacts: { anyOf: [TEXTS, TEXT], description: 'The whole value is equal to one of them' },
    startswith: { anyOf: [TEXTS, TEXT] },
    hasvalue: { ...FLAG, description: 'Whether there is a value' },
    gt: BOUND,
    gte: BOUND,
    lt: BOUND,
    lte: BOUND,
    type: { type: 'string', enum: ['_STRING', '_INTEGER', '_DECIMAL', '_DATETIME', '_BOOLEAN'] },
    not: FLAG,
    operator: { type: 'string', enum: ['_OR', '_AND'], description: 'Only as it is without it' },
    attributes: { ...named(CONDITION_REF), description: 'Of a nested attribute: conditions that one row satisfies' },
    valueProperties: { ...named(CONDITION_REF), description: 'Conditions on os, osid and the like of the very value' },
    contexts: CONTEXTS,
    nonContextual: FLAG,
  },
};

const KEYWORDS = {
  type: 'object',
  required: ['keywords'],
  properties: { keywords: TEXT, operator: { type: 'string', enum: ['_AND', '_OR', '_EXACT'] } },
};

const RELATIONSHIP = {
  type: 'object',
  properties: {
    attributes: named(CONDITION_REF),
    properties: named(CONDITION_REF),
    relTo: { type: 'object', properties: { id: TEXT, type: TEXT } },
  },
};

const FILTERS = {
  type: 'object',
  required: ['typesCriterion'],
  properties: {
    typesCriterion: TEXTS,
    attributesCriterion: named(CONDITION_REF),
    isAttributesCriterionOR: FLAG,
    propertiesCriterion: named(CONDITION_REF),
    relationshipsCriterion: named(RELATIONSHIP),
    keywordsCriterion: KEYWORDS,
    allContextual: FLAG,
    nonContextual: FLAG,
    excludeNonContextual: FLAG,
  },
};

const QUERY = {
  type: 'object',
  required: ['filters'],
  properties: {
    id: { anyOf: [TEXT, TEXTS] },
    ids: TEXTS,
    name: TEXT,
    contexts: CONTEXTS,
    valueContexts: {
      type: 'array',
      items: { type: 'object', properties: { locale: TEXT, source: TEXT }, minProperties: 1 },
    },
    keywordsCriterion: KEYWORDS,
    filters: FILTERS,
  },
};

const PROFILE_CONTEXTS = {
  type: 'array',
  minItems: 1,
  maxItems: 1,
  items: { type: 'object', properties: { order: COUNT }, additionalProperties: TEXT, minProperties: 1 },
};

/** The body of downloadDataJob. */
export const DOWNLOAD_REQUEST: Schema = {
  $id: 'DownloadDataRequest',
  description: 'The documented body; unknown and unsupported members are refused by their path',
  type: 'object',
  properties: {
    params: {
      type: 'object',
      required: ['query'],
      properties: {
        query: QUERY,
        fields: {
          type: 'object',
          properties: { attributes: TEXTS, relationships: TEXTS, relationshipAttributes: TEXTS, properties: TEXTS },
        },
        options: { type: 'object', properties: { maxRecords: COUNT } },
        rsconnect: { type: 'object', properties: { profiles: TEXTS, profilecontexts: PROFILE_CONTEXTS } },
      },
    },
    clientState: { description: 'Whatever the caller wants back with the job' },
    fileName: TEXT,
  },
};
