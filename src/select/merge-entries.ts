/** Merges sorted entries, of lists in memory and of runs in spools, and writes such runs. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { giveBack } from '../terms/lent-memory.js';
import type { Run } from '../terms/run.js';
import type { Spool } from '../terms/spool.js';
import { COPIED_BYTES, LARGE_BYTES } from './large-text.js';

/** A text and the key that it is sorted by; both have characters up to U+00FF only. */
export class SortedEntry {
  /** @param bytes of the text, one for each character */
  constructor(
    readonly key: string,
    readonly bytes: Buffer,
  ) {}

  get text(): string {
    return this.bytes.toString('latin1');
  }
}

/** Walks along sorted entries. */
interface Cursor {
  /** The entry it is at; undefined before the first and after the last. */
  readonly current: SortedEntry | undefined;
  /** Goes to the next entry. */
  next(): void | Promise<void>;
  close?(): Promise<void>;
}

/** Walks along entries in memory. */
export class ListCursor implements Cursor {
  readonly #list: readonly SortedEntry[];
  #at = -1;

  constructor(list: readonly SortedEntry[]) {
    this.#list = list;
  }

  get current(): SortedEntry | undefined {
    return this.#list[this.#at];
  }

  next(): void {
    this.#at++;
  }
}

/** The lengths of key and text, in front of them. */
const HEAD_BYTES = 8;

/** Walks along a run. */
export class RunCursor implements Cursor {
  readonly #chunks: AsyncGenerator<Buffer, void>;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  current: SortedEntry | undefined;

  constructor(spool: Spool) {
    this.#chunks = spool.chunks();
  }

  next(): void | Promise<void> {
    const size = this.#sizeHere();
    if (size === undefined || this.#bytes.length - this.#at < size) return this.#refill();
    this.#take(size);
  }

  async close(): Promise<void> {
    await this.#chunks.return();
  }

  #sizeHere(): number | undefined {
    if (this.#bytes.length - this.#at < HEAD_BYTES) return undefined;
    return HEAD_BYTES + this.#bytes.readUInt32LE(this.#at) + this.#bytes.readUInt32LE(this.#at + 4);
  }

  #take(size: number): void {
    const text = this.#at + HEAD_BYTES + this.#bytes.readUInt32LE(this.#at);
    const key = this.#bytes.toString('latin1', this.#at + HEAD_BYTES, text);
    this.current = new SortedEntry(key, this.#bytes.subarray(text, this.#at + size));
    this.#at += size;
  }

  /** Reads chunks until there is a complete entry, or none any more. */
  async #refill(): Promise<void> {
    const parts = [this.#bytes.subarray(this.#at)];
    let length = parts[0].length;
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done || !value) return this.#end();
      parts.push(value);
      length += value.length;
      // The head of an entry may be in two chunks, and its text in thousands.
      if (parts[0].length < HEAD_BYTES) {
        parts.splice(0, 2, Buffer.concat(parts.slice(0, 2)));
        giveBack(value);
      }
      const needed = neededBytes(parts[0]);
      if (length < needed && needed > LARGE_BYTES) return this.#readLarge(parts, needed);
      if (length < needed) continue;
      this.#bytes = parts.length === 1 ? parts[0] : Buffer.concat(parts);
      for (const part of parts) giveBack(part);
      this.#at = 0;
      this.#take(neededBytes(this.#bytes));
      return;
    }
  }

  /** Reads the rest of a large entry: each chunk is copied by itself. */
  async #readLarge(parts: readonly Buffer[], size: number): Promise<void> {
    const entry = Buffer.allocUnsafeSlow(size);
    let at = 0;
    let rest: Buffer = Buffer.alloc(0);
    for (const part of parts) {
      at += part.copy(entry, at);
      giveBack(part);
    }
    while (at < size) {
      const { done, value } = await this.#chunks.next();
      if (done || !value) return this.#end();
      if (turnIsOver()) await nextTurn();
      const copied = value.copy(entry, at);
      at += copied;
      if (copied < value.length) rest = Buffer.from(value.subarray(copied));
      giveBack(value);
    }
    this.#bytes = entry;
    this.#at = 0;
    this.#take(size);
    this.#bytes = rest;
    this.#at = 0;
  }

  #end(): void {
    this.current = undefined;
    this.#bytes = Buffer.alloc(0);
    this.#at = 0;
  }
}

/** The bytes of the first entry, as far as its head tells. */
function neededBytes(bytes: Buffer): number {
  return bytes.length < HEAD_BYTES ? HEAD_BYTES : HEAD_BYTES + bytes.readUInt32LE(0) + bytes.readUInt32LE(4);
}

