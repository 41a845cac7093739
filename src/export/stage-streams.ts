/** Every stage as a Node stream, for pipelines composed by the caller. */
import type { Duplex, Transform } from 'node:stream';
import { encodeJsonStage } from '../encode/encode-json.js';
import { acceptArgument, acceptOptions, anything, callback, text } from '../options/accept-options.js';
import { base64Stage, base64TextStage } from '../pack/base64.js';
import { envelopeStage } from '../pack/envelope.js';
import { gzipStage } from '../pack/gzip.js';
import { meterStage } from '../pack/meter.js';
import { zipStage } from '../pack/zip.js';
import { zstdStage } from '../pack/zstd.js';
import { unpacked } from '../places/unpacked.js';
import { acceptRequest } from '../request/accept/accept-request.js';
import { planProjection } from '../request/plan/plan-projection.js';
import { checkStage } from '../select/check.js';
import { filterByCriteriaStage } from '../select/filter-by-criteria.js';
import { filterByIdStage } from '../select/filter-by-id.js';
import { filterByNameStage } from '../select/filter-by-name.js';
import { filterByTypeStage } from '../select/filter-by-type.js';
import { type EntityPredicate, filterEntitiesStage } from '../select/filter-entities.js';
import { type EntityMapper, mapEntitiesStage } from '../select/map-entities.js';
import { projectStage } from '../select/project.js';
import { setAsideStage } from '../select/set-aside.js';
import { bytes, type Chunk } from '../sources/bytes.js';
import { type ReadOptions, readBatches } from '../sources/read-batches.js';
import { DEFAULT_MEMBER_NAMES, MEMBER_NAMES } from '../terms/batch.js';
import { invalid } from '../terms/errors.js';
import type { Fields } from '../terms/fields.js';
import type { RequestCriteria } from '../terms/request.js';
import type { RunHandle } from '../terms/run-handle.js';
import type { Stage } from '../terms/stage.js';
import { append, type Chain, chain } from './chain.js';
import { chooseEncoding } from './choose-encoding.js';
import { newRun } from './create-run.js';
import {
  ENCODE_DSV,
  ENCODE_JSON,
  ENVELOPE,
  type EncodeDsvOptions,
  type EncodeJsonOptions,
  type EnvelopeStreamOptions,
  GZIP,
  type GzipOptions,
  ZIP,
  type ZipStreamOptions,
  ZSTD,
  type ZstdOptions,
} from './encode-options.js';
import { type EntityStream, entityStream } from './entity-stream.js';
import { contentName, safeEntryName } from './entry-names.js';
import { relatedQueries } from './find-related.js';
import { batchStream } from './part-streams.js';
import { acceptSettings, checkReader, planExport } from './plan-export.js';
import { membersAt } from './plan-shape.js';
import { LeasedBatches } from './run-batch.js';
import {
  FILTER_BY_CRITERIA,
  FILTER_BY_ID,
  type FilterByCriteriaOptions,
  type FilterByIdOptions,
  MAP_ENTITIES,
  type MapOptions,
  PROJECT,
  type ProjectOptions,
  READ_ENTITIES,
  type ReadEntitiesOptions,
  runOf,
  STREAM,
  type StreamOptions,
  texts,
} from './stage-options.js';
import { EVERYTHING, narrowed, type SourceName, toSource } from './to-source.js';
import { toDuplex, toTransform } from './to-stream.js';

/**
 * Reads entities. As a stream it emits batches for the stages after it; `for await` yields the entities one by one, as
 * objects. It owns its source: when enough entities were found, it closes the source and ends; a failure of the source
 * arrives after the entities before it.
 * @param source as that of `exportEntities`
 * @example
 * for await (const entity of readEntities('catalog.ndjson.gz')) console.log(entity.id);
 */
export function readEntities(source: SourceName, options: ReadEntitiesOptions = {}): EntityStream {
  acceptOptions(options, READ_ENTITIES);
  const run = runOf(options.run) ?? newRun();
  const read = readOptions(options);
  const named = unpacked(narrowed(toSource(source), { read, select: EVERYTHING }), read);
  run.beginReading();
  return entityStream((isHeld) => readBatches(named, { ...read, isHeld }, run), run);
}

/**
 * The same as a stream to pipe a foreign stream into. It does not own that stream: when enough entities were found, it
 * reads and discards the rest; and when the foreign stream fails, Node destroys all that follow, so no envelope can report
 * the error. Prefer `readEntities(bytes(stream))` where possible.
 */
