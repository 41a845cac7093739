/** The members that the documented body and the library's form share. */
import type { FieldList, Fields } from '../../terms/request.js';
import { type Faults, kindOf } from './faults.js';

/** The documented word for "all of them"; any case is accepted. */
const ALL = '_all';

/** `maxRecords`: a whole number from 0, as a number or as digits, up to 2^53-1. */
export function acceptMaxRecords(value: unknown, path: string, faults: Faults): number | undefined {
  if (value === undefined) return undefined;
  const isDigits = typeof value === 'string' && /^[0-9]+$/.test(value);
  const number = typeof value === 'number' ? value : isDigits ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= 0) return number;
  const given = typeof value === 'string' || typeof value === 'number' ? JSON.stringify(value) : kindOf(value);
  faults.add('INVALID', path, `must be a whole number from 0 to 2^53-1, or its digits, not ${given}`);
  return undefined;
}

/** The lists of `fields`; an empty list keeps nothing of its kind. */
export function acceptFields(value: unknown, path: string, faults: Faults, unsupported: readonly string[]): Fields {
  const fields = faults.object(value, path);
  if (!fields) return {};
  faults.checkKeys(fields, path, ['attributes', 'relationships', 'properties'], unsupported);
  const list = (name: string) => acceptFieldList(fields[name], `${path}.${name}`, faults);
  const [attributes, relationships, properties] = [list('attributes'), list('relationships'), list('properties')];
  return {
    ...(attributes === undefined ? {} : { attributes }),
    ...(relationships === undefined ? {} : { relationships }),
    ...(properties === undefined ? {} : { properties }),
  };
}

function acceptFieldList(value: unknown, path: string, faults: Faults): FieldList | undefined {
  if (value === 'all') return 'all';
  const list = faults.strings(value, path, false);
  return list?.some((name) => name.toLowerCase() === ALL) ? 'all' : list;
}
