/** Recognises file formats and text encodings that sluice does not read, by their first bytes. */

/** A format that was recognised. */
export interface KnownFormat {
  /** Its name in messages, with an article. */
  readonly name: string;
  /** The command that unpacks it to standard output, with `FILE` in place of the file; absent: none. */
  readonly command?: string;
  /** The same for standard input; absent: the command without a file; empty: none is needed. */
  readonly pipe?: string;
}

interface Magic extends KnownFormat {
  readonly bytes: Buffer;
  readonly at: number;
}

const magic = (bytes: string, name: string, command?: string, pipe?: string, at = 0): Magic => ({
  bytes: Buffer.from(bytes, 'latin1'),
  at,
  name,
  command,
  pipe,
});

/** A zip of any files, which a pipe may have as it is. */
export const ZIP_ARCHIVE = magic('PK\x03\x04', 'a zip archive', 'unzip -p FILE', '');

/** Names of the first files in workbooks and documents of Office, which are zips. */
export const OFFICE_NAMES: readonly string[] = ['[Content_Types].xml', '_rels/.rels'];

/** What these are called. */
export const OFFICE_FILE = 'a workbook or document of Office (.xlsx, .docx)';

const OFFICE_FILES = OFFICE_NAMES.map((name) => magic(name, OFFICE_FILE, undefined, undefined, 30));

/** Whether a file begins as those of Office do. */
export function isOfficeFile(front: Buffer): boolean {
  return OFFICE_FILES.some(({ bytes, at }) => front.subarray(at, at + bytes.length).equals(bytes));
}

const FORMATS: readonly Magic[] = [
  magic('\x28\xb5\x2f\xfd', 'Zstandard (.zst), which Node reads from 22.15 on', 'zstd -dc FILE'),
  magic('\xfd7zXZ\0', 'xz (.xz)', 'xz -dc FILE'),
  magic('BZh', 'bzip2 (.bz2)', 'bzip2 -dc FILE'),
  magic('\x04\x22\x4d\x18', 'LZ4 (.lz4)', 'lz4 -dc FILE'),
  magic('LZIP', 'lzip (.lz)', 'lzip -dc FILE'),
  magic('\x1f\x9d', 'compress (.Z)', 'uncompress -c FILE'),
  magic('\x78\x9c', 'zlib data', 'pigz -dc FILE'),
  magic("7z\xbc\xaf'\x1c", 'a 7z archive', '7z e -so FILE', '7z e -so -si'),
  ...OFFICE_FILES,
  ZIP_ARCHIVE,
  magic('PK\x05\x06', 'an empty zip archive'),
  magic('ustar', 'a tar archive', 'tar -xOf FILE', 'tar -xO', 257),
  magic('PAR1', 'Parquet', `duckdb -c "copy (from 'FILE') to '/dev/stdout' (format json)"`),
  magic('Obj\x01', 'Avro'),
  magic('SQLite format 3\0', 'a database of SQLite'),
  magic('%PDF-', 'a PDF'),
  magic('<?xml', 'XML'),
];

/** Bytes that are enough to recognise every format. */
export const FORMAT_BYTES = Math.max(...FORMATS.map(({ bytes, at }) => at + bytes.length));

/** The format of a file; undefined if it is none of these. */
export function formatOf(front: Buffer): KnownFormat | undefined {
  return FORMATS.find(({ bytes, at }) => front.subarray(at, at + bytes.length).equals(bytes));
}

/** Whether more bytes might show a format that these alone do not. */
export function mayBeFormat(front: Buffer): boolean {
  return FORMATS.some(({ bytes, at }) => {
    const known = front.subarray(at);
    return front.length < at + bytes.length && bytes.subarray(0, known.length).equals(known);
  });
}

/** An encoding of Unicode other than UTF-8, by its name in `TextDecoder` and `iconv`. */
export type WideEncoding = 'UTF-16LE' | 'UTF-16BE' | 'UTF-32LE' | 'UTF-32BE';

const BYTE_ORDER_MARKS: readonly (readonly [WideEncoding, Buffer])[] = [
  ['UTF-32LE', Buffer.of(0xff, 0xfe, 0, 0)],
  ['UTF-32BE', Buffer.of(0, 0, 0xfe, 0xff)],
  ['UTF-16LE', Buffer.of(0xff, 0xfe)],
  ['UTF-16BE', Buffer.of(0xfe, 0xff)],
];

/** The encoding that a byte order mark shows. */
export function markedEncoding(front: Buffer): WideEncoding | undefined {
  return BYTE_ORDER_MARKS.find(([, mark]) => front.subarray(0, mark.length).equals(mark))?.[0];
}

/** Bytes that are examined for an encoding without a mark. */
const SAMPLE_BYTES = 1024;

/** Minimum share of Latin characters for an encoding to be guessed. */
const LATIN_SHARE = 0.5;

/**
 * Guesses the encoding of text without a mark: most characters of JSON, ids and names are Latin, with zeros beside them.
 * Text in UTF-8 has no zeros.
 * @param leastCharacters fewer are not enough: damaged UTF-8 may have zeros anywhere
 */
export function seemingEncoding(text: Buffer, leastCharacters = 1): WideEncoding | undefined {
  const sample = text.subarray(0, SAMPLE_BYTES);
  if (!sample.includes(0)) return undefined;
  const isLatin = (size: number, place: number): boolean => {
    let latin = 0;
    const units = Math.floor(sample.length / size);
    for (let unit = 0; unit < units; unit++) {
      const bytes = sample.subarray(unit * size, (unit + 1) * size);
      if (bytes.every((byte, index) => (byte !== 0) === (index === place))) latin++;
    }
    return units >= leastCharacters && latin / units >= LATIN_SHARE;
  };
  if (isLatin(4, 0)) return 'UTF-32LE';
  if (isLatin(4, 3)) return 'UTF-32BE';
  if (isLatin(2, 0)) return 'UTF-16LE';
  if (isLatin(2, 1)) return 'UTF-16BE';
  return undefined;
}
