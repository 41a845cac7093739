/** The `Prefer` header (RFC 7240): whether a client waits for the result, and how long. */

/** Maximum wait that a client may request, in seconds. */
export const LONGEST_WAIT = 60;

/** Preferences of a client. */
export interface Preferences {
  /** Prefers the job at once, or after `waitSeconds`, to a late result. */
  readonly respondAsync: boolean;
  readonly waitSeconds?: number;
}

/**
 * Parses the header. Unknown preferences are ignored and of repeated ones the first counts, as the RFC requires.
 */
export function readPreferences(header: string | readonly string[] | undefined): Preferences {
  const preferences = new Map<string, string>();
  const text = typeof header === 'string' ? header : (header ?? []).join(',');
  for (const preference of text.split(',')) {
    // Parameters follow a semicolon; these preferences have none.
    const [name, value = ''] = preference.split(';', 1)[0].split('=', 2);
    const key = name.trim().toLowerCase();
    if (!preferences.has(key)) preferences.set(key, value.trim().replace(/^"(.*)"$/, '$1'));
  }
  const wait = preferences.get('wait');
  return {
    respondAsync: preferences.has('respond-async'),
    waitSeconds: wait !== undefined && /^\d{1,9}$/.test(wait) ? Number(wait) : undefined,
  };
}
