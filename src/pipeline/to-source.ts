/** What callers name a source by: a path, several, or a source. */
import { SluiceError } from '../terms/errors.js';
import type { ExportPlan } from '../terms/plan.js';
import { files } from './read/files.js';
import type { Source } from './read/source.js';

/** What a source may be named by; strings are paths or globs. */
export type SourceName = Source | string | readonly string[];

/**
 * Answers the source.
 * @throws SluiceError `INVALID` for what plain JavaScript lets through, such as a bare stream
 */
export function toSource(source: SourceName): Source {
  if (typeof source === 'string') return files(source);
  if (isPaths(source)) return files(...source);
  if (typeof source === 'object' && source !== null && 'inputs' in source && typeof source.inputs === 'function') {
    return source;
  }
  const message = 'source must be a path, paths, files(…), bytes(stream or iterable) or objects(iterable)';
  throw new SluiceError('INVALID', 'accept', message, { path: 'source' });
}

/** The source, told which entities will pass, where it can make use of that. */
export function narrowed(source: Source, plan: Pick<ExportPlan, 'read' | 'select'>): Source {
  return source.narrow?.(plan) ?? source;
}

function isPaths(source: SourceName): source is readonly string[] {
  return Array.isArray(source) && source.every((path) => typeof path === 'string');
}