/** Bytes that are written at a time. */
const WRITTEN_BYTES = 256 * 1024;

/** Appends entries to a run. */
export async function writeEntries(spool: Spool, entries: readonly SortedEntry[]): Promise<void> {
  for (let from = 0; from < entries.length; ) {
    let to = from;
    let size = 0;
    while (to < entries.length && (to === from || size < WRITTEN_BYTES)) size += sizeOf(entries[to++]);
    // Of several, only the last one can be large.
    const small = sizeOf(entries[to - 1]) > COPIED_BYTES ? to - 1 : to;
    if (small < to) size -= sizeOf(entries[small]);
    const bytes = Buffer.allocUnsafe(size);
    let at = 0;
    for (const entry of entries.slice(from, small)) {
      at = writeHead(bytes, entry, at);
      at += bytes.write(entry.key, at, 'latin1');
      at += entry.bytes.copy(bytes, at);
    }
    if (size > 0) await spool.write(bytes);
    if (small < to) await writeLarge(spool, entries[small]);
    from = to;
  }
}

function sizeOf({ key, bytes }: SortedEntry): number {
  return HEAD_BYTES + key.length + bytes.length;
}

function writeHead(to: Buffer, { key, bytes }: SortedEntry, at: number): number {
  to.writeUInt32LE(key.length, at);
  return to.writeUInt32LE(bytes.length, at + 4);
}

/** Appends a large entry, in pieces. */
async function writeLarge(spool: Spool, entry: SortedEntry): Promise<void> {
  const { key, bytes } = entry;
  const head = Buffer.alloc(HEAD_BYTES);
  writeHead(head, entry, 0);
  await spool.write(head);
  for (let from = 0; from < key.length; from += COPIED_BYTES) {
    if (turnIsOver()) await nextTurn();
    await spool.write(Buffer.from(key.slice(from, from + COPIED_BYTES), 'latin1'));
  }
  for (let from = 0; from < bytes.length; from += COPIED_BYTES) {
    if (turnIsOver()) await nextTurn();
    await spool.write(bytes.subarray(from, from + COPIED_BYTES));
  }
}

/** Entries of one piece. */
const PIECE_ENTRIES = 128;

/**
 * Merges sorted entries, in pieces; of entries with equal keys those of an earlier cursor come first.
 * @param most entries after which it ends
 */
export async function* merge(
  cursors: readonly Cursor[],
  most: number,
  run?: Run,
): AsyncGenerator<readonly SortedEntry[], void> {
  try {
    const heap = new CursorHeap();
    for (const [order, cursor] of cursors.entries()) {
      await cursor.next();
      if (cursor.current) heap.add({ cursor, order });
    }
    let piece: SortedEntry[] = [];
    let left = most;
    for (let first = heap.first; first?.cursor.current && left > 0; first = heap.first) {
      piece.push(first.cursor.current);
      left--;
      const waiting = first.cursor.next();
      if (waiting) await waiting;
      heap.settleFirst();
      if (piece.length < PIECE_ENTRIES) continue;
      yield piece;
      piece = [];
      if (turnIsOver()) await nextTurn(run);
    }
    if (piece.length > 0) yield piece;
  } finally {
    for (const cursor of cursors) await cursor.close?.();
  }
}

interface Placed {
  readonly cursor: Cursor;
  readonly order: number;
}

/** A binary heap of cursors: the one with the smallest entry is the first. */
class CursorHeap {
  readonly #cursors: Placed[] = [];

  get first(): Placed | undefined {
    return this.#cursors[0];
  }

  add(placed: Placed): void {
    let at = this.#cursors.push(placed) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(placed, this.#cursors[parent])) break;
      this.#cursors[at] = this.#cursors[parent];
      at = parent;
    }
    this.#cursors[at] = placed;
  }

  /** The first cursor has another entry, or none. */
  settleFirst(): void {
    const cursors = this.#cursors;
    const last = cursors[0].cursor.current ? cursors[0] : cursors[cursors.length - 1];
    if (!cursors[0].cursor.current) cursors.pop();
    if (cursors.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= cursors.length) break;
      if (child + 1 < cursors.length && isBefore(cursors[child + 1], cursors[child])) child++;
      if (!isBefore(cursors[child], last)) break;
      cursors[at] = cursors[child];
      at = child;
    }
    cursors[at] = last;
  }
}

function isBefore(one: Placed, other: Placed): boolean {
  const [a, b] = [one.cursor.current, other.cursor.current];
  if (!a || !b) return a !== undefined;
  return a.key === b.key ? one.order < other.order : a.key < b.key;
}
