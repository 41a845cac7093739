/** A part of a block with codes of its own: choosing the shortest of its forms, and writing it. */
import { alignBits, bits, held, out, put, putBytes, setBits } from './bits';
import { codeLengths, writeCodes } from './huffman';
import {
  DISTANCE_BITS,
  DISTANCE_CODES,
  DISTANCES,
  LENGTH_CODES,
  LITERALS,
  PIECES,
  ROW,
  ROW_BITS,
  ROW_CODES,
  ROW_COUNTS,
  ROW_SYMBOLS,
  SYMBOL_BITS,
  SYMBOL_CODES,
  SYMBOLS,
} from './layout';
import { findPieces, literalsEnd, piecesEnd } from './match';
import {
  DISTANCE_COUNT,
  distanceExtra,
  END,
  FIRST_LENGTH,
  LEAST_LENGTH,
  lengthExtra,
  lengthSlot,
  MOST_LENGTH,
  SYMBOL_COUNT,
} from './symbols';

/** Three literals and a match fit between two writes to memory, or four literals. */
const MOST_SYMBOL_BITS: u32 = 14;
const MOST_DISTANCE_BITS: u32 = 15;
const MOST_ROW_BITS: u32 = 7;
/** The fixed code has two symbols that never occur. */
const FIXED_COUNT: u32 = 288;
/** The longest stored text. */
const MOST_STORED: usize = 65535;

/** The order in which the header has the bits of its own code. */
const ROW_ORDER: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

/** Writes a part; `last` says that the stream ends with it. */
export function writePart(from: usize, end: usize, last: u32): void {
  memory.fill(SYMBOLS, 0, SYMBOL_COUNT << 2);
  memory.fill(DISTANCES, 0, DISTANCE_COUNT << 2);
  findPieces(from, end);
  store<u32>(SYMBOLS + (END << 2), 1);
  codeLengths(SYMBOLS, SYMBOL_COUNT, SYMBOL_BITS, MOST_SYMBOL_BITS);
  codeLengths(DISTANCES, DISTANCE_COUNT, DISTANCE_BITS, MOST_DISTANCE_BITS);
  const extra = extraBits();
  const row = makeRow();
  const withCodes = rowCost(row) + cost(SYMBOLS, SYMBOL_COUNT, SYMBOL_BITS) + cost(DISTANCES, DISTANCE_COUNT, DISTANCE_BITS);
  const withFixed = fixedCost();
  const stored = storedCost(end - from);
  if (stored <= min(withCodes, withFixed) + extra) {
    writeStored(from, end, last);
    return;
  }
  if (withFixed <= withCodes) {
    put(last | 2, 3);
    setFixedBits();
    writeCodes(SYMBOL_BITS, FIXED_COUNT, SYMBOL_CODES);
  } else {
    put(last | 4, 3);
    writeRow(row);
    writeCodes(SYMBOL_BITS, SYMBOL_COUNT, SYMBOL_CODES);
  }
  writeCodes(DISTANCE_BITS, DISTANCE_COUNT, DISTANCE_CODES);
  addLengthCodes();
  writePieces();
  const ending = load<u32>(SYMBOL_CODES + (END << 2));
  put(ending >> 8, ending & 255);
}

/** The extra bits of all lengths and distances. */
function extraBits(): u32 {
  let sum: u32 = 0;
  for (let slot: u32 = 0; slot < 29; slot++) {
    sum += load<u32>(SYMBOLS + ((FIRST_LENGTH + slot) << 2)) * lengthExtra(slot);
  }
  for (let slot: u32 = 0; slot < DISTANCE_COUNT; slot++) sum += load<u32>(DISTANCES + (slot << 2)) * distanceExtra(slot);
  return sum;
}

/** The bits of all symbols with their codes. */
function cost(counts: usize, size: u32, lengths: usize): u32 {
  let sum: u32 = 0;
  for (let symbol: u32 = 0; symbol < size; symbol++) sum += load<u32>(counts + (symbol << 2)) * load<u8>(lengths + symbol);
  return sum;
}

/** The bits of a symbol in the fixed code. */
@inline
function fixedBits(symbol: u32): u32 {
  return symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8;
}

