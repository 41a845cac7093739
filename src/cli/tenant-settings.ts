/** `--tenants`: a file with settings of single tenants. */
import { ANSWER_OPTIONS, type AnswerSettings } from '../http/answer-settings.js';
import { TERMS_CHECKS } from '../jobs/jobs-options.js';
import type { TenantLimits } from '../jobs/tenant-limits.js';
import { acceptArgument, filledText, listOf, type OptionTable, optionsIn } from '../options/accept-options.js';
import { Faults, isObject, join } from '../options/faults.js';
import { ofFile, readJson } from './json-file.js';

/** What the file has of a tenant. */
interface TenantEntry extends AnswerSettings {
  /** What it reads, instead of the inputs of the command. */
  readonly inputs?: readonly string[];
  /** Files of its profiles, instead of those of the command. */
  readonly profiles?: readonly string[];
  /** Limits, before those of the command. */
  readonly limits?: TenantLimits;
  readonly resultTtlMs?: number;
}

const TABLE: OptionTable<TenantEntry> = {
  ...ANSWER_OPTIONS,
  inputs: listOf(filledText),
  profiles: listOf(filledText),
  limits: TERMS_CHECKS.limits,
  resultTtlMs: TERMS_CHECKS.resultTtlMs,
};

/** The settings of single tenants, by their names. */
export type TenantEntries = ReadonlyMap<string, TenantEntry>;

/**
 * Reads the settings.
 * @throws SluiceError `READ_FAILED`; `UNKNOWN_KEY`, `INVALID`, with the name of the file
 */
export async function tenantsOf({ tenants: path }: { readonly tenants?: string }): Promise<TenantEntries> {
  if (path === undefined) return new Map();
  const value = await readJson(path);
  ofFile(path, () => acceptArgument('tenants', value, accept));
  return new Map(isTenants(value) ? Object.entries(value) : []);
}

/** How the requests of the tenants are answered. */
export function answersOf(tenants: TenantEntries): Readonly<Record<string, AnswerSettings>> {
  const answers = [...tenants].map(([tenant, { content, answer, userHeaders }]) => {
    return [tenant, { content, answer, userHeaders }] as const;
  });
  return Object.fromEntries(answers);
}

function accept(value: unknown, path: string, faults: Faults): void {
  for (const [tenant, entry] of Object.entries(faults.object(value, path) ?? {})) {
    optionsIn(TABLE)(entry, join(path, tenant), faults);
    if (isObject(entry) && Array.isArray(entry.inputs) && entry.inputs.length === 0)
      faults.add('INVALID', join(join(path, tenant), 'inputs'), 'must name an input');
  }
}

function isTenants(value: unknown): value is Readonly<Record<string, TenantEntry>> {
  const faults = new Faults();
  accept(value, 'tenants', faults);
  return faults.isEmpty;
}
