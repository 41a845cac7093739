/** Which parts of entities are kept: what a request lists, and what its profile says beside that. */

import type { AcceptedRequest } from '../../terms/accepted-request.js';
import type { MemberNames } from '../../terms/batch.js';
import { type ContextScope, scopeOf } from '../../terms/context.js';
import { definedOnly } from '../../terms/defined-only.js';
import { SluiceError } from '../../terms/errors.js';
import type { FieldList } from '../../terms/fields.js';
import type { Projection } from '../../terms/plan.js';
import type { ProfileParts } from './profile-parts.js';

/** What a request says of the parts to keep. */
export type AskedParts = Pick<AcceptedRequest, 'fields' | 'contexts' | 'nonContextual' | 'valueContexts'>;

/** The projection's own members, which no other part of an entity may be called. */
const PROJECTED = ['properties', 'data', 'action'];

/**
 * Decides what is kept. Fields that are listed keep the documented parts, those of a profile beside them; without
 * fields entities stay whole but for what contexts, values or the profile leave out.
 * @param parts what a profile says, by types in lower case
 * @returns undefined where entities stay as they are, byte for byte
 * @throws SluiceError `INVALID` when an id, type or name is spelled like a part that is projected
 */
export function planProjection(
  asked: AskedParts,
  names: MemberNames,
  parts: ProfileParts = {},
): Projection | undefined {
  const projection = asked.fields ? ofFields(asked, asked.fields, parts) : ofWholeEntities(asked, parts);
  if (!projection) return undefined;
  const clash = Object.values(names).find((name) => PROJECTED.includes(name));
  if (clash) throw new SluiceError('INVALID', 'plan', `"${clash}" cannot be projected and be an id, type or name`);
  return projection;
}

function ofFields(
  asked: AskedParts,
  { attributes, relationships, relationshipAttributes, properties }: NonNullable<AskedParts['fields']>,
  parts: ProfileParts,
): Projection {
  const { include, exclude, includeEntityProperties } = parts;
  const hasData = some(attributes) || some(relationships);
  // The platform answers all properties with attributes or relationships, unless they are listed.
  const unlisted: FieldList | undefined = (includeEntityProperties ?? hasData) ? 'all' : undefined;
  const listed = properties ?? unlisted;
  // What nothing is kept of needs no words about its contexts and values.
  const isAsked = hasData || some(listed) || include !== undefined;
  const hasRelationships = some(relationships) || include !== undefined;
  return definedOnly({
    attributes: some(attributes) ? attributes : undefined,
    relationships: some(relationships) ? relationships : undefined,
    relationshipAttributes: hasRelationships && relationshipAttributes !== 'all' ? relationshipAttributes : undefined,
    properties: some(listed) ? listed : undefined,
    scope: isAsked && asked.contexts !== undefined ? scopeOf(asked) : undefined,
    valueContexts: hasData || include !== undefined ? asked.valueContexts : undefined,
    include,
    exclude: hasData || include !== undefined ? exclude : undefined,
    ...changes(parts),
  });
}

/** Whole entities have the fields and properties already that a profile would have kept. */
function ofWholeEntities(asked: AskedParts, parts: ProfileParts): Projection | undefined {
  const projection = definedOnly({
    properties: parts.includeEntityProperties === false ? [] : undefined,
    scope: narrowed(asked),
    valueContexts: asked.valueContexts,
    exclude: parts.exclude,
    ...changes(parts),
  });
  return Object.keys(projection).length === 0 ? undefined : { whole: true, ...projection };
}

/** The scope, where it leaves anything out. */
function narrowed(asked: AskedParts): ContextScope | undefined {
  if (asked.contexts === undefined) return undefined;
  const scope = scopeOf(asked);
  return scope.self && scope.contexts === 'all' ? undefined : scope;
}

/** What becomes of the parts that are kept. */
function changes({ names, addProperties = {} }: ProfileParts): Pick<Projection, 'names' | 'addProperties'> {
  const isRenaming = names && Object.values(names).some((said) => said);
  return {
    ...(isRenaming ? { names } : {}),
    ...(Object.keys(addProperties).length > 0 ? { addProperties } : {}),
  };
}

function some(list: FieldList | undefined): list is FieldList {
  return list !== undefined && list.length > 0;
}
