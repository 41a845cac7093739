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
  let safe = base
    .replace(UNSAFE, '_')
    .replace(/^[. ]+/, '')
    .replace(/[. ]+$/, '');
  while (Buffer.byteLength(safe) > LONGEST_NAME - extension.length) safe = safe.slice(0, -1);
  // Cutting may have split a pair of surrogates.
  safe = safe.toWellFormed().replace(/\uFFFD$/, '');
  const stem = safe.split('.')[0];
  if (safe === '' || RESERVED.test(stem)) safe = `_${safe}`;
  return safe + extension;
}
