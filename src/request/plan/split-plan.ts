/** Decides how a result is split into several files, and their names. */
import { SluiceError } from '../../terms/errors.js';
import { EVERY, parsePath } from '../../terms/path.js';
import { MANIFEST_NAME, type OutputPlan, type SplitByPlan, type SplitPlan } from '../../terms/plan.js';
import { type DsvSettings, type Format, type Pack, type Profile, packsOneFile } from '../../terms/profile.js';
import { safeNumberedName } from './file-name.js';

/** The options that matter, beside the profile. */
export interface SplitSettings {
  /** Records per file, overrides the profile; 0 is one file. */
  readonly batchSize?: number;
  readonly maxBytesPerFile?: number;
  readonly manifest?: boolean;
  /** Path to the value by which entities are split. */
  readonly splitBy?: string;
}

/** The parts of file names. */
export interface SplitNames {
  readonly id: string;
  /** The name from the request or the profile, without its extension. */
  readonly given?: string;
  /** Extension of delimiter-separated values, without its dot. */
  readonly dsvExtension?: string;
  /** Name of the document if it is the only one. */
  readonly fileName: string;
}

/** Whether the options require a pack of several files, or a manifest. */
export function needsSeveralFiles({
  batchSize = 0,
  maxBytesPerFile,
  manifest = false,
  splitBy,
  dsv,
}: SplitSettings & { readonly dsv?: DsvSettings }): boolean {
  return batchSize > 0 || maxBytesPerFile !== undefined || manifest || splitBy !== undefined || dsv?.multiFile === true;
}

/**
 * Decides when a file ends.
 * @throws SluiceError `INVALID` if the packing holds one file only, or the document has the name of the manifest
 */
export function planSplit(
  { batchSize, maxBytesPerFile, manifest, splitBy }: SplitSettings,
  profile: Profile | undefined,
  { format, pack, folder = false }: { readonly format: Format; readonly pack: Pack; readonly folder?: boolean },
  { id, given, fileName, dsvExtension }: SplitNames,
): Pick<OutputPlan, 'split' | 'splitBy' | 'manifest'> {
  const records = batchSize ?? profile?.batchSize;
  const maxRecords = records === 0 ? undefined : records;
  const isSplit = maxRecords !== undefined || maxBytesPerFile !== undefined;
  if (!folder && packsOneFile(pack)) {
    const requested = { batchSize: maxRecords, maxBytesPerFile, splitBy, manifest: manifest || undefined };
    const reason = Object.entries(requested).find(([, value]) => value !== undefined)?.[0];
    if (reason !== undefined) throw oneFileOnly(reason, pack, batchSize === undefined && reason === 'batchSize');
  }
  if (manifest && fileName.toLowerCase() === MANIFEST_NAME) {
    throw new SluiceError('INVALID', 'plan', `manifest: the document has the name ${fileName} too`, {
      path: 'manifest',
    });
  }
  if (splitBy !== undefined) {
    if (batchSize !== undefined && batchSize > 0) throw beside('batchSize');
    if (maxBytesPerFile !== undefined) throw beside('maxBytesPerFile');
    return { splitBy: planSplitBy(splitBy), manifest: manifest || undefined };
  }
  if (!isSplit) return { manifest: manifest || undefined };
  const [base, ending] = given === undefined ? [id, '_out'] : [given, ''];
  const names = safeNumberedName(base, ending, format, dsvExtension);
  const split: SplitPlan = { maxRecords, maxBytes: maxBytesPerFile, ...names };
  return { split, manifest: manifest || undefined };
}

/** @throws SluiceError `INVALID` for a path to more than one value */
function planSplitBy(text: string): SplitByPlan {
  const path = parsePath(text, 'splitBy').map((step) => {
    if (step !== EVERY) return step;
    const message = 'splitBy: every element of an array is more than one value; name one, such as `tags.0`';
    throw new SluiceError('INVALID', 'plan', message, { path: 'splitBy' });
  });
  return { path, without: `without ${path.join('.')}` };
}

function beside(path: string): SluiceError {
  return new SluiceError('INVALID', 'plan', `${path}: has no effect beside splitBy, which says what a file holds`, {
    path,
  });
}

function oneFileOnly(path: string, pack: Pack, isProfile: boolean): SluiceError {
  const other = path === 'batchSize' ? ', or batchSize 0 for one file' : '';
  const whose = isProfile ? ' of the profile' : '';
  const message = `${path}${whose}: pack ${pack} holds one file only; choose pack zip or envelope, or a folder${other}`;
  return new SluiceError('INVALID', 'plan', message, { path });
}
