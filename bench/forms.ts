/** The same export in the forms of sluice: fused stages, a pipeline of streams, and `exportEntities`. */
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { encodeJsonStage } from '../src/encode/encode-json.js';
import { append, type Chain, chain } from '../src/export/chain.js';
import { newRun } from '../src/export/create-run.js';
import type { ExportOptions } from '../src/export/export-options.js';
import { bytesOf, fuse } from '../src/export/fuse.js';
import { exportEntities } from '../src/export/run-export.js';
import { base64Stage } from '../src/pack/base64.js';
import { envelopeStage } from '../src/pack/envelope.js';
import { meterStage } from '../src/pack/meter.js';
import { zipStage } from '../src/pack/zip.js';
import { checkStage } from '../src/select/check.js';
import { filterByCriteriaStage } from '../src/select/filter-by-criteria.js';
import { filterByIdStage } from '../src/select/filter-by-id.js';
import { filterByTypeStage } from '../src/select/filter-by-type.js';
import { limitStage } from '../src/select/limit.js';
import { projectStage } from '../src/select/project.js';
import { files } from '../src/sources/files.js';
import { readBatches } from '../src/sources/read-batches.js';
import { base64, encodeJson, envelope, filterByType, readEntities } from '../src/stages.js';
import { type Batch, DEFAULT_MEMBER_NAMES } from '../src/terms/batch.js';
import type { Criteria } from '../src/terms/criteria.js';
import { giveBack } from '../src/terms/lent-memory.js';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_ENTITY_BYTES } from '../src/terms/plan.js';
import { WANTED } from './input.js';
import { RUN_ID } from './peers/envelope-sink.js';
import type { Outcome } from './race.js';

/** Options of an export. */
export interface Work {
  readonly trust: boolean;
  /** Ids to select, instead of the wanted type. */
  readonly ids?: readonly string[];
  /** Criteria for the selected entities. */
  readonly criteria?: Criteria;
  /** Attributes to project to; default complete entities. */
  readonly attributes?: readonly string[];
  readonly maxRecords?: number;
  /** How the document is packed; default `envelope`, with the base64 of the bare document. */
  readonly wrap?: 'none' | 'envelope' | 'zip';
  /** Deflate level of the zip. */
  readonly level?: number;
  /** Whether to compute SHA-256 of the document and the output, as for a file. */
  readonly digest?: boolean;
}

/** The outcome of an export, with the bytes it read. */
export interface FusedOutcome extends Outcome {
  readonly bytesRead: number;
}

/** The stages that `exportEntities` fuses, without the zip unless it is requested: no peer makes one. */
export async function fused(path: string, work: Work): Promise<FusedOutcome> {
  const run = newRun({ id: RUN_ID });
  const batches = readBatches(
    files(path),
    {
      memberNames: DEFAULT_MEMBER_NAMES,
      locate: [work.ids ? 'id' : 'type'],
      trust: work.trust,
      onError: 'stop',
      maxDepth: DEFAULT_MAX_DEPTH,
      maxEntityBytes: DEFAULT_MAX_ENTITY_BYTES,
      reader: 'scan',
      prefilter: work.ids ? { ids: work.ids } : { types: [WANTED] },
      recycle: true,
    },
    run,
  );
  let bytes = 0;
  for await (const chunk of bytesOf(fuse(batches, stagesOf(work), run))) {
    bytes += chunk.length;
    giveBack(chunk);
  }
  run.close();
  return { entities: (await run.receipt).written, bytes, bytesRead: run.ledger.bytesIn };
}

/** The stages, in the order of `exportEntities`. */
function stagesOf({ ids, criteria, attributes, maxRecords, wrap, level, digest }: Work): Chain<Batch, Buffer> {
  const name = `${RUN_ID}_out.json`;
  let entities: Chain<Batch, Batch> = chain(ids ? filterByIdStage(ids) : filterByTypeStage([WANTED]));
  entities = append(entities, checkStage());
  if (criteria) entities = append(entities, filterByCriteriaStage(criteria));
  if (maxRecords !== undefined) entities = append(entities, limitStage(maxRecords));
  if (attributes) entities = append(entities, projectStage({ attributes, properties: 'all' }));

  const metered = () => meterStage({ digest: true, report: () => {} });
  let text = append(entities, encodeJsonStage({ recycle: wrap !== 'none' }));
  if (digest) text = append(text, metered());
  if (wrap === 'zip') text = append(text, zipStage({ name, level }));
  if (wrap === undefined || wrap === 'envelope') {
    text = append(text, base64Stage());
    text = append(text, envelopeStage({ tenant: 'local', version: '1.1', fileName: name }));
  }
  return digest ? append(text, metered()) : text;
}

/** A pipeline of separate Node streams from `sluice/stages`. */
export async function composed(path: string, { trust }: Pick<Work, 'trust'>): Promise<Outcome> {
  const run = newRun({ id: RUN_ID });
  const sink = nullSink();
  await pipeline(
    readEntities(path, { run, trust, locate: ['type'] }),
    filterByType(WANTED, { run }),
    encodeJson({ run }),
    base64({ run }),
    envelope({ run }),
    sink.stream,
  );
  return { entities: (await run.receipt).written, bytes: sink.bytes() };
}

/** `exportEntities` into a stream. */
export async function oneCall(path: string, options: Omit<ExportOptions, 'source'>): Promise<Outcome> {
  const sink = nullSink();
  const stream = exportEntities({ source: path, request: { types: [WANTED] }, id: RUN_ID, ...options });
  await pipeline(stream, sink.stream);
  return { entities: (await stream.receipt).written, bytes: sink.bytes() };
}

/** A Writable that counts bytes and discards them. */
export function nullSink(): { readonly stream: Writable; bytes(): number } {
  let bytes = 0;
  const stream = new Writable({
    highWaterMark: 1024 * 1024,
    write(chunk: Buffer, _encoding, callback) {
      bytes += chunk.length;
      callback();
    },
  });
  return { stream, bytes: () => bytes };
}
