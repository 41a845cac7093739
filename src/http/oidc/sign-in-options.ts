/** Options of signing in to the console by an issuer of OpenID Connect. */
import { check } from '../../options/accept-options.js';
import { name, type Options, typed } from '../../options/option.js';
import { isTrusted } from './oidc-options.js';

export const SIGN_IN_OPTIONS = {
  issuer: {
    kind: typed('string', check(isTrusted, 'an https address, or http on a loopback host')),
    about: 'address of the issuer, exactly as its configuration states it',
  },
  clientId: {
    kind: name,
    about: 'id of the console at the issuer, where it is registered as a public client with the address of its page',
    flag: '--oidc-client-id <id>',
  },
  scope: {
    kind: name,
    about: 'the scopes that the console asks for, separated by spaces',
    default: '`openid`',
    flag: '--oidc-scope <scopes>',
  },
} satisfies Options;

// The interface is written from the table by `npm run options`.

/** How people sign in to the console. */
export interface SignInOptions {
  /** Address of the issuer, exactly as its configuration states it. */
  readonly issuer: string;
  /** Id of the console at the issuer, where it is registered as a public client with the address of its page. */
  readonly clientId: string;
  /** The scopes that the console asks for, separated by spaces. Default: `openid`. */
  readonly scope?: string;
}
