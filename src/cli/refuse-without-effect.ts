/** Refuses flags that have no effect on an export. */
import { PLAN_OPTIONS } from '../export/plan-options.js';
import type { ExportPlan } from '../terms/plan.js';
import type { ExportFlags } from './export-options.js';
import { flagsOf } from './option-flags.js';
import { usage } from './usage.js';

/**
 * Refuses flags without effect, each with the reason.
 * @throws SluiceError `INVALID`
 */
export function refuseWithoutEffect(
  { fileName, profiles, overwrite, out, rejects, receipt }: ExportFlags,
  { output: { pack }, profile, idleOptions = [] }: ExportPlan,
): void {
  const isNamed = pack === 'zip' || pack === 'envelope';
  const writes = [out, rejects, receipt].some((path) => path !== undefined && path !== '-');
  const idle = idleOptions.map(({ path, reason }) => [FLAGS.get(path) ?? path, reason]);
  if (fileName !== undefined && !isNamed) {
    idle.push(['--file-name', `it names the document in a zip or envelope, and the pack is ${pack}`]);
  }
  if (profiles !== undefined && profile === undefined) {
    idle.push(['--profiles', 'no profile is selected; name one with --profile or --profile-context']);
  }
  if (overwrite && !writes) idle.push(['--overwrite', 'no file is written; name one with --out']);
  if (idle.length === 0) return;
  throw usage(`without effect: ${idle.map(([flag, reason]) => `${flag} (${reason})`).join(', ')}`);
}

/** Flags by the name of their option in the plan. */
const FLAGS = flagsOf(PLAN_OPTIONS);
