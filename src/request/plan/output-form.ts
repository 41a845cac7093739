/** Format and packing of the result: from the options, else the profile, else the suffix of the file. */
import { SluiceError } from '../../terms/errors.js';
import type { Format, Pack, Profile } from '../../terms/profile.js';
import type { PlanTarget } from './plan-target.js';

/** A format and a packing, where given. */
export interface OutputForm {
  readonly format?: Format;
  readonly pack?: Pack;
}

/** Suffixes of formats. */
const FORMAT_SUFFIXES: readonly (readonly [suffix: string, format: Format])[] = [
  ['.ndjson', 'ndjson'],
  ['.jsonl', 'ndjson'],
  ['.json', 'json'],
  ['.csv', 'dsv'],
  ['.tsv', 'dsv'],
  ['.dsv', 'dsv'],
  ['.xlsx', 'xlsx'],
];

/** Suffixes of packings, alone or after that of a format. */
const PACK_SUFFIXES: readonly (readonly [suffix: string, pack: Pack])[] = [
  ['.gz', 'gzip'],
  ['.zst', 'zstd'],
  ['.zip', 'zip'],
];

type Suffix = readonly [suffix: string, format: Format | undefined, pack: Pack];

/** Format and packing by the suffix of a file name, longest first. */
const SUFFIXES: readonly Suffix[] = [
  ...PACK_SUFFIXES.flatMap(([packSuffix, pack]): readonly Suffix[] => [
    ...FORMAT_SUFFIXES.map(([suffix, format]): Suffix => [`${suffix}${packSuffix}`, format, pack]),
    [packSuffix, undefined, pack],
  ]),
  ...FORMAT_SUFFIXES.map(([suffix, format]): Suffix => [suffix, format, 'none']),
];

/** Suffixes of formats that sluice does not write. Any other, such as `.txt`, may hold anything. */
const FOREIGN = new RegExp(
  `(\\.(?:${[
    ...['zstd', 'br', 'bz2', 'bz', 'xz', 'lz4', 'lz', 'lzma', 'lzo', 'sz', 'z', '7z', 'rar', 'cab', 'jar'],
    ...['tar', 'tgz', 'tbz', 'tbz2', 'txz', 'tzst', 'xls', 'xlsm', 'xlsb', 'ods', 'numbers', 'doc', 'docx'],
    ...['pdf', 'parquet', 'avro', 'orc', 'arrow', 'feather', 'xml', 'yaml', 'yml', 'toml', 'ini', 'html', 'htm'],
    ...[
      'json5',
      'jsonc',
      'bson',
      'cbor',
      'msgpack',
      'ubj',
      'proto',
      'protobuf',
      'pb',
      'sql',
      'sqlite',
      'duckdb',
      'mdb',
    ],
  ].join('|')}))(?:\\.gz|\\.zst|\\.zip)?$`,
);

/**
 * Refuses a name whose suffix stands for a format that sluice does not write.
 * @throws SluiceError `INVALID`
 */
export function refuseForeignSuffix(path: string): void {
  const [, suffix] = FOREIGN.exec(path.toLowerCase()) ?? [];
  if (suffix === undefined) return;
  const formats = FORMAT_SUFFIXES.map(([known]) => known).join(', ');
  const message = `${path}: sluice does not write ${suffix}; it writes ${formats}, each also followed by .gz, .zst or .zip`;
  throw new SluiceError('INVALID', 'plan', `${message}; for other formats, pipe standard output to a converter`, {
    path,
  });
}

function suffixOf(path: string): Suffix | undefined {
  return SUFFIXES.find(([ending]) => path.toLowerCase().endsWith(ending));
}

/**
 * Refuses a name for bytes that are packed otherwise than its suffix says; any other suffix may hold anything.
 * @param front the first bytes, at least as many as `PACKED_FRONT` if there are
 * @throws SluiceError `INVALID`
 */
