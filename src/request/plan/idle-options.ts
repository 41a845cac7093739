/** Options that were given, and have no effect on this export: told, since whoever gave them expects one. */
import type { ExportPlan } from '../../terms/plan.js';
import type { IdleSetting, Profile } from '../../terms/profile.js';

/** What a caller may have said, each undefined where nobody has. */
export interface SaidOptions {
  readonly level?: number;
  readonly threads?: number;
  readonly tenant?: string;
  readonly userId?: string;
  readonly userEmail?: string;
  readonly uniqueIds?: boolean;
}

/** Finds them, each with the reason. */
export function idleOptions(
  said: SaidOptions,
  { output: { pack }, select }: Pick<ExportPlan, 'output' | 'select'>,
  profile: Pick<Profile, 'entityProperties'> | undefined,
): readonly IdleSetting[] {
  const told = Object.values(profile?.entityProperties ?? {});
  const nobodyTells = 'no profile that is used tells who runs the export';
  const reasons: Readonly<Record<keyof SaidOptions, string | undefined>> = {
    level: pack === 'none' ? 'pack none deflates nothing' : undefined,
    threads: pack === 'none' ? 'pack none deflates nothing' : undefined,
    tenant: pack === 'envelope' ? undefined : `only an envelope names the tenant, and the pack is ${pack}`,
    userId: told.length > 0 ? undefined : nobodyTells,
    userEmail: told.includes('executionContext.userEmail') ? undefined : nobodyTells,
    uniqueIds: select.ids === undefined && said.uniqueIds === false ? 'no ids are asked for' : undefined,
  };
  return Object.entries(reasons).flatMap(([path, reason]) =>
    reason === undefined || Object.entries(said).every(([name, value]) => name !== path || value === undefined)
      ? []
      : [{ path, reason }],
  );
}
