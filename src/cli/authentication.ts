/** Flags of `sluice serve` for authentication: tokens of tenants, tokens of an issuer of OpenID Connect, or none. */
import type { Command } from 'commander';
import type { Authenticate } from '../http/authenticate.js';
import { bearerTokens } from '../http/bearer-tokens.js';
import { OIDC_OPTIONS } from '../http/oidc/oidc-options.js';
import { oidcTokens } from '../http/oidc/oidc-tokens.js';
import { SIGN_IN_OPTIONS, type SignInOptions } from '../http/oidc/sign-in-options.js';
import { SluiceError } from '../terms/errors.js';
import { collect } from './flags.js';
import { addOptionFlags } from './option-flags.js';
import { type TokenFlags, tenantTokens } from './tenant-tokens.js';
import { usage } from './usage.js';

/** The flags, as parsed by commander. */
export interface AuthenticationFlags extends TokenFlags {
  readonly oidcIssuer?: string;
  readonly oidcAudience?: readonly string[];
  readonly oidcJwksUrl?: string;
  readonly oidcTenant?: string;
  readonly oidcTenantClaim?: string;
  readonly oidcUserClaim?: string;
  readonly oidcRightsClaim?: string;
  readonly oidcClientId?: string;
  readonly oidcScope?: string;
}

/** Adds the flags to a command. */
export function addAuthenticationFlags(command: Command): Command {
  command
    .optionsGroup('Authentication:')
    .option(
      '--token <tenant=place>',
      'the token of a tenant: tenant=@file or tenant=$VARIABLE; user@ before and :read+submit after the tenant; repeatable',
      collect,
    )
    .option(
      '--tokens-file <file>',
      '[user@]tenant[:right+right]=token, one per line (default: those in $SLUICE_TOKENS, separated by commas)',
    )
    .option('--no-auth', 'accept all requests of this machine; only on a loopback host');
  addOptionFlags(command, OIDC_OPTIONS, 'issuer', 'audience', 'jwksUrl', 'tenant', 'tenantClaim', 'userClaim');
  addOptionFlags(command, OIDC_OPTIONS, 'rightsClaim');
  return addOptionFlags(command, SIGN_IN_OPTIONS, 'clientId', 'scope');
}

/**
 * The authenticator that the flags specify; tokens of the service come before those of the issuer.
 * @throws SluiceError `INVALID` without any authentication, or if the service would be public; `MISSING_PEER`
 */
export async function authentication(flags: AuthenticationFlags): Promise<Authenticate | 'none'> {
  const issued = await issuedTokens(flags);
  const tokens = await tenantTokens(flags, issued !== undefined);
  if (tokens === 'none') return 'none';
  const listed = bearerTokens(tokens);
  if (issued === undefined) return listed;
  if (tokens.size === 0) return issued;
  return async (request) => {
    try {
      return await listed(request);
    } catch (cause) {
      if (cause instanceof SluiceError && cause.code === 'UNAUTHENTICATED') return issued(request);
      throw cause;
    }
  };
}

/**
 * How people sign in to the console, if the flags say so.
 * @throws SluiceError `INVALID` for a flag without those that it needs
 */
export function signInOf({ oidcIssuer, oidcClientId, oidcScope }: AuthenticationFlags): SignInOptions | undefined {
  if (oidcClientId === undefined) {
    if (oidcScope !== undefined) throw usage('--oidc-scope needs --oidc-client-id');
    return undefined;
  }
  if (oidcIssuer === undefined) throw usage('--oidc-client-id needs --oidc-issuer');
  return { issuer: oidcIssuer, clientId: oidcClientId, scope: oidcScope };
}

async function issuedTokens(flags: AuthenticationFlags): Promise<Authenticate | undefined> {
  const { auth, oidcIssuer: issuer, oidcAudience: audience, oidcJwksUrl: jwksUrl, oidcTenant: tenant } = flags;
  const { oidcTenantClaim: tenantClaim, oidcUserClaim: userClaim, oidcRightsClaim: rightsClaim } = flags;
  if (issuer === undefined) {
    const others = { audience, jwksUrl, tenant, tenantClaim, userClaim, rightsClaim };
    const given = Object.values(others).some((value) => value !== undefined);
    if (given) throw usage('the flags --oidc-… need --oidc-issuer');
    return undefined;
  }
  if (!auth) throw usage('--no-auth and --oidc-issuer exclude each other');
  if (audience === undefined) throw usage('--oidc-issuer needs --oidc-audience: which tokens are for this service');
  if (tenant !== undefined && tenantClaim !== undefined) {
    throw usage('--oidc-tenant and --oidc-tenant-claim exclude each other');
  }
  return oidcTokens({ issuer, audience, jwksUrl, tenant, tenantClaim, userClaim, rightsClaim });
}
