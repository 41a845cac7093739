/** Who calls, and what that caller may do. */
import { kindOf } from '../options/faults.js';
import { SluiceError } from '../terms/errors.js';

/** The rights, from the least. */
export const RIGHTS = ['read', 'submit', 'cancel', 'admin'] as const;

/**
 * What a caller may do within its tenant: look at jobs, results and entities (`read`), have something exported (`submit`),
 * cancel and delete (`cancel`), or all of that and what concerns the whole service (`admin`).
 */
export type Right = (typeof RIGHTS)[number];

/** An authenticated caller, as an authenticator returns it. */
export interface Identity {
  /** The tenant, whose jobs and no others the caller reaches. */
  readonly tenant: string;
  /** Who it is, recorded with its jobs; up to 255 characters. Default: unknown, or whom the headers of the request name. */
  readonly user?: string;
  /** What the caller may do; `admin` includes all others. Default: `read`, `submit` and `cancel`. */
  readonly rights?: readonly Right[];
  /** When its credentials expire, in milliseconds since 1970: streams of events end then. Default: never. */
  readonly expiresAt?: number;
}

/** An accepted identity, with all its rights. */
export interface Caller {
  readonly tenant: string;
  readonly user?: string;
  readonly rights: readonly Right[];
  readonly expiresAt?: number | undefined;
}

/** Rights of an identity that states none. */
const USUAL: readonly Right[] = ['read', 'submit', 'cancel'];

/** Maximum characters of the name of a user. */
const LONGEST_NAME = 255;

/** Whether a word names a right. */
export function isRight(word: unknown): word is Right {
  return RIGHTS.some((right) => right === word);
}

/** Accepts an identity. @throws SluiceError `CALLBACK_FAILED` for anything else: the authenticator is faulty */
export function acceptIdentity(identity: unknown): Caller {
  if (typeof identity !== 'object' || identity === null || !('tenant' in identity)) {
    throw faulty(`{ tenant, user, rights }, not ${kindOf(identity)}`);
  }
  const { tenant, user, rights, expiresAt }: Partial<Record<keyof Identity, unknown>> = identity;
  if (typeof tenant !== 'string' || tenant === '') throw faulty('a tenant, which is a string');
  if (user !== undefined && (typeof user !== 'string' || user === '' || user.length > LONGEST_NAME)) {
    throw faulty(`a user, which is a string of up to ${LONGEST_NAME} characters, or none`);
  }
  if (expiresAt !== undefined && (typeof expiresAt !== 'number' || Number.isNaN(expiresAt))) {
    throw faulty('expiresAt in milliseconds since 1970, or none');
  }
  if (rights === undefined) return { tenant, user, rights: USUAL, expiresAt };
  if (!Array.isArray(rights) || !rights.every(isRight)) throw faulty(`rights, which are ${RIGHTS.join(', ')}`);
  const all = RIGHTS.filter((right) => rights.includes(right) || rights.includes('admin'));
  return { tenant, user, rights: all, expiresAt };
}

function faulty(expected: string): SluiceError {
  return new SluiceError('CALLBACK_FAILED', 'http', `the authenticator must return ${expected}`);
}
