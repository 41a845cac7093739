/** Unknown input to a request: the documented body or the library's own form, told apart by `params`. */

import { Faults, isObject, type UnknownObject } from '../../options/faults.js';
import { messageOf, SluiceError } from '../../terms/errors.js';
import type { Profile } from '../../terms/profile.js';
import type { ExportRequest } from '../../terms/request.js';
import { escaped } from '../../terms/shown-text.js';
import { BOUNDS } from './bounds.js';
import { acceptClientState } from './client-state.js';
import { acceptContextChoice, acceptValueContexts } from './contexts.js';
import { acceptCriteria } from './criteria.js';
import { acceptBody } from './documented-body.js';
import { acceptFields, acceptMaxRecords, type FieldsForm } from './members.js';
import { acceptAny } from './profile.js';
import { refuseEmptyContext, textPairs } from './profile-context.js';

const FIELDS: FieldsForm = { unsupported: [], single: true };

const MEMBERS = [
  ...['types', 'ids', 'name', 'criteria', 'contexts', 'nonContextual', 'valueContexts'],
  ...['fields', 'maxRecords', 'profile', 'profileContext', 'fileName', 'clientState'],
];

/** A request, and the profiles that it brought along instead of a name. */
export interface RequestWithProfiles {
  readonly request: ExportRequest;
  /** The only ones that can be asked for, where there are some; they bear the name that the request says. */
  readonly profiles?: readonly Profile[];
}

/**
 * Accepts a request.
 * @param input the documented body (`{ params: … }`), or the library's form: the members of `ExportRequest`, where a
 *   list of one may be that one string, an empty list of ids keeps nothing, and `'_ALL'` in a list of fields means all
 * @throws SluiceError with all faults, each with its path: `UNKNOWN_KEY`, `UNSUPPORTED`, `INVALID`
 */
export function acceptRequest(input: unknown): ExportRequest {
  const { request, profiles } = acceptRequestWithProfiles(input);
  if (!profiles) return request;
  const faults = new Faults();
  faults.add('INVALID', 'profile', 'must be a name here, not a profile');
  faults.throwIfAny();
  return request;
}

/**
 * Accepts a request that may bring its profile along: in the library's form, `profile` may be one instead of a
 * name, in the library's own form or the documented one.
 * @throws SluiceError as `acceptRequest` does, the faults of the profile among those of the request
 */
export function acceptRequestWithProfiles(input: unknown): RequestWithProfiles {
  try {
    return acceptInput(input);
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    // Objects of a program may have accessors, or be proxies.
    const message = `request: cannot be read: ${escaped(messageOf(cause))}`;
    throw new SluiceError('INVALID', 'accept', message, { path: 'request', cause });
  }
}

function acceptInput(input: unknown): RequestWithProfiles {
  const faults = new Faults();
  const request = faults.object(input, 'request');
  faults.throwIfAny();
  if (!request) return { request: {} };
  if ('params' in request) return { request: acceptBody(request) };
  const { profile } = request;
  const isBrought = isObject(profile);
  const profiles = isBrought ? acceptAny(profile, 'profile', faults) : undefined;
  const names = new Set(profiles?.map(({ name }) => name));
  if (profiles && names.size === 0 && faults.isEmpty) faults.add('INVALID', 'profile', 'holds no profile');
  if (names.size > 1) faults.add('INVALID', 'profile', `must be one profile, not ${names.size}`);
  const [name] = names;
  const form = isBrought ? { ...request, profile: name } : request;
  return { request: acceptForm(form, faults), ...(profiles ? { profiles } : {}) };
}

function acceptForm(form: UnknownObject, faults: Faults): ExportRequest {
  faults.checkKeys(form, '', MEMBERS);
  const types = faults.filled(faults.strings(form.types, 'types', true, BOUNDS.types), 'types');
  const ids = faults.strings(form.ids, 'ids', true);
  const name = faults.string(form.name, 'name');
  const fields = form.fields === undefined ? undefined : acceptFields(form.fields, 'fields', faults, FIELDS);
  const criteria = acceptCriteria(form.criteria, 'criteria', faults);
  const contexts = acceptContextChoice(form, faults);
  const valueContexts = acceptValueContexts(form.valueContexts, 'valueContexts', faults);
  const maxRecords = acceptMaxRecords(form.maxRecords, 'maxRecords', faults);
  const profile = faults.filledString(form.profile, 'profile');
  const profileContext = acceptProfileContext(form.profileContext, faults);
  const fileName = faults.filledString(form.fileName, 'fileName');
  const clientState = acceptClientState(form.clientState, faults);
  faults.throwIfAny();
  return {
    ...(types ? { types } : {}),
    ...(ids ? { ids } : {}),
    ...(name === undefined ? {} : { name }),
    ...(criteria ? { criteria } : {}),
    ...contexts,
    ...(valueContexts ? { valueContexts } : {}),
    ...(fields ? { fields } : {}),
    ...(maxRecords === undefined ? {} : { maxRecords }),
    ...(profile === undefined ? {} : { profile }),
    ...(profileContext ? { profileContext } : {}),
    ...(fileName === undefined ? {} : { fileName }),
    ...(clientState === undefined ? {} : { clientState }),
  };
}

function acceptProfileContext(value: unknown, faults: Faults): ExportRequest['profileContext'] {
  const pairs = value === undefined ? undefined : faults.object(value, 'profileContext');
  if (pairs) refuseEmptyContext(pairs, 'profileContext', faults);
  return pairs && textPairs(pairs, 'profileContext', faults);
}
