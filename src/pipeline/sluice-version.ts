/** The version of this sluice. */
import { readFileSync } from 'node:fs';

let known: string | undefined;

/** The version as package.json tells it. */
export function sluiceVersion(): string {
  if (known !== undefined) return known;
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  known = /"version": "([^"]+)"/.exec(text)?.[1] ?? 'unknown';
  return known;
}