function fixedCost(): u32 {
  let sum: u32 = 0;
  for (let symbol: u32 = 0; symbol < SYMBOL_COUNT; symbol++) sum += load<u32>(SYMBOLS + (symbol << 2)) * fixedBits(symbol);
  for (let slot: u32 = 0; slot < DISTANCE_COUNT; slot++) sum += load<u32>(DISTANCES + (slot << 2)) * 5;
  return sum;
}

function setFixedBits(): void {
  for (let symbol: u32 = 0; symbol < FIXED_COUNT; symbol++) store<u8>(SYMBOL_BITS + symbol, fixedBits(symbol));
  memory.fill(DISTANCE_BITS, 5, DISTANCE_COUNT);
}

/** The bits of a stored text, compared with those behind the first three of the other forms. */
function storedCost(length: usize): u32 {
  const texts = <u32>((length + MOST_STORED - 1) / MOST_STORED);
  return <u32>(length << 3) + max(texts, 1) * 40 - 5;
}

/** Adds a symbol of the row, with the value of its extra bits. */
@inline
function addToRow(row: usize, symbol: u32, value: u32): usize {
  store<u8>(row, symbol);
  store<u8>(row, value, 1);
  const counted = ROW_COUNTS + (symbol << 2);
  store<u32>(counted, load<u32>(counted) + 1);
  return row + 2;
}

/** How many symbols of each kind the header mentions. */
let symbolsUsed: u32 = 0;
let distancesUsed: u32 = 0;

/** Makes the row of bits, and its own code. @returns its end */
function makeRow(): usize {
  symbolsUsed = SYMBOL_COUNT;
  while (symbolsUsed > FIRST_LENGTH && load<u8>(SYMBOL_BITS + symbolsUsed - 1) == 0) symbolsUsed--;
  distancesUsed = DISTANCE_COUNT;
  while (distancesUsed > 1 && load<u8>(DISTANCE_BITS + distancesUsed - 1) == 0) distancesUsed--;
  memory.copy(ROW, SYMBOL_BITS, symbolsUsed);
  memory.copy(ROW + symbolsUsed, DISTANCE_BITS, distancesUsed);
  const end = ROW + symbolsUsed + distancesUsed;
  memory.fill(ROW_COUNTS, 0, 19 << 2);
  let row: usize = ROW_SYMBOLS;
  let at: usize = ROW;
  while (at < end) {
    const length = <u32>load<u8>(at);
    let next = at + 1;
    while (next < end && <u32>load<u8>(next) == length) next++;
    let times = <u32>(next - at);
    if (length == 0) {
      while (times >= 11) {
        const some = min<u32>(times, 138);
        row = addToRow(row, 18, some - 11);
        times -= some;
      }
      if (times >= 3) {
        row = addToRow(row, 17, times - 3);
        times = 0;
      }
    } else {
      row = addToRow(row, length, 0);
      times--;
      while (times >= 3) {
        const some = min<u32>(times, 6);
        row = addToRow(row, 16, some - 3);
        times -= some;
      }
    }
    for (; times > 0; times--) row = addToRow(row, length, 0);
    at = next;
  }
  codeLengths(ROW_COUNTS, 19, ROW_BITS, MOST_ROW_BITS);
  return row;
}

/** The extra bits after a symbol of the row. */
@inline
function rowExtra(symbol: u32): u32 {
  return symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
}

/** How many numbers of bits of the row's own code are mentioned. */
function rowBitsUsed(): u32 {
  let used: u32 = 19;
  while (used > 4 && load<u8>(ROW_BITS + load<u8>(ROW_ORDER + used - 1)) == 0) used--;
  return used;
}

function rowCost(end: usize): u32 {
  let sum: u32 = 14 + 3 * rowBitsUsed();
  for (let at: usize = ROW_SYMBOLS; at < end; at += 2) {
    const symbol = <u32>load<u8>(at);
    sum += load<u8>(ROW_BITS + symbol) + rowExtra(symbol);
  }
  return sum;
}

