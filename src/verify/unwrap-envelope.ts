/** Unwraps an envelope of any size to the bytes of its blob. */

import { deliver } from '../destinations/deliver.js';
import { type Destination, destinationCheck, TO_FILE, type ToFileOptions } from '../destinations/destination.js';
import { file } from '../destinations/file.js';
import { newRun } from '../export/create-run.js';
import { GeneratorReadable } from '../export/generator-readable.js';
import { refuseOwnInput } from '../export/refuse-own-input.js';
import { toSource } from '../export/to-source.js';
import {
  abortSignal,
  acceptArgument,
  acceptOptions,
  filledText,
  logger,
  type OptionTable,
} from '../options/accept-options.js';
import { PACKED_FRONT, refuseOtherPacking } from '../request/plan/output-form.js';
import { readChunks } from '../sources/read-chunks.js';
import type { ByteInput, Source } from '../sources/source.js';
import { SluiceError, toSluiceError } from '../terms/errors.js';
import type { Logger } from '../terms/logger.js';
import type { Run } from '../terms/run.js';
import { decodeEnvelope, type Envelope } from '../unpack/decode-envelope.js';

/** Options of `unwrapEnvelope`. */
export interface UnwrapOptions {
  /** Aborts the decoding, which then fails with `ABORTED`. */
  readonly signal?: AbortSignal;
  /** A logger with the methods of pino; default: silent. */
  readonly logger?: Logger;
}

const UNWRAP: OptionTable<UnwrapOptions> = { signal: abortSignal, logger };

/**
 * Decodes the blob of an envelope as a stream. The stream fails when the envelope is broken or reports a failed export.
 * @param source a path, or `bytes(…)`
 * @example
 * const envelope = await unwrapEnvelope('answer.json').toFile('answer.zip');
 */
export function unwrapEnvelope(source: Source | string, options: UnwrapOptions = {}): UnwrappedEnvelope {
  acceptOptions(options, UNWRAP);
  return new UnwrappedEnvelope(toSource(source), options);
}

/** The same of a response, which cannot be had again: a file may have any name. */
export function unwrapResponse(source: Source, options: UnwrapOptions): UnwrappedEnvelope {
  return new UnwrappedEnvelope(source, options, true);
}

/** The bytes of a blob, and the other members of its envelope. */
export class UnwrappedEnvelope extends GeneratorReadable {
  /** Resolves at the end, because the status follows the blob; rejects when the stream fails. */
  readonly envelope: Promise<Envelope>;
  readonly #source: Source;
  readonly #run: Run;
  readonly #target: Target;
  readonly #takesAnyName: boolean;

  constructor(source: Source, options: UnwrapOptions, takesAnyName = false) {
    const run = newRun(options);
    const target: Target = {};
    let settle: (envelope: Envelope) => void = () => {};
    const known = new Promise<Envelope>((resolve) => {
      settle = resolve;
    });
    run.beginReading();
    super(() => decode(source, run, target, settle), run, { output: 'bytes' });
    this.#run = run;
    this.#target = target;
    this.#takesAnyName = takesAnyName;
    // The run closes after the stream, however that ends.
    this.envelope = run.receipt.then(() => known);
    this.envelope.catch(() => {});
    this.#source = source;
  }

  /** Writes the blob to a file, which appears only when the envelope is complete and reports success. */
  async toFile(path: string, options: ToFileOptions = {}): Promise<Envelope> {
    acceptArgument('path', path, filledText);
    acceptOptions(options, TO_FILE);
    return this.to(file(path, options));
  }

  /**
   * Delivers the blob to a destination.
   * @throws SluiceError (rejects) `ALREADY_USED` when the stream was read or delivered before; `INVALID` if the suffix of a
   *   stored file stands for another packing than the blob of `unwrapEnvelope` has; the failure of the stream
   */
  async to(destination: Destination): Promise<Envelope> {
    acceptArgument('destination', destination, destinationCheck);
    this.claim();
    try {
      await refuseOwnInput(this.#source, [destination]);
    } catch (cause) {
      this.destroy();
      throw cause;
    }
    if (destination.stored && !this.#takesAnyName) this.#target.name = destination.name;
    return deliver(this, destination, this.envelope, {
      signal: this.#run.signal,
      note: (note) => this.#run.note(note),
      bytesOf: () => this.#run.ledger.bytesOut,
      connect: (act) => this.connect(act),
    });
  }
}

/** Where the blob goes. */
interface Target {
  /** Of the file in which it is stored; absent: it is not. */
  name?: string;
}

async function* decode(
  source: Source,
  run: Run,
  target: Target,
  settle: (envelope: Envelope) => void,
): AsyncGenerator<Buffer, void> {
  let bytes = 0;
  let front: Buffer | undefined = Buffer.alloc(0);
  let name: string | undefined;
  try {
    for await (const input of source.inputs(run.signal)) {
      if (input.kind === 'objects') break;
      if (name !== undefined) {
        await input.close();
        const message = `${name} is not the only file, ${input.name} is another, and an envelope is one: name that`;
        throw new SluiceError('INVALID', 'read', message, { source: input.name });
      }
      name = input.name;
      for await (const chunk of blobOf(input, run, settle)) {
        bytes += chunk.length;
        if (!front) {
          yield chunk;
          continue;
        }
        front = Buffer.concat([front, chunk]);
        if (front.length < PACKED_FRONT) continue;
        yield accepted(front, target);
        front = undefined;
      }
      if (front && front.length > 0) yield accepted(front, target);
      front = undefined;
    }
    if (name === undefined) throw new SluiceError('INVALID', 'read', 'an envelope is read from a file or from bytes');
    run.ledger.setOutput({ bytes });
  } catch (cause) {
    const error = toSluiceError(cause, 'READ_FAILED', 'read');
    run.fail(error);
    throw error;
  }
}

/** The first bytes, unless they are packed otherwise than the name of the file says. @throws SluiceError `INVALID` */
function accepted(front: Buffer, { name }: Target): Buffer {
  if (name !== undefined) refuseOtherPacking(name, front);
  return front;
}

async function* blobOf(input: ByteInput, run: Run, settle: (envelope: Envelope) => void): AsyncGenerator<Buffer, void> {
  settle(yield* decodeEnvelope(readChunks(input, run.signal), input.name));
}
