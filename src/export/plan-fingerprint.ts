/** What a checkpoint remembers of the settings it was made under, so that no export goes on under others. */
import { createHash } from 'node:crypto';
import type { Source } from '../sources/source.js';
import type { ExportPlan, OutputPlan } from '../terms/plan.js';
import { VERSION } from '../terms/version.js';

/**
 * Two kinds of settings, for two ways to deal with a change. Of another *meaning* nobody here can tell which one was
 * meant, and records of the two do not go together. Of another *form* there is nothing to doubt: the same records are
 * written, so that they can as well be written again from the first one.
 */
export interface PlanFingerprint {
  /** Which records come and what they become: source, reading, selection, projection, format. A digest. */
  readonly meaning: string;
  /** How the bytes are made of them: packing, names and sizes of files, and this version of sluice. */
  readonly form: Omit<OutputPlan, 'threads'> & { readonly sluice: string };
}

/** The fingerprint of an export. */
export function fingerprintOf({ read, select, project, output }: ExportPlan, source: Source): PlanFingerprint {
  const { format, dsv } = output;
  const meaning = JSON.stringify([source.describe?.(), read, select, project, format, dsv]);
  // How many blocks are deflated at the same time has no influence on the bytes.
  const { threads: _, ...form } = output;
  return { meaning: createHash('sha256').update(meaning).digest('hex'), form: { ...form, sluice: VERSION } };
}
