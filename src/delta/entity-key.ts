/** By what an entity is known from one export to the next: its id and its type, as they are in what is written. */
import { createHash, hash } from 'node:crypto';
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { BACKSLASH, MINUS, NINE, QUOTE, ZERO } from '../scan/ascii.js';
import { decodeString } from '../scan/bytes.js';
import { findAt } from '../scan/member-tree.js';
import { MemberLocator, wantedMembers } from '../scan/members.js';
import { entityText } from '../select/entity-text.js';
import {
  type Batch,
  type ByteBatch,
  END,
  ID_START,
  type MemberNames,
  type ObjectBatch,
  ordinalAt,
  ROW_WIDTH,
  START,
  TYPE_START,
} from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import { valueAt } from '../terms/json-value.js';
import type { Run } from '../terms/run.js';
import { DIGEST_LENGTH, TAB } from './index-format.js';

/** Most bytes of id and type together: lines of an index stay short. */
const MOST_KEY_BYTES = 16 * 1024;

/** Bytes that are digested in one turn of the event loop. */
const DIGESTED_AT_ONCE = 1024 * 1024;

const ALGORITHM = 'sha256';

/** Between the usual form of a number and its own; sorted after a tab, and in no number. */
const BETWEEN_FORMS = ' ';

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Reads the keys of entities, one batch after the other. */
export class EntityKeys {
  readonly #row = new Int32Array(ROW_WIDTH);
  #names: MemberNames | undefined;
  #members: MemberLocator | undefined;

  /**
   * Id and type as JSON, separated by a tab, with a character for each of their bytes. An id that is a number in another
   * form than the usual one comes after that, so that all forms of a number are neighbours in an index.
   * @throws SluiceError `NOT_AN_ENTITY` for an entity without an id
   */
  keyOf(batch: Batch, position: number): string {
    const [id, type = ''] = batch.kind === 'bytes' ? this.#inText(batch, position) : inObject(batch, position);
    if (id === undefined) throw refused(batch, position, 'has no id that is a text or a number');
    if (id.length + type.length > MOST_KEY_BYTES)
      throw refused(batch, position, `has more than ${MOST_KEY_BYTES} bytes of id and type`);
    return `${id}${TAB}${type}`;
  }

  #inText(batch: ByteBatch, position: number): readonly [id: string | undefined, type: string | undefined] {
    const { bytes, deeper, located } = batch;
    let { rows } = batch;
    let row = position * ROW_WIDTH;
    if (!located.includes('id') || !located.includes('type')) {
      this.#locate(batch, row);
      rows = this.#row;
      row = 0;
    }
    return [
      idForm(valueText(bytes, rows[row + ID_START], rows[row + ID_START + 1], deeper?.id)),
      valueText(bytes, rows[row + TYPE_START], rows[row + TYPE_START + 1], deeper?.type),
    ];
  }

  #locate({ bytes, rows, memberNames, maxDepth }: ByteBatch, row: number): void {
    if (!this.#members || this.#names !== memberNames) {
      this.#members = new MemberLocator(wantedMembers(['id', 'type'], memberNames), maxDepth);
      this.#names = memberNames;
    }
    // The text was checked, or is trusted.
    this.#members.locate(bytes, rows[row + START], rows[row + END], this.#row, 0);
  }
}

function valueText(
  bytes: Buffer,
  start: number,
  end: number,
  deeper: readonly string[] | undefined,
): string | undefined {
  if (start < 0) return undefined;
  const span = deeper ? findAt(bytes, start, end, deeper) : { start, end };
  return span && jsonOfSpan(bytes, span.start, span.end);
}

/** A text, in the one form that JSON.stringify gives it, or a number; undefined for other values. */
function jsonOfSpan(bytes: Buffer, start: number, end: number): string | undefined {
  const first = bytes[start];
  if (first === QUOTE) {
    for (let at = start; at < end; at++) {
      if (bytes[at] === BACKSLASH) return latin1(JSON.stringify(decodeString(bytes, start, end)));
    }
    return bytes.toString('latin1', start, end);
  }
  const isNumber = first === MINUS || (first >= ZERO && first <= NINE);
  return isNumber ? bytes.toString('latin1', start, end) : undefined;
}

