/** Sources as callers state them: a path, several paths, bytes or a source. */
import type { Readable } from 'node:stream';
import { namedFiles } from '../places/named-source.js';
import { movesEntities } from '../shape/shape.js';
import { bytes, givesBytes } from '../sources/bytes.js';
import type { Source } from '../sources/source.js';
import { SluiceError } from '../terms/errors.js';
import type { ExportPlan, SelectPlan } from '../terms/plan.js';

/** What is accepted as a source: strings are paths, globs, or addresses (http, https, s3); streams, buffers, blobs and responses hold bytes. */
export type SourceName =
  | Source
  | string
  | readonly string[]
  | URL
  | Uint8Array
  | Blob
  | Response
  | ReadableStream
  | Readable;

/** The selection of a source that no request narrows. */
export const EVERYTHING: SelectPlan = { uniqueIds: true };

/**
 * Makes the source.
 * @throws SluiceError `INVALID` for values of other types, which plain JavaScript lets through
 */
export function toSource(source: SourceName): Source {
  if (typeof source === 'string' || source instanceof URL) return namedFiles([source]);
  if (isPaths(source)) return namedFiles(source);
  if (givesBytes(source)) return bytes(source);
  if (typeof source === 'object' && source !== null && 'inputs' in source && typeof source.inputs === 'function') {
    return source;
  }
  const message = 'source must be a path, paths, a stream of bytes, files(…), bytes(iterable) or objects(iterable)';
  throw new SluiceError('INVALID', 'accept', message, { path: 'source' });
}

/** The source, restricted to the entities of the plan where it can do that itself. */
export function narrowed(source: Source, { read, select }: Pick<ExportPlan, 'read' | 'select'>): Source {
  // A source knows its records; what the selection looks at may be elsewhere in entities.
  const isReshaped = movesEntities(read) || read.deeper !== undefined;
  return source.narrow?.({ read, select: isReshaped ? EVERYTHING : sourceSelection(select) }) ?? source;
}

/** The selection with the limit that a source may apply: what is left out or sorted afterwards must come too. */
function sourceSelection({ limit, ...select }: SelectPlan): SelectPlan {
  if (limit === undefined || select.sort) return select;
  return { ...select, limit: limit + (select.skip ?? 0) };
}

function isPaths(source: SourceName): source is readonly string[] {
  return Array.isArray(source) && source.every((path) => typeof path === 'string');
}
