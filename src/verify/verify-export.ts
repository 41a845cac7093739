/** Verifies an artefact: reads it again and compares it with itself and its receipt. */

import { createHash } from 'node:crypto';
import { newRun } from '../export/create-run.js';
import { acceptSettings } from '../export/plan-export.js';
import { nextTurn, turnIsOver } from '../loop/turn.js';
import {
  abortSignal,
  acceptArgument,
  acceptOptions,
  check,
  filledText,
  type OptionTable,
} from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import { isOfficeFile } from '../options/known-format.js';
import { checkStage } from '../select/check.js';
import { chunkInput } from '../sources/bytes.js';
import { files } from '../sources/files.js';
import { isGzip } from '../sources/gzip-members.js';
import { openText } from '../sources/open-text.js';
import { peekInput } from '../sources/peek-input.js';
import { readBatches } from '../sources/read-batches.js';
import { readChunks } from '../sources/read-chunks.js';
import type { ByteInput, Source } from '../sources/source.js';
import { zipEntries } from '../sources/zip-entries.js';
import { isZstd } from '../sources/zstd-blocks.js';
import { openNamelessFile } from '../temporary-files/nameless-file.js';
import { entityCount } from '../terms/batch.js';
import { definedOnly } from '../terms/defined-only.js';
import { SluiceError } from '../terms/errors.js';
import type { ReadPlan } from '../terms/plan.js';
import type { FileReceipt } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import type { Envelope } from '../unpack/decode-envelope.js';
import { blobDestination, filesOfBlob } from './blob-files.js';
import { unwrapEnvelope } from './unwrap-envelope.js';
import type { ArtefactKind, ExpectedReceipt, Verification, VerifiedFile } from './verification.js';
import { filesOfFolder, folderFiles, isFolder } from './verify-folder.js';
import { refuseEmpty, refuseUnlessPlain } from './verify-input.js';
import { differences, LARGEST_MANIFEST_BYTES, type Manifest, mayBeManifest, parseManifest } from './verify-manifest.js';
import { delimitersOf, readTable } from './verify-table.js';
import { readToEnd, readWorkbook } from './verify-workbook.js';

/** Options of `verifyExport`. */
export interface VerifyOptions {
  /** The receipt of the export. */
  readonly receipt?: ExpectedReceipt;
  /** Aborts the verification, which rejects with `ABORTED`. */
  readonly signal?: AbortSignal;
}

const isCount = (value: unknown) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** The check of a receipt; further members are ignored. */
const receipt = check(
  (value) =>
    isObject(value) &&
    isCount(value.written) &&
    isObject(value.output) &&
    isCount(value.output.bytes) &&
    Array.isArray(value.files) &&
    value.files.every((one) => isObject(one) && typeof one.name === 'string' && isCount(one.bytes)),
  'the receipt of an export: written, output and files',
);

const VERIFY: OptionTable<VerifyOptions> = { receipt, signal: abortSignal };

/**
 * Reads an artefact to its last byte and checks its end, its checksums, the grammar of every record and the envelope's
 * count; with a receipt also counts, sizes and digests. Of tables, only sizes and digests are compared, and the checksums
 * in workbooks. A blob is spooled to a temporary file. Of a folder, the files of the receipt are read, else those of its
 * manifest, else all that are not hidden.
 * @throws SluiceError (rejects) `VERIFY_FAILED`, or the code of the fault that was found
 */
export async function verifyExport(path: string, options: VerifyOptions = {}): Promise<Verification> {
  acceptArgument('path', path, filledText);
  acceptOptions(options, VERIFY);
  const folder = (await isFolder(path)) ? folderFiles(path, await filesOfFolder(path, options.receipt)) : undefined;
  if (!folder) await refuseUnlessPlain(path);
  const output = await digestFiles(folder ?? files(path), options.signal);
  const found: Contents = folder
    ? { kind: 'folder', ...(await countAll(folder, options.signal, path)) }
    : await readArtefact(path, output.front, options.signal);
  const { front, ...measured } = output;
  const verification: Verification = { ...found, output: measured };
  // A receipt states the size of every file.
  if (options.receipt) compare(path, verification, options.receipt);
  else requireContent(found);
  return verification;
}

