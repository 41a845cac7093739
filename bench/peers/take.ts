/** The selection that every peer makes of the objects it gets. */
import { WANTED } from '../input.js';
import type { EnvelopeSink } from './envelope-sink.js';

/** An entity, as far as the selection looks at it. */
export interface Typed {
  readonly type?: unknown;
}

/** Adds the entity to the sink if it is wanted. */
export function take(entity: Typed, sink: EnvelopeSink): void {
  if (entity.type === WANTED) sink.add(JSON.stringify(entity));
}

/** Whether the entity is wanted; null while its type is unknown. */
export function isWanted(entity: unknown): boolean | null {
  if (typeof entity !== 'object' || entity === null || !('type' in entity)) return null;
  return entity.type === WANTED;
}