/** An id as keys have it: a number after its usual form, if that is another one. */
function idForm(id: string | undefined): string | undefined {
  if (id === undefined || id.charCodeAt(0) === QUOTE) return id;
  const usual = String(Number(id));
  return usual === id ? id : `${usual}${BETWEEN_FORMS}${id}`;
}

/** The id of a key as it is written. */
export function writtenId(key: string): string {
  const id = key.slice(0, key.indexOf(TAB));
  return id.startsWith('"') ? id : id.slice(id.indexOf(BETWEEN_FORMS) + 1);
}

/**
 * How the keys begin whose ids some reader takes for the id of this key: one that compares numbers by their value, or
 * numbers with texts.
 */
export function prefixesOfSame(key: string): readonly string[] {
  const id = key.slice(0, key.indexOf(TAB));
  if (!id.startsWith('"')) {
    const [usual] = id.split(BETWEEN_FORMS);
    const texts = new Set([`"${usual}"${TAB}`, `"${writtenId(key)}"${TAB}`]);
    return [`${usual}${TAB}`, `${usual}${BETWEEN_FORMS}`, ...texts];
  }
  const text = id.slice(1, -1);
  if (!NUMBER.test(text)) return [`${id}${TAB}`];
  const usual = String(Number(text));
  return [`${id}${TAB}`, `${usual}${TAB}`, `${usual}${BETWEEN_FORMS}`];
}

function inObject(
  { objects, memberNames, deeper }: ObjectBatch,
  position: number,
): readonly [id: string | undefined, type: string | undefined] {
  const textOf = (member: 'id' | 'type') => {
    const value: unknown = Reflect.get(objects[position], memberNames[member]);
    const found = deeper?.[member] ? valueAt(value, deeper[member]) : value;
    const isKnown = typeof found === 'string' || (typeof found === 'number' && Number.isFinite(found));
    return isKnown ? latin1(JSON.stringify(found)) : undefined;
  };
  return [textOf('id'), textOf('type')];
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function refused(batch: Batch, position: number, why: string): SluiceError {
  const { source, firstIndex } = batch;
  const recordIndex = firstIndex + ordinalAt(batch, position);
  const message = `${source}: record ${recordIndex} ${why}, by which the next delta would know it`;
  return new SluiceError('NOT_AN_ENTITY', 'select', message, { source, recordIndex });
}

/**
 * The digest of what is written of an entity: half of its SHA-256, which processors compute fast and nobody can aim at.
 * @throws SluiceError `UNSERIALIZABLE` for an object that JSON cannot hold
 */
export function digestOf(batch: Batch, position: number, run: Run): string | Promise<string> {
  const bytes = entityBytes(batch, position);
  return bytes.length > DIGESTED_AT_ONCE ? digestInTurns(bytes, run) : shortened(hash(ALGORITHM, bytes, 'base64'));
}

function entityBytes(batch: Batch, position: number): Buffer {
  if (batch.kind === 'objects') return Buffer.from(entityText(batch, position));
  const row = position * ROW_WIDTH;
  return batch.bytes.subarray(batch.rows[row + START], batch.rows[row + END]);
}

async function digestInTurns(bytes: Buffer, run: Run): Promise<string> {
  const made = createHash(ALGORITHM);
  for (let at = 0; at < bytes.length; at += DIGESTED_AT_ONCE) {
    if (turnIsOver()) await nextTurn(run);
    made.update(bytes.subarray(at, at + DIGESTED_AT_ONCE));
  }
  return shortened(made.digest('base64'));
}

function shortened(digest: string): string {
  return digest.slice(0, DIGEST_LENGTH);
}