export function scanEntities(options: ReadEntitiesOptions = {}): Duplex {
  acceptOptions(options, READ_ENTITIES);
  const run = runOf(options.run) ?? newRun();
  const read = readOptions(options);
  run.beginReading();
  const open = (chunks: AsyncIterable<Chunk>) => (isHeld: () => boolean) =>
    readBatches(unpacked(bytes(chunks), read), { ...read, isHeld }, run);
  return toDuplex((chunks) => new LeasedBatches(open(chunks), run).read(), run, 'batches');
}

/** Checks and defaults are those of a complete export. */
function readOptions({ run, memberNames, locate, reader, ...options }: ReadEntitiesOptions): ReadOptions {
  checkReader({ ...options, reader });
  return {
    ...acceptSettings({ ...options, idField: memberNames?.id }).read,
    ...membersAt(memberNames ?? DEFAULT_MEMBER_NAMES),
    locate: locate ?? MEMBER_NAMES,
    reader: reader ?? 'scan',
    recycle: true,
  };
}

/** Keeps the entities with one of the ids; ends the run when all were found, unless `uniqueIds` is false. */
export function filterById(ids: string | readonly string[], options: FilterByIdOptions = {}): Transform {
  acceptArgument('ids', ids, texts);
  acceptOptions(options, FILTER_BY_ID);
  return batchStream(chain(filterByIdStage([ids].flat(), options)), options);
}

/** Keeps the entities of the types; ASCII case is ignored, `_ALL` keeps everything. */
export function filterByType(types: string | readonly string[], options: StreamOptions = {}): Transform {
  acceptArgument('types', types, texts);
  acceptOptions(options, STREAM);
  return batchStream(chain(filterByTypeStage([types].flat())), options);
}

/** Keeps the entities with exactly this name. */
export function filterByName(name: string, options: StreamOptions = {}): Transform {
  acceptArgument('name', name, text);
  acceptOptions(options, STREAM);
  return batchStream(chain(filterByNameStage([name])), options);
}

/**
 * Keeps the entities whose values meet the criteria; checks them first.
 * @throws SluiceError with all faults: `UNKNOWN_KEY`, `UNSUPPORTED`, `INVALID`
 */
export function filterByCriteria(criteria: RequestCriteria, options: FilterByCriteriaOptions = {}): Transform {
  acceptArgument('criteria', criteria, anything);
  acceptOptions(options, FILTER_BY_CRITERIA);
  const { run, now, ...choice } = options;
  const { select } = planExport({ request: { criteria, ...choice }, now });
  const stages = chain(checkStage());
  if (!select.criteria) return batchStream(stages, options);
  if (relatedQueries(select.criteria).length > 0) {
    throw invalid(
      'accept',
      'has a query on related entities, for which only an export reads its source twice',
      'criteria',
    );
  }
  return batchStream(append(stages, filterByCriteriaStage(select.criteria, select.scope)), options);
}

/**
 * Checks the text of entities. `project`, `mapEntities` and `encodeJson` do so themselves; put `check` before `limit`
 * where faulty entities are skipped and must not count.
 */
export function check(options: StreamOptions = {}): Transform {
  acceptOptions(options, STREAM);
  return batchStream(chain(checkStage()), options);
}

/**
 * Keeps id, name, type, action and the fields listed; `['_ALL']` or `'all'` keeps all of a kind.
 * @throws SluiceError `INVALID`, `UNKNOWN_KEY`
 */
export function project(fields: Fields, options: ProjectOptions = {}): Transform {
  acceptArgument('fields', fields, anything);
  acceptOptions(options, PROJECT);
  const { run, memberNames, ...choice } = options;
  const accepted = acceptRequest({ fields, ...choice });
  const names = membersAt(memberNames ?? DEFAULT_MEMBER_NAMES).memberNames;
  const projection = planProjection({ fields: {}, ...accepted }, names) ?? {};
  return batchStream(append(chain(checkStage()), projectStage(projection)), { run });
}

/**
 * Passes every entity to a function as an object. The function returns what becomes of it: one plain object, any number
 * in an array or another iterable, or undefined to filter it out; or a promise of that. An iterable is read as its
 * entities are needed, and left when a later stream takes no more. What it throws, and any other result, ends the run at
 * that record. The receipt counts the entities beyond the first of each as `added`.
 * @throws SluiceError `INVALID`
 * @example
 * mapEntities(({ variants, ...product }) => (Array.isArray(variants) ? variants : [product]))
 */
export function mapEntities(map: EntityMapper, options: MapOptions = {}): Transform {
  acceptArgument('map', map, callback);
  acceptOptions(options, MAP_ENTITIES);
  return batchStream(append(chain(checkStage()), mapEntitiesStage(map, options.concurrency)), options);
}

/**
 * Keeps the entities for which a function returns true, or a promise of it. It gets each as an object; those that pass
 * keep their text unchanged. What it throws, and any other result, ends the run at that record.
 * @throws SluiceError `INVALID`
 * @example
 * filterEntities(({ price }) => typeof price === 'number' && price > 10)
 */
