/** Reads the inputs of a source as batches of entities. */

import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { chooseScanner } from '../scan/choose-scanner.js';
import type { Piece, Prefilter, ScanOptions } from '../scan/scanner.js';
import { Reshaper } from '../shape/reshape.js';
import { entitiesAreInside, movesEntities } from '../shape/shape.js';
import { uniquePaths } from '../shape/unique-paths.js';
import type { Batch, ByteBatch, MemberNames, ObjectBatch } from '../terms/batch.js';
import { type SluiceError, toSluiceError } from '../terms/errors.js';
import type { Path } from '../terms/path.js';
import type { InputForm, ReadPlan } from '../terms/plan.js';
import { bytesUpTo, type ResumePoint, type ScanPosition, type SourcePosition } from '../terms/position.js';
import type { Run } from '../terms/run.js';
import type { Sightings } from '../terms/sightings.js';
import { FormRemarks } from './form-remarks.js';
import { IS_NAMED_LINES, OnlyRecords } from './only-record.js';
import { explainBrotli, openText } from './open-text.js';
import { OtherArrays } from './other-arrays.js';
import { objectBatch, readObjects } from './read-objects.js';
import { inputsFrom, type ResumedInput } from './resume-inputs.js';
import type { ByteInput, Source, SourceContext } from './source.js';
import { type StreamJsonPlan, streamJsonObjects } from './stream-json-objects.js';
import { type InputPlace, positionAfter, resumedText } from './text-position.js';
import { throwIfAborted } from './until-aborted.js';

/**
 * Bytes per read: few at first, for callers that stop after ten records, then doubled each time, until the cost of a read
 * is negligible.
 */
const FIRST_READ_BYTES = 128 * 1024;
const MOST_READ_BYTES = 2 * 1024 * 1024;

/** Options of reading, beside those of the plan. */
export interface ReadOptions extends ReadPlan {
  /** What turns JSON text into entities: the scanner (spans of bytes), or stream-json (objects). */
  readonly reader: 'scan' | 'stream-json';
  /** Conditions of later filters, if they are known: entities that they would drop may be left out at once. */
  readonly prefilter?: Prefilter;
  /** All entities that are not left out will be checked, so that they may be checked at once; default false. */
  readonly verify?: boolean;
  /** Members of the first level of which later stages use excerpts, if there are some; absent: none. */
  readonly excerpt?: readonly string[] | undefined;
  /** Whether an input may be white space only, whatever its name says. */
  readonly mayBeBlank?: boolean;
  /** Each batch is consumed before the next one is requested, so that its memory may be reused. */
  readonly recycle: boolean;
  /** The position of an earlier reader; absent: the beginning of the source. */
  readonly from?: SourcePosition;
  /** What was found of the shape so far; more is added. Absent: nothing, and nobody asks. */
  readonly sightings?: Pick<Sightings, 'shape' | 'open' | 'families'>;
  /** Is told the form of each input of text, and the path to its entities. */
  readonly onForm?: (input: string, form: InputForm, path: Path) => void;
}

/** These options, for one input: a fault that sets it aside ends its reading. */
type ScanPolicy = Omit<ReadOptions, 'onError'> & Pick<ScanOptions, 'onError' | 'mayBeNull'>;

/** The same, for records: with the members of which a second one is a fault. */
type RecordPolicy = ScanPolicy & Pick<StreamJsonPlan, 'unique'>;

/**
 * Reads a source to its end, or until the run stops. A failure becomes the ending of the last batch, so that the entities
 * before it arrive first. Each input is closed before the next one is opened and before this ends. Resuming at the
 * position of an earlier reader fails with `SOURCE_CHANGED` if that position no longer exists.
 */
