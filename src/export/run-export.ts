/** A complete export: a request and a source to a stream of bytes with its receipt. */
import type { Writable } from 'node:stream';
import type { DeltaPorts } from '../delta/comparison.js';
import { type OpenDelta, openDelta } from '../delta/delta-files.js';
import { indexPlanOf } from '../delta/index-format.js';
import { refuseDelta, refuseDeltaOfJobs } from '../delta/refuse-delta.js';
import { deliver } from '../destinations/deliver.js';
import { type Destination, destinationCheck, TO_FILE, type ToFileOptions } from '../destinations/destination.js';
import { file } from '../destinations/file.js';
import { folder, namesFolder } from '../destinations/folder.js';
import { memory, webStream } from '../destinations/memory.js';
import { isWritable, writable } from '../destinations/writable.js';
import { acceptArgument, acceptOptions, filledText } from '../options/accept-options.js';
import type { PlanFor } from '../request/plan/make-plan.js';
import type { PlanCompletion } from '../request/plan/plan-target.js';
import { pathOf } from '../sources/files.js';
import type { Source } from '../sources/source.js';
import { invalid, toSluiceError } from '../terms/errors.js';
import type { OpenFileMarks } from '../terms/file-marks.js';
import type { ExportPlan } from '../terms/plan.js';
import type { Receipt } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import { newRun } from './create-run.js';
import { driveExport, noteIdle } from './drive-export.js';
import { traceExport } from './export-channel.js';
import { EXPORT_OPTIONS, type ExportOptions, type RunExportOptions } from './export-options.js';
import { bytesOf, type ExportEvent } from './fuse.js';
import { GeneratorReadable } from './generator-readable.js';
import { acceptAndPlan, checkReader } from './plan-export.js';
import { guarded, type Outputs, refuseInputs, refuseOwnInput } from './refuse-own-input.js';
import { toSource } from './to-source.js';

/**
 * Exports entities. Returns the output as a stream of bytes, with the receipt as a promise.
 * @throws SluiceError for a request that cannot be fulfilled; later failures destroy the stream with their error
 * @example
 * const receipt = await exportEntities({ source: 'catalog.ndjson', request: { types: ['product'] } }).toFile('out.zip');
 */
export function exportEntities(options: ExportOptions): ExportStream {
  acceptOptions(options, EXPORT_OPTIONS, ['source']);
  checkReader(options);
  const { source, reader, schema, digest, deltaFrom, deltaTo, now = Date.now(), ...others } = options;
  const { signal, logger, onProgress, onReject, ...plan } = others;
  const planFor = acceptAndPlan(plan);
  const run = { source, reader, schema, digest, deltaFrom, deltaTo, signal, logger, onProgress, onReject };
  return new ExportStream(planFor, run, { now });
}

/** What an export shares with its delivery. */
interface StateOfExport {
  readonly marks: OpenFileMarks;
  readonly delta: DeltaPorts | undefined;
}

/** The output of one export. Reading the source begins when the stream is read. */
export class ExportStream extends GeneratorReadable {
  /** The proof at the end; rejects with the run's first failure, which is never an unhandled rejection. */
  readonly receipt: Promise<Receipt>;
  #options: RunExportOptions;
  readonly #source: Source;
  /** Existing files that the result goes to. */
  #outputs: Outputs = new Map();
  /** The files of the result, for a folder. */
  readonly #marks: OpenFileMarks = { ends: [], names: [] };
  readonly #run: Run;
  readonly #planFor: PlanFor;
  #target: PlanCompletion;
  #plan: ExportPlan;
  /** Why the result can only go to a folder; absent: it can go elsewhere. */
  #refusal: unknown;
  /** The open files of a delta. */
  #delta: OpenDelta | undefined;

