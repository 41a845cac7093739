/** Flags of an export that would change nothing of this one. */
import { PLAN_OPTIONS } from '../export/plan-options.js';
import type { ExportPlan } from '../terms/plan.js';
import type { ExportFlags } from './export-options.js';
import { usage } from './inputs.js';
import { flagsOf } from './option-flags.js';

/**
 * Refuses them by name: whoever gives a flag expects it to do something.
 * @throws SluiceError `INVALID`
 */
export function refuseWithoutEffect(
  { fileName, profiles, overwrite, out, rejects, receipt }: ExportFlags,
  { output: { pack }, profile, idleOptions = [] }: ExportPlan,
): void {
  const isNamed = pack === 'zip' || pack === 'envelope';
  const writes = [out, rejects, receipt].some((path) => path !== undefined && path !== '-');
  const idle = [
    ...idleOptions.map(({ path, reason }) => [FLAGS.get(path) ?? path, reason] as const),
    ...(fileName === undefined || isNamed
      ? []
      : [['--file-name', `it names the document in a zip or envelope, and the pack is ${pack}`] as const]),
    ...(profiles === undefined || profile !== undefined
      ? []
      : [['--profiles', 'no profile is asked for; name one with --profile or --profile-context'] as const]),
    ...(overwrite && !writes ? [['--overwrite', 'no file is named to be written'] as const] : []),
  ];
  if (idle.length === 0) return;
  throw usage(`without effect: ${idle.map(([flag, reason]) => `${flag} (${reason})`).join(', ')}`);
}

/** The flags of options, as the plan names these. */
const FLAGS = flagsOf(PLAN_OPTIONS);
