/** Refuses a packing that this version of Node does not have, and levels that a packing does not have. */
import { invalid } from '../../terms/errors.js';
import { DEFLATE_LEVELS, ZSTD_LEVELS } from '../../terms/levels.js';
import type { OutputPlan } from '../../terms/plan.js';
import type { Pack } from '../../terms/profile.js';
import { hasZstd, WITHOUT_ZSTD } from '../../zstd/node-zstd.js';

/** Packings that cannot be made here, each with the reason. */
type MissingPacks = Readonly<Partial<Record<Pack, string>>>;

/**
 * @param missing default: those that this version of Node lacks
 * @throws SluiceError `INVALID`
 */
export function refusePacking(
  { pack, format, level }: Pick<OutputPlan, 'pack' | 'format' | 'level'>,
  missing: MissingPacks = pack !== 'zstd' || hasZstd() ? {} : { zstd: WITHOUT_ZSTD },
): void {
  const reason = missing[pack];
  if (reason !== undefined) throw invalid('plan', reason, 'pack');
  // The level of a workbook is that of the zip that it is.
  const isZstd = pack === 'zstd' && format !== 'xlsx';
  const { min, max } = isZstd ? ZSTD_LEVELS : DEFLATE_LEVELS;
  if (level >= min && level <= max) return;
  throw invalid(
    'plan',
    `${isZstd ? 'zstd has' : 'zip and gzip have'} the levels ${min} to ${max}, not ${level}`,
    'level',
  );
}