export async function* readBatches(source: Source, asked: ReadOptions, run: Run): AsyncGenerator<Batch, void> {
  const setsAside = asked.onError === 'skip-file';
  const given: ScanPolicy = { ...asked, onError: asked.onError === 'skip' ? 'skip' : 'stop' };
  const options = readerOptions(given);
  const reshaper = Reshaper.make(given, asked.sightings);
  let current: Current = { name: 'the source', firstIndex: 0 };
  const watched = { only: new OnlyRecords(options.memberNames), others: new OtherArrays(), forms: new FormRemarks() };
  if (run.stopping) return;
  try {
    throwIfAborted(run.signal);
    const context = contextOf(run, setsAside);
    for await (const { input, index, before, from } of inputsFrom(source, options.from, run.signal, context)) {
      current = { name: input.name, firstIndex: from?.scan.recordIndex ?? 0 };
      const batches =
        input.kind === 'bytes'
          ? readBytes(input, { index, before, from }, options, watched, run)
          : readObjects(input, options, run);
      const records = setsAside ? endingInFault(batches, current, options.memberNames, index, run) : batches;
      for await (const batch of reshaper ? reshaper.reshape(records, input.name, run) : records) {
        current.firstIndex = batch.firstIndex + batch.covers;
        run.ledger.countFound(batch.covers);
        yield batch;
        if (run.stopping || (batch.ending && !setsAside)) {
          reshaper?.report(run);
          return;
        }
        // A later stage may have found a fault in the batch.
        if (batch.ending || (setsAside && run.ledger.isAside(index))) break;
      }
    }
    reshaper?.report(run);
    watched.forms.report(run);
    watched.only.report(run);
    watched.others.report(run);
  } catch (cause) {
    yield endingBatch(current, options.memberNames, readError(cause, current, run));
  } finally {
    reshaper?.close();
  }
}

/** The options of the reader of records. What filters look at is not in records if entities are only a part of them. */
function readerOptions(given: ScanPolicy): RecordPolicy {
  const { deeper, prefilter } = given;
  const options = { ...given, unique: given.reader === 'stream-json' ? uniquePaths(given) : [] };
  if (movesEntities(options)) {
    const mayBeNull = entitiesAreInside(options);
    return { ...options, locate: [], prefilter: undefined, verify: false, excerpt: undefined, mayBeNull };
  }
  const isDeeper = (prefilter?.ids && deeper?.id) || (prefilter?.types && deeper?.type);
  return isDeeper ? { ...options, prefilter: undefined, verify: false, excerpt: undefined } : options;
}

function readError(cause: unknown, { name }: Current, run: Run): SluiceError {
  return run.signal.aborted ? run.abortError() : toSluiceError(cause, 'READ_FAILED', 'read', { source: name });
}

/** What the source is given: its notes go to the receipt, and what it cannot open is set aside if that is wanted. */
function contextOf(run: Run, setsAside: boolean): SourceContext {
  const setAside = (source: string, error: SluiceError) => run.setAside(undefined, { source, error, records: 0 });
  return { note: (note) => run.noteOnce(note), setAside: setsAside ? setAside : undefined };
}

/** The batches of an input, by its index; what they throw becomes the ending of another one, unless the run was aborted. */
async function* endingInFault(
  batches: AsyncGenerator<Batch, void>,
  current: Current,
  memberNames: MemberNames,
  index: number,
  run: Run,
): AsyncGenerator<Batch, void> {
  try {
    for await (const batch of batches) yield { ...batch, fromInput: index };
  } catch (cause) {
    if (run.signal.aborted) throw cause;
    yield { ...endingBatch(current, memberNames, readError(cause, current, run)), fromInput: index };
  }
}

/** The input that is read, and the index of its next record. */
interface Current {
  readonly name: string;
  firstIndex: number;
}

/** What is reported about inputs at the end of all of them. */
interface Watched {
  readonly only: OnlyRecords;
  readonly others: OtherArrays;
  readonly forms: FormRemarks;
}

async function* readBytes(
  input: ByteInput,
  { index, before, from }: Omit<ResumedInput, 'input'>,
  options: RecordPolicy,
  watched: Watched,
  run: Run,
): AsyncGenerator<Batch, void> {
  if (from) run.ledger.countBytesIn(bytesUpTo(from) - run.ledger.bytesIn);
  const bytesBefore = from?.bytesBefore ?? run.ledger.bytesIn;
  const counted = countBytes(input, run);
  let opened: ByteInput = counted;
  try {
    if (from) opened = await resumedText(counted, from, run);
    else if (!input.form) opened = await openText(counted, run.signal);
    if (options.reader === 'stream-json') {
      const plan = { ...options, ...namedForm(input, options) };
      yield* readObjects(streamJsonObjects(opened, plan, watched), options, run);
    } else {
      const { name, resumable } = opened;
      const place = resumable && { input: index, before, name, identity: resumable.identity, bytesBefore };
      yield* scan(opened, place, from?.scan, input.form ? { ...options, form: input.form } : options, watched, run);
    }
  } finally {
    for (const note of opened.notes?.() ?? []) run.note(note);
    await opened.close();
  }
}

