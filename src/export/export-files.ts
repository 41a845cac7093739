/** The stages for several files, in one zip or in a folder. */

import { splitByStage } from '../encode/split-by.js';
import type { DeflateCheckpoint } from '../pack/deflate-blocks.js';
import type { PackStage } from '../pack/deflate-stage.js';
import type { FileNames } from '../pack/file-names.js';
import { folderFilesStage } from '../pack/folder-files.js';
import { gzipStage } from '../pack/gzip.js';
import { meterFilesStage } from '../pack/meter.js';
import { packFilesStage } from '../pack/pack-files.js';
import { type ZipFilesStage, zipFilesStage } from '../pack/zip-files.js';
import { zstdStage } from '../pack/zstd.js';
import { PartitionedSpool } from '../temporary-files/partitioned-spool.js';
import type { Batch } from '../terms/batch.js';
import { mayBeSeveral } from '../terms/blob-content.js';
import { invalid } from '../terms/errors.js';
import type { FilePiece } from '../terms/file-piece.js';
import type { ExportPlan, OutputPlan, SplitPlan } from '../terms/plan.js';
import { packsOneFile } from '../terms/profile.js';
import type { FileReceipt } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import { append, type Chain } from './chain.js';
import type { ChainOptions } from './chain-state.js';
import type { Encoding, WaitingStage } from './choose-encoding.js';
import { packSuffix, ValueNames } from './value-names.js';

/** Whether the result of a plan may be more than one document. */
export function hasFiles({ output }: ExportPlan): boolean {
  return mayBeSeveral(output);
}

/** A chain whose result is several files, and the state that a checkpoint takes from it. */
interface FilesChain {
  readonly chain: Chain<Batch, Buffer>;
  readonly files?: ZipFilesStage;
  readonly waiting: Pick<WaitingStage<unknown>, 'state'>;
}

/**
 * The chain with its entities in files, and the files in a zip, or one after the other for a folder.
 * @throws SluiceError `INVALID` for a plan whose result is neither
 */
export function appendFiles(
  entities: Chain<Batch, Batch>,
  encoding: Encoding,
  plan: ExportPlan,
  { digest, spool, from, schema, marks }: ChainOptions,
): FilesChain {
  const { split = NO_SPLIT, splitBy, manifest = false, folder = false, pack, threads, deflate: deflater } = plan.output;
  const level = packLevel(plan.output);
  if (!folder && packsOneFile(pack)) {
    throw invalid('plan', `several files need a zip or a folder; pack is ${pack}`);
  }
  const finished = from?.finished ?? [];
  const records = (from?.written ?? 0) - finished.reduce((sum, file) => sum + file.records, 0);
  const current = from?.pack ? { bytes: from.document.bytes, hash: from.document.hash } : { bytes: 0 };
  const listed = splitBy && new ValueNames(plan.output, splitBy);
  const options = {
    names: listed ? { plain: plan.output.fileName, listed: listed.names } : namesOf(plan, packSuffix(plan.output)),
    manifest: manifest ? { id: plan.id } : undefined,
    report: (all: readonly FileReceipt[], run: Run) => {
      for (const file of all) run.ledger.addFile(file);
      noteLarge(all, split, run);
    },
  };
  const encode: WaitingStage<FilePiece> = listed
    ? splitByStage({
        path: listed.path,
        encode: (note) => encoding.one(false, note),
        openSpool: () => spool ?? new PartitionedSpool(),
        from: from?.waiting?.kind === 'split' ? from.waiting : undefined,
        begin: (value) => listed.add(value),
        schema,
      })
    : encoding.several(split, { records, bytes: current.bytes });
  const pieces = append(entities, encode);
  const measured = append(pieces, meterFilesStage({ digest: digest || manifest, before: current }));
  if (folder) {
    if (!marks) throw invalid('plan', 'a folder needs a destination that divides the bytes into files');
    const compress = compressionOf(plan.output);
    const packed = compress
      ? append(
          measured,
          packFilesStage(() => compress()),
        )
      : measured;
    return { chain: append(packed, folderFilesStage({ ...options, marks })), waiting: encode };
  }
  const files = zipFilesStage({ ...options, level, deflater, threads, from: from && { finished, current: from.pack } });
  return { chain: append(measured, files), files, waiting: encode };
}

/** The level of the packing around the files: workbooks are deflated already. */
export function packLevel({ format, pack, level }: OutputPlan): number {
  if (format !== 'xlsx') return level;
  return pack === 'zstd' ? 1 : 0;
}

/** Makes the stage that compresses one stream of bytes, from an earlier one's state on; undefined for other packings. */
export function compressionOf(output: OutputPlan): ((from?: DeflateCheckpoint) => PackStage) | undefined {
  const { pack, threads, deflate: deflater } = output;
  const level = packLevel(output);
  if (pack === 'gzip') return (from) => gzipStage({ level, deflater, threads, from });
  return pack === 'zstd' ? (from) => zstdStage({ level, threads, from }) : undefined;
}

const NO_SPLIT: SplitPlan = { before: '', after: '' };

/** The names of the files; if the plan allows only one, its name is known from the beginning. */
function namesOf({ output, select }: ExportPlan, suffix: string): FileNames {
  const { split, fileName, dsv } = output;
  const plain = fileName + suffix;
  const second = dsv?.relationshipsName;
  if (!split) return { plain, second: second && second + suffix };
  const { maxRecords = Number.POSITIVE_INFINITY, maxBytes, before, after } = split;
  const isOne = maxBytes === undefined && (select.limit ?? Number.POSITIVE_INFINITY) <= maxRecords;
  return isOne ? { plain } : { plain, numbered: { before, after: after + suffix } };
}

/** Names shown in a note. */
const LARGE_NAMED = 5;

function noteLarge(files: readonly FileReceipt[], { maxBytes = Number.POSITIVE_INFINITY }: SplitPlan, run: Run): void {
  const large = files.filter(({ records, bytes }) => records > 0 && bytes > maxBytes).map(({ name }) => name);
  if (large.length === 0) return;
  const named = large.slice(0, LARGE_NAMED).join(', ') + (large.length > LARGE_NAMED ? ', …' : '');
  run.note({
    code: 'LARGE_FILES',
    text: `${large.length} of ${files.length} files hold one record that alone exceeds ${maxBytes} bytes: ${named}`,
    counts: { large: large.length, files: files.length },
  });
}
