/** A complete export as one fused pass over its batches. */
import { toSluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';
import type { Chain } from './chain.js';
import { ChainDriver } from './chain-driver.js';
import type { ExportCheckpoint } from './export-checkpoint.js';

/** Yielded by a fused pass: bytes of the output, or a checkpoint from which a later run continues after them. */
export type ExportEvent =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'checkpoint'; readonly checkpoint: ExportCheckpoint };

/** Decides where an export may be cut into slices, and makes the checkpoints there. */
export interface Cutter<In> {
  /** Whether a slice ends after this input; called once the stages have taken it. */
  endsAfter(input: In): boolean;
  /** The checkpoint after that input; called once all stages were drained and their output was yielded. */
  checkpoint(): Promise<ExportCheckpoint>;
}

/**
 * Drives every input through all stages before it reads the next one. After a failure that follows the first byte it
 * yields the end of the envelope, if there is one, and ends; otherwise it throws.
 */
export async function* fuse<In>(
  inputs: AsyncGenerator<In, void>,
  { stages }: Chain<In, Buffer>,
  run: Run,
  cutter?: Cutter<In>,
): AsyncGenerator<ExportEvent, void> {
  const driver = new ChainDriver(stages);
  try {
    for await (const input of inputs) {
      for await (const items of driver.push([input], run)) yield* eventsOf(items);
      if (!cutter?.endsAfter(input)) continue;
      for await (const items of driver.drain(run)) yield* eventsOf(items);
      yield { kind: 'checkpoint', checkpoint: await cutter.checkpoint() };
    }
    // An output that reports success belongs to a run that was not aborted.
    if (run.signal.aborted) throw run.abortError();
    for await (const items of driver.flush(run)) yield* eventsOf(items);
  } catch (cause) {
    const error = toSluiceError(cause, 'INTERNAL', 'run');
    run.fail(error);
    // Only an envelope adds something to a failed output.
    const rest = await driver.fail(error, run);
    if (rest.length === 0) throw error;
    yield* eventsOf(rest);
  } finally {
    await driver.close();
  }
}

/** The bytes of a pass that has no cutter. */
export async function* bytesOf(events: AsyncIterable<ExportEvent>): AsyncGenerator<Buffer, void> {
  for await (const event of events) if (event.kind === 'bytes') yield event.bytes;
}

/** The last stage of the chain returns bytes; the driver does not know that. */
function* eventsOf(items: readonly unknown[]): Generator<ExportEvent, void> {
  for (const bytes of items) if (Buffer.isBuffer(bytes)) yield { kind: 'bytes', bytes };
}
