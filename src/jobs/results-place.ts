/** The place of results, as an option states it. */
import { type Check, check } from '../options/accept-options.js';

/** Storage of results: a folder, an address, or a store. */
export const resultsPlace: Check = check(
  (value) =>
    (typeof value === 'string' && value !== '') || (typeof value === 'object' && value !== null && 'create' in value),
  'a folder, s3://bucket/prefix or a store',
);
