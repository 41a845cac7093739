/** The bytes before, between and after the entities of an output. */
import type { JsonFormat } from '../terms/profile.js';

/** The fixed bytes of one output format. */
export interface Framing {
  readonly head: string;
  /** Between two entities. */
  readonly separator: string;
  /** After each entity. */
  readonly terminator: string;
  readonly tail: string;
}

/** The framing of each format; `json` is the document that the platform imports. */
export const FRAMINGS: Readonly<Record<JsonFormat, Framing>> = {
  json: { head: '{"entities":[', separator: ',', terminator: '', tail: ']}' },
  array: { head: '[', separator: ',', terminator: '', tail: ']' },
  ndjson: { head: '', separator: '', terminator: '\n', tail: '' },
};
