/** The body of `POST {tenant}/api/rsConnectService/downloadDataJob`, as documented. */

import { Faults, isObject, type UnknownObject } from '../../options/faults.js';
import type { AcceptedRequest } from '../../terms/accepted-request.js';
import type { RelatedQuery } from '../../terms/criteria.js';
import { definedOnly } from '../../terms/defined-only.js';
import type { IdleSetting } from '../../terms/profile.js';
import type { DocumentedBody } from '../../terms/request.js';
import { BOUNDS } from './bounds.js';
import { acceptClientState } from './client-state.js';
import { acceptBodyContexts, acceptValueContexts } from './contexts.js';
import { type AcceptQuery, acceptBodyCriteria } from './criteria.js';
import { COMBINED_SEARCH, membersOf } from './documented-members.js';
import { acceptFields, acceptMaxRecords, type FieldsForm } from './members.js';
import { acceptProfileContexts } from './profile-context.js';
import { acceptBodySort } from './sort.js';

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
  const selected = acceptSelection(query, 'params.query', faults, acceptRelatedQuery);
  const valueContexts = acceptValueContexts(query.valueContexts, 'params.query.valueContexts', faults);

  const fields = params.fields === undefined ? {} : acceptFields(params.fields, 'params.fields', faults, FIELDS);
  const sort = acceptBodySort(params.sort, 'params.sort', faults);
  const options = acceptOptions(params.options, faults);
  faults.boolean(params.isRelatedEntitySearch, 'params.isRelatedEntitySearch');
  const profiled = acceptProfile(params.rsconnect, faults);
  const idle = idleMembers(body, params, query, faults);
  faults.throwIfAny();
  return { ...selected, valueContexts, fields, sort, ...options, ...profiled, fileName, clientState, idle };
}

/** What a query selects, of the entities to export or of those that they are related to. */
function acceptSelection(query: UnknownObject, path: string, faults: Faults, acceptQuery: AcceptQuery): RelatedQuery {
  const texts = (name: string, single: boolean) =>
    faults.filled(faults.strings(query[name], `${path}.${name}`, single), `${path}.${name}`);
  const ids = inBoth(texts('id', true), texts('ids', false));
  const called = faults.string(query.name, `${path}.name`);
  const name = inBoth(called === undefined ? undefined : [called], texts('names', false));
  const filters = acceptFilters(query.filters, `${path}.filters`, faults);
  const types = acceptTypes(filters, `${path}.filters.typesCriterion`, faults);
  const criteria = acceptBodyCriteria(query, filters ?? {}, path, faults, acceptQuery);
  const contexts = acceptBodyContexts(query.contexts, filters ?? {}, path, faults);
  return { types, ids, name, criteria, ...contexts };
}

/** The query of a relationship criterion, which selects the targets. */
function acceptRelatedQuery(value: unknown, path: string, faults: Faults): RelatedQuery | undefined {
  const query = faults.object(value, path);
  if (!query) return undefined;
  checkKeys(query, 'params.query', faults, path);
  const why = 'chooses values to keep, and nothing is kept of the related entities';
  if (query.valueContexts !== undefined) faults.add('UNSUPPORTED', `${path}.valueContexts`, why);
  return definedOnly(acceptSelection(query, path, faults, undefined));
}

/** What is in both lists; an absent list has everything. */
function inBoth(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): readonly string[] | undefined {
  const wanted = new Set(one);
  return one && other ? other.filter((item) => wanted.has(item)) : (one ?? other);
}

/** Why members that a body has change nothing here. */
const WITHOUT_EFFECT = {
  hotline: 'there is one queue, which is fair to all tenants',
  pageSize: 'an export is one stream, without pages',
  authorizationType: 'what a user may see is decided where the input comes from',
  userInteractionLocale: 'valueContexts chooses the locales of values',
  domain: 'typesCriterion chooses the entities',
  includeValidationData: 'the input has no validation data beside its values',
} as const;

/** The members that a body has and that change nothing here. */
function idleMembers(
  body: UnknownObject,
  params: UnknownObject,
  query: UnknownObject,
  faults: Faults,
): readonly IdleSetting[] | undefined {
  const rsconnect = isObject(params.rsconnect) ? params.rsconnect : {};
  const idle: IdleSetting[] = [];
  const add = (path: string, name: keyof typeof WITHOUT_EFFECT, isGiven: boolean) => {
    if (isGiven) idle.push({ path: path === '' ? name : `${path}.${name}`, reason: WITHOUT_EFFECT[name] });
  };
  const text = (members: UnknownObject, path: string, name: string) =>
    faults.string(members[name], `${path}.${name}`) !== undefined;
  const isUrgent = ({ hotline }: UnknownObject) => hotline !== undefined && hotline !== false && hotline !== 'false';
  add('', 'hotline', isUrgent(body));
  add('params', 'hotline', isUrgent(params));
  add('params', 'pageSize', faults.count(params.pageSize, 'params.pageSize') !== undefined);
  add('params', 'authorizationType', text(params, 'params', 'authorizationType'));
  add('params.query', 'userInteractionLocale', text(query, 'params.query', 'userInteractionLocale'));
  add('params.rsconnect', 'domain', text(rsconnect, 'params.rsconnect', 'domain'));
  const asksForValidation = faults.boolean(rsconnect.includeValidationData, 'params.rsconnect.includeValidationData');
  add('params.rsconnect', 'includeValidationData', asksForValidation === true);
  if (faults.boolean(params.isCombinedQuerySearch, 'params.isCombinedQuerySearch')) {
    const why = `true is documented but not supported: ${COMBINED_SEARCH}`;
    faults.add('UNSUPPORTED', 'params.isCombinedQuerySearch', why);
  }
  return idle.length === 0 ? undefined : idle;
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

/** @param at where the members are, if not at the path that describes them */
function checkKeys(members: UnknownObject, path: string, faults: Faults, at = path): void {
  const { supported, unsupported } = membersOf(path);
  faults.checkKeys(members, at, supported, unsupported);
}

function acceptFilters(value: unknown, path: string, faults: Faults): UnknownObject | undefined {
  const filters = value === undefined ? {} : faults.object(value, path);
  if (filters) checkKeys(filters, 'params.query.filters', faults, path);
  return filters;
}

/** The platform requires types; `_ALL` is every type. */
function acceptTypes(filters: UnknownObject | undefined, path: string, faults: Faults): readonly string[] | undefined {
  if (!filters) return undefined;
  const types = faults.strings(filters.typesCriterion, path, false, BOUNDS.types);
  if (filters.typesCriterion === undefined) faults.add('INVALID', path, 'is required; ["_ALL"] is every type');
  return faults.filled(types, path);
}

/** Accepts how many records there are, and where they begin. */
function acceptOptions(value: unknown, faults: Faults): Pick<AcceptedRequest, 'skip' | 'maxRecords'> {
  const path = 'params.options';
  const options = value === undefined ? {} : faults.object(value, path);
  if (!options) return {};
  checkKeys(options, path, faults);
  const count = (name: string) => faults.count(options[name], `${path}.${name}`);
  const skip = count('from');
  const most = [acceptMaxRecords(options.maxRecords, `${path}.maxRecords`, faults), count('totalRecords')];
  const to = count('to');
  if (to !== undefined && to > 0) {
    if (to < (skip ?? 0)) faults.add('INVALID', `${path}.to`, `${to} is before from, ${skip}`);
    most.push(Math.max(0, to - (skip ?? 0)));
  }
  const given = most.filter((one) => one !== undefined);
  return { skip, maxRecords: given.length === 0 ? undefined : Math.min(...given) };
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
