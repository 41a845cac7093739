/** Decides which parts of entities are kept, by the request and its profile. */

import type { AcceptedRequest } from '../../terms/accepted-request.js';
import type { MemberNames } from '../../terms/batch.js';
import { type ContextScope, scopeOf } from '../../terms/context.js';

import { SluiceError } from '../../terms/errors.js';
import type { FieldList } from '../../terms/fields.js';
import { parsePathFields } from '../../terms/path-fields.js';
import type { Projection } from '../../terms/plan.js';
import type { ProfileParts } from './profile-parts.js';

/** The members of a request about the parts to keep. */
export type RequestedParts = Pick<
  AcceptedRequest,
  'fields' | 'contexts' | 'nonContextual' | 'valueContexts' | 'criteria'
>;

/** The members that a projection selects from; id, type and name must have other names. */
const PROJECTED = ['properties', 'data', 'action'];

/**
 * Decides what is kept: the listed fields and those that a profile adds; without fields, complete entities except what
 * contexts, values or the profile exclude.
 * @param parts the profile's parts, by types in lower case
 * @returns undefined if entities stay unchanged, byte for byte
 * @throws SluiceError `INVALID` if the member of id, type or name is one that a projection selects from
 */
export function planProjection(
  request: RequestedParts,
  names: MemberNames,
  parts: ProfileParts = {},
): Projection | undefined {
  if (request.fields?.include !== undefined || request.fields?.exclude !== undefined) {
    return ofPaths(request, request.fields, parts);
  }
  const projection = request.fields ? ofFields(request, request.fields, parts) : ofWholeEntities(request, parts);
  if (!projection) return undefined;
  const clash = Object.values(names).find((name) => PROJECTED.includes(name));
  if (clash) throw new SluiceError('INVALID', 'plan', `"${clash}" cannot be projected and be an id, type or name`);
  return projection;
}

/** Nothing of the platform's shape is kept or changed beside paths: whoever asks for both gets neither by silence. */
function ofPaths(
  request: RequestedParts,
  { include, exclude }: NonNullable<RequestedParts['fields']>,
  parts: ProfileParts,
): Projection {
  const names = { include: 'fields.include', exclude: 'fields.exclude' };
  const [path] = include === undefined ? [names.exclude] : [names.include];
  if (request.valueContexts) throw beside(path, 'valueContexts chooses values');
  if (request.contexts !== undefined && !request.criteria) throw beside(path, 'contexts chooses data');
  const idle: readonly (keyof ProfileParts)[] = ['include', 'exclude', 'includeEntityProperties'];
  const changed = changes(parts);
  if (changed.names || changed.addProperties || idle.some((name) => parts[name] !== undefined)) {
    throw beside(path, 'the profile chooses or changes parts');
  }
  const list = (value: string | readonly string[] | undefined) => (value === undefined ? undefined : [value].flat());
  return { paths: parsePathFields(list(include), list(exclude), names) };
}

function beside(path: string, what: string): SluiceError {
  return new SluiceError('INVALID', 'plan', `${path}: ${what} of the platform's entities; give one of them`, { path });
}

function ofFields(
  request: RequestedParts,
  {
    attributes,
    relationships,
    relationshipAttributes,
    relatedEntityAttributes,
    properties,
  }: NonNullable<RequestedParts['fields']>,
  parts: ProfileParts,
): Projection {
  const { include, exclude, includeEntityProperties } = parts;
  const hasData = some(attributes) || some(relationships);
  // The platform returns all properties with attributes or relationships, unless the request lists some.
  const unlisted: FieldList | undefined = (includeEntityProperties ?? hasData) ? 'all' : undefined;
  const listed = properties ?? unlisted;
  // Without data, contexts and values have nothing to select.
  const hasScope = hasData || some(listed) || include !== undefined;
  const hasRelationships = some(relationships) || include !== undefined;
  return {
    attributes: some(attributes) ? attributes : undefined,
    relationships: some(relationships) ? relationships : undefined,
    relationshipAttributes: hasRelationships && relationshipAttributes !== 'all' ? relationshipAttributes : undefined,
    relatedEntityAttributes:
      hasRelationships && relatedEntityAttributes !== 'all' ? relatedEntityAttributes : undefined,
    properties: some(listed) ? listed : undefined,
    scope: hasScope && request.contexts !== undefined ? scopeOf(request) : undefined,
    valueContexts: hasData || include !== undefined ? request.valueContexts : undefined,
    include,
    exclude: hasData || include !== undefined ? exclude : undefined,
    ...changes(parts),
  };
}

/** Complete entities include the fields and properties that a profile would add. */
function ofWholeEntities(request: RequestedParts, parts: ProfileParts): Projection | undefined {
  const projection = {
    properties: parts.includeEntityProperties === false ? [] : undefined,
    scope: narrowed(request),
    valueContexts: request.valueContexts,
    exclude: parts.exclude,
    ...changes(parts),
  };
  const isUnchanged = Object.values(projection).every((part) => part === undefined);
  return isUnchanged ? undefined : { whole: true, ...projection };
}

/** The scope, if it excludes anything. */
function narrowed(request: RequestedParts): ContextScope | undefined {
  if (request.contexts === undefined) return undefined;
  const scope = scopeOf(request);
  return scope.self && scope.contexts === 'all' ? undefined : scope;
}

/** Changes to the parts that are kept. */
function changes({ names, addProperties = {} }: ProfileParts): Pick<Projection, 'names' | 'addProperties'> {
  const isRenaming = names && Object.values(names).some((setting) => setting);
  return {
    names: isRenaming ? names : undefined,
    addProperties: Object.keys(addProperties).length > 0 ? addProperties : undefined,
  };
}

function some(list: FieldList | undefined): list is FieldList {
  return list !== undefined && list.length > 0;
}
