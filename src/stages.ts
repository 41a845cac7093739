/** The door for those who compose their own pipeline: every stage as a Node stream, and what they are made of. */
export { createRun } from './pipeline/create-run.js';
export type { EntityStream } from './pipeline/entity-stream.js';
export { bytes } from './pipeline/read/bytes.js';
export { files } from './pipeline/read/files.js';
export { objects } from './pipeline/read/objects.js';
export type { ByteInput, Input, ObjectInput, Source } from './pipeline/read/source.js';
export type { EntityObject } from './pipeline/select/ask-entities.js';
export type { EntityPredicate } from './pipeline/select/filter-entities.js';
export type { EntityMapper } from './pipeline/select/map-entities.js';
export type { EntitySchema } from './pipeline/serialize/entity-schema.js';
export type {
  EncodeDsvOptions,
  EncodeJsonOptions,
  EnvelopeStreamOptions,
  FilterByCriteriaOptions,
  FilterByIdOptions,
  GzipOptions,
  MapOptions,
  ProjectOptions,
  ReadEntitiesOptions,
  StreamOptions,
  ZipStreamOptions,
} from './pipeline/stage-options.js';
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
  limit,
  mapEntities,
  project,
  readEntities,
  scanEntities,
  zip,
} from './pipeline/stage-streams.js';
export type { Batch, ByteBatch, ObjectBatch } from './terms/batch.js';
export type { Context, ValueContext } from './terms/context.js';
export type { Condition, Criteria } from './terms/criteria.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
export type { Receipt } from './terms/receipt.js';
export type { Run } from './terms/run.js';
