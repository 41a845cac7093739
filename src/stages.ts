/** The entry point for pipelines of your own: every stage as a Node stream, and what they are made of. */

export type { EntitySchema } from './encode/entity-schema.js';
export { createRun } from './export/create-run.js';
export type {
  EncodeDsvOptions,
  EncodeJsonOptions,
  EnvelopeStreamOptions,
  GzipOptions,
  ZipStreamOptions,
  ZstdOptions,
} from './export/encode-options.js';
export type { EntityStream } from './export/entity-stream.js';
export { limit, skip, sort } from './export/part-streams.js';
export type {
  FilterByCriteriaOptions,
  FilterByIdOptions,
  MapOptions,
  ProjectOptions,
  ReadEntitiesOptions,
  SortStreamOptions,
  StreamOptions,
} from './export/stage-options.js';
export {
  base64,
  check,
  encodeDsv,
  encodeJson,
  envelope,
  filterByCriteria,
  filterById,
  filterByName,
  filterByType,
  filterEntities,
  gzip,
  mapEntities,
  project,
  readEntities,
  scanEntities,
  zip,
  zstd,
} from './export/stage-streams.js';
export type { EntityObject } from './select/call-with-entities.js';
export type { EntityPredicate } from './select/filter-entities.js';
export type { EntityMapper } from './select/map-entities.js';
export { bytes } from './sources/bytes.js';
export { files } from './sources/files.js';
export { objects } from './sources/objects.js';
export type { ByteInput, Input, ObjectInput, Source } from './sources/source.js';
export type { Batch, ByteBatch, MemberName, MemberNames, ObjectBatch } from './terms/batch.js';
export type { Context, ValueContext } from './terms/context.js';
export type { Condition, Criteria } from './terms/criteria.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
export type { Fields } from './terms/fields.js';
export type { Receipt } from './terms/receipt.js';
export type { RunHandle } from './terms/run-handle.js';