export function refuseOtherPacking(path: string, front: Buffer): void {
  const suffix = suffixOf(path);
  if (!suffix) return;
  const [ending, format, named] = suffix;
  const pack = packOf(front);
  // Workbooks are zips themselves.
  if (pack === (format === 'xlsx' && named === 'none' ? 'zip' : named)) return;
  const what = pack === 'none' ? 'what is written is not packed' : `what is written is packed with ${pack}`;
  const [fit] = PACK_SUFFIXES.find(([, one]) => one === pack) ?? ['.json'];
  const message = `${path}: ${what}, and ${ending} stands for something else; choose a name that ends in ${fit}`;
  throw new SluiceError('INVALID', 'write', message, { path });
}

/** Bytes by which a packing is recognised. */
export const PACKED_FRONT = 4;

function packOf(front: Buffer): Pack {
  const magic = front.toString('latin1', 0, PACKED_FRONT);
  if (magic === 'PK\x03\x04' || magic === 'PK\x05\x06') return 'zip';
  if (magic === '\x28\xb5\x2f\xfd') return 'zstd';
  return magic.startsWith('\x1f\x8b') ? 'gzip' : 'none';
}

/**
 * Decides format and packing.
 * @param given by option or flag
 * @param target the path, for its suffix, and fallbacks if neither option, profile nor suffix decides; files in an
 *   archive are documents
 * @param several whether the result may be several files, which default to a zip
 * @throws SluiceError `INVALID` if the suffix contradicts an option or the profile
 */
export function decideOutput(
  given: OutputForm,
  profile: Profile | undefined,
  { destination: path, folder = false, fallbackFormat = 'json', fallbackPack }: PlanTarget,
  several = false,
): Required<OutputForm> {
  if (folder) return inFolder(given, profile);
  if (path !== undefined) refuseForeignSuffix(path);
  const suffix = path === undefined ? undefined : suffixOf(path);
  const [, suffixFormat, suffixPack] = suffix ?? [];
  const pack = given.pack ?? profile?.pack ?? suffixPack ?? fallbackPack ?? (several ? 'zip' : 'none');
  const isArchive = pack === 'zip' || pack === 'envelope';
  const format = given.format ?? profile?.format ?? suffixFormat ?? (isArchive ? 'json' : fallbackFormat);
  if (suffix && path !== undefined) refuseContradiction(suffix, path, { format, pack });
  return { format, pack };
}

/** The files of a folder are plain documents, or each is compressed. */
function inFolder(given: OutputForm, profile: Profile | undefined): Required<OutputForm> {
  const pack = given.pack ?? profile?.pack ?? 'none';
  if (pack === 'zip' || pack === 'envelope') {
    const whose = given.pack === undefined ? ' of the profile' : '';
    const message = `pack${whose}: a folder holds the files themselves; choose pack none, gzip or zstd, or name a file for pack ${pack}`;
    throw new SluiceError('INVALID', 'plan', message, { path: 'pack' });
  }
  return { format: given.format ?? profile?.format ?? 'json', pack };
}

function refuseContradiction(
  [ending, suffixFormat, suffixPack]: Suffix,
  path: string,
  { format, pack }: Required<OutputForm>,
): void {
  // The envelope itself is a JSON text.
  if (pack === 'envelope' && ending === '.json') return;
  if (pack !== suffixPack) {
    const fix = pack === 'envelope' ? 'name it .json' : `choose pack ${suffixPack}`;
    throw contradiction(path, `${ending} stands for pack ${suffixPack}, but the pack is ${pack}`, fix);
  }
  // Both the array and the document are JSON texts.
  const isJson = (one: Format) => one === 'json' || one === 'array';
  if (suffixFormat === undefined || suffixFormat === format || (isJson(suffixFormat) && isJson(format))) return;
  const message = `${ending} stands for format ${suffixFormat}, but the format is ${format}`;
  throw contradiction(path, message, `choose format ${suffixFormat}`);
}

function contradiction(path: string, message: string, fix: string): SluiceError {
  return new SluiceError('INVALID', 'plan', `${path}: ${message}; ${fix}, or change the file's name`, { path });
}
