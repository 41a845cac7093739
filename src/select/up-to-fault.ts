/** Takes a batch through a step up to the first entity that the step fails at, as if each entity were a batch. */
import { type Batch, endAfter, endWith, entityCount, ordinalAt } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';
import { faultOfObject } from '../terms/unserializable.js';

type Step = (batch: Batch) => Batch | Promise<Batch>;

/** The batch after a step, or why that failed. */
type Outcome = { readonly batch: Batch } | { readonly cause: unknown };

/**
 * What the step makes of the batch. Where it fails at an entity, the batch ends before that with the fault, so that those
 * before it pass, and a limit that they reach comes first; the run, or its reading of the file, stops.
 * @param step makes the same of the same entities; it may be called several times
 */
export async function upToFault(batch: Batch, run: Run, step: Step): Promise<Batch> {
  const whole = await outcomeOf(batch, run, step);
  if ('batch' in whole) return whole.batch;
  let { cause } = whole;
  let sound = 0;
  let faulty = entityCount(batch);
  while (faulty - sound > 1) {
    const middle = (sound + faulty) >> 1;
    const half = await outcomeOf(endWith(batch, middle, { kind: 'stop', by: 'limit' }), run, step);
    if ('cause' in half) [faulty, cause] = [middle, half.cause];
    else sound = middle;
  }
  const isOther = cause instanceof SluiceError && cause.code !== 'TOO_DEEP';
  const ofObject = isOther ? undefined : faultOfObject(batch, faulty - 1, 'select');
  const error = ofObject ?? (cause instanceof SluiceError ? cause : undefined);
  if (!error) throw cause;
  if (batch.fromInput === undefined) run.stop();
  return step(endAfter(batch, ordinalAt(batch, faulty - 1) - 1, { kind: 'fault', error }));
}

async function outcomeOf(batch: Batch, run: Run, step: Step): Promise<Outcome> {
  try {
    return { batch: await step(batch) };
  } catch (cause) {
    if (run.signal.aborted || entityCount(batch) === 0) throw cause;
    return { cause };
  }
}
