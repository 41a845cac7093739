/** The expected result of an export of small files, evaluated naively: split into lines, `JSON.parse`, count. */

/** How a file holds its records. */
export type FileForm = 'lines' | 'sequence' | 'array' | 'entities' | 'response' | 'items' | 'keyed';

/** A file before it is compressed. */
export interface PlainFile {
  readonly form: FileForm;
  readonly bytes: Buffer;
}

/** The selection of a command. */
export interface Request {
  readonly types?: readonly string[];
  readonly ids?: readonly string[];
  readonly allMatches: boolean;
  readonly maxRecords?: number;
  readonly skip: boolean;
}

/** The expected outcome. */
export type Truth =
  | { readonly kind: 'fails' }
  /**
   * Success or failure: a filtered record is faulty inside, which need not be detected as long as it is one value; or
   * a document is faulty, possibly after the record that ends the run.
   */
  | { readonly kind: 'either' }
  | {
      readonly kind: 'done';
      /** Text of the records that are written, in order. */
      readonly written: readonly string[];
      readonly read: number;
      readonly filtered: number;
      readonly rejected: number;
    };

interface RecordOfInput {
  readonly text: string;
  /** Represents a complete document that is faulty. */
  readonly isDocument?: boolean;
  /** Absent if the text is not one object with at most one id and one type. */
  readonly entity?: Readonly<Record<string, unknown>>;
}

/** The records of the files in order; they end at a faulty document, with a record without an entity. */
function* recordsOf(files: readonly PlainFile[]): Generator<RecordOfInput> {
  for (const { form, bytes } of files) {
    if (form === 'lines') {
      for (const line of splitLines(withoutMark(bytes))) {
        const text = textOf(line)?.replace(/^[ \t\r]+|[ \t\r]+$/g, '');
        if (text === undefined) yield { text: '' };
        else if (text !== '') yield { text, entity: entityIn(text) };
      }
      continue;
    }
    if (form === 'sequence') {
      const { values, isWhole } = valuesIn(textOf(bytes) ?? '?');
      for (const text of values) yield { text, entity: entityIn(text) };
      if (!isWhole) {
        yield { text: '', isDocument: true };
        return;
      }
      continue;
    }
    const entities = entitiesOf(form, textOf(withoutMark(bytes)));
    if (!entities) {
      yield { text: '', isDocument: true };
      return;
    }
    for (const entity of entities) yield { text: JSON.stringify(entity), entity: entityIn(JSON.stringify(entity)) };
  }
}

/** The expected outcome of the command. */
export function truthOf(files: readonly PlainFile[], request: Request): Truth {
  const { types, ids, allMatches, maxRecords = Number.POSITIVE_INFINITY, skip } = request;
  const anyType = types === undefined || types.some((type) => type.toLowerCase() === '_all');
  const missing = new Set(ids);
  const written: string[] = [];
  let [read, filtered, rejected] = [0, 0, 0];
  if (maxRecords === 0 || ids?.length === 0) return { kind: 'done', written, read, filtered, rejected };
  const mayEndEarly = maxRecords < Number.POSITIVE_INFINITY || (ids !== undefined && !allMatches);
  for (const { text, isDocument, entity } of recordsOf(files)) {
    read++;
    if (!entity) {
      if (isDocument && mayEndEarly) return { kind: 'either' };
      if ((ids !== undefined || types !== undefined) && isOneValue(text)) return { kind: 'either' };
      if (!skip) return { kind: 'fails' };
      rejected++;
      continue;
    }
    const id = wordOf(entity.id);
    const type = wordOf(entity.type);
    const isWanted =
      (ids === undefined || (id !== undefined && ids.includes(id))) &&
      (anyType || types.some((one) => one.toLowerCase() === type?.toLowerCase()));
    // An id counts as found whether or not the type of its record is wanted.
    if (id !== undefined) missing.delete(id);
    if (isWanted) written.push(text);
    else filtered++;
    if (written.length === maxRecords) break;
    if (ids && !allMatches && missing.size === 0) break;
  }
  return { kind: 'done', written, read, filtered, rejected };
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? bytes.subarray(3) : bytes;
}

function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return [...lines, bytes.subarray(start)];
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function entityIn(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = parsed(text);
  if (!isObject(value) || repeats(text, 'id') || repeats(text, 'type')) return undefined;
  return value;
}

/** The objects of a sequence, and whether there is nothing else that may not be there. */
function valuesIn(text: string): { readonly values: readonly string[]; readonly isWhole: boolean } {
  const values: string[] = [];
  let between = '';
  let [depth, start, end] = [0, 0, 0];
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"?|[{}[\]]/gs)) {
    if (token === '{' || token === '[') {
      if (depth === 0) [between, start] = [between + text.slice(end, index), index];
      depth++;
    } else if (token === '}' || token === ']') {
      depth--;
      if (depth !== 0) continue;
      end = index + 1;
      values.push(text.slice(start, end));
      between += 'v';
    }
  }
  const blanks = (between + text.slice(end)).replaceAll('\u001e', ' ').replaceAll(/\s/g, '');
  return { values, isWhole: depth === 0 && /^(v(,?v)*,?)?$/.test(blanks) };
}

/** Whether the form of a file shows: the first line of lines is an object. */
export function showsForm({ form, bytes }: PlainFile): boolean {
  if (form !== 'lines') return true;
  const first = splitLines(withoutMark(bytes))
    .map(textOf)
    .find((text) => text?.trim() !== '');
  return first === undefined ? bytes.length === 0 : isObject(parsed(first));
}

function entitiesOf(
  form: Exclude<FileForm, 'lines' | 'sequence'>,
  text: string | undefined,
): readonly unknown[] | undefined {
  const whole = text === undefined ? undefined : parsed(text);
  if (form === 'keyed') return isObject(whole) ? Object.values(whole) : undefined;
  const found =
    form === 'array'
      ? whole
      : form === 'entities' || form === 'items'
        ? isObject(whole) && whole[form]
        : isObject(whole) && isObject(whole.response) && whole.response.entities;
  return Array.isArray(found) ? found : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the object has a member twice, of which `JSON.parse` drops all but the last. */
function repeats(text: string, name: string): boolean {
  let count = 0;
  let depth = 0;
  // Strings match first, so that brackets in them do not count; a key is a string before a colon.
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/gs)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && token.endsWith(':') && JSON.parse(token.slice(0, -1).trimEnd()) === name) count++;
  }
  return count > 1;
}

/** Whether strings and brackets balance, and there is only one object. */
function isOneValue(text: string): boolean {
  let depth = 0;
  const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, '');
  for (const [index, character] of [...bare].entries()) {
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (character === '"') return false;
    if (depth <= 0 && index < [...bare].length - 1) return false;
  }
  return depth === 0 && bare.startsWith('{');
}

/** The text that an id or type is compared by; numbers by their digits. */
function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}
