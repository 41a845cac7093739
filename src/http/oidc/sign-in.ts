/** What the console needs to sign people in by an issuer: its addresses, asked for once. */
import { addressesOf } from './issuer-configuration.js';
import type { SignInOptions } from './sign-in-options.js';

/** How long the issuer may take to answer, in milliseconds. */
const TIMEOUT_MS = 5000;

/** An issuer, and the console as its client. */
export interface SignIn {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** Where people sign in. */
  readonly authorizationEndpoint: string;
  /** Where the console gets its token. */
  readonly tokenEndpoint: string;
}

/** Makes the function that finds the addresses of the issuer; after a failure, the next call asks again. */
export function signInBy({ issuer, clientId, scope = 'openid' }: SignInOptions): () => Promise<SignIn> {
  const find = async (): Promise<SignIn> => {
    const names = ['authorization_endpoint', 'token_endpoint'];
    const [authorizationEndpoint, tokenEndpoint] = await addressesOf(issuer, names, TIMEOUT_MS);
    return { issuer, clientId, scope, authorizationEndpoint, tokenEndpoint };
  };
  let finding: Promise<SignIn> | undefined;
  return () => {
    finding ??= find().catch((cause: unknown) => {
      finding = undefined;
      throw cause;
    });
    return finding;
  };
}
