/** The `Prefer` header (RFC 7240): how long a client would wait, and whether it would rather not. */

/** What a client prefers. */
export interface Preferences {
  /** Rather the job at once, or after `waitSeconds`, than the result late. */
  readonly respondAsync: boolean;
  readonly waitSeconds?: number;
}

/**
 * Reads the header. What is not understood is ignored, as the RFC has it, and of a preference that stands twice the
 * first counts.
 */
export function readPreferences(header: string | readonly string[] | undefined): Preferences {
  const preferences = new Map<string, string>();
  const text = typeof header === 'string' ? header : (header ?? []).join(',');
  for (const preference of text.split(',')) {
    // Parameters of a preference follow a semicolon; none of ours has any.
    const [name, value = ''] = preference.split(';', 1)[0].split('=', 2);
    const key = name.trim().toLowerCase();
    if (!preferences.has(key)) preferences.set(key, value.trim().replace(/^"(.*)"$/, '$1'));
  }
  const wait = preferences.get('wait');
  return {
    respondAsync: preferences.has('respond-async'),
    ...(wait !== undefined && /^\d{1,9}$/.test(wait) ? { waitSeconds: Number(wait) } : {}),
  };
}