/** @param place of the input in the source, if reading can resume there */
async function* scan(
  input: ByteInput,
  place: InputPlace | undefined,
  from: ScanPosition | undefined,
  { from: _, ...options }: ScanPolicy,
  { only, others, forms }: Watched,
  run: Run,
): AsyncGenerator<Batch, void> {
  const scanner = await stepsInTurns(
    chooseScanner({
      ...options,
      source: input.name,
      unnumbered: input.form !== undefined,
      ...namedForm(input, options),
      from,
    }),
  );
  let size = FIRST_READ_BYTES;
  let isKnown = false;
  let reading: Promise<number> | undefined;
  try {
    for (;;) {
      throwIfAborted(run.signal);
      const before = run.now();
      const length = await (reading ?? input.read(scanner.reserve(size)));
      const readAt = run.now();
      reading = undefined;
      scanner.accept(length);
      size = Math.min(2 * size, MOST_READ_BYTES);
      if (input.readsAhead && length > 0) {
        reading = input.read(scanner.reserve(size));
        // The await below handles the failure.
        reading.catch(() => {});
      }
      if (turnIsOver()) await nextTurn();
      const scanAt = run.now();
      const found = scanner.scan(length === 0);
      const piece = found.fault ? { ...found, fault: explainBrotli(found.fault, input) } : found;
      run.ledger.addBusy('read', readAt - before);
      run.ledger.addBusy('scan', run.now() - scanAt);
      // A form that the caller states is intended.
      if (options.form === undefined && !movesEntities(options)) only.look(piece, input);
      others.add(input.name, piece.others);
      if (piece.remark) forms.add(input.name, piece.remark);
      if (!isKnown && piece.form) options.onForm?.(input.name, piece.form, piece.path ?? []);
      isKnown ||= piece.form !== undefined;
      if (piece.covers > 0 || piece.fault) {
        yield byteBatch(piece, input.name, positionAfter(input, place, piece.next), options);
      }
      if (length === 0 && !piece.fault) only.endInput();
      if (piece.fault || length === 0 || run.stopping) return;
    }
  } finally {
    // A pending read writes into the scanner's memory.
    await reading?.catch(() => {});
    scanner.close();
  }
}

/** What the name of an input says: that it is a document, which cannot be blank, or lines. */
function namedForm(
  { name, form }: ByteInput,
  { mayBeBlank = false }: Pick<ReadOptions, 'mayBeBlank'>,
): Pick<ScanOptions, 'neverBlank' | 'isNamedLines'> {
  return {
    neverBlank: !mayBeBlank && form === undefined && /\.json(\.(gz|gzip|zst|zstd))?$/i.test(name),
    isNamedLines: IS_NAMED_LINES.test(name),
  };
}

function byteBatch(
  piece: Piece,
  source: string,
  next: ResumePoint | undefined,
  options: Omit<ScanPolicy, 'from'>,
): ByteBatch {
  const { bytes, byteOffset, rows, count, firstIndex, covers, filtered, rejects, fault, singleLine, unended } = piece;
  const { absent, otherKind, knownLine, unchecked, excerpts } = piece;
  const { memberNames, locate, trust, maxDepth, onError, prefilter } = options;
  const member = prefilter?.ids ? 'id' : prefilter?.types ? 'type' : undefined;
  return {
    kind: 'bytes',
    ...{ source, memberNames, firstIndex, covers, filtered, rejects, bytes, byteOffset, knownLine, rows, count },
    ...{ singleLine, unended, maxDepth, onError, located: locate, unchecked, excerpts },
    checked: trust || unchecked?.length === 0,
    leftOut: member && { member, records: filtered, absent, otherKind },
    next,
    ending: fault && { kind: 'fault', error: fault },
  };
}

function endingBatch({ name, firstIndex }: Current, memberNames: MemberNames, error: SluiceError): ObjectBatch {
  return {
    ...objectBatch(name, firstIndex, memberNames, { objects: [], ordinals: [], rejects: [] }, 0),
    ending: { kind: 'fault', error },
  };
}

/** The input, with its bytes counted in the ledger as they arrive. */
function countBytes(input: ByteInput, run: Run): ByteInput {
  if (input.sourceBytes !== undefined) {
    run.ledger.countBytesIn(input.sourceBytes);
    return input;
  }
  return {
    ...input,
    async read(into) {
      const length = await input.read(into);
      run.ledger.countBytesIn(length);
      return length;
    },
  };
}
