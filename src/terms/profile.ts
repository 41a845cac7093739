/** How results are packed, by name: the profiles a request may ask for. */

/** How entities follow one another: the document `{"entities":[…]}`, a bare array, or one per line. */
export type Format = 'json' | 'array' | 'ndjson';

/** What is put around them: the documented envelope (a zip in base64), a zip, gzip, or nothing. */
export type Pack = 'envelope' | 'zip' | 'gzip' | 'none';

/** A profile is data: the packing that a request selects by name. */
export interface Profile {
  readonly name: string;
  readonly format: Format;
  readonly pack: Pack;
  /** `version` of the envelope; "1.1" when absent, the version of the documented RSJSON form. */
  readonly version?: string;
  /** Name of results that the request does not name. */
  readonly fileName?: string;
  /** Whether a service waits a while for the result (`AUTO`, default) or answers the job at once (`ASYNC`). */
  readonly mode?: 'AUTO' | 'ASYNC';
}

/** Profiles by name. */
export type ProfileRegistry = ReadonlyMap<string, Profile>;

/** The documented profile for JSON: envelope around a zip, entities as they are. */
export const DOWNLOAD_DATA_JSON_JOB: Profile = Object.freeze({
  name: 'downloadDataJSONJob',
  format: 'json',
  pack: 'envelope',
  version: '1.1',
});

/**
 * The profiles that are always known, and any of your own; one of yours replaces a built-in one of the same name.
 * @example profileRegistry([{ name: 'nightly', format: 'ndjson', pack: 'gzip' }])
 */
export function profileRegistry(own: readonly Profile[] = []): ProfileRegistry {
  return new Map([DOWNLOAD_DATA_JSON_JOB, ...own].map((profile) => [profile.name, Object.freeze({ ...profile })]));
}
