/** Recognises text that is no JSON by how it begins: tables, HTML, server-sent events. */
import type { KnownFormat } from '../options/known-format.js';
import { OPEN_BRACE, OPEN_BRACKET } from '../scan/ascii.js';

const RECORD_SEPARATOR = '\x1e';

/** Whether a line is in fields, of which the first has a name: none has brackets outside of quotes. */
function isInFields(line: string): boolean {
  return /^(?=[\s"]*[\p{L}_])("[^"]*"|[^",;\t{}[\]]*)([,;\t]("[^"]*"|[^",;\t{}[\]]*))+$/u.test(line);
}

/** The fields before the first one that begins as an object does, where tabs separate them; the first has a name. */
function fieldsBeforeObject(text: string): string | undefined {
  return /^(?=[^\t]*\p{L})[^\n{[\ufffd]*?\t(?=\{)/u.exec(text)?.[0];
}

/** The rest of a damaged object or array: before its next bracket is the name of a member, or punctuation by itself. */
const REST_OF_JSON = /^\s*[,:\]}]|^[^\n{[]*("\s*:|\s[,:\]}]\s)/;

const HTML: KnownFormat = { name: 'HTML, such as the page of an error or a login' };
const EVENTS: KnownFormat = { name: 'a stream of server-sent events', command: "sed -n 's/^data: *//p' FILE" };
const TABLE: KnownFormat = {
  name: 'a table (CSV)',
  command: `duckdb -c "copy (from read_csv('FILE')) to '/dev/stdout' (format json)"`,
  pipe: `duckdb -c "copy (from read_csv('/dev/stdin')) to '/dev/stdout' (format json)"`,
};

/** The format of a text; undefined if it may be JSON, or is none of these. */
export function textFormatOf(front: Buffer): KnownFormat | undefined {
  // Most inputs are JSON: no text is made of them.
  if (front[0] === OPEN_BRACE || front[0] === OPEN_BRACKET) return undefined;
  const text = front.toString('utf8').replace(/^\ufeff/, '');
  if (text.startsWith(RECORD_SEPARATOR) || /^\s*([{[]|$)/.test(text)) return undefined;
  if (/^\s*<(!doctype html|html)\b/i.test(text)) return HTML;
  if (/^(event|id|retry): .*\n|^data: ?[{[]/.test(text)) return EVENTS;
  if (REST_OF_JSON.test(text)) return undefined;
  const column = fieldsBeforeObject(text)?.split('\t').length;
  if (column !== undefined) return { name: `a table with JSON in column ${column}`, command: `cut -f${column} FILE` };
  const [first, second] = text.split(/\r?\n/, 2);
  // Where JSON comes after one odd line, the rest can be read.
  return second !== undefined && /^\s*[^\s{[\]},:]/.test(second) && isInFields(first) ? TABLE : undefined;
}
