/** The door for those who embed an export: one call, its plan, its proof. */
export { createRun } from './pipeline/create-run.js';
export { explainPlan } from './pipeline/plan/explain-plan.js';
export { type PlanOptions, planExport } from './pipeline/plan-export.js';
export { bytes } from './pipeline/read/bytes.js';
export { files } from './pipeline/read/files.js';
export { objects } from './pipeline/read/objects.js';
export type { Source } from './pipeline/read/source.js';
export { type ExportOptions, type ExportStream, exportEntities, type ToFileOptions } from './pipeline/run-export.js';
export { type UnwrappedEnvelope, unwrapEnvelope } from './pipeline/unwrap-envelope.js';
export { type ExpectedReceipt, type Verification, type VerifyOptions, verifyExport } from './pipeline/verify-export.js';
export type { Envelope } from './pipeline/wrap/decode-envelope.js';
export type { Destination } from './pipeline/write/destination.js';
export { writable } from './pipeline/write/writable.js';
export { type ErrorCode, type RequestFault, SluiceError } from './terms/errors.js';
export type { ExportPlan } from './terms/plan.js';
export type { Profile } from './terms/profile.js';
export type { Receipt, Reject } from './terms/receipt.js';
export type { Progress, Run } from './terms/run.js';
