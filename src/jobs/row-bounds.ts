/** Bounds of everything in a row, so that no job slows down lists, opening and sweeps for others. */
import { stepsInTurns } from '../loop/turn.js';
import { jsonLoss, refuseLossSteps } from '../options/exact-json.js';
import { Faults } from '../options/faults.js';
import { jsonSteps, MAX_NESTING } from '../options/json-steps.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import type { Receipt } from '../terms/receipt.js';
import type { JobError, JobFacts } from './job.js';

/** Maximum size of a request as JSON; far above the default limit of a request body. */
const MOST_REQUEST_BYTES = 16 * 1024 * 1024;

/** Maximum characters of a tenant's name and of an idempotency key. */
const LONGEST_KEY = 255;

/** Maximum characters of a fact. */
const LONGEST_FACT = 1024;

/** Maximum number of types of entities among the facts. */
const MOST_TYPES = 100;

/** Default maximum size of a tenant's rows with their requests. */
export const MOST_ROW_BYTES = 256 * 1024 * 1024;

/** Maximum characters of each text of an error. */
const LONGEST_TEXT = 4096;

/** Maximum faults of a refused request. */
const MOST_FAULTS = 20;

/** Maximum files of a receipt; the manifest in the zip lists all. */
const MOST_FILES = 1000;

/** Maximum notes of a receipt. */
const MOST_NOTES = 50;

/** Text that databases cannot store: NUL and lone surrogates, different ones of which may be stored alike. */
const UNSTORABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Whether databases store a text as it is. */
export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/**
 * Normalizes a request by JSON, as a row stores it, so that an equal request compares equal later.
 * @returns `kept`, and its size as JSON text
 * @throws SluiceError `INVALID` if it is not data that JSON holds exactly, is too large, or is nested too deep
 */
export async function keepRequest(request: unknown): Promise<{ readonly kept: unknown; readonly bytes: number }> {
  let text: string | undefined;
  try {
    text = JSON.stringify(request ?? {});
  } catch (cause) {
    // The only cause of a stack overflow here is depth.
    if (cause instanceof RangeError) throw tooDeep();
    throw refused(`must be data: ${messageOf(cause)}`);
  }
  if (text === undefined) throw refused(`must be data, not a ${typeof request}`);
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_REQUEST_BYTES) throw refused(`has more than ${MOST_REQUEST_BYTES} bytes as JSON`);
  const loss = request === undefined ? undefined : jsonLoss(request);
  if (loss !== undefined) throw refused(`must be data that JSON holds exactly, not ${loss}`);
  const faults = new Faults();
  await stepsInTurns(refuseLossSteps(request ?? {}, '', faults));
  faults.throwIfAny();
  const kept = await stepsInTurns(jsonSteps(text, faults, false));
  if (!faults.isEmpty) throw tooDeep();
  return { kept, bytes };
}

/**
 * Refuses the name of a tenant, or an idempotency key, that cannot be stored.
 * @throws SluiceError `INVALID`
 */
export function checkKey(key: unknown, what: string): asserts key is string {
  if (typeof key === 'string' && key !== '' && key.length <= LONGEST_KEY && isStorable(key)) return;
  const message = `${what} must be 1 to ${LONGEST_KEY} characters of text, without NUL and lone surrogates`;
  throw new SluiceError('INVALID', 'accept', message);
}

/** Facts as a row stores them: without those that cannot be stored, by which no job is found. */
export function boundedFacts({ types, ...facts }: JobFacts): JobFacts {
  const isKept = (value: unknown) => typeof value === 'string' && value.length <= LONGEST_FACT && isStorable(value);
  const kept = types?.filter(isKept).slice(0, MOST_TYPES);
  return {
    ...Object.fromEntries(Object.entries(facts).filter(([, value]) => isKept(value))),
    ...(kept && kept.length > 0 && { types: kept }),
  };
}

/** An error as a row stores it. */
export function boundedError({ code, stage, message, ...rest }: SluiceError): JobError {
  const { source, recordIndex, byteOffset, line, path, faults = [], moreFaults } = rest;
  const kept = faults.slice(0, MOST_FAULTS).map((fault) => ({
    code: fault.code,
    path: shortened(fault.path),
    message: shortened(fault.message),
  }));
  const details = {
    recordIndex,
    byteOffset,
    line,
    moreFaults,
    source: source === undefined ? undefined : shortened(source),
    path: path === undefined ? undefined : shortened(path),
    faults: kept.length === 0 ? undefined : kept,
  };
  const present = Object.entries(details).filter(([, value]) => value !== undefined);
  return { code, stage, message: shortened(message), ...Object.fromEntries(present) };
}

/** A receipt as a row stores it: with a maximum of files, and a note of their number. */
export function boundedReceipt(receipt: Receipt): Receipt {
  const { files } = receipt;
  const notes = receipt.notes.slice(0, MOST_NOTES).map(({ text, ...note }) => ({ ...note, text: shortened(text) }));
  if (files.length <= MOST_FILES) return { ...receipt, notes };
  const text = `The result has ${files.length} files; the first ${MOST_FILES} are listed here, and all of them in its manifest, if it has one.`;
  const counts = { files: files.length, listed: MOST_FILES };
  return {
    ...receipt,
    files: files.slice(0, MOST_FILES),
    notes: [...notes, { code: 'FILES_NOT_LISTED', text, counts }],
  };
}

function shortened(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`;
}

function tooDeep(): SluiceError {
  return refused(`is nested more than ${MAX_NESTING} levels deep`);
}

function refused(message: string): SluiceError {
  return new SluiceError('INVALID', 'accept', `the request ${message}`, { path: 'request' });
}
