/** Signing in by an issuer of OpenID Connect: the code flow with PKCE, whose verifier stays in the tab. */

import { sha256 } from '@noble/hashes/sha2.js';
import { signal } from '@preact/signals';
import { BASE, signIn } from './session.js';

/** The issuer, and the console as its client. */
export interface Issuer {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
}

/** What the tab remembers until the browser is back. */
interface Pending {
  readonly state: string;
  readonly verifier: string;
  readonly clientId: string;
  readonly tokenEndpoint: string;
  /** The view that was wanted. */
  readonly hash: string;
  readonly keep: boolean;
}

/** Under this name the tab remembers it. */
const KEY = 'sluice-sign-in';

/** Why the last attempt failed; empty if it did not. */
export const signInProblem = signal('');

/**
 * The issuer by which people sign in, if there is one.
 * @throws if it does not respond
 */
export async function findIssuer(signal: AbortSignal): Promise<Issuer | undefined> {
  // Without a token: what is answered says nothing of it.
  const response = await fetch(new URL('sign-in', BASE), { cache: 'no-store', credentials: 'same-origin', signal });
  if (!response.ok) throw new Error(`The issuer does not respond (status ${response.status}).`);
  const { oidc }: { readonly oidc?: Issuer } = await response.json();
  return oidc;
}

/** Goes to the page of the issuer. @param keep whether a reload of the tab keeps the token */
export function goToIssuer({ clientId, scope, authorizationEndpoint, tokenEndpoint }: Issuer, keep: boolean): void {
  const [state, verifier] = [randomText(), randomText()];
  const pending: Pending = { state, verifier, clientId, tokenEndpoint, hash: location.hash, keep };
  sessionStorage.setItem(KEY, JSON.stringify(pending));
  const address = new URL(authorizationEndpoint);
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: BASE.href,
    scope,
    state,
    code_challenge: base64Url(sha256(new TextEncoder().encode(verifier))),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  location.assign(address);
}

/** Signs in with what the issuer has sent the browser back with; does nothing otherwise. */
export async function returnFromIssuer(): Promise<void> {
  const pending = takePending();
  const answer = new URLSearchParams(location.search);
  const [code, error] = [answer.get('code'), answer.get('error')];
  if (code === null && error === null) return;
  // The code is worth nothing without the verifier, and leaves the address nevertheless.
  history.replaceState(null, '', `${BASE.pathname}${pending?.hash ?? ''}`);
  dispatchEvent(new Event('hashchange'));
  if (pending === undefined || pending.state !== answer.get('state')) {
    signInProblem.value = 'The browser came back from a sign-in that this tab has not begun. Sign in again.';
    return;
  }
  if (code === null) {
    signInProblem.value = answer.get('error_description') ?? `The issuer has refused: ${error}.`;
    return;
  }
  try {
    signIn(await tokenFor(code, pending), pending.keep);
  } catch {
    signInProblem.value = 'The issuer gave no token. Sign in again.';
  }
}

async function tokenFor(code: string, { verifier, clientId, tokenEndpoint }: Pending): Promise<string> {
  const response = await fetch(tokenEndpoint, {
    method: 'POST',
    credentials: 'omit',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: BASE.href,
      client_id: clientId,
      code_verifier: verifier,
    }),
  });
  const answer: { readonly access_token?: unknown } = await response.json();
  if (!response.ok || typeof answer.access_token !== 'string') throw new Error('no token');
  return answer.access_token;
}

function takePending(): Pending | undefined {
  const text = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return text === null ? undefined : JSON.parse(text);
}

function randomText(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
