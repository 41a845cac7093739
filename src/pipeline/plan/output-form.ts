/** How the result is formatted and packed: what was asked for, else the profile, else the suffix of the file. */
import { SluiceError } from '../../terms/errors.js';
import type { Format, Pack, Profile } from '../../terms/profile.js';

/** A format and a packing, as far as somebody has said them. */
export interface OutputForm {
  readonly format?: Format;
  readonly pack?: Pack;
}

/** What a suffix of a file name stands for, longest first. */
const SUFFIXES: readonly (readonly [suffix: string, format: Format | undefined, pack: Pack])[] = [
  ['.ndjson.gz', 'ndjson', 'gzip'],
  ['.jsonl.gz', 'ndjson', 'gzip'],
  ['.json.gz', 'json', 'gzip'],
  ['.csv.gz', 'dsv', 'gzip'],
  ['.tsv.gz', 'dsv', 'gzip'],
  ['.dsv.gz', 'dsv', 'gzip'],
  ['.gz', undefined, 'gzip'],
  ['.zip', undefined, 'zip'],
  ['.ndjson', 'ndjson', 'none'],
  ['.jsonl', 'ndjson', 'none'],
  ['.json', 'json', 'none'],
  ['.csv', 'dsv', 'none'],
  ['.tsv', 'dsv', 'none'],
  ['.dsv', 'dsv', 'none'],
];

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
  const suffix = path === undefined ? undefined : SUFFIXES.find(([ending]) => path.toLowerCase().endsWith(ending));
  const [, suffixFormat, suffixPack] = suffix ?? [];
  const pack = asked.pack ?? profile?.pack ?? suffixPack ?? (several ? 'zip' : 'none');
  const isArchive = pack === 'zip' || pack === 'envelope';
  const format = asked.format ?? profile?.format ?? suffixFormat ?? (isArchive ? 'json' : fallback);
  if (suffix && path !== undefined) refuseContradiction(suffix, path, { format, pack });
  return { format, pack };
}

function refuseContradiction(
  [ending, suffixFormat, suffixPack]: (typeof SUFFIXES)[number],
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
