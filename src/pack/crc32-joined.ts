/** The CRC-32 of two texts as one, from those of each. */

/** The polynomial of CRC-32, reflected. */
const POLYNOMIAL = 0xedb88320;

const BITS = 32;

/** A matrix over bits: what each bit of a CRC becomes. */
type Matrix = Int32Array;

/** What so many zero bytes, a power of two, do to a CRC: by the exponent. */
const ZERO_BYTES: Matrix[] = [];

/** @param length bytes of the second text */
export function crc32Joined(first: number, second: number, length: number): number {
  let crc = first | 0;
  let rest = length;
  for (let power = 0; rest > 0; power++) {
    if (rest % 2 === 1) crc = times(zeroBytes(power), crc);
    rest = Math.floor(rest / 2);
  }
  return (crc ^ second) >>> 0;
}

function zeroBytes(power: number): Matrix {
  for (let next = ZERO_BYTES.length; next <= power; next++) {
    if (next > 0) ZERO_BYTES.push(squared(ZERO_BYTES[next - 1]));
    else ZERO_BYTES.push(squared(squared(squared(zeroBit()))));
  }
  return ZERO_BYTES[power];
}

function zeroBit(): Matrix {
  return Int32Array.from({ length: BITS }, (_, bit) => (bit === 0 ? POLYNOMIAL : 1 << (bit - 1)));
}

function squared(matrix: Matrix): Matrix {
  return matrix.map((column) => times(matrix, column));
}

function times(matrix: Matrix, bits: number): number {
  let product = 0;
  for (let rest = bits, bit = 0; rest !== 0; rest >>>= 1, bit++) if ((rest & 1) === 1) product ^= matrix[bit];
  return product;
}
