/** Options that were given but have no effect on this export; the plan reports them. */
import type { ExportPlan } from '../../terms/plan.js';
import type { IdleSetting, Profile } from '../../terms/profile.js';

/** Options as the caller gave them; undefined where not given. */
export interface GivenOptions {
  readonly content?: string;
  readonly level?: number;
  readonly deflate?: string;
  readonly threads?: number;
  readonly tenant?: string;
  readonly userId?: string;
  readonly userEmail?: string;
  readonly uniqueIds?: boolean;
}

/** Finds the options without effect, each with the reason. */
export function idleOptions(
  given: GivenOptions,
  { output: { pack, format, content }, select, scan }: Pick<ExportPlan, 'output' | 'select' | 'scan'>,
  profile: Pick<Profile, 'entityProperties'> | undefined,
): readonly IdleSetting[] {
  const written = Object.values(profile?.entityProperties ?? {});
  const notWritten = 'the profile writes no property with the user who runs the export';
  const isPlain = (pack === 'none' || content === 'plain') && format !== 'xlsx';
  const notCompressed = `${pack === 'none' ? 'pack none' : 'content plain'} does not compress`;
  const isOne = scan?.reason !== undefined && given.threads !== 1;
  const reasons: Readonly<Record<keyof GivenOptions, string | undefined>> = {
    content: pack === 'envelope' ? undefined : `only an envelope has a blob, and the pack is ${pack}`,
    level: isPlain ? notCompressed : undefined,
    deflate: isPlain ? notCompressed : pack === 'zstd' ? 'pack zstd does not deflate' : undefined,
    threads: isPlain && isOne ? `${notCompressed}, and ${scan?.reason}` : undefined,
    tenant: pack === 'envelope' ? undefined : `only an envelope names the tenant, and the pack is ${pack}`,
    userId: written.length > 0 ? undefined : notWritten,
    userEmail: written.includes('executionContext.userEmail') ? undefined : notWritten,
    uniqueIds: select.ids === undefined && given.uniqueIds === false ? 'the request has no ids' : undefined,
  };
  const values = new Map<string, unknown>(Object.entries(given));
  return Object.entries(reasons).flatMap(([path, reason]) =>
    reason === undefined || values.get(path) === undefined ? [] : [{ path, reason }],
  );
}