  /**
   * @param planFor completes the plan for the destination that the result is delivered to
   * @param target the time of the export, and what is known of its destination so far
   */
  constructor(planFor: PlanFor, options: RunExportOptions, target: PlanCompletion) {
    const { plan, refusal } = firstPlan(planFor, target);
    const source = guarded(toSource(options.source), () => this.#outputs);
    const { signal, logger, onProgress, onReject } = options;
    const run = newRun({ id: plan.id, signal, logger, onProgress, onReject });
    run.beginReading();
    refuseDeltaOfJobs(plan);
    const deltaOption = deltaOptionOf(options);
    if (deltaOption) refuseDelta(plan, deltaOption);
    super(
      () => {
        if (this.#refusal !== undefined) throw toSluiceError(this.#refusal, 'INTERNAL', 'plan');
        const state = { marks: this.#marks, delta: this.#portsOfDelta() };
        return bytesOf(runExport(source, { ...this.#options, ...state }, this.#plan, run));
      },
      run,
      {
        output: 'bytes',
        endsInEnvelope: () => this.#plan.envelope !== undefined,
      },
    );
    this.#options = options;
    this.#source = source;
    this.#run = run;
    this.#planFor = planFor;
    this.#target = target;
    this.#plan = plan;
    this.#refusal = refusal;
    this.receipt = run.receipt;
  }

  /** The plan of this export. */
  get plan(): ExportPlan {
    return this.#plan;
  }

  /**
   * Writes the result to a file, which appears under its name only when it is complete. What neither options nor
   * profile state of format and packing, the suffix of the path decides. A path that ends with a separator is a folder,
   * for the files of `splitBy`, `batchSize` or `maxBytesPerFile`.
   * @throws SluiceError (rejects) `ALREADY_USED` when the stream was read or delivered before; the run's failure;
   * `DESTINATION_EXISTS`, `DISK_FULL`, `WRITE_FAILED` …
   */
  async toFile(path: string | URL, options: ToFileOptions = {}): Promise<Receipt> {
    const named = path instanceof URL ? pathOf(path, 'path') : path;
    acceptArgument('path', named, filledText);
    acceptOptions(options, TO_FILE);
    return this.to(namesFolder(named) ? folder(named, options) : file(named, options));
  }

  /**
   * The complete result in memory.
   * @throws SluiceError (rejects) `ALREADY_USED`; the run's failure
   */
  async toBuffer(): Promise<Buffer> {
    const destination = memory();
    await this.to(destination);
    return destination.contents();
  }

  /**
   * The result as a web stream, such as the body of a `Response`; cancelling it aborts the export.
   * @throws SluiceError `ALREADY_USED`
   */
  toWeb(): ReadableStream<Uint8Array> {
    this.claim();
    return this.connect(() => webStream(this));
  }

  /**
   * Delivers the result to a destination or to a stream of Node; resolves with the receipt once it has arrived. The
   * suffix of a destination that stores it under a name decides as that of a file does.
   * @throws SluiceError (rejects) as `toFile` does
   */
  async to(place: Destination | Writable): Promise<Receipt> {
    const destination = isWritable(place) ? writable(place) : place;
    acceptArgument('destination', destination, destinationCheck);
    this.claim();
    if (destination.stored && !this.destroyed) this.#planFile(destination);
    const setsAside = this.#plan.read.onError === 'skip-file';
    this.#outputs = await refuseOwnInput(this.#source, [destination], setsAside).catch((cause: unknown) =>
      this.#refuse(cause),
    );
    this.#delta = await this.#openDelta().catch((cause: unknown) => this.#refuse(cause));
    try {
      const receipt = await this.#deliver(destination);
      await this.#delta?.place();
      return receipt;
    } catch (cause) {
      await this.#delta?.discard();
      throw cause;
    }
  }

  #deliver(destination: Destination): Promise<Receipt> {
    return deliver(this, destination, this.receipt, {
      signal: this.#run.signal,
      note: (note) => this.#run.note(note),
      files: destination.folder ? this.#marks : undefined,
      refuseInputs: (existing) => refuseInputs(this.#source, existing),
      bytesOf: ({ output }) => output.bytes,
      connect: (act) => this.connect(act),
    });
  }

  async #openDelta(): Promise<OpenDelta | undefined> {
    const { deltaFrom: from, deltaTo: to } = this.#options;
    if (from === undefined && to === undefined) return undefined;
    // What `now` means in criteria differs from export to export.
    const plan = indexPlanOf(this.#planFor({ ...this.#target, now: 0 }));
    return openDelta({ from, to }, { plan, note: (note) => this.#run.note(note) });
  }

  /** @throws SluiceError `INVALID` for a delta that is read as a stream */
  #portsOfDelta(): DeltaPorts | undefined {
    const option = deltaOptionOf(this.#options);
    if (option && !this.#delta) {
      throw invalid(
        'run',
        'a delta is delivered by toFile, toBuffer or to: its index must not get ahead of its result',
        option,
      );
    }
    return this.#delta?.ports;
  }

  /** Completes the plan with the name of the result, if that was not known. */
  #planFile({ name: destination, folder }: Destination): void {
    this.#options = { ...this.#options, digest: this.#options.digest ?? true };
    if (this.#target.destination === destination) return;
    this.#target = { ...this.#target, destination, folder };
    try {
      this.#plan = this.#planFor(this.#target);
      this.#refusal = undefined;
    } catch (cause) {
      this.#refuse(cause);
    }
  }

  /** Ends the run before it begins, without an error event: the caller gets the error and listens to no event. */
  #refuse(cause: unknown): never {
    this.#run.fail(toSluiceError(cause, 'INTERNAL', 'plan'));
    this.destroy();
    throw cause;
  }
}

/** Names that decide what options alone leave open: settings of tables, levels of Zstandard. */
const POSSIBLE_NAMES: readonly string[] = ['result.csv', 'result.xlsx', 'result.zst'];

/**
 * The plan before a destination is known, and why only some destinations can have it.
 * @throws whatever `planFor` throws if no destination can
 */
function firstPlan(
  planFor: PlanFor,
  target: PlanCompletion,
): { readonly plan: ExportPlan; readonly refusal?: unknown } {
  try {
    return { plan: planFor(target) };
  } catch (refusal) {
    if (target.destination !== undefined) throw refusal;
    const inFolder = planOrNone(planFor, { ...target, folder: true });
    // Files that are compressed by themselves can only go to a folder.
    if (inFolder?.output.pack === 'gzip' || inFolder?.output.pack === 'zstd') return { plan: inFolder, refusal };
    for (const destination of POSSIBLE_NAMES) {
      const plan = planOrNone(planFor, { ...target, destination });
      if (plan) return { plan, refusal };
    }
    throw refusal;
  }
}

function planOrNone(planFor: PlanFor, target: PlanCompletion): ExportPlan | undefined {
  try {
    return planFor(target);
  } catch {
    return undefined;
  }
}

/** The option by which an export is a delta, or the first one of a chain of them. */
function deltaOptionOf({ deltaFrom, deltaTo }: RunExportOptions): 'deltaFrom' | 'deltaTo' | undefined {
  return deltaFrom !== undefined ? 'deltaFrom' : deltaTo !== undefined ? 'deltaTo' : undefined;
}

/** Opens the source and drives it through the stages of the plan. */
function runExport(
  source: Source,
  { reader, schema, digest = false, marks, delta }: RunExportOptions & StateOfExport,
  plan: ExportPlan,
  run: Run,
): AsyncGenerator<ExportEvent, void> {
  // Not the complete plan: it may list 100,000 ids, or data that does not belong in a log.
  run.logger.info({ run: run.id, output: plan.output }, 'export started');
  traceExport({ id: run.id, output: plan.output }, () => run.receipt);
  noteIdle(plan.idleOptions, run);
  return driveExport(source, plan, { reader, schema, digest, marks, delta }, run);
}
