/** Recognises envelopes with a zip by their first bytes. */

/** Maximum of bytes that are examined; the members before the blob are short. */
export const ENVELOPE_FRONT_BYTES = 64 * 1024;

/** How an envelope begins, without white space. */
const BEGINNING = '{"response":{"binaryObjects":[{';

/** The member with the blob, and the base64 of the first bytes of a zip. */
const ZIP_BLOB = /"blob"\s*:\s*"UEsDB/;
const BLOB = /"blob"\s*:\s*"[^"]{5}/;

/** Whether these bytes begin an envelope, or too few to tell. */
export function mayBeEnvelope(front: Buffer): boolean {
  const text = compact(front);
  if (text.length < BEGINNING.length) return BEGINNING.startsWith(text);
  // What is in the blob is known from its beginning.
  return text.startsWith(BEGINNING) && !BLOB.test(front.toString('latin1'));
}

/** Whether these bytes begin an envelope whose blob is a zip. */
export function seemsEnvelope(front: Buffer): boolean {
  return compact(front).startsWith(BEGINNING) && ZIP_BLOB.test(front.toString('latin1'));
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
