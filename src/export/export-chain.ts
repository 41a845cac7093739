/** The stages of a plan, in the order of the data: the table of contents of an export. */
import { randomInt } from 'node:crypto';
import { base64Stage } from '../pack/base64.js';
import type { DeflateCheckpoint } from '../pack/deflate-blocks.js';
import type { PackStage } from '../pack/deflate-stage.js';
import { envelopeStage } from '../pack/envelope.js';
import { gzipStage } from '../pack/gzip.js';
import { type MeterStage, meterStage } from '../pack/meter.js';
import { zipStage } from '../pack/zip.js';
import type { ZipFilesStage } from '../pack/zip-files.js';
import { zstdStage } from '../pack/zstd.js';
import type { Prefilter } from '../scan/scanner.js';
import { checkStage } from '../select/check.js';
import { filterByCriteriaStage } from '../select/filter-by-criteria.js';
import { filterByIdStage } from '../select/filter-by-id.js';
import { filterByNameStage } from '../select/filter-by-name.js';
import { filterByTypeStage } from '../select/filter-by-type.js';
import { limitStage } from '../select/limit.js';
import { projectStage } from '../select/project.js';
import { setAsideStage } from '../select/set-aside.js';
import { skipStage } from '../select/skip.js';
import { sortStage } from '../select/sort.js';
import type { Batch } from '../terms/batch.js';
import { holdsOneFile } from '../terms/blob-content.js';
import { ANY_TYPE } from '../terms/entity-type.js';
import type { EnvelopePlan, ExportPlan, OutputPlan, SelectPlan } from '../terms/plan.js';
import { noSightings, type Sightings } from '../terms/sightings.js';
import type { ChainOptions } from './chain-state.js';
import { chooseEncoding, type Encoding } from './choose-encoding.js';
import { appendFiles, hasFiles, packLevel } from './export-files.js';
import { append, type Chain } from './to-stream.js';

/** What a reader may leave out. An entity with a wanted id counts as found whatever its type, so ids come first. */
export function prefilterOf({ ids, types }: SelectPlan): Prefilter {
  const seed = randomInt(2 ** 32);
  if (ids) return { ids, seed };
  return types && !types.includes(ANY_TYPE) ? { types, seed } : {};
}

/** A chain, and the state that a checkpoint takes from it. */
export interface ExportChain {
  readonly chain: Chain<Batch, Buffer>;
  readonly found: ReadonlySet<string>;
  readonly sightings: Sightings;
  /** Absent if the output is not packed, or several documents are possible. */
  readonly pack?: PackStage;
  /** Replaces `pack` if several documents are possible. */
  readonly files?: ZipFilesStage;
  /** Counts the bytes of the output. */
  readonly meter: MeterStage;
}

/** Makes the stages of a plan. */
export function exportChain(plan: ExportPlan, options: ChainOptions): ExportChain {
  const { select, project, output, envelope } = plan;
  const { digest, schema, from } = options;
  const written = from?.written ?? 0;
  const found = new Set(from?.found);
  const sightings = from?.sightings ?? noSightings();
  let entities: Chain<Batch, Batch> = { stages: [] };
  if (select.ids) {
    entities = append(entities, filterByIdStage(select.ids, { uniqueIds: select.uniqueIds, found, sightings }));
  }
  if (select.types) entities = append(entities, filterByTypeStage(select.types, sightings));
  if (select.names) entities = append(entities, filterByNameStage(select.names, sightings));
  entities = append(entities, checkStage());
  if (select.criteria)
    entities = append(entities, filterByCriteriaStage(select.criteria, select.scope, sightings, options.related));
  const { sort, skip, limit, scope } = select;
  if (sort) entities = append(entities, sortStage(sort, { scope, skip, limit }));
  else if (select.skip !== undefined) entities = append(entities, skipStage(select.skip, sightings));
  // Every entity that has passed the limit was written.
  if (select.limit !== undefined && !sort) entities = append(entities, limitStage(select.limit - written));
  if (project) entities = append(entities, projectStage(project, sightings));

  if (plan.read.onError === 'skip-file') entities = append(entities, setAsideStage());

  const encoding = chooseEncoding(output, schema);
  const packed: PackedChain = hasFiles(plan)
    ? appendFiles(entities, encoding, plan, options)
    : appendDocument(entities, encoding, plan, options);
  if (packed.meter) return { ...packed, meter: packed.meter, found, sightings };
  let bytes = packed.chain;
  if (envelope) bytes = appendEnvelope(bytes, envelope);
  const meter = meterStage({
    digest,
    report: (measure, { ledger }) => ledger.setOutput(measure),
    before: from?.output,
  });
  return { ...packed, chain: append(bytes, meter), found, sightings, meter };
}

/** The chain up to the packing; with a meter where that measures the output. */
type PackedChain = Pick<ExportChain, 'chain' | 'pack' | 'files'> & Partial<Pick<ExportChain, 'meter'>>;

/** The chain with its entities in one document, packed or not; with its meter where the document is the output. */
function appendDocument(
  entities: Chain<Batch, Batch>,
  encoding: Encoding,
  { output, envelope }: ExportPlan,
  { digest, from }: ChainOptions,
): PackedChain {
  const { fileName: name } = output;
  const encoded = append(entities, encoding.one((from?.written ?? 0) > 0));
  const pack = packStage(output, from?.pack);
  const isOutput = !pack && !envelope;
  const meter = meterStage({
    digest,
    report(file, { ledger }) {
      ledger.addFile({ name, records: ledger.written, ...file });
      // Equal bytes are digested once.
      if (isOutput) ledger.setOutput(file);
    },
    before: from?.document,
  });
  const measured = append(encoded, meter);
  if (isOutput) return { chain: measured, meter };
  return pack ? { chain: append(measured, pack), pack } : { chain: measured };
}

/** The chain with the documented envelope around its bytes. */
export function appendEnvelope<In>(
  bytes: Chain<In, Buffer>,
  envelope: EnvelopePlan & { readonly properties?: Readonly<Record<string, string>> },
): Chain<In, Buffer> {
  return append(append(bytes, base64Stage()), envelopeStage(envelope));
}

function packStage(output: OutputPlan, from: DeflateCheckpoint | undefined): PackStage | undefined {
  const { pack, threads, fileName: name } = output;
  const level = packLevel(output);
  if (pack === 'gzip') return gzipStage({ level, threads, from });
  if (pack === 'zstd') return zstdStage({ level, threads, from });
  if (pack === 'envelope' && holdsOneFile(output)) return undefined;
  return pack === 'zip' || pack === 'envelope' ? zipStage({ name, level, threads, from }) : undefined;
}
