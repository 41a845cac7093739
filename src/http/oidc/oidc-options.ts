/** Options of authentication by OpenID Connect. */
import { check, count, listOf, MAX_TIMER_MS, oneOf, text } from '../../options/accept-options.js';
import { milliseconds, name, type Options, typed } from '../../options/option.js';
import { isLoopbackHost } from '../loopback.js';

/** Signatures with a private key: who can check them cannot make them. */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** An algorithm of signatures. */
export type OidcAlgorithm = (typeof ALGORITHMS)[number];

/** Whether an address can be trusted to be the server's: https, or http on this machine. */
export function isTrusted(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, hostname, username } = new URL(value);
  const isLocal = isLoopbackHost(hostname.replace(/^\[(.*)\]$/, '$1'));
  return username === '' && (protocol === 'https:' || (protocol === 'http:' && isLocal));
}

const trusted = check(isTrusted, 'an https address, or http on a loopback host');

export const OIDC_OPTIONS = {
  issuer: {
    kind: typed('string', trusted),
    about: 'address of the issuer, exactly as its tokens state it in `iss`',
    flag: '--oidc-issuer <url>',
    flagSyntax: 'text',
  },
  audience: {
    kind: typed('string | readonly string[]', (value, path, faults) => {
      if (Array.isArray(value)) listOf(text)(value, path, faults);
      else text(value, path, faults);
    }),
    about: 'names of this service, one of which tokens must state in `aud`',
    flag: '--oidc-audience <names>',
    flagSyntax: 'names',
  },
  jwksUrl: {
    kind: typed('string', trusted),
    about: 'address of the keys of the issuer',
    default: 'that of `/.well-known/openid-configuration` of the issuer',
    flag: '--oidc-jwks-url <url>',
    flagSyntax: 'text',
  },
  algorithms: {
    kind: typed('readonly OidcAlgorithm[]', listOf(oneOf(ALGORITHMS))),
    about: 'accepted algorithms of signatures',
    default: 'RS, PS, ES and Ed, never HS or none',
  },
  tenant: {
    kind: name,
    about: 'the tenant of all tokens, instead of a claim',
    flag: '--oidc-tenant <name>',
  },
  tenantClaim: {
    kind: name,
    about: 'the claim with the tenant: its name, or a path such as `app.tenant`',
    default: '`tenant`',
    flag: '--oidc-tenant-claim <name>',
  },
  userClaim: {
    kind: name,
    about: 'the claim with the user',
    default: '`sub`',
    flag: '--oidc-user-claim <name>',
  },
  rightsClaim: {
    kind: name,
    about:
      'the claim with the rights, such as `scope` or `realm_access.roles`: words among others, `read` or `sluice:read`',
    default: 'none: every token has `read`, `submit` and `cancel`',
    flag: '--oidc-rights-claim <name>',
  },
  clockToleranceMs: {
    kind: milliseconds(0, 3_600_000),
    about: 'how far the clock of the issuer may differ',
    default: '5s',
  },
  timeoutMs: {
    kind: typed('number', count(1, MAX_TIMER_MS)),
    about: 'how long the issuer may take to answer, in milliseconds',
    default: '5s',
  },
  cooldownMs: {
    kind: milliseconds(0),
    about: 'how long an unknown key is refused without asking the issuer for its keys again',
    default: '30s',
  },
} satisfies Options;

// The interface is written from the table by `npm run options`.

/** How tokens of an issuer of OpenID Connect are accepted. */
export interface OidcOptions {
  /** Address of the issuer, exactly as its tokens state it in `iss`. */
  readonly issuer: string;
  /** Names of this service, one of which tokens must state in `aud`. */
  readonly audience: string | readonly string[];
  /** Address of the keys of the issuer. Default: that of `/.well-known/openid-configuration` of the issuer. */
  readonly jwksUrl?: string;
  /** Accepted algorithms of signatures. Default: RS, PS, ES and Ed, never HS or none. */
  readonly algorithms?: readonly OidcAlgorithm[];
  /** The tenant of all tokens, instead of a claim. */
  readonly tenant?: string;
  /** The claim with the tenant: its name, or a path such as `app.tenant`. Default: `tenant`. */
  readonly tenantClaim?: string;
  /** The claim with the user. Default: `sub`. */
  readonly userClaim?: string;
  /**
   * The claim with the rights, such as `scope` or `realm_access.roles`: words among others, `read` or `sluice:read`.
   * Default: none: every token has `read`, `submit` and `cancel`.
   */
  readonly rightsClaim?: string;
  /** How far the clock of the issuer may differ. Default: 5s. */
  readonly clockToleranceMs?: number;
  /** How long the issuer may take to answer, in milliseconds. Default: 5s. */
  readonly timeoutMs?: number;
  /** How long an unknown key is refused without asking the issuer for its keys again. Default: 30s. */
  readonly cooldownMs?: number;
}
