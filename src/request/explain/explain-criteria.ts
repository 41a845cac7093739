/** Explains criteria: one sentence for each condition. */
import { type ContextScope, scopeOf } from '../../terms/context.js';
import {
  type Condition,
  type Conditions,
  type Criteria,
  isAnyName,
  type RelatedQuery,
  type RelationshipCondition,
} from '../../terms/criteria.js';
import { OPERATOR_NAMES, OPERATORS } from '../../terms/operators.js';
import { alternativesOf } from '../../values/alternatives.js';

/** Operands shown of a list; a longer list is cut. */
const LISTED = 5;

/** One line for each criterion, in the order of the request, and one for the data they are about. */
export function explainCriteria(criteria: Criteria, scope: ContextScope | undefined): readonly string[] {
  const { attributes = [], anyAttribute, properties = [], fields = [], relationships = [], keywords } = criteria;
  const lines: string[] = [];
  if (anyAttribute && attributes.length > 1) {
    const choices = attributes.map((element) => `(${describeAll('attribute', element)})`);
    lines.push(`- Keep entities where one of these holds: ${choices.join(' or ')}.`);
  } else {
    for (const element of attributes) lines.push(...each('attribute', element));
  }
  for (const element of properties) lines.push(...each('property', element));
  for (const element of fields) {
    for (const [path, condition] of Object.entries(element))
      lines.push(`- Keep entities where ${describeAt(path, condition)}.`);
  }
  const isByPath = fields.length > 0 && lines.length === fields.flatMap((element) => Object.keys(element)).length;
  for (const element of relationships) {
    for (const [name, condition] of Object.entries(element)) {
      lines.push(
        `- Keep entities with${condition.hasvalue === false ? 'out' : ''} ${describeRelationship(name, condition)}.`,
      );
    }
  }
  if (keywords) {
    const text = JSON.stringify(keywords.keywords);
    const how = { _AND: `all words of ${text}`, _OR: `any word of ${text}`, _EXACT: `the whole text ${text}` };
    lines.push(`- Keep entities with ${how[keywords.operator]} in name, attributes or properties.`);
  }
  // Values by path are searched where the path leads.
  return isByPath && relationships.length === 0 && !keywords ? lines : [...lines, describeScope(scope)];
}

function describeScope(scope: ContextScope | undefined): string {
  const own = scope?.self === false ? [] : ['the data of no context'];
  const contexts = scope?.contexts ?? [];
  const others = contexts === 'all' ? ['all contexts'] : contexts.length > 0 ? [`contexts ${show(contexts)}`] : [];
  return `- Look for that in ${[...own, ...others].join(' and in ')}.`;
}

function each(kind: string, conditions: Conditions): readonly string[] {
  return Object.entries(conditions).map(([name, one]) => `- Keep entities where ${describeNamed(kind, name, one)}.`);
}

function describeAll(kind: string, conditions: Conditions): string {
  return Object.entries(conditions)
    .map(([name, condition]) => describeNamed(kind, name, condition))
    .join(' and ');
}

function describeNamed(kind: string, name: string, condition: Condition): string {
  const what = isAnyName(name) ? `any ${kind}` : `${kind} ${JSON.stringify(name)}`;
  return `${condition.not ? 'not: ' : ''}${what} ${describe(condition)}`;
}

function describeAt(path: string, condition: Condition): string {
  return `${condition.not ? 'not: ' : ''}a value at ${JSON.stringify(path)} ${describe(condition)}`;
}

function describe(condition: Condition): string {
  const { type, attributes, valueProperties, valueContexts, isUom, contexts, nonContextual } = condition;
  const parts = OPERATOR_NAMES.filter((name) => condition[name] !== undefined).map((name) => {
    const { operand, phrase } = OPERATORS[name];
    const either = name === 'eq' ? alternativesOf(String(condition.eq)) : [];
    if (either.length > 1) return `${phrase} ${either.map((one) => JSON.stringify(one)).join(' or of ')}`;
    return `${phrase} ${operand === 'presence' ? (condition[name] ? 'a value' : 'no value') : show(condition[name])}`;
  });
  if (type !== undefined) parts.push(`compared as ${type}`);
  if (isUom) parts.push('compared with its unit');
  if (attributes) parts.push(`has a row where ${describeList('attribute', attributes)}`);
  if (valueProperties) parts.push(`is a value whose ${describeList('member', valueProperties)}`);
  if (valueContexts) parts.push(`is a value with ${show(valueContexts)}`);
  if (contexts) parts.push(`in the contexts ${show(contexts)}${nonContextual === false ? ' only' : ''}`);
  else if (nonContextual !== undefined) parts.push('in the data of no context');
  return parts.join(', ');
}

function describeList(kind: string, list: readonly Conditions[]): string {
  return list.map((conditions) => describeAll(kind, conditions)).join(' and ');
}

function describeRelationship(name: string, { attributes, properties, relTo, query }: RelationshipCondition): string {
  const what = isAnyName(name) ? 'any relationship' : `a relationship ${JSON.stringify(name)}`;
  const parts: string[] = [];
  if (relTo?.id !== undefined) parts.push(`to the id ${JSON.stringify(relTo.id)}`);
  if (relTo?.type !== undefined) parts.push(`to the type ${JSON.stringify(relTo.type)}`);
  if (attributes) parts.push(`where ${describeList('attribute', attributes)}`);
  if (properties) parts.push(`where ${describeList('property', properties)}`);
  if (query) parts.push(`to an entity ${describeQuery(query)}, found in a first reading of the input`);
  return [what, ...parts].join(' ');
}

/** What the related entity is, without the words of a sentence of its own. */
function describeQuery({ types, ids, name, criteria, contexts }: RelatedQuery): string {
  const parts: string[] = [];
  if (types) parts.push(`of type ${show(types)}`);
  if (ids) parts.push(`with the id ${show(ids)}`);
  if (name) parts.push(`called ${show(name)}`);
  if (criteria) {
    const sentences = explainCriteria(criteria, scopeOf({ contexts })).map((line) => line.slice('- '.length, -1));
    parts.push(`of which this holds (${sentences.join('; ')})`);
  }
  return parts.length === 0 ? 'of the input' : parts.join(', ');
}

/** Operands as JSON, so that text cannot look like a sentence of the plan. */
function show(operand: unknown): string {
  if (!Array.isArray(operand)) return JSON.stringify(operand);
  const shown = operand.slice(0, LISTED).map((one) => JSON.stringify(one));
  return operand.length > LISTED ? `${shown.join(', ')}, … (${operand.length})` : shown.join(', ');
}
