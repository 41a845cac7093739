/** Objects that JSON cannot hold: with a BigInt or a cycle, or with a getter, a proxy or a `toJSON` that throws. */
import { type Batch, ordinalAt } from './batch.js';
import { messageOf, SluiceError, type StageName } from './errors.js';

/** The error of such an object. */
export function unserializable(source: string, recordIndex: number, cause: unknown, stage: StageName): SluiceError {
  const message = `${source}: record ${recordIndex} cannot be written as JSON: ${messageOf(cause)}`;
  return new SluiceError('UNSERIALIZABLE', stage, message, { source, recordIndex, cause });
}

/** The error of the object at a position of a batch, if it is such an object. */
export function faultOfObject(batch: Batch, position: number, stage: StageName): SluiceError | undefined {
  if (batch.kind === 'bytes') return undefined;
  try {
    JSON.stringify(batch.objects[position]);
    return undefined;
  } catch (cause) {
    return unserializable(batch.source, batch.firstIndex + ordinalAt(batch, position), cause, stage);
  }
}

/**
 * The error of the object of a batch that is why a step has failed, if one is: what a getter throws is no fault of the step,
 * and a cycle is as deep as one looks.
 */
export function faultOfObjects(batch: Batch, stage: StageName, cause: unknown): SluiceError | undefined {
  if (batch.kind === 'bytes') return undefined;
  if (cause instanceof SluiceError) {
    const position = batch.ordinals.indexOf((cause.recordIndex ?? -1) - batch.firstIndex);
    return cause.code === 'TOO_DEEP' && position >= 0 ? faultOfObject(batch, position, stage) : undefined;
  }
  for (let position = 0; position < batch.objects.length; position++) {
    const error = faultOfObject(batch, position, stage);
    if (error) return error;
  }
  return undefined;
}
