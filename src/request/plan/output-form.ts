/** How the result is formatted and packed: what was asked for, else the profile, else the suffix of the file. */
import { SluiceError } from '../../terms/errors.js';
import type { Format, Pack, Profile } from '../../terms/profile.js';

/** A format and a packing, as far as somebody has said them. */
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
];

/** Suffixes of packings, alone or behind that of a format. */
const PACK_SUFFIXES: readonly (readonly [suffix: string, pack: Pack])[] = [
  ['.gz', 'gzip'],
  ['.zip', 'zip'],
];

type Suffix = readonly [suffix: string, format: Format | undefined, pack: Pack];

/** What a suffix of a file name stands for, longest first. */
const SUFFIXES: readonly Suffix[] = [
  ...PACK_SUFFIXES.flatMap(([packSuffix, pack]): readonly Suffix[] => [
    ...FORMAT_SUFFIXES.map(([suffix, format]): Suffix => [`${suffix}${packSuffix}`, format, pack]),
    [packSuffix, undefined, pack],
  ]),
  ...FORMAT_SUFFIXES.map(([suffix, format]): Suffix => [suffix, format, 'none']),
];

/** Suffixes that promise what sluice does not write. Any other, such as `.txt`, promises nothing. */
const FOREIGN = new RegExp(
  `(\\.(?:${[
    ...['zst', 'zstd', 'br', 'bz2', 'bz', 'xz', 'lz4', 'lz', 'lzma', 'lzo', 'sz', 'z', '7z', 'rar', 'cab', 'jar'],
    ...['tar', 'tgz', 'tbz', 'tbz2', 'txz', 'tzst', 'xls', 'xlsx', 'xlsm', 'xlsb', 'ods', 'numbers', 'doc', 'docx'],
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
  ].join('|')}))(?:\\.gz|\\.zip)?$`,
);

/**
 * Refuses a name whose suffix promises what is not written.
 * @throws SluiceError `INVALID`
 */
export function refuseForeignSuffix(path: string): void {
  const [, suffix] = FOREIGN.exec(path.toLowerCase()) ?? [];
  if (suffix === undefined) return;
  const formats = FORMAT_SUFFIXES.map(([known]) => known).join(', ');
  const message = `${path}: sluice writes no ${suffix}; it writes ${formats}, each also with .gz or .zip behind it`;
  throw new SluiceError('INVALID', 'plan', `${message}; for others pipe standard output on`, { path });
}

/**
 * Decides format and packing.
 * @param asked by option or flag
 * @param path of the file the result goes to, where it goes to one
 * @param fallback format when nobody has said one and no archive is made, whose files are documents
 * @param several whether the result may be several files, which need a zip where nobody says what else
 * @throws SluiceError `INVALID` when the suffix promises something else than what was asked for
 */
export function decideOutput(
  asked: OutputForm,
  profile: Profile | undefined,
  path: string | undefined,
  fallback: Format,
  several = false,
): Required<OutputForm> {
  if (path !== undefined) refuseForeignSuffix(path);
  const suffix = path === undefined ? undefined : SUFFIXES.find(([ending]) => path.toLowerCase().endsWith(ending));
  const [, suffixFormat, suffixPack] = suffix ?? [];
  const pack = asked.pack ?? profile?.pack ?? suffixPack ?? (several ? 'zip' : 'none');
  const isArchive = pack === 'zip' || pack === 'envelope';
  const format = asked.format ?? profile?.format ?? suffixFormat ?? (isArchive ? 'json' : fallback);
  if (suffix && path !== undefined) refuseContradiction(suffix, path, { format, pack });
  return { format, pack };
}

function refuseContradiction(
  [ending, suffixFormat, suffixPack]: Suffix,
  path: string,
  { format, pack }: Required<OutputForm>,
): void {
  // An envelope is a JSON text, whatever is packed in it.
  if (pack === 'envelope' && ending === '.json') return;
  if (pack !== suffixPack) {
    const fix = pack === 'envelope' ? 'name it .json' : `say pack ${suffixPack}`;
    throw contradiction(path, `${ending} stands for pack ${suffixPack}, but pack ${pack} is asked for`, fix);
  }
  // Under .json an array is JSON as well as the document is.
  const isJson = (one: Format) => one === 'json' || one === 'array';
  if (suffixFormat === undefined || suffixFormat === format || (isJson(suffixFormat) && isJson(format))) return;
  const message = `${ending} stands for format ${suffixFormat}, but format ${format} is asked for`;
  throw contradiction(path, message, `say format ${suffixFormat}`);
}

function contradiction(path: string, message: string, fix: string): SluiceError {
  return new SluiceError('INVALID', 'plan', `${path}: ${message}; ${fix}, or change the file's name`, { path });
}
