/** A complete export done naively: all bytes at once, one record after the other. Slow, and meant to be plainly right. */
import type { MemberName } from '../../src/terms/batch.js';
import type { Criteria } from '../../src/terms/criteria.js';
import type { ErrorCode } from '../../src/terms/errors.js';
import type { StoppedBy } from '../../src/terms/receipt.js';
import { meetsCriteria, parseWithDigits } from './criteria.js';
import { charAt, decode, Fault, readColon, readComma, readKey, readValue, type Span, skipSpace } from './json-text.js';
import { type NaiveFields, projected } from './project.js';
import { type Found, type RecordOptions, records } from './records.js';

/** The selection; absent members match anything. */
export interface NaiveRequest {
  readonly types?: readonly string[];
  readonly ids?: readonly string[];
  readonly name?: string;
  readonly criteria?: Criteria;
  readonly maxRecords?: number;
  readonly fields?: NaiveFields;
}

export interface NaiveOptions extends Omit<RecordOptions, 'locate'> {
  readonly request: NaiveRequest;
  readonly format: 'json' | 'array' | 'ndjson';
  readonly uniqueIds: boolean;
}

export interface Counts {
  readonly read: number;
  readonly written: number;
  readonly filtered: number;
  readonly rejected: number;
  readonly stoppedBy: StoppedBy;
}

/** A rejected record, with the offset of its fault. */
export interface NaiveReject {
  readonly recordIndex: number;
  readonly code: ErrorCode;
  readonly byteOffset: number;
  readonly raw: string;
}

export type NaiveResult =
  | { readonly output: Buffer; readonly counts: Counts; readonly rejects: readonly NaiveReject[] }
  | {
      readonly code: ErrorCode;
      readonly recordIndex: number;
      readonly byteOffset: number;
      /** The entities before the fault, framed as far as they go. */
      readonly begun: string;
    };

/** The export's bytes and counts, or the error it ends with. */
export function naiveExport(bytes: Buffer, options: NaiveOptions): NaiveResult {
  const { request, onError } = options;
  const written: string[] = [];
  const rejects: NaiveReject[] = [];
  const missing = new Set(request.ids);
  let read = 0;
  let filtered = 0;
  let stoppedBy: StoppedBy = 'end';
  if (request.maxRecords === 0) stoppedBy = 'limit';
  try {
    const found = records(bytes, { ...options, locate: askedFor(request) });
    while (stoppedBy === 'end') {
      const { value: record, done } = found.next();
      if (done) break;
      const text = new EntityText(bytes, record, options);
      const id = text.member('id', true);
      if (record.fault === undefined && id !== undefined && options.uniqueIds && missing.delete(id)) {
        if (missing.size === 0) stoppedBy = 'ids';
      }
      const fault = record.fault ?? (text.matches(request) ? text.fault() : undefined);
      if (fault && onError === 'stop') throw fault;
      if (fault) {
        const raw = trimmed(bytes.toString('utf8', record.start, record.end));
        rejects.push({ recordIndex: read, code: fault.code, byteOffset: fault.at, raw });
      } else if (text.matches(request) && text.meets(request)) {
        written.push(text.emitted());
        if (written.length === request.maxRecords && stoppedBy === 'end') stoppedBy = 'limit';
      } else {
        filtered++;
      }
      read++;
    }
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    const begun = written.length === 0 ? '' : framed(written, options.format, false);
    return { code: fault.code, recordIndex: read, byteOffset: fault.at, begun };
  }
  const counts = { read, written: written.length, filtered, rejected: rejects.length, stoppedBy };
  return { output: Buffer.from(framed(written, options.format, true)), counts, rejects };
}

/** The text without the white space of JSON around it. */
export function trimmed(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
}

function askedFor({ types, ids, name }: NaiveRequest): readonly MemberName[] {
  const asked: MemberName[] = [];
  if (ids) asked.push('id');
  if (types && !isAnyType(types)) asked.push('type');
  if (name !== undefined) asked.push('name');
  return asked;
}

/** One entity of the input. */
class EntityText {
  constructor(
    readonly bytes: Buffer,
    readonly record: Found,
    readonly options: NaiveOptions,
  ) {}

  /** The text of a string member, or of a number if numbers count. */
  member(name: MemberName, numbers = false): string | undefined {
    const value = this.record.located.get(name);
    if (value === undefined) return undefined;
    const first = charAt(this.bytes, value.start, value.end);
    if (first === '"') return decode(this.bytes, value);
    return numbers && /[-0-9]/.test(first) ? this.#text(value) : undefined;
  }

  matches({ types, ids, name }: NaiveRequest): boolean {
    const id = this.member('id', true);
    if (ids && (id === undefined || !ids.includes(id))) return false;
    if (types && !isAnyType(types) && !types.some((type) => isSameType(type, this.member('type', true)))) return false;
    return name === undefined || this.member('name') === name;
  }

  /** Whether its values match the selection; only for an entity without a fault. */
  meets({ criteria = {} }: NaiveRequest): boolean {
    return meetsCriteria(parseWithDigits(this.#text(this.record)), criteria, { self: true, contexts: [] });
  }

  /** The fault that prevents writing the entity. */
  fault(): Fault | undefined {
    const { bytes, record } = this;
    try {
      const end = this.#readMembers();
      return end === record.end ? undefined : new Fault('INVALID_JSON', skipSpace(bytes, end, record.end));
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      // A record that only lacks its end was cut with the input.
      const isCut = record.inLine && fault.at >= record.end && bytes.indexOf('\n', record.end) < 0;
      return isCut ? new Fault('TRUNCATED', fault.at) : fault;
    }
  }

  /** Reads by the full grammar, with at most one id and one type. Returns the offset after the closing brace. */
  #readMembers(): number {
    const { bytes, record, options } = this;
    const { start, end } = record;
    const { id, type } = options.memberNames;
    const seen = new Set<string>();
    let last = start + 1;
    let pos: number | undefined = skipSpace(bytes, last, end);
    if (charAt(bytes, pos, end) === '}') return pos + 1;
    while (pos !== undefined) {
      const key = readKey(bytes, pos, end);
      const name = decode(bytes, key);
      if (seen.has(name)) throw new Fault('DUPLICATE_KEY', key.start);
      if (name === id || name === type) seen.add(name);
      last = readValue(bytes, readColon(bytes, key, end), end, options.maxDepth - 1);
      pos = readComma(bytes, last, end);
    }
    return skipSpace(bytes, last, end) + 1;
  }

  /** The text of the entity in the output. */
  emitted(): string {
    const { bytes, record, options } = this;
    const { request, memberNames } = options;
    const { fields } = request;
    const text = fields ? projected(bytes, record, fields, memberNames) : this.#text(record);
    return options.format === 'ndjson' && !record.inLine ? text.replace(/[\r\n]/g, '') : text;
  }

  #text({ start, end }: Span): string {
    return this.bytes.toString('utf8', start, end);
  }
}

function isAnyType(types: readonly string[]): boolean {
  return types.some((type) => isSameType(type, '_ALL'));
}

/** Ignores the case of the letters A to Z only. */
function isSameType(one: string, other: string | undefined): boolean {
  const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return other !== undefined && lower(one) === lower(other);
}

function framed(entities: readonly string[], format: NaiveOptions['format'], whole: boolean): string {
  if (format === 'ndjson') return entities.map((entity) => `${entity}\n`).join('');
  const [head, tail] = format === 'json' ? ['{"entities":[', ']}'] : ['[', ']'];
  return head + entities.join(',') + (whole ? tail : '');
}
