/** Every stage as a Node stream, for people who compose their own pipeline. */
import type { Duplex, Readable, Transform } from 'node:stream';
import { type Batch, DEFAULT_MEMBER_NAMES, MEMBER_NAMES, type MemberName, type MemberNames } from '../terms/batch.js';
import type { Context, ContextChoice, ValueContext } from '../terms/context.js';
import type { Criteria } from '../terms/criteria.js';
import type { Fields } from '../terms/fields.js';
import type { InputForm } from '../terms/plan.js';
import type { DsvSettings, JsonFormat } from '../terms/profile.js';
import type { Run } from '../terms/run.js';
import type { Stage } from '../terms/stage.js';
import { acceptRequest } from './accept/accept-request.js';
import { chooseEncoding } from './choose-encoding.js';
import { createRun } from './create-run.js';
import { GeneratorReadable } from './generator-readable.js';
import { safeFileName } from './plan/file-name.js';
import { planProjection } from './plan/plan-projection.js';
import { checkReader, planExport } from './plan-export.js';
import { bytes } from './read/bytes.js';
import { type ReadOptions, readBatches } from './read/read-batches.js';
import { checkStage } from './select/check.js';
import { filterByCriteriaStage } from './select/filter-by-criteria.js';
import { filterByIdStage } from './select/filter-by-id.js';
import { filterByNameStage } from './select/filter-by-name.js';
import { filterByTypeStage } from './select/filter-by-type.js';
import { limitStage } from './select/limit.js';
import { type EntityMapper, mapEntitiesStage } from './select/map-entities.js';
import { projectStage } from './select/project.js';
import { encodeJsonStage } from './serialize/encode-json.js';
import type { EntitySchema } from './serialize/entity-schema.js';
import { narrowed, type SourceName, toSource } from './to-source.js';
import { append, type Chain, chain, toDuplex, toTransform } from './to-stream.js';
import { base64Stage } from './wrap/base64.js';
import type { PackOptions } from './wrap/deflate-stage.js';
import { envelopeStage } from './wrap/envelope.js';
import { gzipStage } from './wrap/gzip.js';
import { meterStage } from './wrap/meter.js';
import { type ZipOptions, zipStage } from './wrap/zip.js';

/** The run that a stream takes part in: its receipt waits for every stream that was given it. */
export interface StreamOptions {
  readonly run?: Run;
}

/** How `readEntities` reads. */
export interface ReadEntitiesOptions extends StreamOptions {
  /** Form of the input; default: found by its first bytes. */
  readonly input?: InputForm;
  /** Members that lead to the array of entities in a document, with dots between. */
  readonly path?: string;
  /** How the entities spell what filters ask for; default `{ id: 'id', type: 'type', name: 'name' }`. */
  readonly memberNames?: MemberNames;
  /** What the filters behind will ask for; default all three. Fewer are found sooner. */
  readonly locate?: readonly MemberName[];
  readonly trust?: boolean;
  readonly onError?: 'stop' | 'skip';
  readonly maxDepth?: number;
  readonly maxEntityBytes?: number;
  readonly reader?: 'scan' | 'stream-json';
}

/**
 * Reads a source as batches of entities. As the first stream of a pipeline it owns its source: when enough was found
 * it closes the source and ends; a failure of the source arrives behind the entities that came before it.
 * @param source a path or glob, several, or `files(…)`, `bytes(…)`, `objects(…)`
 */
export function readEntities(source: SourceName, options: ReadEntitiesOptions = {}): Readable {
  const run = options.run ?? createRun();
  const read = readOptions(options);
  const named = narrowed(toSource(source), { read, select: planExport().select });
  run.beginReading();
  return new GeneratorReadable(() => readBatches(named, read, run), run, 'batches');
}

/**
 * The same as a stream to pipe a foreign one into. It cannot close what it does not own: when enough was found it
 * reads and discards the rest; and where the foreign stream fails, Node destroys what follows, so that no envelope
 * behind it can tell the error. Where you can, hand the stream to `readEntities(bytes(stream))` instead.
 */
export function scanEntities(options: ReadEntitiesOptions = {}): Duplex {
  const run = options.run ?? createRun();
  const read = readOptions(options);
  run.beginReading();
  return toDuplex((chunks) => readBatches(bytes(chunks), read, run), run, 'batches');
}

