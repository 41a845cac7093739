/** Unknown input to a request: the documented body or the library's own form, told apart by `params`. */
import type { ExportRequest } from '../../terms/request.js';
import { acceptContextChoice, acceptValueContexts } from './contexts.js';
import { acceptCriteria } from './criteria.js';
import { acceptBody } from './documented-body.js';
import { Faults, type UnknownObject } from './faults.js';
import { acceptFields, acceptMaxRecords, type FieldsForm } from './members.js';

const FIELDS: FieldsForm = { unsupported: [], single: true };

const MEMBERS = [
  ...['types', 'ids', 'name', 'criteria', 'contexts', 'nonContextual', 'valueContexts'],
  ...['fields', 'maxRecords', 'profile', 'fileName', 'clientState'],
];

/**
 * Accepts a request.
 * @param input the documented body (`{ params: … }`), or the library's form: the members of `ExportRequest`, where a
 *   list of one may be that one string, an empty list of ids keeps nothing, and `'_ALL'` in a list of fields means all
 * @throws SluiceError with all faults, each with its path: `UNKNOWN_KEY`, `UNSUPPORTED`, `INVALID`
 */
export function acceptRequest(input: unknown): ExportRequest {
  const faults = new Faults();
  const request = faults.object(input, 'request');
  faults.throwIfAny();
  if (!request) return {};
  return 'params' in request ? acceptBody(request) : acceptForm(request);
}

function acceptForm(form: UnknownObject): ExportRequest {
  const faults = new Faults();
  faults.checkKeys(form, '', MEMBERS);
  const types = faults.filled(faults.strings(form.types, 'types', true), 'types');
  const ids = faults.strings(form.ids, 'ids', true);
  const name = faults.string(form.name, 'name');
  const fields = form.fields === undefined ? undefined : acceptFields(form.fields, 'fields', faults, FIELDS);
  const criteria = acceptCriteria(form.criteria, 'criteria', faults);
  const contexts = acceptContextChoice(form, faults);
  const valueContexts = acceptValueContexts(form.valueContexts, 'valueContexts', faults);
  const maxRecords = acceptMaxRecords(form.maxRecords, 'maxRecords', faults);
  const profile = faults.string(form.profile, 'profile');
  const fileName = faults.string(form.fileName, 'fileName');
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
    ...(fileName === undefined ? {} : { fileName }),
    ...(form.clientState === undefined ? {} : { clientState: form.clientState }),
  };
}
