/** Makes entities of records that are objects. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { type Batch, endAfter, type ObjectBatch, reject } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import { jsonObject, valueAt } from '../terms/json-value.js';
import type { Reject } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import type { Reshaped } from './reshaped.js';
import { clashMessage, type Shape, withoutKeys } from './shape.js';

/** The batch of the entities; records without one count as filtered. */
export async function reshapeObjects(batch: ObjectBatch, shape: Shape, run: Run): Promise<Reshaped> {
  const { source, firstIndex, ordinals } = batch;
  if (shape.idFromKey && batch.objects.length > 0) throw withoutKeys(source);
  const objects: object[] = [];
  const stayed: number[] = [];
  const rejects: Reject[] = [];
  const nothing: number[] = [];
  const kept = shape.keep.map(() => 0);
  const made = (): Batch => {
    const { memberNames, deeper } = shape;
    const filtered = batch.filtered + nothing.length;
    return reject({ ...batch, objects, ordinals: stayed, filtered, memberNames, deeper }, rejects);
  };
  for (const [position, record] of batch.objects.entries()) {
    if (turnIsOver()) await nextTurn(run);
    const recordIndex = firstIndex + ordinals[position];
    try {
      const entity = entityOf(record, shape, kept);
      if (entity) {
        objects.push(entity);
        stayed.push(ordinals[position]);
      } else {
        nothing.push(ordinals[position]);
      }
    } catch (cause) {
      if (!(cause instanceof Clash)) throw cause;
      const message = `${source}: ${cause.message} (record ${recordIndex})`;
      const error = new SluiceError('DUPLICATE_KEY', 'read', message, { source, recordIndex });
      if (shape.onError === 'stop') {
        if (batch.fromInput === undefined) run.stop();
        const ended = endAfter(made(), ordinals[position] - 1, { kind: 'fault', error });
        return { batch: ended, records: objects.length + nothing.length, nothing, kept };
      }
      rejects.push({ source, recordIndex, error, raw: Buffer.from(JSON.stringify(record)) });
    }
  }
  return { batch: made(), records: objects.length + nothing.length, nothing, kept };
}

/** A member that would come twice. */
class Clash extends Error {}

function entityOf(record: object, { unwrap, keep }: Shape, kept: number[]): object | undefined {
  const entity = jsonObject(valueAt(record, unwrap), '');
  if (!entity || keep.length === 0) return entity;
  const added: [string, unknown][] = [];
  for (const [index, { name, path }] of keep.entries()) {
    const value = valueAt(record, path);
    if (value === undefined) continue;
    if (Object.hasOwn(entity, name)) throw new Clash(clashMessage(keep[index]));
    added.push([name, value]);
    kept[index]++;
  }
  // Unlike an assignment, this makes an own member even of `__proto__`.
  return Object.fromEntries([...added, ...Object.entries(entity)]);
}