export function filterEntities(predicate: EntityPredicate, options: MapOptions = {}): Transform {
  acceptArgument('predicate', predicate, callback);
  acceptOptions(options, MAP_ENTITIES);
  return batchStream(append(chain(checkStage()), filterEntitiesStage(predicate, options.concurrency)), options);
}

/**
 * Turns entities into bytes: the document `{"entities":[…]}`, an array, or NDJSON. Here records count as written.
 * @throws SluiceError `INVALID`
 */
export function encodeJson(options: EncodeJsonOptions = {}): Transform {
  acceptOptions(options, ENCODE_JSON);
  const { run, ...encoding } = options;
  // Readers may keep the chunks, so their memory is not reused.
  const encode = append(append(chain(checkStage()), setAsideStage()), encodeJsonStage(encoding));
  return toTransform(measured(encode, run), { run: runOf(run), input: 'batches', output: 'bytes' });
}

/**
 * Turns entities into delimiter-separated values. All rows wait, if many in a temporary file, until the last entity has
 * come. Here records count as written.
 * @throws SluiceError `INVALID`, `UNSUPPORTED`: only complete exports write relationships to a separate file
 */
export function encodeDsv(options: EncodeDsvOptions = {}): Transform {
  acceptOptions(options, ENCODE_DSV);
  const { run, locale, attributes, ...dsv } = options;
  const request = {
    valueContexts: locale === undefined ? undefined : [{ locale }],
    fields: attributes && { attributes },
  };
  const encoding = chooseEncoding(planExport({ format: 'dsv', pack: 'none', dsv, request }).output);
  const encode = append(append(chain(checkStage()), setAsideStage()), encoding.one(false));
  return toTransform(measured(encode, run), { run: runOf(run), input: 'batches', output: 'bytes' });
}

/**
 * Packs the bytes as one file of a zip; `name` becomes safe as a file name.
 * @throws SluiceError `INVALID`
 */
export function zip(options: ZipStreamOptions): Transform {
  acceptOptions(options, ZIP, ['name']);
  const { name, run } = options;
  return byteStream(zipStage({ name: safeEntryName(name), ...packOptions(options) }), run);
}

/**
 * Compresses the bytes.
 * @throws SluiceError `INVALID`
 */
export function gzip(options: GzipOptions = {}): Transform {
  acceptOptions(options, GZIP);
  return byteStream(gzipStage(packOptions(options)), options.run);
}

/**
 * Compresses the bytes with Zstandard, in frames that can be read one by one; their table is at the end.
 * @throws SluiceError `INVALID`, also where Node has no Zstandard
 */
export function zstd(options: ZstdOptions = {}): Transform {
  acceptOptions(options, ZSTD);
  return byteStream(zstdStage(packOptions(options)), options.run);
}

/** Checks and defaults are those of a complete export. */
function packOptions({ level, deflate, threads }: GzipOptions) {
  const settings = acceptSettings({ level, deflate, threads });
  return { level: settings.level, deflater: settings.deflate, threads: settings.threads };
}

/** Encodes the bytes in base64. */
export function base64(options: StreamOptions = {}): Transform {
  acceptOptions(options, STREAM);
  return byteStream(base64Stage(), options.run);
}

/**
 * Wraps base64 text in the documented envelope. Its id and `totalRecords` are the run's; an export that fails after
 * its first byte ends in `"status":"error"` where `readEntities` has the same run and is the first stream.
 * @throws SluiceError `INVALID`; the stream fails with it when its input is not base64
 */
export function envelope(options: EnvelopeStreamOptions): Transform {
  acceptOptions(options, ENVELOPE, ['run']);
  const { run, tenant = 'local', version = '1.1' } = options;
  const { fileName: given = `${run.id}_out` } = options;
  const fileName = (front: Buffer) => contentName(given, front);
  const stages = append(chain(base64TextStage()), envelopeStage({ tenant, version, fileName }));
  return toTransform(measured(stages, run), { run: runOf(run), input: 'bytes', output: 'bytes' });
}

function byteStream(stage: Stage<Buffer, Buffer>, run: RunHandle | undefined): Transform {
  return toTransform(measured(chain(stage), run), { run: runOf(run), input: 'bytes', output: 'bytes' });
}

/** Enters the size of the output in the ledger; the last stream of a run to end decides. */
function measured<In>(stages: Chain<In, Buffer>, run: RunHandle | undefined): Chain<In, Buffer> {
  return run ? append(stages, meterStage({ report: (output, { ledger }) => ledger.setOutput(output) })) : stages;
}
