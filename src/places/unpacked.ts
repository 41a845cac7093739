/** Inputs that hold others: archives, and the envelopes that sluice and the platform make. */
import { open } from 'node:fs/promises';
import { formatOf, ZIP_ARCHIVE } from '../options/known-format.js';
import { chunkInput } from '../sources/bytes.js';
import { withChangedInputs } from '../sources/changed-inputs.js';
import { peekInput } from '../sources/peek-input.js';
import { readRaw } from '../sources/read-chunks.js';
import type { ByteInput, Input, Source, SourceContext } from '../sources/source.js';
import { failingInput } from '../sources/zip-entries.js';
import { SluiceError } from '../terms/errors.js';
import type { ReadPlan } from '../terms/plan.js';
import { decodeEnvelope } from '../unpack/decode-envelope.js';
import { filesOfArchive, noInput } from './archive-files.js';
import { type BlobKind, blobKindOf, ENVELOPE_FRONT_BYTES, mayBeEnvelope } from './envelope-front.js';
import { spooled, spooledBlob } from './spooled.js';

/** The part of a plan that says how an input is meant. */
type Meant = Pick<ReadPlan, 'form' | 'path'>;

/**
 * The source with the files inside its archives and envelopes in place of these. An archive from anything but a file, and
 * the blob of an envelope, are first copied to a temporary file, since the directory of an archive is at its end.
 * @param meant a stated form or path means the envelope itself
 */
export function unpacked(source: Source, meant: Meant): Source {
  const readsEnvelopes = meant.form === undefined && meant.path === undefined;
  return withChangedInputs(source, async function* (inputs, signal, context) {
    for await (const input of inputs) {
      if (input.kind === 'objects' || input.form !== undefined) yield input;
      else yield* settingAside(filesIn(input, readsEnvelopes, signal, context), input.name, context, signal);
    }
  });
}

/** The inputs; a failure to open one sets the rest of the archive aside, where the run wants that. */
async function* settingAside(
  inputs: AsyncIterable<Input>,
  name: string,
  context: SourceContext | undefined,
  signal: AbortSignal,
): AsyncGenerator<Input, void> {
  try {
    yield* inputs;
  } catch (cause) {
    if (!context?.setAside || !(cause instanceof SluiceError) || signal.aborted) throw cause;
    context.setAside(name, cause);
  }
}

async function* filesIn(
  input: ByteInput,
  readsEnvelopes: boolean,
  signal: AbortSignal,
  context: SourceContext | undefined,
): AsyncGenerator<ByteInput, void> {
  const isEnough = (front: Buffer) => isDecided(front, readsEnvelopes);
  let whole = input;
  let front: Buffer;
  try {
    ({ front, input: whole } = await peekInput(input, ENVELOPE_FRONT_BYTES, isEnough));
  } catch (cause) {
    await input.close();
    throw cause;
  }
  if (formatOf(front) === ZIP_ARCHIVE) yield* filesOfZip(whole, signal);
  else if (!readsEnvelopes) yield whole;
  else yield* filesOfEnvelope(whole, blobKindOf(front), signal, context);
}

/** Bytes that tell an archive of Office from others. */
const ZIP_FRONT_BYTES = 64;

/** Whether the first bytes show what the input is; a pipe may keep the next ones pending. */
function isDecided(front: Buffer, readsEnvelopes: boolean): boolean {
  if (front.length === 0) return false;
  if (front[0] === 0x50) return front.length >= ZIP_FRONT_BYTES || (front.length > 1 && front[1] !== 0x4b);
  return !(readsEnvelopes && mayBeEnvelope(front)) || blobKindOf(front) !== undefined;
}

async function* filesOfZip(input: ByteInput, signal: AbortSignal): AsyncGenerator<ByteInput, void> {
  const { name, path } = input;
  let handle: Awaited<ReturnType<typeof open>>;
  let readBefore = 0;
  try {
    if (path !== undefined && input.readsAhead) handle = await open(path, 'r');
    else ({ handle, bytes: readBefore } = await spooled(input));
  } finally {
    await input.close();
  }
  try {
    yield* filesOfArchive(handle, name, readBefore, signal);
  } finally {
    await handle.close();
  }
}

async function* filesOfEnvelope(
  input: ByteInput,
  kind: BlobKind | undefined,
  signal: AbortSignal,
  context: SourceContext | undefined,
): AsyncGenerator<ByteInput, void> {
  const { name } = input;
  const counts = new RecordCounts(name, context);
  if (kind === undefined) {
    yield input;
    return;
  }
  if (kind !== 'archive') {
    yield* plainBlob(input, kind, signal, counts);
    counts.compare();
    return;
  }
  // Closes the input, also when it fails.
  const { handle, bytes, totalRecords } = await spooledBlob(input, signal);
  counts.stated = totalRecords;
  try {
    for await (const file of filesOfArchive(handle, name, bytes, signal)) yield counts.of(file);
  } finally {
    await handle.close();
  }
  counts.compare();
}

/** The records that an envelope states, and those that were read of its files. */
class RecordCounts {
  stated: number | undefined;
  readonly #name: string;
  readonly #context: SourceContext | undefined;
  #read = 0;
  /** Files that were not read to their end. */
  #open = 0;

  constructor(name: string, context: SourceContext | undefined) {
    this.#name = name;
    this.#context = context;
  }

  /** The file, whose records count. */
  of(file: ByteInput): ByteInput {
    this.#open++;
    const onRecords = (records: number) => {
      this.#read += records;
      this.#open--;
    };
    return { ...file, onRecords };
  }

  /** Adds a note if the numbers differ, after the last file. */
  compare(): void {
    const { stated } = this;
    const read = this.#read;
    if (this.#open > 0 || stated === undefined || stated === read) return;
    const text = `${this.#name}: the envelope states ${stated} records in totalRecords, and ${read} were read`;
    this.#context?.note({ code: 'TOTAL_DIFFERS', text, counts: { stated, read } });
  }
}

/** The file itself in an envelope, decoded while it is read; the end of the envelope is checked there too. */
async function* plainBlob(
  input: ByteInput,
  kind: BlobKind,
  signal: AbortSignal,
  counts: RecordCounts,
): AsyncGenerator<ByteInput, void> {
  const name = `${input.name}/blob`;
  const blob = async function* (): AsyncGenerator<Buffer, void> {
    ({ totalRecords: counts.stated } = yield* decodeEnvelope(readRaw(input), input.name));
  };
  const decoded = chunkInput(blob(), name, signal);
  const file: ByteInput = {
    ...decoded,
    async close() {
      await decoded.close();
      await input.close();
    },
  };
  if (kind === 'text') {
    yield counts.of(file);
    return;
  }
  yield failingInput(file, noInput(name, 'is a table, not JSON'));
}
