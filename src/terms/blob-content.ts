/** What the blob of an envelope holds, and how the envelope says so. */
import type { EnvelopePlan, OutputPlan } from './plan.js';
import type { BlobContent } from './profile.js';

/** The version of the documented JSON form of entities. */
const RSJSON_VERSION = '1.1';

/** The version of the platform's layout of workbooks. */
const RSEXCEL_VERSION = '0.14';

/** Whether a result may be several files. */
export function mayBeSeveral({ split, splitBy, manifest, dsv }: Omit<OutputPlan, 'content'>): boolean {
  return split !== undefined || splitBy !== undefined || manifest === true || dsv?.multiFile === true;
}

/** Whether an envelope has one file itself in its blob, and no zip around it. */
export function holdsOneFile({ content }: OutputPlan): boolean {
  return content === 'plain';
}

/** The part of a plan that decides what an envelope says of its blob. */
export type Named = Pick<OutputPlan, 'format' | 'fileName' | 'dsv'>;

/**
 * The name, the type and the version of what a blob holds. Clients save it as `fileName.extension`, so the extension is that
 * of the bytes: of a zip `zip`, whatever is in it. `JSON` is written in capitals, as documented.
 */
export function blobFacts(
  { format, fileName, dsv }: Named,
  content: BlobContent | 'gzip' | 'zstd',
  version?: string,
): Omit<EnvelopePlan, 'tenant'> {
  const objectType = { json: undefined, array: undefined, ndjson: undefined, dsv: 'DSVObject', xlsx: 'excelObject' }[
    format
  ];
  const plain = { json: undefined, array: undefined, ndjson: 'ndjson', dsv: dsv?.extension, xlsx: 'xlsx' }[format];
  const named: Readonly<Record<BlobContent | 'gzip' | 'zstd', Pick<EnvelopePlan, 'fileName' | 'extension'>>> = {
    plain: { fileName, extension: plain },
    zip: { fileName: `${fileName.replace(/\.[^.]*$/, '')}.zip`, extension: 'zip' },
    gzip: { fileName: `${fileName}.gz`, extension: 'gz' },
    zstd: { fileName: `${fileName}.zst`, extension: 'zst' },
  };
  return { ...named[content], objectType, version: format === 'xlsx' ? RSEXCEL_VERSION : (version ?? RSJSON_VERSION) };
}
