/** Reads the inputs of a source as batches of entities. */

import { Reshaper } from '../shape/reshape.js';
import { entitiesAreInside, movesEntities } from '../shape/shape.js';
import { uniquePaths } from '../shape/unique-paths.js';
import type { Batch, MemberNames, ObjectBatch } from '../terms/batch.js';
import { type SluiceError, toSluiceError } from '../terms/errors.js';
import { bytesUpTo } from '../terms/position.js';
import type { Run } from '../terms/run.js';
import { FormRemarks } from './form-remarks.js';
import { OnlyRecords } from './only-record.js';
import { openText } from './open-text.js';
import { OtherArrays } from './other-arrays.js';
import { objectBatch, readObjects } from './read-objects.js';
import type { ReadOptions, ScanPolicy } from './read-options.js';
import { inputsFrom, type ResumedInput } from './resume-inputs.js';
import { namedForm, scanInput, type Watched } from './scan-input.js';
import type { ByteInput, Source, SourceContext } from './source.js';
import { type StreamJsonPlan, streamJsonObjects } from './stream-json-objects.js';
import { resumedText } from './text-position.js';
import { throwIfAborted } from './until-aborted.js';

export type { ReadOptions } from './read-options.js';

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
      let isWhole = from === undefined && reshaper === undefined;
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
        if (batch.ending || (setsAside && run.ledger.isAside(index))) {
          isWhole = false;
          break;
        }
      }
      if (isWhole && input.kind === 'bytes') input.onRecords?.(current.firstIndex);
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
      yield* scanInput(
        opened,
        place,
        from?.scan,
        input.form ? { ...options, form: input.form } : options,
        watched,
        run,
      );
    }
  } finally {
    for (const note of opened.notes?.() ?? []) run.note(note);
    await opened.close();
  }
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
