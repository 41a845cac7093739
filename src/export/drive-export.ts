/** Drives an export: from its source, through the stages of its plan, to its output. */
import type { DeltaPorts } from '../delta/comparison.js';
import type { EntitySchema } from '../encode/entity-schema.js';
import { CORES } from '../loop/default-threads.js';
import { unpacked } from '../places/unpacked.js';
import { readerHelp } from '../sections/reader-help.js';
import { SectionThreads, type SectionThreadsOptions } from '../sections/section-threads.js';
import { workersUpTo } from '../sections/start-thread.js';
import { readBatches } from '../sources/read-batches.js';
import type { Source } from '../sources/source.js';
import type { PartitionedSpool } from '../temporary-files/partitioned-spool.js';
import type { Batch } from '../terms/batch.js';
import type { OpenFileMarks } from '../terms/file-marks.js';
import type { ExportPlan } from '../terms/plan.js';
import type { SourcePosition } from '../terms/position.js';
import { type IdleSetting, isTable } from '../terms/profile.js';
import type { Run } from '../terms/run.js';
import type { ChainState } from './chain-state.js';
import { Checkpointer, type EndsSlice } from './checkpointer.js';
import { exportChain } from './export-chain.js';
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
  /** What a delta is compared with, and what it leaves; absent: all entities are written. */
  readonly delta?: DeltaPorts | undefined;
  /** How threads are started, and when; default: as workers of Node, for large files. */
  readonly sections?: Pick<SectionThreadsOptions, 'start' | 'sizes'>;
  /** How the export is cut into slices; absent: one slice. */
  readonly slices?: Slices;
}

/** How an export is cut into slices. */
export interface Slices {
  readonly endsSlice: EndsSlice;
  readonly fingerprint: () => PlanFingerprint;
  /** Holds what waits for the end of the input. */
  readonly spool: PartitionedSpool;
}

/** Drives an export to its end. Each chunk is used up before the next one is requested. */
export function driveExport(
  source: Source,
  given: ExportPlan,
  { reader = 'scan', schema, digest, from, marks, delta, sections: threads, slices }: DriveOptions,
  run: Run,
): AsyncGenerator<ExportEvent, void> {
  const plan = delta ? withKeysLocated(given) : given;
  noteIdle(plan.idleMembers, run);
  if (plan.select.limit === 0) {
    run.ledger.stopBy('limit');
    run.stop();
  }
  const related: Related = new Map();
  const stages = exportChain(plan, { digest, schema, marks, related, delta, spool: slices?.spool, from: from?.state });
  const { mayTake, sightings } = stages;
  const options = { ...plan.read, ...readerHelp(plan), reader, recycle: true, from: from?.position, sightings };
  const read = () => {
    const sections = reader === 'scan' ? threadsFor(plan, threads, { mayTake, signal: run.signal }) : undefined;
    const batches = readBatches(unpacked(narrowed(source, plan), plan.read), { ...options, sections }, run);
    return sections ? closing(batches, sections) : batches;
  };
  const needsRelated = relatedQueries(plan.select.criteria ?? {}).length > 0 && !run.stopping;
  const batches = needsRelated
    ? afterRelated(() => findRelated(source, plan, reader, related, run), read, related)
    : read();
  const isWhole = plan.select.sort !== undefined || delta !== undefined;
  const cutter = slices && new Checkpointer({ ...slices, output: plan.output, isWhole, stages, run });
  return fuse(batches, stages.chain, run, cutter);
}

/** The plan, by which readers locate what a delta knows entities by. */
function withKeysLocated(plan: ExportPlan): ExportPlan {
  const locate = [...new Set([...plan.read.locate, 'id' as const, 'type' as const])];
  return { ...plan, read: { ...plan.read, locate } };
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

/** The threads that scan sections; undefined if there are none. They are started when they pay. */
function threadsFor(
  plan: ExportPlan,
  given: DriveOptions['sections'],
  options: Pick<SectionThreadsOptions, 'mayTake' | 'signal'>,
): SectionThreads | undefined {
  const { read, select, project, output, scan = { threads: 1 } } = plan;
  if (scan.threads === 1) return undefined;
  // What is sorted or becomes a table is copied once more in any case.
  const framing = isTable(output.format) || select.sort ? undefined : output.format;
  const order = { plan: { read, select, project }, framing };
  const { start = workersUpTo(Math.max(scan.threads, CORES) - 1), sizes } = given ?? {};
  return new SectionThreads({ ...options, order, start, sizes, threads: scan.threads });
}

async function* closing(batches: AsyncGenerator<Batch, void>, sections: SectionThreads): AsyncGenerator<Batch, void> {
  try {
    yield* batches;
  } finally {
    await sections.close();
  }
}

/** Notes what was given and has no effect, once in all attempts of an export. */
export function noteIdle(idle: readonly IdleSetting[] | undefined, run: Run): void {
  if (!idle || idle.length === 0) return;
  const text = `without effect here: ${idle.map(({ path, reason }) => `${path} (${reason})`).join(', ')}`;
  run.noteOnce({ code: 'OPTIONS_WITHOUT_EFFECT', text, counts: { options: idle.length } });
}
