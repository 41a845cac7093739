/** When a result is cut into several files, and how they are called. */
import { SluiceError } from '../../terms/errors.js';
import { MANIFEST_NAME, type OutputPlan, type SplitPlan } from '../../terms/plan.js';
import type { Format, Pack, Profile } from '../../terms/profile.js';
import { safeNumberedName } from './file-name.js';

/** What is said of it beside the profile. */
export interface SplitSettings {
  /** Records per file, instead of what the profile says; 0 is one file. */
  readonly batchSize?: number;
  readonly maxBytesPerFile?: number;
  readonly manifest?: boolean;
}

/** What names of files are made of. */
export interface SplitNames {
  readonly id: string;
  /** The name that request or profile give, without its extension. */
  readonly given?: string;
  /** Of delimiter-separated values, without its dot. */
  readonly dsvExtension?: string;
  /** Name of the document where it is the only one. */
  readonly fileName: string;
}

/** Whether something beside the profile asks for several files, or for their list. */
export function asksForFiles({ batchSize = 0, maxBytesPerFile, manifest = false }: SplitSettings): boolean {
  return batchSize > 0 || maxBytesPerFile !== undefined || manifest;
}

/**
 * Decides the cuts.
 * @throws SluiceError `INVALID` where the packing can hold one file only, or the document is called as the manifest
 */
export function planSplit(
  { batchSize, maxBytesPerFile, manifest }: SplitSettings,
  profile: Profile | undefined,
  { format, pack }: { readonly format: Format; readonly pack: Pack },
  { id, given, fileName, dsvExtension }: SplitNames,
): Pick<OutputPlan, 'split' | 'manifest'> {
  const records = batchSize ?? profile?.batchSize;
  const maxRecords = records === 0 ? undefined : records;
  const isSplit = maxRecords !== undefined || maxBytesPerFile !== undefined;
  if (pack === 'none' || pack === 'gzip') {
    const asked = { batchSize: maxRecords, maxBytesPerFile, manifest: manifest || undefined };
    const reason = Object.entries(asked).find(([, value]) => value !== undefined)?.[0];
    if (reason !== undefined) throw oneFileOnly(reason, pack, batchSize === undefined && reason === 'batchSize');
  }
  if (manifest && fileName.toLowerCase() === MANIFEST_NAME) {
    throw new SluiceError('INVALID', 'plan', `manifest: the document is called ${fileName} itself`, {
      path: 'manifest',
    });
  }
  if (!isSplit) return manifest ? { manifest } : {};
  const [base, ending] = given === undefined ? [id, '_out'] : [given, ''];
  const split: SplitPlan = {
    ...(maxRecords === undefined ? {} : { maxRecords }),
    ...(maxBytesPerFile === undefined ? {} : { maxBytes: maxBytesPerFile }),
    ...safeNumberedName(base, ending, format, dsvExtension),
  };
  return { split, ...(manifest ? { manifest } : {}) };
}

function oneFileOnly(path: string, pack: Pack, isProfile: boolean): SluiceError {
  const other = path === 'batchSize' ? ', or batchSize 0 for one file' : '';
  const whose = isProfile ? ' of the profile' : '';
  const message = `${path}${whose}: pack ${pack} holds one file only; choose pack zip or envelope${other}`;
  return new SluiceError('INVALID', 'plan', message, { path });
}
