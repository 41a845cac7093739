/** Drives an export: from its source, through the stages of its plan, to its output. */
import type { EntitySchema } from '../encode/entity-schema.js';
import { unpacked } from '../places/unpacked.js';
import { excerptNames } from '../select/excerpt-names.js';
import { type ReadOptions, readBatches } from '../sources/read-batches.js';
import type { Source } from '../sources/source.js';
import type { OpenFileMarks } from '../terms/file-marks.js';
import type { ExportPlan } from '../terms/plan.js';
import type { SourcePosition } from '../terms/position.js';
import type { IdleSetting } from '../terms/profile.js';
import type { Run } from '../terms/run.js';
import type { ChainState } from './chain-state.js';
import { Checkpointer, type EndsSlice } from './checkpointer.js';
import { exportChain, prefilterOf } from './export-chain.js';
import { type ExportEvent, fuse } from './fuse.js';
import type { PlanFingerprint } from './plan-fingerprint.js';
import { narrowed } from './to-source.js';

/** Options of an export beside its source and its plan. */
export interface DriveOptions {
  /** Turns JSON text into entities; default `scan`. */
  readonly reader?: 'scan' | 'stream-json';
  /** Schema for entities that arrive as objects. */
  readonly schema?: EntitySchema;
  /** Digest the files and the output with SHA-256. */
  readonly digest: boolean;
  /** Where an earlier run has stopped; absent: the beginning. */
  readonly from?: { readonly position: SourcePosition; readonly state: ChainState };
  /** Takes the ends and names of the files of a folder. */
  readonly marks?: OpenFileMarks;
  /** How the export is cut into slices; absent: one slice. */
  readonly slices?: { readonly endsSlice: EndsSlice; readonly fingerprint: PlanFingerprint };
}

/** Drives an export to its end. Each chunk is used up before the next one is requested. */
export function driveExport(
  source: Source,
  plan: ExportPlan,
  { reader = 'scan', schema, digest, from, marks, slices }: DriveOptions,
  run: Run,
): AsyncGenerator<ExportEvent, void> {
  noteIdle(plan.idleMembers, run);
  if (plan.select.limit === 0) {
    run.ledger.stopBy('limit');
    run.stop();
  }
  const stages = exportChain(plan, { digest, schema, marks, from: from?.state });
  const { sightings } = stages;
  const read = { ...plan.read, ...readerHelp(plan), reader, recycle: true, from: from?.position, sightings };
  const batches = readBatches(unpacked(narrowed(source, plan), plan.read), read, run);
  const cutter = slices && new Checkpointer({ ...slices, output: plan.output, stages, run });
  return fuse(batches, stages.chain, run, cutter);
}

/** What a reader may do for later stages. A filter by name comes before the check, which then is not of all entities. */
function readerHelp({ read, select, project }: ExportPlan): Pick<ReadOptions, 'prefilter' | 'verify' | 'excerpt'> {
  const excerpt = excerptNames(select.criteria, project);
  const verify = !read.trust && select.name === undefined;
  return { prefilter: prefilterOf(select), verify, excerpt: select.name === undefined ? excerpt : undefined };
}

/** Notes what was given and has no effect, once in all attempts of an export. */
export function noteIdle(idle: readonly IdleSetting[] | undefined, run: Run): void {
  if (!idle || idle.length === 0) return;
  const text = `without effect here: ${idle.map(({ path, reason }) => `${path} (${reason})`).join(', ')}`;
  run.noteOnce({ code: 'OPTIONS_WITHOUT_EFFECT', text, counts: { options: idle.length } });
}
