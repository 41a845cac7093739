/** The body of `POST {tenant}/api/rsConnectService/downloadDataJob`, as documented. */

import { Faults, type UnknownObject } from '../../options/faults.js';
import type { AcceptedRequest } from '../../terms/accepted-request.js';
import type { DocumentedBody } from '../../terms/request.js';
import { BOUNDS } from './bounds.js';
import { acceptClientState } from './client-state.js';
import { acceptBodyContexts, acceptValueContexts } from './contexts.js';
import { acceptBodyCriteria } from './criteria.js';
import { membersOf } from './documented-members.js';
import { acceptFields, acceptMaxRecords, type FieldsForm } from './members.js';
import { acceptProfileContexts } from './profile-context.js';

const FIELDS: FieldsForm = { unsupported: membersOf('params.fields').unsupported, single: false, paths: false };

/**
 * Accepts the documented body. Without `fields` it requests id, name and type only.
 * @throws SluiceError with all faults: `UNKNOWN_KEY`, `UNSUPPORTED`, `INVALID`
 */
export function acceptBody(body: UnknownObject): AcceptedRequest {
  const faults = new Faults();
  checkKeys(body, '', faults);
  const fileName = faults.filledString(body.fileName, 'fileName');
  const clientState = acceptClientState(body.clientState, faults);
  const params = faults.object(body.params, 'params') ?? {};
  checkKeys(params, 'params', faults);

  const query = faults.object(params.query, 'params.query') ?? {};
  checkKeys(query, 'params.query', faults);
  const id = faults.filled(faults.strings(query.id, 'params.query.id', true), 'params.query.id');
  const ids = faults.filled(faults.strings(query.ids, 'params.query.ids', false), 'params.query.ids');
  const name = faults.string(query.name, 'params.query.name');
  const filters = acceptFilters(query.filters, faults);
  const types = acceptTypes(filters, faults);
  const criteria = acceptBodyCriteria(query, filters ?? {}, faults);
  const contexts = acceptBodyContexts(query.contexts, filters ?? {}, 'params.query', faults);
  const valueContexts = acceptValueContexts(query.valueContexts, 'params.query.valueContexts', faults);

  const fields = params.fields === undefined ? {} : acceptFields(params.fields, 'params.fields', faults, FIELDS);
  const maxRecords = acceptOptions(params.options, faults);
  const profiled = acceptProfile(params.rsconnect, faults);
  faults.throwIfAny();

  const wanted = new Set(id);
  const both = id && ids ? ids.filter((one) => wanted.has(one)) : (id ?? ids);
  return {
    ...{ types, ids: both, name, criteria, ...contexts, valueContexts, fields },
    ...{ maxRecords, ...profiled, fileName, clientState },
  };
}

/**
 * Refuses a body without `params`, which would be a request in the library form for everything.
 * @throws SluiceError `INVALID`; the members of `params` are checked when the request is accepted
 */
export function requireDocumentedBody(body: unknown): asserts body is DocumentedBody {
  const faults = new Faults();
  const members = faults.object(body, 'body');
  if (members && members.params === undefined) faults.add('INVALID', 'params', 'is required');
  faults.throwIfAny();
}

function checkKeys(members: UnknownObject, path: string, faults: Faults): void {
  const { supported, unsupported } = membersOf(path);
  faults.checkKeys(members, path, supported, unsupported);
}

function acceptFilters(value: unknown, faults: Faults): UnknownObject | undefined {
  const filters = value === undefined ? {} : faults.object(value, 'params.query.filters');
  if (filters) checkKeys(filters, 'params.query.filters', faults);
  return filters;
}

/** The platform requires types; `_ALL` is every type. */
function acceptTypes(filters: UnknownObject | undefined, faults: Faults): readonly string[] | undefined {
  if (!filters) return undefined;
  const required = 'params.query.filters.typesCriterion';
  const types = faults.strings(filters.typesCriterion, required, false, BOUNDS.types);
  if (filters.typesCriterion === undefined) faults.add('INVALID', required, 'is required; ["_ALL"] is every type');
  return faults.filled(types, required);
}

function acceptOptions(value: unknown, faults: Faults): number | undefined {
  const options = value === undefined ? {} : faults.object(value, 'params.options');
  if (!options) return undefined;
  checkKeys(options, 'params.options', faults);
  return acceptMaxRecords(options.maxRecords, 'params.options.maxRecords', faults);
}

/** Accepts the name of a profile, its context, or both. */
function acceptProfile(value: unknown, faults: Faults): Pick<AcceptedRequest, 'profile' | 'profileContext'> {
  const rsconnect = value === undefined ? {} : faults.object(value, 'params.rsconnect');
  if (!rsconnect) return {};
  checkKeys(rsconnect, 'params.rsconnect', faults);
  const path = 'params.rsconnect.profiles';
  const profiles = faults.filled(faults.strings(rsconnect.profiles, path, false), path);
  if (profiles && profiles.length > 1) faults.add('UNSUPPORTED', path, 'more than one profile is not supported');
  const profileContext = acceptProfileContexts(rsconnect.profilecontexts, 'params.rsconnect.profilecontexts', faults);
  return { profile: profiles?.[0], profileContext };
}
