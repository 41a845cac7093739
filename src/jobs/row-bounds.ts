/** Bounds of all that enters a row, so that no job makes the others' listings, openings and sweeps slow or impossible. */
import { stepsInTurns } from '../loop/turn.js';
import { Faults } from '../options/faults.js';
import { jsonSteps, MOST_DEPTH } from '../options/json-steps.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import type { Receipt } from '../terms/receipt.js';
import type { JobError } from './job.js';

/** Bytes that a request may have as JSON text: what a service takes for a body at the most is far less. */
const MOST_REQUEST_BYTES = 16 * 1024 * 1024;

/** Characters that the name of a tenant, and an idempotency key, may have. */
const LONGEST_KEY = 255;

/** Bytes of rows, with their requests, that a tenant may have when nobody says. */
export const MOST_ROW_BYTES = 256 * 1024 * 1024;

/** Characters of the message and of each other text of an error. */
const LONGEST_TEXT = 4096;

/** Faults of a refused request that are kept. */
const MOST_FAULTS = 20;

/** Files of a receipt that are kept; the zip's own list has them all. */
const MOST_FILES = 1000;

/** Notes of a receipt that are kept. */
const MOST_NOTES = 50;

/** What text databases cannot hold: NUL, and halves of surrogate pairs, of which two may be stored as one. */
const UNSTORABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/**
 * Converts a request to what a row keeps of it: what JSON makes of it, so that a repeated request compares equal.
 * @returns `kept`, and its size as JSON text
 * @throws SluiceError `INVALID` for what is no data, too large, or nested too deep
 */
export async function keepRequest(request: unknown): Promise<{ readonly kept: unknown; readonly bytes: number }> {
  let text: string | undefined;
  try {
    text = JSON.stringify(request ?? {});
  } catch (cause) {
    // The one thing that overflows the stack here is depth.
    if (cause instanceof RangeError) throw tooDeep();
    throw refused(`must be data: ${messageOf(cause)}`);
  }
  if (text === undefined) throw refused(`must be data, not a ${typeof request}`);
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_REQUEST_BYTES) throw refused(`has more than ${MOST_REQUEST_BYTES} bytes as JSON`);
  const faults = new Faults();
  const kept = await stepsInTurns(jsonSteps(text, faults, false));
  if (!faults.isEmpty) throw tooDeep();
  return { kept, bytes };
}

/**
 * Refuses the name of a tenant, or an idempotency key, that could not be kept.
 * @throws SluiceError `INVALID`
 */
export function checkKey(key: unknown, what: string): asserts key is string {
  if (typeof key === 'string' && key !== '' && key.length <= LONGEST_KEY && !UNSTORABLE.test(key)) return;
  const message = `${what} is 1 to ${LONGEST_KEY} characters of text, without NUL and halves of surrogate pairs`;
  throw new SluiceError('INVALID', 'accept', message);
}

/** An error as a row keeps it. */
export function boundedError({ code, stage, message, ...rest }: SluiceError): JobError {
  const { source, recordIndex, byteOffset, line, path, faults = [], moreFaults } = rest;
  const kept = faults.slice(0, MOST_FAULTS).map((fault) => ({
    code: fault.code,
    path: shortened(fault.path),
    message: shortened(fault.message),
  }));
  const details = {
    ...{ recordIndex, byteOffset, line, moreFaults },
    source: source === undefined ? undefined : shortened(source),
    path: path === undefined ? undefined : shortened(path),
    faults: kept.length === 0 ? undefined : kept,
  };
  const told = Object.entries(details).filter(([, value]) => value !== undefined);
  return { code, stage, message: shortened(message), ...Object.fromEntries(told) };
}

/** A receipt as a row keeps it: of very many files the first ones, with a note of how many there were. */
export function boundedReceipt(receipt: Receipt): Receipt {
  const { files } = receipt;
  const notes = receipt.notes.slice(0, MOST_NOTES).map(({ text, ...note }) => ({ ...note, text: shortened(text) }));
  if (files.length <= MOST_FILES) return { ...receipt, notes };
  const text = `The result has ${files.length} files; the first ${MOST_FILES} are listed here, all of them in its manifest where one was asked for.`;
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
  return refused(`is nested more than ${MOST_DEPTH} levels deep`);
}

function refused(message: string): SluiceError {
  return new SluiceError('INVALID', 'accept', `the request ${message}`, { path: 'request' });
}
