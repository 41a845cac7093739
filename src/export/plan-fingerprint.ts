/** The settings that a checkpoint records, so that no export continues under others. */
import { createHash } from 'node:crypto';
import type { Source } from '../sources/source.js';
import type { ExportPlan, OutputPlan } from '../terms/plan.js';
import { VERSION } from '../terms/version.js';

/**
 * Two kinds of settings, for two ways to handle a change. When the *meaning* has changed, the intended one is unknown and
 * the records of both do not match: the export fails. When only the *form* has changed, the same records are written, so
 * the export can start again from the first one.
 */
export interface PlanFingerprint {
  /** A digest of what decides which records come and what they become: source, reading, selection, projection, format. */
  readonly meaning: string;
  /** How records become bytes: packing, names and sizes of files, and the version of sluice. */
  readonly form: Omit<OutputPlan, 'threads'> & { readonly sluice: string };
}

/** The fingerprint of an export, which is made when it is asked for: most exports end before a checkpoint. */
export function fingerprintOf(plan: ExportPlan, source: Source): () => PlanFingerprint {
  let made: PlanFingerprint | undefined;
  return () => {
    made ??= makeFingerprint(plan, source);
    return made;
  };
}

function makeFingerprint({ read, select, project, output }: ExportPlan, source: Source): PlanFingerprint {
  const { format, dsv } = output;
  const meaning = JSON.stringify([source.describe?.(), read, select, project, format, dsv]);
  // The number of threads does not affect the bytes.
  const { threads: _, ...form } = output;
  return { meaning: createHash('sha256').update(meaning).digest('hex'), form: { ...form, sluice: VERSION } };
}
