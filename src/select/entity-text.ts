/** The JSON of an entity that is an object. */

import type { ObjectBatch } from '../terms/batch.js';
import { messageOf, SluiceError } from '../terms/errors.js';

/** @throws SluiceError `UNSERIALIZABLE` for what JSON cannot hold */
export function entityText({ objects, ordinals, source, firstIndex }: ObjectBatch, position: number): string {
  try {
    return JSON.stringify(objects[position]);
  } catch (cause) {
    const recordIndex = firstIndex + ordinals[position];
    const message = `${source}: record ${recordIndex} cannot be written as JSON: ${messageOf(cause)}`;
    throw new SluiceError('UNSERIALIZABLE', 'select', message, { source, recordIndex, cause });
  }
}
