/** Explains what a plan keeps of each entity. */
import type { ContextScope, ValueContext } from '../../terms/context.js';
import { ANY_TYPE } from '../../terms/entity-type.js';
import type { FieldFilters, FieldList } from '../../terms/fields.js';
import { formatPath, type Path } from '../../terms/path.js';
import type { PathFields } from '../../terms/path-fields.js';
import type { DsvPlan, Projection } from '../../terms/plan.js';
import type { NameStrategy } from '../../terms/profile.js';

/**
 * Explains what is kept: one sentence for each decision, in the order of the decisions.
 * @param table how the result is written if it is a table
 * @param list formats a list of names
 */
export function explainProjection(
  projection: Projection | undefined,
  table: DsvPlan | undefined,
  list: (items: readonly string[]) => string,
): readonly string[] {
  if (!projection && table?.layout === 'entities') {
    return ['- Of each write id, name, type, action, attributes and relationships.'];
  }
  if (!projection && table) return ['- Write the values of entities.'];
  if (!projection) return ['- Write complete entities, byte for byte.'];
  if (projection.paths) return explainPaths(projection.paths, list);
  const {
    scope,
    relationshipAttributes,
    relatedEntityAttributes,
    valueContexts,
    include,
    exclude,
    names,
    addProperties,
  } = projection;
  return [
    explainLists(projection, list),
    ...(scope ? [explainScope(scope, list)] : []),
    ...(relationshipAttributes === undefined
      ? []
      : [`- Of relationships keep the attributes ${describe(relationshipAttributes, list)}.`]),
    ...(relatedEntityAttributes === undefined
      ? []
      : [`- Of related entities keep the attributes ${describe(relatedEntityAttributes, list)}.`]),
    ...(valueContexts ? [explainValues(valueContexts, list)] : []),
    ...(include ? explainFilters('Keep also', include, list) : []),
    ...(exclude ? explainFilters('Leave out', exclude, list) : []),
    ...(names ? explainNames(names) : []),
    ...Object.entries(addProperties ?? {}).map(
      ([name, value]) => `- Give each the property ${list([name])}: ${list([value])}.`,
    ),
  ];
}

function explainPaths(
  { include, renamed, exclude }: PathFields,
  list: (items: readonly string[]) => string,
): readonly string[] {
  const texts = (paths: readonly Path[]) => list(paths.map(formatPath));
  const isOpen = include === undefined && renamed === undefined;
  return [
    ...(isOpen ? ['- Write complete entities, except for the following.'] : []),
    ...(include ? [`- Of each write the values at ${texts(include)}, and nothing else.`] : []),
    ...(renamed ?? []).map(({ name, path }) => `- Write the value at ${texts([path])} as ${list([name])}.`),
    ...(exclude ? [`- Leave out what is at ${texts(exclude)}.`] : []),
  ];
}

function explainLists(projection: Projection, list: (items: readonly string[]) => string): string {
  const { whole, attributes, relationships, properties } = projection;
  const parts = Object.entries({ attributes, relationships, properties }).flatMap(([kind, fields]) =>
    fields === undefined ? [] : [`${kind} ${describe(fields, list)}`],
  );
  if (whole)
    return `- Write complete entities, except for the following${parts.length > 0 ? `: ${parts.join(', ')}` : ''}.`;
  return `- Of each write id, name, type and action${parts.length > 0 ? `, and ${parts.join(', ')}` : ''}.`;
}

function describe(fields: FieldList, list: (items: readonly string[]) => string): string {
  return fields === 'all' ? '(all)' : fields.length === 0 ? '(none)' : list(fields);
}

function explainScope({ self, contexts }: ContextScope, list: (items: readonly string[]) => string): string {
  const which =
    contexts === 'all'
      ? 'every context'
      : `the context${contexts.length === 1 ? '' : 's'} ${list(contexts.map((context) => pairs(context)))}`;
  return `- Keep the data of ${which}${self ? ', and that of none' : ' only, not that of none'}.`;
}

function explainValues(wanted: readonly ValueContext[], list: (items: readonly string[]) => string): string {
  return `- Keep the values with ${list(wanted.map((pair) => pairs({ ...pair })))}.`;
}

function pairs(members: Readonly<Record<string, string>>): string {
  return Object.entries(members)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function explainFilters(
  what: string,
  filters: FieldFilters,
  list: (items: readonly string[]) => string,
): readonly string[] {
  return Object.entries(filters).flatMap(([type, { attributes, relationships }]) => {
    const parts = Object.entries({ attributes, relationships }).flatMap(([kind, fields]) =>
      fields === undefined ? [] : [`${kind} ${describe(fields, list)}`],
    );
    if (parts.length === 0) return [];
    return [`- ${what}, of ${type === ANY_TYPE ? 'every type' : `type ${list([type])}`}: ${parts.join(', ')}.`];
  });
}

function explainNames(names: NameStrategy): readonly string[] {
  const steps = [
    ...(names.removeSpecialCharacters ? ['without special characters'] : []),
    ...(names.removeWhitespace ? ['without white space'] : []),
    ...(names.trimLeadingNumbers ? ['without leading numbers'] : []),
    ...(names.trimTrailingNumbers ? ['without trailing numbers'] : []),
    ...(names.caseFormat ? [`in ${names.caseFormat === 'lowercase' ? 'lower' : 'upper'} case`] : []),
  ];
  return steps.length === 0 ? [] : [`- Write the names of attributes and relationships ${steps.join(', ')}.`];
}
