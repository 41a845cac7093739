/** The stages of a plan, in the order of the data: the table of contents of an export. */
import { randomInt } from 'node:crypto';
import type { EntitySchema } from '../encode/entity-schema.js';
import { base64Stage } from '../pack/base64.js';
import type { DeflateStanding } from '../pack/deflate-blocks.js';
import type { PackStage } from '../pack/deflate-stage.js';
import { envelopeStage } from '../pack/envelope.js';
import { gzipStage } from '../pack/gzip.js';
import { type MeterStage, meterStage } from '../pack/meter.js';
import { zipStage } from '../pack/zip.js';
import type { ZipFilesStage } from '../pack/zip-files.js';
import type { Prefilter } from '../scan/scanner.js';
import { checkStage } from '../select/check.js';
import { filterByCriteriaStage } from '../select/filter-by-criteria.js';
import { filterByIdStage } from '../select/filter-by-id.js';
import { filterByNameStage } from '../select/filter-by-name.js';
import { filterByTypeStage } from '../select/filter-by-type.js';
import { limitStage } from '../select/limit.js';
import { projectStage } from '../select/project.js';
import type { Batch } from '../terms/batch.js';
import { ANY_TYPE } from '../terms/entity-type.js';
import type { EnvelopePlan, ExportPlan, OutputPlan, SelectPlan } from '../terms/plan.js';
import type { Run } from '../terms/run.js';
import { noSightings, type Sightings } from '../terms/sightings.js';
import type { ChainState } from './chain-state.js';
import { chooseEncoding, type Encoding } from './choose-encoding.js';
import { appendFiles, hasFiles } from './export-files.js';
import { append, type Chain } from './to-stream.js';

/** What a reader may leave out. An entity that bears a wanted id counts as found whatever its type, so ids come first. */
export function prefilterOf({ ids, types }: SelectPlan): Prefilter {
  const seed = randomInt(2 ** 32);
  if (ids) return { ids, seed };
  return types && !types.includes(ANY_TYPE) ? { types, seed } : {};
}

/** A chain, and what must be known of it to make another that goes on where it stands. */
export interface ExportChain {
  readonly chain: Chain<Batch, Buffer>;
  readonly found: ReadonlySet<string>;
  readonly sightings: Sightings;
  readonly pack?: PackStage;
  /** In the place of `pack` where there may be several documents. */
  readonly files?: ZipFilesStage;
  /** Of the output. */
  readonly meter: MeterStage;
}

/** Makes the stages; from a state, as if they had done all that before. */
export function exportChain(plan: ExportPlan, run: Run, schema?: EntitySchema, from?: ChainState): ExportChain {
  const { select, project, output, envelope } = plan;
  const { ledger } = run;
  const found = new Set(from?.found);
  const sightings = from?.sightings ?? noSightings();
  let entities: Chain<Batch, Batch> = { stages: [] };
  if (select.ids)
    entities = append(entities, filterByIdStage(select.ids, { uniqueIds: select.uniqueIds, found, sightings, run }));
  if (select.types) entities = append(entities, filterByTypeStage(select.types, { sightings, run }));
  if (select.name !== undefined) entities = append(entities, filterByNameStage(select.name, { sightings, run }));
  entities = append(entities, checkStage());
  if (select.criteria) entities = append(entities, filterByCriteriaStage(select.criteria, select.scope, sightings));
  // Whatever has passed the limit was written.
  if (select.limit !== undefined) entities = append(entities, limitStage(select.limit - ledger.written));
  if (project) entities = append(entities, projectStage(project, sightings));

  const encoding = chooseEncoding(output, schema);
  const packed = hasFiles(plan)
    ? appendFiles(entities, encoding, plan, run, from)
    : appendDocument(entities, encoding, output, run, from);
  let bytes = packed.chain;
  if (envelope) bytes = appendEnvelope(bytes, run, envelope, output.fileName);
  const meter = meterStage(
    () => run.digest,
    (whole) => {
      ledger.bytesOut = whole.bytes;
      if (whole.sha256 !== undefined) ledger.sha256 = whole.sha256;
    },
    from?.output,
  );
  return { ...packed, chain: append(bytes, meter), found, sightings, meter };
}

/** The chain with its entities in one document, packed or not. */
function appendDocument(
  entities: Chain<Batch, Batch>,
  encoding: Encoding,
  output: OutputPlan,
  run: Run,
  from: ChainState | undefined,
): Pick<ExportChain, 'chain' | 'pack'> {
  const { ledger } = run;
  const { fileName: name } = output;
  const measured = append(
    append(entities, encoding.one(ledger.written > 0)),
    meterStage(
      () => run.digest,
      (file) => ledger.files.push({ name, records: ledger.written, ...file }),
      from?.document,
    ),
  );
  const pack = packStage(output, from?.pack);
  return pack ? { chain: append(measured, pack), pack } : { chain: measured };
}

/** The chain with the documented envelope around its bytes. */
export function appendEnvelope<In>(
  bytes: Chain<In, Buffer>,
  run: Run,
  envelope: EnvelopePlan & { readonly properties?: Readonly<Record<string, string>> },
  fileName: string,
): Chain<In, Buffer> {
  return append(append(bytes, base64Stage()), envelopeStage({ run, ...envelope, fileName }));
}

function packStage(
  { pack, level, threads, fileName: name }: OutputPlan,
  from: DeflateStanding | undefined,
): PackStage | undefined {
  const options = { level, threads, ...(from ? { from } : {}) };
  if (pack === 'gzip') return gzipStage(options);
  return pack === 'zip' || pack === 'envelope' ? zipStage({ name, ...options }) : undefined;
}