/** @throws SluiceError `TRUNCATED` for an empty file that is never empty when it is complete */
function requireContent({ kind, files: found }: Contents): void {
  for (const { name, bytes } of found) if (bytes === 0) refuseEmpty(name, kind === 'gzip' || kind === 'zstd');
}

/** Bytes that reveal the kind of an artefact. */
const FRONT_BYTES = 4096;

/**
 * The beginning of an envelope. Either of its first two members is enough: with one of them damaged it is a broken envelope
 * rather than a line with an unusual entity.
 */
const ENVELOPE = /^\s*\{\s*("[^"]*"\s*:\s*\{\s*"binaryObjects"|"response"\s*:\s*\{\s*"(?!entities")[^"]*"\s*:\s*\[)/;

interface Contents {
  readonly kind: ArtefactKind;
  readonly records?: number;
  readonly files: readonly VerifiedFile[];
  readonly envelope?: Envelope;
}

async function readArtefact(path: string, front: Buffer, signal: AbortSignal | undefined): Promise<Contents> {
  const text = front.toString('latin1');
  if (isOfficeFile(front)) {
    await readWorkbook(zipEntries(path), path, signal ?? newRun().signal);
    return { kind: 'workbook', ...(await countAll(files(path), signal, path)) };
  }
  if (text.startsWith('PK')) return { kind: 'zip', ...(await countAll(zipEntries(path), signal, path)) };
  if (ENVELOPE.test(text)) return readEnvelope(path, signal);
  const kind = isGzip(front) ? 'gzip' : isZstd(front) ? 'zstd' : 'entities';
  return { kind, ...(await countAll(files(path), signal, path)) };
}

async function readEnvelope(path: string, signal: AbortSignal | undefined): Promise<Contents> {
  const blob = await openNamelessFile('verify');
  try {
    const envelope = await unwrapEnvelope(path, { signal }).to(blobDestination(blob));
    const contents = await countAll(await filesOfBlob(blob, path, envelope, signal ?? newRun().signal), signal, path);
    if (contents.records !== undefined && contents.records !== envelope.totalRecords) {
      throw failed(path, `totalRecords is ${envelope.totalRecords}, but the blob holds ${contents.records} records`);
    }
    return { kind: 'envelope', ...contents, envelope };
  } finally {
    await blob.close();
  }
}

/** Counts, checks and digests every file of a source. */
async function countAll(
  source: Source,
  signal: AbortSignal | undefined,
  path: string,
): Promise<Pick<Contents, 'records' | 'files'>> {
  const found: VerifiedFile[] = [];
  const run = newRun({ signal });
  const read = { ...acceptSettings({}).read, locate: [] };
  let manifest: Manifest | undefined;
  for await (const input of source.inputs(run.signal)) {
    if (input.kind !== 'bytes') continue;
    if (!mayBeManifest(input.name, found.length)) {
      found.push(await countOne(input, read, run));
      continue;
    }
    const chunks = readChunks(input, run.signal);
    const front = await takeFront(chunks, LARGEST_MANIFEST_BYTES);
    manifest = front.isWhole ? parseManifest(front.bytes) : undefined;
    const again = () => chunkInput(follow(front.bytes, chunks), input.name, run.signal);
    if (!manifest) found.push(await countOne(again(), read, run));
  }
  const wrong = manifest ? differences(manifest, found) : [];
  if (wrong.length > 0) throw failed(path, `it differs from its manifest: ${wrong.join('; ')}`);
  if (found.length === 0) throw failed(path, 'it holds no file');
  const counts = found.map(({ records }) => records);
  const isCounted = counts.every((records) => records !== undefined);
  return { records: isCounted ? counts.reduce((sum, one) => sum + one, 0) : undefined, files: found };
}

/** Takes chunks until they have this many bytes. */
async function takeFront(
  chunks: AsyncGenerator<Buffer, void>,
  limit: number,
): Promise<{ readonly bytes: Buffer; readonly isWhole: boolean }> {
  const taken: Buffer[] = [];
  for (let length = 0; length < limit; ) {
    const { value, done } = await chunks.next();
    if (done) return { bytes: Buffer.concat(taken), isWhole: true };
    taken.push(value);
    length += value.length;
  }
  return { bytes: Buffer.concat(taken), isWhole: false };
}

async function* follow(front: Buffer, rest: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  yield front;
  yield* rest;
}

/** Reads a file to its end; counts its records, if it has some that are checked, and digests it. */
async function countOne(input: ByteInput, read: ReadPlan, run: Run): Promise<VerifiedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const opened = await openText(input, run.signal, true).catch(async (cause: unknown) => {
    await input.close();
    throw cause;
  });
  try {
    const { front, input: whole } = await peekInput(opened, FRONT_BYTES);
    const digested: ByteInput = {
      ...opened,
      async read(into) {
        const length = await whole.read(into);
        hash.update(into.subarray(0, length));
        bytes += length;
        return length;
      },
    };
    const records = await recordsOf(digested, front, read, run);
    return { name: input.name, ...definedOnly({ records }), bytes, sha256: hash.digest('hex') };
  } finally {
    // An aborted run may end before it has requested the input, which is open nevertheless.
    await opened.close();
  }
}

