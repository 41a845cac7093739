/** Values of the web platform. Node loads the code of each kind at its first use, so the tag of a value comes first. */

/** Whether a value is a `Response`. */
export function isResponse(value: unknown): value is Response {
  return isTagged(value, 'Response') && value instanceof Response;
}

/** Whether a value is a `Blob` or a `File`. */
export function isBlob(value: unknown): value is Blob {
  return (isTagged(value, 'Blob') || isTagged(value, 'File')) && value instanceof Blob;
}

/** Whether a value is a web stream. */
export function isWebStream(value: unknown): value is ReadableStream {
  return isTagged(value, 'ReadableStream') && value instanceof ReadableStream;
}

function isTagged(value: unknown, tag: string): boolean {
  return Object.prototype.toString.call(value) === `[object ${tag}]`;
}
