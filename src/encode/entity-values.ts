/** Decodes an entity of a batch, within the memory that a table may use. */
import { stepsInTurns } from '../loop/turn.js';
import { decodeInSteps, decodeOrdered } from '../scan/decode-in-steps.js';
import { decodeValue } from '../scan/decode-value.js';
import { type Batch, END, ROW_WIDTH, START } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';
import { sizeOfObject } from './object-size.js';

/** Longer texts are decoded in steps. */
export const LARGE_BYTES = 512 * 1024;

/** An entity of a batch as it comes: an object, or text. */
type Entity = { readonly object: object } | { readonly bytes: Buffer; readonly start: number; readonly end: number };

/**
 * The values of the entity at a position.
 * @param maxBytes maximum bytes of its text; characters, for an object
 * @throws SluiceError `ENTITY_TOO_LARGE`; SyntaxError
 */
export function valuesAt(batch: Batch, position: number, maxBytes: number, run: Run): unknown {
  const entity = entityAt(batch, position, maxBytes);
  if ('object' in entity) return entity.object;
  const { bytes, start, end } = entity;
  if (end - start > LARGE_BYTES) return stepsInTurns(decodeInSteps(bytes, start, end), run);
  return decodeValue(bytes.toString('utf8', start, end));
}

/** The same with a `Map` for each object of a text, in which keys keep their order. */
export async function orderedValuesAt(batch: Batch, position: number, maxBytes: number, run: Run): Promise<unknown> {
  const entity = entityAt(batch, position, maxBytes);
  return 'object' in entity ? entity.object : stepsInTurns(decodeOrdered(entity.bytes, entity.start, entity.end), run);
}

function entityAt(batch: Batch, position: number, maxBytes: number): Entity {
  if (batch.kind === 'objects') {
    const object = batch.objects[position];
    if (sizeOfObject(object, maxBytes) > maxBytes) throw tooLarge(`more than ${maxBytes}`, maxBytes);
    return { object };
  }
  const row = position * ROW_WIDTH;
  const [start, end] = [batch.rows[row + START], batch.rows[row + END]];
  if (end - start > maxBytes) throw tooLarge(String(end - start), maxBytes);
  return { bytes: batch.bytes, start, end };
}

/** The error of an entity that is larger than the memory for it. */
export function tooLarge(bytes: string, limit: number): SluiceError {
  const message = `it has ${bytes} bytes, and memory limits tables to ${limit}; export it as JSON instead`;
  return new SluiceError('ENTITY_TOO_LARGE', 'serialize', message);
}
