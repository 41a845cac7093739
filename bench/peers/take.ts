/** The selection that peers make from objects. */
import { WANTED } from '../input.js';
import type { EnvelopeSink } from './envelope-sink.js';

/** The part of an entity that the selection examines. */
export interface Typed {
  readonly type?: unknown;
}

/** Adds a wanted entity to the sink. */
export function take(entity: Typed, sink: EnvelopeSink): void {
  if (entity.type === WANTED) sink.add(JSON.stringify(entity));
}

/** Whether the entity is wanted; null while its type is unknown. */
export function isWanted(entity: unknown): boolean | null {
  if (typeof entity !== 'object' || entity === null || !('type' in entity)) return null;
  return entity.type === WANTED;
}
