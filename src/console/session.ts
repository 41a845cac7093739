/** Who uses the console: a token that this tab keeps only if asked, and what the service says of it. */
import { signal } from '@preact/signals';

/** What a caller may do. */
export type Right = 'read' | 'submit' | 'cancel' | 'admin';

/** An authenticated caller. */
export interface Caller {
  readonly tenant: string;
  readonly user?: string;
  readonly rights: readonly Right[];
}

/** Under this name the tab keeps the token until it is closed. */
const KEY = 'sluice-token';

/** Address of the routes: that of the page, without a query. */
export const BASE = new URL('.', location.href.split('#', 1)[0]);

/** The token; undefined before one is given, and where the service needs none. */
export const token = signal<string | undefined>(sessionStorage.getItem(KEY) ?? undefined);

/** Whether the service has refused the token, or its absence. */
export const isRefused = signal(false);

/** Who the service says is signed in. */
export const caller = signal<Caller | undefined>(undefined);

/** Whether the service would do something of this kind for the caller. */
export function may(right: Right): boolean {
  return caller.value?.rights.includes(right) ?? false;
}

/** Uses a token. @param keep whether a reload of the tab keeps it */
export function signIn(given: string, keep: boolean): void {
  if (keep) sessionStorage.setItem(KEY, given);
  token.value = given;
  isRefused.value = false;
}

/** Forgets the token. */
export function signOut(): void {
  sessionStorage.removeItem(KEY);
  token.value = undefined;
  caller.value = undefined;
  isRefused.value = true;
}
