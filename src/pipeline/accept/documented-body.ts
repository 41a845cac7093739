/** The body of `POST {tenant}/api/rsConnectService/downloadDataJob`, as documented. */
import type { ExportRequest } from '../../terms/request.js';
import { Faults, type UnknownObject } from './faults.js';
import { acceptFields, acceptMaxRecords, type FieldsForm } from './members.js';

/** Members that the documentation knows and sluice does not support, by where they stand. */
const UNSUPPORTED = {
  body: ['hotline', 'migrate'],
  params: ['sort', 'prepareScroll', 'scrollId'],
  query: ['contexts', 'valueContexts', 'keywordsCriterion', 'domain', 'userInteractionLocale'],
  filters: [
    'attributesCriterion',
    'propertiesCriterion',
    'relationshipsCriterion',
    'keywordsCriterion',
    'isAttributesCriterionOR',
    'allContextual',
    'nonContextual',
    'excludeNonContextual',
  ],
  fields: ['relationshipAttributes', 'contexts'],
  options: [
    'from',
    'to',
    'totalRecords',
    'includeRequest',
    'snapshotGetMode',
    'snapshotLabel',
    'coalesceOptions',
    'getnearestPath',
    'getnearestReturnAll',
  ],
  rsconnect: [
    'profilecontexts',
    'includeValidationData',
    'serviceName',
    'syndicationChannels',
    'syndicationAction',
    'syndicationChannelSettings',
  ],
} as const;

const FIELDS: FieldsForm = { unsupported: UNSUPPORTED.fields, single: false };

/**
 * Accepts the documented body. Without `fields` it asks for id, name and type only.
 * @throws SluiceError with all faults: `UNKNOWN_KEY`, `UNSUPPORTED`, `INVALID`
 */
export function acceptBody(body: UnknownObject): ExportRequest {
  const faults = new Faults();
  faults.checkKeys(body, '', ['params', 'clientState', 'fileName'], UNSUPPORTED.body);
  const fileName = faults.string(body.fileName, 'fileName');
  const params = faults.object(body.params, 'params') ?? {};
  faults.checkKeys(params, 'params', ['query', 'fields', 'options', 'rsconnect'], UNSUPPORTED.params);

  const query = faults.object(params.query, 'params.query') ?? {};
  faults.checkKeys(query, 'params.query', ['id', 'ids', 'name', 'filters'], UNSUPPORTED.query);
  const id = faults.filled(faults.strings(query.id, 'params.query.id', true), 'params.query.id');
  const ids = faults.filled(faults.strings(query.ids, 'params.query.ids', false), 'params.query.ids');
  const name = faults.string(query.name, 'params.query.name');
  const types = acceptTypes(query.filters, faults);

  const fields = params.fields === undefined ? {} : acceptFields(params.fields, 'params.fields', faults, FIELDS);
  const maxRecords = acceptOptions(params.options, faults);
  const profile = acceptProfile(params.rsconnect, faults);
  faults.throwIfAny();

  const wanted = new Set(id);
  const both = id && ids ? ids.filter((one) => wanted.has(one)) : (id ?? ids);
  return {
    ...(types ? { types } : {}),
    ...(both ? { ids: both } : {}),
    ...(name === undefined ? {} : { name }),
    fields,
    ...(maxRecords === undefined ? {} : { maxRecords }),
    ...(profile === undefined ? {} : { profile }),
    ...(fileName === undefined ? {} : { fileName }),
    ...('clientState' in body ? { clientState: body.clientState } : {}),
  };
}

/** The platform requires the types; `_ALL` asks for every one. */
function acceptTypes(filters: unknown, faults: Faults): readonly string[] | undefined {
  const path = 'params.query.filters';
  const required = `${path}.typesCriterion`;
  const members = filters === undefined ? {} : faults.object(filters, path);
  if (!members) return undefined;
  faults.checkKeys(members, path, ['typesCriterion'], UNSUPPORTED.filters);
  const types = faults.strings(members.typesCriterion, required, false);
  if (members.typesCriterion === undefined) faults.add('INVALID', required, 'is required; ["_ALL"] is every type');
  return faults.filled(types, required);
}

function acceptOptions(value: unknown, faults: Faults): number | undefined {
  const options = value === undefined ? {} : faults.object(value, 'params.options');
  if (!options) return undefined;
  faults.checkKeys(options, 'params.options', ['maxRecords'], UNSUPPORTED.options);
  return acceptMaxRecords(options.maxRecords, 'params.options.maxRecords', faults);
}

function acceptProfile(value: unknown, faults: Faults): string | undefined {
  const rsconnect = value === undefined ? {} : faults.object(value, 'params.rsconnect');
  if (!rsconnect) return undefined;
  faults.checkKeys(rsconnect, 'params.rsconnect', ['profiles'], UNSUPPORTED.rsconnect);
  const path = 'params.rsconnect.profiles';
  const profiles = faults.filled(faults.strings(rsconnect.profiles, path, false), path);
  if (profiles && profiles.length > 1) faults.add('UNSUPPORTED', path, 'more than one profile is not supported');
  return profiles?.[0];
}
