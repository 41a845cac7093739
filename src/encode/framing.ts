/** What stands before, between and behind the entities of an output. */
import type { JsonFormat } from '../terms/profile.js';

/** The fixed bytes of one output format. */
export interface Framing {
  readonly head: string;
  /** Between two entities. */
  readonly separator: string;
  /** Behind each entity. */
  readonly terminator: string;
  readonly tail: string;
}

/** The framing of each format; `json` is the form that the platform imports. */
export const FRAMINGS: Readonly<Record<JsonFormat, Framing>> = {
  json: { head: '{"entities":[', separator: ',', terminator: '', tail: ']}' },
  array: { head: '[', separator: ',', terminator: '', tail: ']' },
  ndjson: { head: '', separator: '', terminator: '\n', tail: '' },
};
