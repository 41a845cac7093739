/** The entry point for programs that export: the call, its plan, and the verification of its result. */

export type { Delivery, DeliveryContext, Destination, ToFileOptions } from './destinations/destination.js';
export { writable } from './destinations/writable.js';
export type { EntitySchema } from './encode/entity-schema.js';
export type { CreateRunOptions } from './export/create-run.js';
export { createRun } from './export/create-run.js';
export type { ExportTrace } from './export/export-channel.js';
export type { ExportOptions } from './export/export-options.js';
export { type ExportToFileOptions, exportToFile } from './export/export-to-file.js';
export { planExport } from './export/plan-export.js';
export type { PlanOptions } from './export/plan-options.js';
export { type ExportStream, exportEntities } from './export/run-export.js';
export type { SourceName } from './export/to-source.js';
export { type HttpFilesOptions, httpFiles } from './places/http-files.js';
export { explainPlan } from './request/explain/explain-plan.js';
export type { ByteSource } from './sources/bytes.js';
export { bytes } from './sources/bytes.js';
export type { FileOrder } from './sources/file-order.js';
export { type FilesArguments, type FilesOptions, files } from './sources/files.js';
export { type FilesFromOptions, filesFrom } from './sources/files-from.js';
export { objects } from './sources/objects.js';
export type { Source, SourceContext } from './sources/source.js';
export type { MemberName, MemberNames } from './terms/batch.js';
export type { Context, ValueContext } from './terms/context.js';
export type { Condition, Criteria } from './terms/criteria.js';
export type { Deflater } from './terms/deflater.js';
export type { StageName } from './terms/errors.js';
export { type ErrorCode, type RequestFault, SluiceError, type SluiceErrorJson } from './terms/errors.js';
export type { Fields } from './terms/fields.js';
export type { Logger } from './terms/logger.js';
export type {
  EnvelopePlan,
  ExportPlan,
  InputForm,
  OutputPlan,
  Projection,
  ReadPlan,
  SelectPlan,
} from './terms/plan.js';
export type { BlobContent, Format, IdleSetting, JsonFormat, Pack, Profile } from './terms/profile.js';
export type { Progress } from './terms/progress.js';
export type { DeltaCounts, FileReceipt, Note, Receipt, Reject, StoppedBy } from './terms/receipt.js';
export type { DeltaRequest, DocumentedBody, DocumentedProfile, ExportRequest } from './terms/request.js';
export type { RunHandle } from './terms/run-handle.js';
export type { SortKey } from './terms/sort.js';
export type { Envelope } from './unpack/decode-envelope.js';
export type { UnwrapOptions } from './verify/unwrap-envelope.js';
export { type UnwrappedEnvelope, unwrapEnvelope } from './verify/unwrap-envelope.js';
export type { ArtefactKind, ExpectedReceipt, Verification, VerifiedFile } from './verify/verification.js';
export { type VerifyOptions, verifyExport } from './verify/verify-export.js';
