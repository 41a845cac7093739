/** Drives an export: from its source, through the stages of its plan, to its output. */
import type { EntitySchema } from '../encode/entity-schema.js';
import { unpacked } from '../places/unpacked.js';
import { excerptNames } from '../select/excerpt-names.js';
import { type ReadOptions, readBatches } from '../sources/read-batches.js';
import type { Source } from '../sources/source.js';
import type { Batch } from '../terms/batch.js';
import type { OpenFileMarks } from '../terms/file-marks.js';
import type { ExportPlan } from '../terms/plan.js';
import type { SourcePosition } from '../terms/position.js';
import type { IdleSetting } from '../terms/profile.js';
import type { Run } from '../terms/run.js';
import type { ChainState } from './chain-state.js';
import { Checkpointer, type EndsSlice } from './checkpointer.js';
import { exportChain, prefilterOf } from './export-chain.js';
import { findRelated, type Related, relatedQueries } from './find-related.js';
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
  const related: Related = new Map();
  const stages = exportChain(plan, { digest, schema, marks, related, from: from?.state });
  const { sightings } = stages;
  const read = { ...plan.read, ...readerHelp(plan), reader, recycle: true, from: from?.position, sightings };
  const again = () => readBatches(unpacked(narrowed(source, plan), plan.read), read, run);
  const needsRelated = relatedQueries(plan.select.criteria ?? {}).length > 0 && !run.stopping;
  const batches = needsRelated
    ? afterRelated(() => findRelated(source, plan, reader, related, run), again, related)
    : again();
  const isSorted = plan.select.sort !== undefined;
  const cutter = slices && new Checkpointer({ ...slices, output: plan.output, isSorted, stages, run });
  return fuse(batches, stages.chain, run, cutter);
}

/** What a reader may do for later stages. A filter by name comes before the check, which then is not of all entities. */
function readerHelp({ read, select, project }: ExportPlan): Pick<ReadOptions, 'prefilter' | 'verify' | 'excerpt'> {
  const excerpt = excerptNames(select.criteria, project);
  const verify = !read.trust && select.names === undefined;
  return { prefilter: prefilterOf(select), verify, excerpt: select.names === undefined ? excerpt : undefined };
}

/** The batches of a source, which is read for the related entities first. */
async function* afterRelated(
  find: () => Promise<void>,
  read: () => AsyncGenerator<Batch, void>,
  related: Related,
): AsyncGenerator<Batch, void> {
  try {
    await find();
    yield* read();
  } finally {
    for (const ids of related.values()) await ids.close();
  }
}

/** Notes what was given and has no effect, once in all attempts of an export. */
export function noteIdle(idle: readonly IdleSetting[] | undefined, run: Run): void {
  if (!idle || idle.length === 0) return;
  const text = `without effect here: ${idle.map(({ path, reason }) => `${path} (${reason})`).join(', ')}`;
  run.noteOnce({ code: 'OPTIONS_WITHOUT_EFFECT', text, counts: { options: idle.length } });
}
