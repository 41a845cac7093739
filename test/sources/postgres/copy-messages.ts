/** For tests: messages of a server in a binary COPY. */

/** A row: its key, each field as text or NULL, and its entity in the form of the type. */
export interface MessageRow {
  readonly key: readonly (string | null)[];
  readonly entity: string | null;
}

const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const TRAILER = Buffer.from([0xff, 0xff]);

/** All messages of a COPY: the header comes with the first row, as servers send it, or alone. */
export function copyMessages(rows: readonly MessageRow[], isJsonb: boolean, headerAlone = false): readonly Buffer[] {
  const messages = rows.map((row) => rowMessage(row, isJsonb));
  const [first, ...others] = messages;
  if (first === undefined || headerAlone) return [HEADER, ...messages, TRAILER];
  return [Buffer.concat([HEADER, first]), ...others, TRAILER];
}

function rowMessage({ key, entity }: MessageRow, isJsonb: boolean): Buffer {
  const count = Buffer.alloc(2);
  count.writeInt16BE(key.length + 1);
  return Buffer.concat([count, ...key.map((value) => field(value)), field(entity, isJsonb ? '\x01' : '')]);
}

function field(text: string | null, before = ''): Buffer {
  const length = Buffer.alloc(4);
  if (text === null) {
    length.writeInt32BE(-1);
    return length;
  }
  const bytes = Buffer.from(before + text);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
