/** Names of results that are safe as file names on every system. */
import type { Format, JsonFormat } from '../../terms/profile.js';

/** Bytes that a name may have with its extension, on any common file system. */
const LONGEST_NAME = 200;

/** Names that Windows keeps for devices, whatever their extension. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])$/i;

/** Control and format characters (among them those that turn the direction of text), and what separates paths. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\/:*?"<>|]/gu;

/** Extension of delimiter-separated values whose settings name none. */
export const DEFAULT_DSV_EXTENSION = 'csv';

const EXTENSIONS: Readonly<Record<JsonFormat, string>> = { json: '.json', array: '.json', ndjson: '.ndjson' };

/**
 * Makes a file name of what a request, a profile or an id says.
 * @param name without its extension, though one that is there already is not repeated
 * @param dsvExtension of delimiter-separated values, without its dot
 * @returns one path segment of at most 200 bytes that no system reads as anything else
 */
export function safeFileName(name: string, format: Format, dsvExtension = DEFAULT_DSV_EXTENSION): string {
  const extension = extensionOf(format, dsvExtension);
  return safeBase(withoutExtension(name, extension), LONGEST_NAME - extension.length) + extension;
}

/** Digits of the largest number that a file can bear. */
const LONGEST_NUMBER = String(Number.MAX_SAFE_INTEGER).length;

/**
 * Makes the name of files that are numbered: `name_`, the number, the ending and the extension.
 * @param ending what follows the number, before the extension
 * @returns what stands before the number and what behind it; together they are as safe as other names
 */
export function safeNumberedName(
  name: string,
  ending: string,
  format: Format,
  dsvExtension = DEFAULT_DSV_EXTENSION,
): { readonly before: string; readonly behind: string } {
  const extension = extensionOf(format, dsvExtension);
  const behind = ending + extension;
  const base = safeBase(withoutExtension(name, extension), LONGEST_NAME - LONGEST_NUMBER - 1 - behind.length);
  return { before: `${base}_`, behind };
}

function extensionOf(format: Format, dsvExtension: string): string {
  return format === 'dsv' ? `.${dsvExtension}` : EXTENSIONS[format];
}

function withoutExtension(name: string, extension: string): string {
  return name.endsWith(extension) ? name.slice(0, -extension.length) : name;
}

/** A name without its extension, of at most so many bytes. */
function safeBase(name: string, room: number): string {
  const safe = trimmed(cut(name.replace(UNSAFE, '_').replace(/^[. ]+/, ''), room));
  const stem = safe.split('.')[0].trimEnd();
  return safe !== '' && !RESERVED.test(stem) ? safe : `_${trimmed(cut(safe, room - 1))}`;
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
