/** The claims of an accepted token: tenant, user and rights. */
import { memberAt } from '../../options/json-members.js';
import { SluiceError } from '../../terms/errors.js';
import { unknownToken } from '../bearer-tokens.js';
import { type Identity, isRight, type Right } from '../identity.js';
import type { OidcOptions } from './oidc-options.js';

/** Maximum characters of the name of a user. */
const LONGEST_NAME = 255;

/**
 * Whom a token identifies.
 * @throws SluiceError `FORBIDDEN` for a token without a tenant, `UNAUTHENTICATED` for one without a user
 */
export function identityOf(
  claims: object,
  { tenant, tenantClaim = 'tenant', userClaim = 'sub', rightsClaim }: OidcOptions,
): Identity {
  const named = tenant ?? claimAt(claims, tenantClaim);
  if (typeof named !== 'string' || named === '') {
    throw new SluiceError('FORBIDDEN', 'http', `the token names no tenant: its claim ${tenantClaim} is not a text`);
  }
  const user = claimAt(claims, userClaim);
  if (typeof user !== 'string' || user === '' || user.length > LONGEST_NAME) {
    throw unknownToken(
      `the token names no user: its claim ${userClaim} is not a text of up to ${LONGEST_NAME} characters`,
    );
  }
  return {
    tenant: named,
    user,
    rights: rightsClaim === undefined ? undefined : rightsIn(claimAt(claims, rightsClaim)),
  };
}

/** A claim by its name, which may contain dots, or else by its path. */
function claimAt(claims: object, name: string): unknown {
  return memberAt(claims, name) ?? memberAt(claims, ...name.split('.'));
}

/** The rights among the words of a claim: a text with spaces, as `scope` is, or a list. */
function rightsIn(claim: unknown): readonly Right[] {
  const words: readonly unknown[] =
    typeof claim === 'string' ? claim.split(/[\s,]+/) : Array.isArray(claim) ? claim : [];
  return words.map((word) => (typeof word === 'string' ? word.replace(/^sluice[:.]/, '') : word)).filter(isRight);
}
