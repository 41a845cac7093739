/** Takes a batch through a step up to the first entity that the step fails at, as if each entity were a batch. */
import { type Batch, endAfter, endWith, entityCount, ordinalAt } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';

type Step = (batch: Batch) => Batch | Promise<Batch>;

/**
 * What the step makes of the batch. Where it fails at an entity, the batch ends before that with the fault, so that those
 * before it pass, and a limit that they reach comes first; the run, or its reading of the file, stops.
 * @param step makes the same of the same entities; it may be called several times
 */
export async function upToFault(batch: Batch, run: Run, step: Step): Promise<Batch> {
  const fault = await faultOf(batch, run, step);
  if (!('error' in fault)) return fault.batch;
  let { error } = fault;
  let sound = 0;
  for (let faulty = entityCount(batch); ; ) {
    const middle = (sound + faulty) >> 1;
    if (middle === sound) return step(endedBefore(batch, faulty - 1, error, run));
    const half = await faultOf(endWith(batch, middle, { kind: 'stop', by: 'limit' }), run, step);
    if ('error' in half) [faulty, error] = [middle, half.error];
    else sound = middle;
  }
}

/** What the step makes of a batch, or the error of its first faulty entity. */
async function faultOf(
  batch: Batch,
  run: Run,
  step: Step,
): Promise<{ readonly batch: Batch } | { readonly error: SluiceError }> {
  try {
    return { batch: await step(batch) };
  } catch (cause) {
    if (run.signal.aborted || !(cause instanceof SluiceError) || entityCount(batch) === 0) throw cause;
    return { error: cause };
  }
}

function endedBefore(batch: Batch, position: number, error: SluiceError, run: Run): Batch {
  if (batch.fromInput === undefined) run.stop();
  return endAfter(batch, ordinalAt(batch, position) - 1, { kind: 'fault', error });
}
