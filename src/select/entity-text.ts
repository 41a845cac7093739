/** The JSON of an entity that is an object. */

import type { ObjectBatch } from '../terms/batch.js';
import { unserializable } from '../terms/unserializable.js';

/** @throws SluiceError `UNSERIALIZABLE` for what JSON cannot hold */
export function entityText({ objects, ordinals, source, firstIndex }: ObjectBatch, position: number): string {
  try {
    return JSON.stringify(objects[position]);
  } catch (cause) {
    throw unserializable(source, firstIndex + ordinals[position], cause, 'select');
  }
}
