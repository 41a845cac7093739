/** Redirects that are followed, and how addresses are named on the way. */

export const MOST_REDIRECTS = 5;
export const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** An address without its user, password and query, which may be secret. */
export function placeOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