function writeRow(end: usize): void {
  const used = rowBitsUsed();
  put(symbolsUsed - 257, 5);
  put(distancesUsed - 1, 5);
  put(used - 4, 4);
  for (let at: usize = 0; at < used; at++) put(load<u8>(ROW_BITS + load<u8>(ROW_ORDER + at)), 3);
  writeCodes(ROW_BITS, 19, ROW_CODES);
  for (let at: usize = ROW_SYMBOLS; at < end; at += 2) {
    const symbol = <u32>load<u8>(at);
    const code = load<u32>(ROW_CODES + (symbol << 2));
    put(code >> 8, code & 255);
    put(load<u8>(at, 1), rowExtra(symbol));
  }
}

/** Makes a code of every length, with the extra bits in it. */
function addLengthCodes(): void {
  for (let length = LEAST_LENGTH; length <= MOST_LENGTH; length++) {
    const slot = lengthSlot(length);
    const code = load<u32>(SYMBOL_CODES + ((FIRST_LENGTH + slot) << 2));
    const extra = lengthExtra(slot);
    const value = (length - LEAST_LENGTH) & ((1 << extra) - 1);
    const bitsOfCode = code & 255;
    const all = (code >> 8) | (value << bitsOfCode);
    store<u32>(LENGTH_CODES + (length << 2), (all << 8) | (bitsOfCode + extra));
  }
}

/** The entry of a literal's code. */
@inline
function codeOf(literal: u32): u32 {
  return load<u32>(SYMBOL_CODES + (<usize>literal << 2));
}

/** Writes the pieces: literals four at a time, then the match; at last the literals after all matches. */
function writePieces(): void {
  let to = out;
  let more = bits;
  let count = held;
  let at: usize = LITERALS;
  for (let piece: usize = PIECES; piece < piecesEnd; piece += 8) {
    const head = load<u32>(piece);
    const match = load<u32>(piece, 4);
    let run = <i32>(head & 0xff_ffff);
    const next = at + run;
    while (run > 0) {
      const four = load<u32>(at);
      // Those behind the last are nothing.
      const first = codeOf(four & 255);
      const second = run > 1 ? codeOf((four >> 8) & 255) : 0;
      const third = run > 2 ? codeOf((four >> 16) & 255) : 0;
      const fourth = run > 3 ? codeOf(four >> 24) : 0;
      more |= <u64>(first >> 8) << count;
      count += first & 255;
      more |= <u64>(second >> 8) << count;
      count += second & 255;
      more |= <u64>(third >> 8) << count;
      count += third & 255;
      more |= <u64>(fourth >> 8) << count;
      count += fourth & 255;
      store<u64>(to, more);
      to += <usize>(count >> 3);
      more >>= count & 56;
      count &= 7;
      at += 4;
      run -= 4;
    }
    at = next;
    const length = match & 0xffff;
    const slot = head >> 24;
    const lengthCode = load<u32>(LENGTH_CODES + (<usize>length << 2));
    const distanceCode = load<u32>(DISTANCE_CODES + (<usize>slot << 2));
    const extra = distanceExtra(slot);
    more |= <u64>(lengthCode >> 8) << count;
    count += lengthCode & 255;
    more |= <u64>(distanceCode >> 8) << count;
    count += distanceCode & 255;
    more |= <u64>(((match >> 16) - 1) & ((1 << extra) - 1)) << count;
    count += extra;
    store<u64>(to, more);
    to += <usize>(count >> 3);
    more >>= count & 56;
    count &= 7;
  }
  for (; at < literalsEnd; at++) {
    const code = codeOf(load<u8>(at));
    more |= <u64>(code >> 8) << count;
    count += code & 255;
    store<u64>(to, more);
    to += <usize>(count >> 3);
    more >>= count & 56;
    count &= 7;
  }
  setBits(to, more, count);
}

/** Writes the part as it is. */
function writeStored(from: usize, end: usize, last: u32): void {
  let at = from;
  do {
    const length = min(end - at, MOST_STORED);
    put(at + length == end ? last : 0, 3);
    alignBits();
    put(<u32>length | (~<u32>length << 16), 32);
    putBytes(at, length);
    at += length;
  } while (at < end);
}