/** Checks and defaults are those of a whole export. */
function readOptions({ run, memberNames, locate, reader, ...options }: ReadEntitiesOptions): ReadOptions {
  checkReader({ ...options, ...(reader ? { reader } : {}) });
  return {
    ...planExport(options).read,
    memberNames: memberNames ?? DEFAULT_MEMBER_NAMES,
    locate: locate ?? MEMBER_NAMES,
    reader: reader ?? 'scan',
    recycle: false,
  };
}

/** Keeps the entities that bear one of the ids; ends the run when all were found, unless `uniqueIds` is false. */
export function filterById(
  ids: string | readonly string[],
  options: StreamOptions & { readonly uniqueIds?: boolean } = {},
): Transform {
  return batchStream(chain(filterByIdStage([ids].flat(), options)), options);
}

/** Keeps the entities of the types; ASCII case is ignored, `_ALL` keeps everything. */
export function filterByType(types: string | readonly string[], options: StreamOptions = {}): Transform {
  return batchStream(chain(filterByTypeStage([types].flat())), options);
}

/** Keeps the entities of exactly this name. */
export function filterByName(name: string, options: StreamOptions = {}): Transform {
  return batchStream(chain(filterByNameStage(name)), options);
}

/**
 * Keeps the entities whose values are as the criteria want them; checks them first.
 * @param options.contexts the contexts whose data is searched; default: none, only the data of no context
 * @param options.nonContextual false leaves out the data of no context
 * @param options.now what date math means by `now`, in milliseconds since 1970; default: the time of the call
 * @throws SluiceError with all faults: `UNKNOWN_KEY`, `UNSUPPORTED`, `INVALID`
 */
export function filterByCriteria(
  criteria: Criteria,
  options: StreamOptions & ContextChoice & { readonly now?: number } = {},
): Transform {
  const { run, now, ...choice } = options;
  const { select } = planExport({ request: { criteria, ...choice }, ...(now === undefined ? {} : { now }) });
  const stages = chain(checkStage());
  if (!select.criteria) return batchStream(stages, options);
  return batchStream(append(stages, filterByCriteriaStage(select.criteria, select.scope)), options);
}

/**
 * Checks the entities that have come this far. `project`, `mapEntities` and `encodeJson` do so themselves; put it in
 * front of `limit` where faulty entities are skipped and must not count.
 */
export function check(options: StreamOptions = {}): Transform {
  return batchStream(chain(checkStage()), options);
}

/** Lets this many entities pass, then ends the run. */
export function limit(maxRecords: number, options: StreamOptions = {}): Transform {
  const { maxRecords: accepted = 0 } = acceptRequest({ maxRecords });
  return batchStream(chain(limitStage(accepted)), options);
}

/** What `project` keeps of contexts and values. */
export interface ProjectOptions extends StreamOptions {
  readonly memberNames?: MemberNames;
  /** Contexts whose data is kept; default none. */
  readonly contexts?: 'all' | readonly Context[];
  /** False leaves out the data of no context; only beside `contexts`. Default true. */
  readonly nonContextual?: boolean;
  /** Values to keep: those that match one of these; default any. */
  readonly valueContexts?: readonly ValueContext[];
}

/**
 * Keeps id, name, type, action and the fields listed; `['_ALL']` or `'all'` keeps all of a kind.
 * @throws SluiceError `INVALID`, `UNKNOWN_KEY`
 */
export function project(fields: Fields, { run, memberNames, ...choice }: ProjectOptions = {}): Transform {
  const accepted = acceptRequest({ fields, ...choice });
  const projection = planProjection({ fields: {}, ...accepted }, memberNames ?? DEFAULT_MEMBER_NAMES) ?? {};
  return batchStream(append(chain(checkStage()), projectStage(projection)), run ? { run } : {});
}

/** Hands every entity to a function as an object; it answers the one to pass on, or undefined to filter it out. */
export function mapEntities(map: EntityMapper, options: StreamOptions = {}): Transform {
  return batchStream(append(chain(checkStage()), mapEntitiesStage(map)), options);
}

