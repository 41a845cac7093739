/** How the service answers the requests of a tenant. */
import { type Check, type OptionTable, optionsIn } from '../options/accept-options.js';
import { join } from '../options/faults.js';
import { flagged, type Options, word } from '../options/option.js';
import { BLOB_CONTENTS, type BlobContent } from '../terms/profile.js';

/** The answers to a submission. */
const ANSWERS = ['result', 'job'] as const;

/** The answer to a submission: the result if it is ready in time, or the job at once. */
export type Answer = (typeof ANSWERS)[number];

export const ANSWER_OPTIONS = {
  content: {
    kind: word(BLOB_CONTENTS, 'BlobContent'),
    about:
      'what the blob of an envelope holds, unless the request or its profile says: of a result of one file that file (`plain`), or the stored `zip`',
    default: '`plain`',
    flag: '--blob <content>',
  },
  answer: {
    kind: word(ANSWERS, 'Answer'),
    about:
      'how a submission is answered, unless its profile or `Prefer` says: with the `result` if it is ready in time, or with the `job` at once',
    default: '`result`',
    flag: '--answer <answer>',
  },
  userHeaders: {
    kind: flagged,
    about: 'whether clients may say who runs an export, in the headers `x-rdp-userId` and `x-rdp-userEmail`',
    default: '`true`',
    flag: '--no-user-headers',
    flagAbout: 'ignore the headers x-rdp-userId and x-rdp-userEmail of clients',
  },
} satisfies Options;

// The interface is written from the table by `npm run options`.

/** How requests are answered. */
export interface AnswerSettings {
  /**
   * What the blob of an envelope holds, unless the request or its profile says: of a result of one file that file
   * (`plain`), or the stored `zip`. Default: `plain`.
   */
  readonly content?: BlobContent;
  /**
   * How a submission is answered, unless its profile or `Prefer` says: with the `result` if it is ready in time, or
   * with the `job` at once. Default: `result`.
   */
  readonly answer?: Answer;
  /**
   * Whether clients may say who runs an export, in the headers `x-rdp-userId` and `x-rdp-userEmail`. Default: `true`.
   */
  readonly userHeaders?: boolean;
}

const TABLE: OptionTable<AnswerSettings> = ANSWER_OPTIONS;

/** Settings by the names of tenants. */
export const tenantSettings: Check = (value, path, faults) => {
  const tenants = faults.object(value, path);
  if (!tenants) return;
  for (const [tenant, settings] of Object.entries(tenants)) optionsIn(TABLE)(settings, join(path, tenant), faults);
};

/** The settings of one tenant: its own, then those of the service, then the defaults. */
export type SettingsOf = (tenant: string) => Required<AnswerSettings>;

/**
 * Makes the function that finds the settings of a tenant.
 * @param service settings of all tenants
 * @param tenants settings of some, by name
 */
export function settingsOf(
  service: AnswerSettings,
  tenants: Readonly<Record<string, AnswerSettings>> = {},
): SettingsOf {
  const known = new Map(Object.entries(tenants));
  const { content = 'plain', answer = 'result', userHeaders = true } = service;
  return (tenant) => {
    const own = known.get(tenant);
    return {
      content: own?.content ?? content,
      answer: own?.answer ?? answer,
      userHeaders: own?.userHeaders ?? userHeaders,
    };
  };
}
