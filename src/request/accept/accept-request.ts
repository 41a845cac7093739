/** Accepts unknown input as a request: the documented body, which has `params`, or the library form. */

import { Faults, isObject, join, type UnknownObject } from '../../options/faults.js';
import type { AcceptedRequest } from '../../terms/accepted-request.js';
import type { RelatedQuery } from '../../terms/criteria.js';
import { definedOnly } from '../../terms/defined-only.js';
import { messageOf, SluiceError } from '../../terms/errors.js';
import { BLOB_CONTENTS } from '../../terms/profile.js';
import { escaped } from '../../terms/shown-text.js';
import { BOUNDS } from './bounds.js';
import { acceptClientState } from './client-state.js';
import { acceptContextChoice, acceptValueContexts } from './contexts.js';
import { type AcceptQuery, acceptCriteria } from './criteria.js';
import { acceptBody } from './documented-body.js';
import { acceptFields, acceptMaxRecords, type FieldsForm, refuseMixedFields } from './members.js';
import { acceptAny } from './profile.js';
import { refuseEmptyContext, textPairs } from './profile-context.js';
import { REQUEST_MEMBERS } from './request-members.js';
import { acceptSort } from './sort.js';

const FIELDS: FieldsForm = { unsupported: [], single: true, paths: true };

/**
 * Accepts a request; the result is passed on and not accepted again.
 * @param input the documented body (`{ params: … }`), or the library form: the members of `ExportRequest`, where one
 *   string may replace a list of one, an empty list of ids keeps nothing, and `'_ALL'` in a list of fields means all.
 *   In the library form, `profile` may be a profile instead of a name, in either form of profiles
 * @throws SluiceError with all faults, each with its path: `UNKNOWN_KEY`, `UNSUPPORTED`, `INVALID`
 */
export function acceptRequest(input: unknown): AcceptedRequest {
  try {
    return acceptInput(input);
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    // Accessors and proxies in the input may throw.
    const message = `request: cannot be read: ${escaped(messageOf(cause))}`;
    throw new SluiceError('INVALID', 'accept', message, { path: 'request', cause });
  }
}

/**
 * Accepts members of the library form that replace those of an accepted request. Within `fields`, each given list
 * replaces that list; a named profile replaces an inline one.
 * @throws SluiceError as `acceptRequest` does
 */
export function replaceMembers(request: AcceptedRequest, members: UnknownObject): AcceptedRequest {
  const given = definedOnly(acceptForm(members, new Faults()));
  const fields = given.fields ? { ...request.fields, ...given.fields } : request.fields;
  const faults = new Faults();
  if (fields) refuseMixedFields({ ...fields }, 'fields', faults);
  faults.throwIfAny();
  return {
    ...request,
    ...given,
    fields,
    inlineProfiles: given.profile === undefined ? request.inlineProfiles : undefined,
  };
}

function acceptInput(input: unknown): AcceptedRequest {
  const faults = new Faults();
  const request = faults.object(input, 'request');
  faults.throwIfAny();
  if (!request) return {};
  if ('params' in request) return acceptBody(request);
  const { profile } = request;
  if (!isObject(profile)) return acceptForm(request, faults);
  const inlineProfiles = acceptAny(profile, 'profile', faults);
  const names = new Set(inlineProfiles.map(({ name }) => name));
  if (names.size === 0 && faults.isEmpty) faults.add('INVALID', 'profile', 'contains no profile');
  if (names.size > 1) faults.add('INVALID', 'profile', `must be one profile, not ${names.size}`);
  const [name] = names;
  return { ...acceptForm({ ...request, profile: name }, faults), inlineProfiles };
}

function acceptForm(form: UnknownObject, faults: Faults): AcceptedRequest {
  faults.checkKeys(form, '', Object.keys(REQUEST_MEMBERS));
  const { types, ids, name, criteria, ...contexts } = acceptSelection(form, '', faults, acceptRelatedQuery);
  const fields = form.fields === undefined ? undefined : acceptFields(form.fields, 'fields', faults, FIELDS);
  const valueContexts = acceptValueContexts(form.valueContexts, 'valueContexts', faults);
  const sort = acceptSort(form.sort, 'sort', faults);
  const skip = faults.count(form.skip, 'skip');
  const maxRecords = acceptMaxRecords(form.maxRecords, 'maxRecords', faults);
  const delta = acceptDelta(form.delta, faults);
  const profile = faults.filledString(form.profile, 'profile');
  const profileContext = acceptProfileContext(form.profileContext, faults);
  const fileName = faults.filledString(form.fileName, 'fileName');
  const content = faults.word(form.content, 'content', BLOB_CONTENTS);
  const clientState = acceptClientState(form.clientState, faults);
  faults.throwIfAny();
  return {
    types,
    ids,
    name,
    criteria,
    ...contexts,
    valueContexts,
    fields,
    sort,
    skip,
    maxRecords,
    delta,
    profile,
    profileContext,
    fileName,
    content,
    clientState,
  };
}

function acceptDelta(value: unknown, faults: Faults): AcceptedRequest['delta'] {
  const form = value === undefined ? undefined : faults.object(value, 'delta');
  if (!form) return undefined;
  faults.checkKeys(form, 'delta', ['against', 'chain']);
  const against = faults.word(form.against, 'delta.against', ['previous'] as const);
  const chain = faults.filledString(form.chain, 'delta.chain');
  if (against === undefined) faults.add('INVALID', 'delta.against', 'must be "previous"');
  return against && { against, ...(chain === undefined ? {} : { chain }) };
}

/** Which entities are wanted, or are those that the wanted ones are related to. */
function acceptSelection(form: UnknownObject, path: string, faults: Faults, acceptQuery: AcceptQuery): RelatedQuery {
  const at = (name: string) => join(path, name);
  const types = faults.filled(faults.strings(form.types, at('types'), true, BOUNDS.types), at('types'));
  const ids = faults.strings(form.ids, at('ids'), true);
  const name = faults.filled(faults.strings(form.name, at('name'), true), at('name'));
  const criteria = acceptCriteria(form.criteria, at('criteria'), faults, acceptQuery);
  return { types, ids, name, criteria, ...acceptContextChoice(form, path, faults) };
}

const RELATED_MEMBERS = ['types', 'ids', 'name', 'criteria', 'contexts', 'nonContextual'];

/** The query of a relationship criterion, which selects the targets. */
function acceptRelatedQuery(value: unknown, path: string, faults: Faults): RelatedQuery | undefined {
  const form = faults.object(value, path);
  if (!form) return undefined;
  faults.checkKeys(form, path, RELATED_MEMBERS);
  return definedOnly(acceptSelection(form, path, faults, undefined));
}

function acceptProfileContext(value: unknown, faults: Faults): AcceptedRequest['profileContext'] {
  const pairs = value === undefined ? undefined : faults.object(value, 'profileContext');
  if (pairs) refuseEmptyContext(pairs, 'profileContext', faults);
  return pairs && textPairs(pairs, 'profileContext', faults);
}
