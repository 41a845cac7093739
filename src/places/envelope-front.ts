/** Recognises envelopes by their first bytes, whatever is in the blob. */

/** Maximum of bytes that are examined; the members before the blob are short. */
export const ENVELOPE_FRONT_BYTES = 64 * 1024;

/** How an envelope begins, without white space. */
const BEGINNING = '{"response":{"binaryObjects":[{';

/** The member with the blob, and the first characters of its base64. */
const BLOB = /"blob"\s*:\s*"([^"]{0,64})("?)/;

/** Characters of base64 that show what is in a blob. */
const SHOWING = 8;

/** The documented types of envelopes with entities. */
const TYPE = /"type"\s*:\s*"(JSONObject|DSVObject|excelObject)"/i;

/** What is in a blob: an archive, text that is to be read, or a table. */
export type BlobKind = 'archive' | 'text' | 'table';

/** Whether these bytes begin an envelope, or too few to tell. */
export function mayBeEnvelope(front: Buffer): boolean {
  const text = compact(front);
  if (text.length < BEGINNING.length) return BEGINNING.startsWith(text);
  // What is in the blob is known from its beginning.
  return text.startsWith(BEGINNING) && !isShown(BLOB.exec(front.toString('latin1')));
}

function isShown(match: RegExpExecArray | null): boolean {
  return match !== null && (match[1].length >= SHOWING || match[2] !== '');
}

/** What the blob holds, if these bytes begin an envelope with entities. */
export function blobKindOf(front: Buffer): BlobKind | undefined {
  if (!compact(front).startsWith(BEGINNING)) return undefined;
  const text = front.toString('latin1');
  const match = BLOB.exec(text);
  if (match === null || !isShown(match)) return undefined;
  const content = Buffer.from(match[1].replaceAll(/\s+/g, ''), 'base64').toString('latin1');
  if (content.startsWith('PK\x03\x04')) return 'archive';
  if (/^(?:\xef\xbb\xbf)?\s*[{[]/.test(content)) return 'text';
  const type = TYPE.exec(text.slice(0, match.index))?.[1].toLowerCase();
  return type === undefined ? undefined : type === 'jsonobject' ? 'text' : 'table';
}

/** The beginning of the text, without white space and a byte order mark. */
function compact(front: Buffer): string {
  return front
    .subarray(0, 1024)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .replace(/\s+/g, '')
    .slice(0, BEGINNING.length);
}
