/** Integrity check of an LMDB file: the library maps the file, and an invalid page would crash the process. */
import { type FileHandle, open } from 'node:fs/promises';
import { readInto } from '../temporary-files/file-bytes.js';

/** Layout of a database: https://github.com/kriszyp/lmdb-js, file format 2; integers are little-endian. */
const MAGIC = 0xbeefc0de;
const VERSION = 2;

/** Size of the header of a page; the second and later pages of an overflow have none. */
const HEADER_BYTES = 24;
const FLAGS_AT = 18;
/** After it: the end of the node offsets; in an overflow, its number of pages. */
const LOWER_AT = 20;

const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const META = 0x08;
/** Flag bits of the kind of a page. */
const KIND = 0x7f;

/** Offsets in a meta page, after the header. */
const MAP_SIZE_AT = HEADER_BYTES + 16;
const TREES_AT = MAP_SIZE_AT + 8;
const TREE_BYTES = 48;
const LAST_PAGE_AT = TREES_AT + 2 * TREE_BYTES;
const TRANSACTION_AT = LAST_PAGE_AT + 8;
const META_BYTES = TRANSACTION_AT + 16;
const META_PAGES = 2;

/** Flags of a node: data in an overflow, data that is a tree; sorted duplicates are not used here. */
const NODE_BYTES = 8;
const BIG_DATA = 0x01;
const SUB_TREE = 0x02;
const OVERFLOW_REFERENCE_BYTES = 24;
const SORTED_VALUES = 0x04;

/** More levels than any tree that fits on a disk. */
const MOST_LEVELS = 32;

/** The root of an empty tree. */
const NO_PAGE = Number.POSITIVE_INFINITY;

/** Size of reads. */
const WINDOW_BYTES = 1024 * 1024;

interface Tree {
  readonly root: number;
  readonly levels: number;
  readonly flags: number;
}

interface Meta {
  readonly pageBytes: number;
  readonly transaction: number;
  readonly lastPage: number;
  readonly free: Tree;
  readonly main: Tree;
}

/** Data in overflow pages. */
interface Overflow {
  readonly page: number;
  readonly bytes: number;
}

/** The file is not a complete database, with the reason. */
export class DamagedFile extends Error {}

/** Another process writes the file during the check. */
export class ChangingFile extends Error {}

/**
 * Reads all pages that are reachable from the newest state of a database.
 * @returns false for an empty file
 * @throws DamagedFile if the database is damaged, ChangingFile if another process changes it during the check; errors
 * of reading
 */
export async function checkLmdbFile(path: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size === 0) return false;
    const check = new Check(handle, size);
    await check.run().catch(async (cause: unknown) => {
      throw cause instanceof DamagedFile && (await check.hasChanged()) ? new ChangingFile() : cause;
    });
    return true;
  } finally {
    await handle.close();
  }
}

class Check {
  readonly #handle: FileHandle;
  readonly #size: number;
  #pageBytes = 0;
  #window = Buffer.alloc(0);
  #windowStart = 0;
  /** One bit per page of the file: the page is used. */
  #used = new Uint8Array(0);
  #transaction = 0;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  async run(): Promise<void> {
    const { lastPage, free, main, transaction } = await this.#newestMeta();
    this.#transaction = transaction;
    // Free pages at the end of the file may be missing.
    this.#used = new Uint8Array(Math.ceil(this.#size / this.#pageBytes / 8));
    for (let page = 0; page < META_PAGES; page++) this.#use(page);

    for (const record of await this.#walk(main, (flags) => (flags & SUB_TREE) !== 0)) {
      require(record.length === TREE_BYTES, 'the record of a table is invalid');
      await this.#walk(treeAt(record, 0), () => false);
    }
    for (const list of await this.#walk(free, () => true)) checkFreePages(list, lastPage);
  }

  /** The pages of a state stay unchanged until newer states are written. */
  async hasChanged(): Promise<boolean> {
    return this.#transaction > 0 && (await this.#newestMeta()).transaction !== this.#transaction;
  }

