/** Safe file names of results, on every operating system. */
import type { Format } from '../../terms/profile.js';

/** Maximum bytes of a name with its extension, below the limit of common file systems. */
const MAX_NAME_BYTES = 200;

/** Names that Windows reserves for devices, with any extension. */
const RESERVED = /^(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])$/i;

/** Names that are safe, which spares the tables of Unicode: loading them takes a moment of a small export. */
const USUAL_NAME = /^[\w.-]*$/;

/** Default extension of delimiter-separated values. */
export const DEFAULT_DSV_EXTENSION = 'csv';

const EXTENSIONS: Readonly<Record<Exclude<Format, 'dsv'>, string>> = {
  json: '.json',
  array: '.json',
  ndjson: '.ndjson',
  xlsx: '.xlsx',
};

/**
 * Makes a safe file name from a request's, a profile's or an id's text.
 * @param name usually without its extension, which is not repeated
 * @param dsvExtension of delimiter-separated values, without its dot
 * @returns one path segment of at most 200 bytes
 */
export function safeFileName(name: string, format: Format, dsvExtension = DEFAULT_DSV_EXTENSION): string {
  const extension = extensionOf(format, dsvExtension);
  return safeBase(withoutExtension(name, extension), MAX_NAME_BYTES - extension.length) + extension;
}

/** Maximum digits of the number of a file. */
const MAX_NUMBER_DIGITS = String(Number.MAX_SAFE_INTEGER).length;

/**
 * Makes the name of numbered files: `name_`, the number, the ending and the extension.
 * @param ending follows the number, before the extension
 * @returns the parts before and after the number; together they are as safe as other names
 */
export function safeNumberedName(
  name: string,
  ending: string,
  format: Format,
  dsvExtension = DEFAULT_DSV_EXTENSION,
): { readonly before: string; readonly after: string } {
  const extension = extensionOf(format, dsvExtension);
  const after = ending + extension;
  const base = safeBase(withoutExtension(name, extension), MAX_NAME_BYTES - MAX_NUMBER_DIGITS - 1 - after.length);
  return { before: `${base}_`, after };
}

function extensionOf(format: Format, dsvExtension: string): string {
  return format === 'dsv' ? `.${dsvExtension}` : EXTENSIONS[format];
}

function withoutExtension(name: string, extension: string): string {
  return name.endsWith(extension) ? name.slice(0, -extension.length) : name;
}

/** A safe name without its extension, of at most `maxBytes`. */
function safeBase(name: string, maxBytes: number): string {
  const safe = trimmed(cut(withoutUnsafe(name).replace(/^[. ]+/, ''), maxBytes));
  const stem = safe.split('.')[0].trimEnd();
  return safe !== '' && !RESERVED.test(stem) ? safe : `_${trimmed(cut(safe, maxBytes - 1))}`;
}

/** Replaces control and format characters (including those that change the direction of text), and separators of paths. */
function withoutUnsafe(name: string): string {
  return USUAL_NAME.test(name) ? name : name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\/:*?"<>|]/gu, '_');
}

/** Cuts a name to at most `maxBytes` of UTF-8, without a partial character at the end. */
function cut(name: string, maxBytes: number): string {
  const text = Buffer.from(name).subarray(0, maxBytes).toString();
  return text.endsWith('\uFFFD') && !name.startsWith(text) ? text.replace(/\uFFFD+$/, '') : text;
}

/** Removes the trailing dots and blanks that Windows drops from names. */
function trimmed(name: string): string {
  let end = name.length;
  while (end > 0 && (name[end - 1] === '.' || name[end - 1] === ' ')) end--;
  return name.slice(0, end);
}
