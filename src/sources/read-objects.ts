/** Reads entities that are JavaScript objects, in batches. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import type { Batch, MemberNames, ObjectBatch } from '../terms/batch.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import { jsonObject } from '../terms/json-value.js';
import type { Reject } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import { unserializable } from '../terms/unserializable.js';
import { collect } from './collect.js';
import type { ObjectInput } from './source.js';

/** Objects per batch: enough that the cost of passing a batch on is negligible. */
const OBJECTS_PER_BATCH = 256;

/** How objects are read. */
export interface ReadObjectsOptions {
  readonly memberNames: MemberNames;
  readonly onError: 'stop' | 'skip';
  /** A record may be `null`: a later step looks for the entity in it. */
  readonly mayBeNull?: boolean;
}

/** Reads objects to their end; those before a failure arrive first. */
export async function* readObjects(
  input: ObjectInput,
  options: ReadObjectsOptions,
  run: Run,
): AsyncGenerator<Batch, void> {
  let firstIndex = 0;
  for await (const { items, failure } of collect(input.objects, OBJECTS_PER_BATCH, run.signal)) {
    const taken: Taken = { objects: [], ordinals: [], rejects: [] };
    let ordinal = 0;
    try {
      for (const item of items) {
        if (turnIsOver()) await nextTurn();
        take(item, input.name, firstIndex, ordinal, options, taken);
        ordinal++;
      }
      if (failure) throw readFailed(failure.cause, input.name, firstIndex + ordinal);
    } catch (cause) {
      // The objects before the failure are delivered first.
      if (ordinal > 0) yield objectBatch(input.name, firstIndex, options.memberNames, taken, ordinal);
      throw cause;
    }
    yield objectBatch(input.name, firstIndex, options.memberNames, taken, ordinal);
    firstIndex += ordinal;
    if (run.stopping) return;
  }
}

/** The error of an iterable that threw in place of a record. */
function readFailed(cause: unknown, source: string, recordIndex: number): SluiceError {
  if (cause instanceof SluiceError) return cause;
  const message = `${source}: reading record ${recordIndex} failed: ${messageOf(cause)}`;
  return new SluiceError('READ_FAILED', 'read', message, { source, recordIndex, cause });
}

/** A batch of objects, and of the rejected ones. */
export function objectBatch(
  source: string,
  firstIndex: number,
  memberNames: MemberNames,
  taken: Taken,
  covers: number,
): ObjectBatch {
  return { kind: 'objects', source, memberNames, firstIndex, covers, filtered: 0, ...taken };
}

/** Objects of a batch, and the rejected ones. */
interface Taken {
  readonly objects: object[];
  readonly ordinals: number[];
  readonly rejects: Reject[];
}

/** Adds an object, or rejects it as faulty if that is the policy. */
function take(
  item: unknown,
  source: string,
  firstIndex: number,
  ordinal: number,
  { onError, mayBeNull = false }: ReadObjectsOptions,
  { objects, ordinals, rejects }: Taken,
): void {
  const recordIndex = firstIndex + ordinal;
  try {
    const entity = item === null && mayBeNull ? {} : entityOf(item, source, recordIndex);
    if (onError === 'skip') requireJson(entity, source, recordIndex);
    objects.push(entity);
    ordinals.push(ordinal);
  } catch (cause) {
    if (onError === 'stop' || !(cause instanceof SluiceError)) throw cause;
    rejects.push({ source, recordIndex, error: cause, raw: Buffer.from(jsonText(item)) });
  }
}

/** Nested values are written later, when the record can no longer be rejected. */
function requireJson(entity: object, source: string, recordIndex: number): void {
  try {
    JSON.stringify(entity);
  } catch (cause) {
    throw unserializable(source, recordIndex, cause, 'read');
  }
}

/** The JSON of a value; empty if it has none. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}

/** The members of an entity as JSON has them, so that filters, projection and encoder see the same. */
function entityOf(value: unknown, source: string, recordIndex: number): object {
  let entity: object | undefined;
  try {
    entity = jsonObject(value, '');
  } catch (cause) {
    throw unserializable(source, recordIndex, cause, 'read');
  }
  if (entity) return entity;
  const message = `${source}: an entity must be an object (record ${recordIndex})`;
  throw new SluiceError('NOT_AN_ENTITY', 'read', message, { source, recordIndex });
}