/** Reads an input to its end. @returns the number of its records; undefined for workbooks and tables */
async function recordsOf(input: ByteInput, front: Buffer, read: ReadPlan, run: Run): Promise<number | undefined> {
  if (isOfficeFile(front)) {
    // Its parts, its archive, or what it is compressed by, have checksums.
    await readToEnd(input, run.signal);
    return undefined;
  }
  const delimiters = delimitersOf(front, input.name);
  if (delimiters !== undefined) {
    await readTable(input, delimiters, run.signal);
    return undefined;
  }
  const source: Source = {
    async *inputs() {
      yield input;
    },
  };
  // The receipt decides whether an empty file is complete.
  const reading = { ...read, reader: 'scan', recycle: true, mayBeBlank: front.length === 0 } as const;
  const check = checkStage();
  let records = 0;
  try {
    for await (const batch of readBatches(source, reading, run)) {
      if (turnIsOver()) await nextTurn();
      for (const checked of await check.push(batch, run)) {
        if (checked.ending?.kind === 'fault') throw checked.ending.error;
        records += entityCount(checked);
      }
    }
  } finally {
    await check.close?.();
  }
  return records;
}

async function digestFiles(
  source: Source,
  signal: AbortSignal | undefined,
): Promise<{ bytes: number; sha256: string; front: Buffer }> {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(1024 * 1024);
  let bytes = 0;
  let front = Buffer.alloc(0);
  for await (const input of source.inputs(signal ?? newRun().signal)) {
    if (input.kind !== 'bytes') continue;
    try {
      for (let length = await input.read(chunk); length > 0; length = await input.read(chunk)) {
        const read = chunk.subarray(0, length);
        if (front.length < FRONT_BYTES) front = Buffer.concat([front, read.subarray(0, FRONT_BYTES)]);
        hash.update(read);
        bytes += length;
      }
    } finally {
      await input.close();
    }
  }
  return { bytes, sha256: hash.digest('hex'), front };
}

function compare(path: string, found: Verification, expected: ExpectedReceipt): void {
  const differences = [
    found.records === undefined ? undefined : differ('records', found.records, expected.written),
    differ('bytes', found.output.bytes, expected.output.bytes),
    differ('SHA-256', found.output.sha256, expected.output.sha256),
    // The receipt of a composed pipeline need not list files.
    expected.files.length > 0 ? differ('files', found.files.length, expected.files.length) : undefined,
    ...expected.files.flatMap((file, index) => compareFile(found.files[index], file)),
  ].filter((difference) => difference !== undefined);
  if (differences.length > 0) throw failed(path, `it differs from the receipt: ${differences.join('; ')}`);
}

function compareFile(found: VerifiedFile | undefined, expected: FileReceipt): (string | undefined)[] {
  if (!found) return [];
  return [
    found.records === undefined ? undefined : differ(`records of ${expected.name}`, found.records, expected.records),
    differ(`bytes of ${expected.name}`, found.bytes, expected.bytes),
    differ(`SHA-256 of ${expected.name}`, found.sha256, expected.sha256),
  ];
}

function differ<T>(what: string, found: T, expected: T | undefined): string | undefined {
  return expected === undefined || found === expected ? undefined : `${what} ${found}, not ${expected}`;
}

function failed(path: string, message: string): SluiceError {
  return new SluiceError('VERIFY_FAILED', 'verify', `${path}: ${message}`, { path });
}
