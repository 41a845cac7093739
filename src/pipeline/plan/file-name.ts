/** Names of results that are safe as file names on every system. */
import type { Format } from '../../terms/profile.js';

/** Bytes that a name may have with its extension, on any common file system. */
const LONGEST_NAME = 200;

/** Names that Windows keeps for devices, whatever their extension. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])$/i;

/** Control and format characters (among them those that turn the direction of text), and what separates paths. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\/:*?"<>|]/gu;

const EXTENSIONS: Readonly<Record<Format, string>> = { json: '.json', array: '.json', ndjson: '.ndjson' };

/**
 * Makes a file name of what a request, a profile or an id says.
 * @param name without its extension, though one that is there already is not repeated
 * @returns one path segment of at most 200 bytes that no system reads as anything else
 */
export function safeFileName(name: string, format: Format): string {
  const extension = EXTENSIONS[format];
  const base = name.endsWith(extension) ? name.slice(0, -extension.length) : name;
  const room = LONGEST_NAME - extension.length;
  const safe = trimmed(cut(base.replace(UNSAFE, '_').replace(/^[. ]+/, ''), room));
  const stem = safe.split('.')[0].trimEnd();
  if (safe !== '' && !RESERVED.test(stem)) return safe + extension;
  return `_${trimmed(cut(safe, room - 1))}${extension}`;
}

/** At most so many bytes of UTF-8, and no half character at the end. */
function cut(name: string, bytes: number): string {
  const text = Buffer.from(name).subarray(0, bytes).toString();
  return text.endsWith('\uFFFD') && !name.startsWith(text) ? text.replace(/\uFFFD+$/, '') : text;
}

/** Without the dots and blanks that Windows drops from the end of a name. */
function trimmed(name: string): string {
  let end = name.length;
  while (end > 0 && (name[end - 1] === '.' || name[end - 1] === ' ')) end--;
  return name.slice(0, end);
}