/** Turns entities into bytes: the document `{"entities":[…]}`, an array, or NDJSON. Here records count as written. */
export function encodeJson(
  options: StreamOptions & { readonly format?: JsonFormat; readonly schema?: EntitySchema } = {},
): Transform {
  const { run, format, schema } = options;
  // Whoever reads the stream may keep its chunks, so their memory is not used again.
  const encodeStage = encodeJsonStage({ ...(format ? { format } : {}), ...(schema ? { schema } : {}) });
  const encode = append(chain(checkStage()), encodeStage);
  return toTransform(measured(encode, run), { ...(run ? { run } : {}), input: 'batches', output: 'bytes' });
}

/**
 * Turns entities into delimiter-separated values. All rows wait, in a temporary file where they are many, until the
 * last entity has come. Here records count as written.
 * @param options.locale whose values have the column of their attribute; default `en-US`
 * @param options.attributes those that have columns in any case, before all others
 * @throws SluiceError `INVALID`, `UNSUPPORTED`: relationships in a file of their own are for whole exports
 */
export function encodeDsv(
  options: StreamOptions & DsvSettings & { readonly locale?: string; readonly attributes?: readonly string[] } = {},
): Transform {
  const { run, locale, attributes, ...dsv } = options;
  const request = {
    ...(locale === undefined ? {} : { valueContexts: [{ locale }] }),
    ...(attributes === undefined ? {} : { fields: { attributes } }),
  };
  const encoding = chooseEncoding(planExport({ format: 'dsv', dsv, request }).output);
  const encode = append(chain(checkStage()), encoding.one(false));
  return toTransform(measured(encode, run), { ...(run ? { run } : {}), input: 'batches', output: 'bytes' });
}

/**
 * Packs the bytes as one file of a zip; `name` becomes safe as a file name.
 * @throws SluiceError `INVALID`
 */
export function zip({ name, run, ...options }: StreamOptions & ZipOptions): Transform {
  return byteStream(zipStage({ name: safeEntryName(name), ...packOptions(options) }), run);
}

/**
 * Compresses the bytes.
 * @throws SluiceError `INVALID`
 */
export function gzip({ run, ...options }: StreamOptions & PackOptions = {}): Transform {
  return byteStream(gzipStage(packOptions(options)), run);
}

/** Checks and defaults are those of a whole export. */
function packOptions(options: PackOptions): PackOptions {
  const { level, threads } = planExport(options).output;
  return { level, threads };
}

/** Encodes the bytes in base64. */
export function base64({ run }: StreamOptions = {}): Transform {
  return byteStream(base64Stage(), run);
}

/**
 * Wraps base64 text in the documented envelope. Its id and `totalRecords` are the run's; an export that fails after
 * its first byte ends in `"status":"error"` where `readEntities` was given the same run and is the first stream.
 */
export function envelope(options: {
  readonly run: Run;
  readonly tenant?: string;
  readonly version?: string;
  readonly fileName?: string;
}): Transform {
  const { run, tenant = 'local', version = '1.1' } = options;
  const fileName = safeEntryName(options.fileName ?? `${run.id}_out`);
  return byteStream(envelopeStage({ run, tenant, version, fileName }), run);
}

function batchStream(stages: Chain<Batch, Batch>, { run }: StreamOptions): Transform {
  return toTransform(stages, { input: 'batches', output: 'batches', ...(run ? { run } : {}) });
}

function byteStream(stage: Stage<Buffer, Buffer>, run: Run | undefined): Transform {
  return toTransform(measured(chain(stage), run), { input: 'bytes', output: 'bytes', ...(run ? { run } : {}) });
}

/** Notes the size of what goes out; of several streams of a run the last one to end tells the output's. */
function measured<In>(stages: Chain<In, Buffer>, run: Run | undefined): Chain<In, Buffer> {
  if (!run) return stages;
  const tell = ({ bytes }: { readonly bytes: number }) => {
    run.ledger.bytesOut = bytes;
  };
  return append(
    stages,
    meterStage(() => false, tell),
  );
}

function safeEntryName(name: string): string {
  const table = /\.(csv|tsv|dsv)$/i.exec(name)?.[1];
  if (table !== undefined) return safeFileName(name, 'dsv', table);
  return safeFileName(name, name.endsWith('.ndjson') ? 'ndjson' : 'json');
}