  async #newestMeta(): Promise<Meta> {
    const first = metaIn(await this.#read(0, META_BYTES));
    this.#pageBytes = first.pageBytes;
    const second = metaIn(await this.#read(first.pageBytes, META_BYTES));
    require(second.pageBytes === first.pageBytes, 'its two headers contradict each other');
    return second.transaction > first.transaction ? second : first;
  }

  /**
   * Reads level by level, each in the order of its pages, so that the file is read in few passes.
   * @returns the data of the nodes whose flags are wanted
   */
  async #walk({ root, levels, flags }: Tree, isWanted: (flags: number) => boolean): Promise<readonly Buffer[]> {
    require((flags & SORTED_VALUES) === 0 && levels <= MOST_LEVELS, 'the record of a table is invalid');
    require((root === NO_PAGE) === (levels === 0), 'a table has no first page');
    let level = root === NO_PAGE ? [] : [root];
    for (let left = levels; left > 1; left--) {
      const below: number[] = [];
      for (const number of level.sort(ascending)) {
        const page = await this.#page(number, BRANCH);
        for (const at of nodesIn(page, number)) below.push(childAt(page, at));
      }
      level = below;
    }
    const wanted: Buffer[] = [];
    const overflows: (Overflow & { readonly isWanted: boolean })[] = [];
    for (const number of level.sort(ascending)) {
      const page = await this.#page(number, LEAF);
      for (const at of nodesIn(page, number)) {
        const data = dataAt(page, at, number);
        const isOne = isWanted(page.readUInt16LE(at + 4));
        if (!Buffer.isBuffer(data)) overflows.push({ ...data, isWanted: isOne });
        else if (isOne) wanted.push(Buffer.from(data));
      }
    }
    for (const overflow of overflows.sort((one, other) => one.page - other.page)) {
      await this.#overflow(overflow);
      if (overflow.isWanted) {
        const start = overflow.page * this.#pageBytes + HEADER_BYTES;
        wanted.push(Buffer.from(await this.#read(start, overflow.bytes)));
      }
    }
    return wanted;
  }

  async #overflow({ page, bytes }: Overflow): Promise<void> {
    const pages = (await this.#page(page, OVERFLOW)).readUInt32LE(LOWER_AT);
    require(HEADER_BYTES + bytes <= pages * this.#pageBytes, 'holds less than its record', page);
    for (let more = 1; more < pages; more++) this.#use(page + more);
  }

  /** A page that is used once and has the expected number and kind. */
  async #page(number: number, kind: number): Promise<Buffer> {
    this.#use(number);
    const page =
      this.#inWindow(number * this.#pageBytes) ?? (await this.#read(number * this.#pageBytes, this.#pageBytes));
    require(numberAt(page, 0) === number, 'has another number', number);
    require((page.readUInt16LE(FLAGS_AT) & KIND) === kind, 'is of another kind', number);
    return page;
  }

  #use(page: number): void {
    require((page + 1) * this.#pageBytes <= this.#size, 'is beyond its end', page);
    const mask = 1 << (page & 7);
    require((this.#used[page >> 3] & mask) === 0, 'is used twice', page);
    this.#used[page >> 3] |= mask;
  }

  /** A page of the last read. */
  #inWindow(start: number): Buffer | undefined {
    const at = start - this.#windowStart;
    return at >= 0 && at + this.#pageBytes <= this.#window.length
      ? this.#window.subarray(at, at + this.#pageBytes)
      : undefined;
  }

  async #read(start: number, bytes: number): Promise<Buffer> {
    require(start + bytes <= this.#size, 'it is truncated');
    const window = Buffer.allocUnsafe(Math.min(Math.max(WINDOW_BYTES, bytes), this.#size - start));
    require((await readInto(this.#handle, window, start)) === window.length, 'it ends while it is read');
    this.#window = window;
    this.#windowStart = start;
    return window.subarray(0, bytes);
  }
}

function metaIn(page: Buffer): Meta {
  require((page.readUInt16LE(FLAGS_AT) & KIND) === META, 'its header is invalid');
  require(page.readUInt32LE(HEADER_BYTES) === MAGIC, 'its header is invalid');
  const version = page.readUInt32LE(HEADER_BYTES + 4) & 0xffff;
  require(version === VERSION, `it has version ${version} of the format, and ${VERSION} is read`);
  const pageBytes = page.readUInt32LE(TREES_AT);
  require(pageBytes >= 512 && pageBytes <= 65536 && (pageBytes & (pageBytes - 1)) === 0, 'its header is damaged');
  return {
    pageBytes,
    transaction: numberAt(page, TRANSACTION_AT),
    lastPage: numberAt(page, LAST_PAGE_AT),
    free: treeAt(page, TREES_AT),
    main: treeAt(page, TREES_AT + TREE_BYTES),
  };
}

function treeAt(bytes: Buffer, at: number): Tree {
  return { flags: bytes.readUInt16LE(at + 4), levels: bytes.readUInt16LE(at + 6), root: numberAt(bytes, at + 40) };
}

/** Offsets of the nodes of a page. */
function nodesIn(page: Buffer, number: number): readonly number[] {
  const bounds = page.length - HEADER_BYTES;
  const [lower, upper] = [page.readUInt16LE(LOWER_AT), page.readUInt16LE(LOWER_AT + 2)];
  require(lower % 2 === 0 && lower <= upper && upper <= bounds, 'is damaged', number);
  const nodes: number[] = [];
  for (let index = 0; index < lower / 2; index++) {
    const at = page.readUInt16LE(HEADER_BYTES + index * 2);
    require(at >= upper && at + NODE_BYTES <= bounds, 'is damaged', number);
    require(at + NODE_BYTES + page.readUInt16LE(HEADER_BYTES + at + 6) <= bounds, 'is damaged', number);
    nodes.push(HEADER_BYTES + at);
  }
  return nodes;
}

/** The data of a leaf node, or its overflow. */
function dataAt(page: Buffer, at: number, number: number): Buffer | Overflow {
  const bytes = page.readUInt32LE(at);
  const flags = page.readUInt16LE(at + 4);
  const start = at + NODE_BYTES + page.readUInt16LE(at + 6);
  require((flags & ~(BIG_DATA | SUB_TREE)) === 0, 'holds a record of another kind', number);
  const here = (flags & BIG_DATA) === 0 ? bytes : OVERFLOW_REFERENCE_BYTES;
  require(start + here <= page.length, 'holds a record that goes beyond it', number);
  return (flags & BIG_DATA) === 0 ? page.subarray(start, start + bytes) : { page: numberAt(page, start), bytes };
}

function checkFreePages(list: Buffer, lastPage: number): void {
  require(list.length >= 8 && list.length % 8 === 0, 'a list of free pages is invalid');
  const count = numberAt(list, 0);
  require(count <= list.length / 8 - 1, 'a list of free pages is longer than its record');
  // Empty entries and lengths of runs are small numbers, too.
  for (let index = 1; index <= count; index++) {
    const fits = Math.abs(Number(list.readBigInt64LE(index * 8))) <= lastPage;
    require(fits, 'a list of free pages contains one that does not exist');
  }
}

function ascending(one: number, other: number): number {
  return one - other;
}

/** The child page of a branch node: 48 bits, the highest of them where a leaf has flags. */
function childAt(page: Buffer, at: number): number {
  return page.readUInt16LE(at + 4) * 2 ** 32 + page.readUInt32LE(at);
}

/** A number of 64 bits; infinite if it is too large for a page number. */
function numberAt(bytes: Buffer, at: number): number {
  const number = bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
  return Number.isSafeInteger(number) ? number : NO_PAGE;
}

/** @param page the page at fault; formatted only on failure, because this runs for each node */
function require(holds: boolean, fault: string, page?: number): asserts holds {
  if (!holds) throw new DamagedFile(page === undefined ? fault : `page ${page} ${fault}`);
}
