/** What may come next between the values of a sequence. */
import type { SequenceDue } from '../terms/position.js';

type Next = Readonly<Partial<Record<SequenceDue, SequenceDue>>>;

/** What is due after an entity; undefined where there may be none. */
export const AFTER_ENTITY: Next = {
  start: 'bare-comma',
  bare: 'bare-comma',
  'bare-comma': 'bare-comma',
  open: 'open-comma',
  'open-comma': 'open-comma',
};

export const AFTER_COMMA: Next = { 'bare-comma': 'bare', 'open-comma': 'open' };

/** The brackets of an array; the opening one may be in an earlier part of the file. */
export const AFTER_OPENING: Next = { start: 'open', closed: 'open' };
export const AFTER_CLOSING: Next = {
  start: 'ended',
  bare: 'ended',
  'bare-comma': 'ended',
  open: 'closed',
  'open-comma': 'closed',
};

/** Whether a sequence that ends here is in brackets of which one is missing. */
export function isPart(due: SequenceDue): boolean {
  return due === 'open' || due === 'open-comma' || due === 'ended';
}

/** The fault of a token that may not come. */
export function unexpectedIn(
  due: SequenceDue,
  token: string,
): { code: 'INVALID_JSON' | 'NOT_AN_ENTITY'; message: string } {
  if (due === 'closed' || due === 'ended') {
    return { code: 'INVALID_JSON', message: 'unexpected text after the closing bracket' };
  }
  if (token === ',' || token === '}') return { code: 'INVALID_JSON', message: 'expected an entity' };
  return { code: 'NOT_AN_ENTITY', message: 'an entity must be a JSON object' };
}
