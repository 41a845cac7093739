/** The index that an export leaves for the next delta: lines of text, so that usual tools show and sort it. */
// A header, a line for each entity in the order of its bytes, and a footer with the number of these lines and the SHA-256
// of all bytes before it. A line has the id and the type as JSON (the type is empty where there is none) and the digest,
// separated by tabs, which JSON escapes. A number as id that is not in its usual form comes after that and a space: `1 1.0`.
import { createHash } from 'node:crypto';
import { SluiceError } from '../terms/errors.js';
import type { ExportPlan } from '../terms/plan.js';

/** The version of the format; indexes of other versions are refused. */
const VERSION = 2;

/** Between the parts of a line. */
export const TAB = '\t';

/** Characters of a digest: 132 bits in base64. */
export const DIGEST_LENGTH = 22;

/** Bytes of the shortest line: an id of one digit, no type. */
export const SHORTEST_LINE = 1 + TAB.length + TAB.length + DIGEST_LENGTH + 1;

/** Most bytes of a header or a footer. */
export const MOST_FRAME_BYTES = 1024;

/** Digests of the settings that decide which entities an index has, and which of their parts were compared. */
export interface IndexPlan {
  readonly filters: string;
  readonly fields: string;
  readonly shape: string;
}

/** The parts of a plan, as errors name them. */
const PARTS: Readonly<Record<keyof IndexPlan, string>> = {
  filters: 'filters',
  fields: 'fields',
  shape: 'path, ids or shape of the entities',
};

/** The digests of a plan, of which `now` in criteria must mean the same in all exports of a chain. */
export function indexPlanOf({ read, select, project }: ExportPlan): IndexPlan {
  const { types, ids, names, criteria, scope } = select;
  const { path, memberNames, deeper, unwrap, keep, explode, idFromKey, nest } = read;
  return {
    filters: digest([sorted(types), sorted(ids), sorted(names), criteria, scope]),
    fields: digest(project),
    shape: digest([path, memberNames, deeper, unwrap, keep, explode, idFromKey, nest]),
  };
}

function sorted(list: readonly string[] | undefined): readonly string[] | undefined {
  return list && [...new Set(list)].sort();
}

function digest(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value ?? null))
    .digest('hex')
    .slice(0, 32);
}

/** The first line of an index. */
export function headerOf(plan: IndexPlan): string {
  return `${JSON.stringify({ sluice: 'delta index', version: VERSION, plan })}\n`;
}

/** The last line of an index. */
export function footerOf(entries: number, sha256: string): string {
  return `${JSON.stringify({ entries, sha256 })}\n`;
}

/**
 * Checks the first line of an index.
 * @throws SluiceError `VERIFY_FAILED` for a file of something else, `PLAN_CHANGED` for an index of other settings
 */
export function checkHeader(line: string, wanted: IndexPlan, name: string): void {
  const { sluice, version, plan } = membersOf(line) ?? {};
  if (sluice !== 'delta index') throw notAnIndex(name, 'it does not begin like one');
  if (version !== VERSION) throw notAnIndex(name, `its version is ${JSON.stringify(version)}, not ${VERSION}`);
  const found = new Map(Object.entries(typeof plan === 'object' && plan !== null ? plan : {}));
  const others = Object.entries(PARTS).filter(
    ([part]) => found.get(part) !== new Map(Object.entries(wanted)).get(part),
  );
  if (others.length === 0) return;
  const what = others.map(([, words]) => words).join('; ');
  const message = `${name}: the export that left this index had other settings (${what}), so that a delta would be wrong; export with the same ones, or begin a new index`;
  throw new SluiceError('PLAN_CHANGED', 'read', message, { path: name });
}

/** The numbers of a footer. @throws SluiceError `VERIFY_FAILED` */
export function readFooter(line: string, name: string): { readonly entries: number; readonly sha256: string } {
  const { entries, sha256 } = membersOf(line) ?? {};
  if (typeof entries === 'number' && typeof sha256 === 'string') return { entries, sha256 };
  throw notAnIndex(name, 'its last line is missing, so that it was cut');
}

function membersOf(line: string): Partial<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

/** The error of a file that is no index, or a damaged one. */
export function notAnIndex(name: string, why: string): SluiceError {
  const message = `${name} is not an intact index of an export: ${why}`;
  return new SluiceError('VERIFY_FAILED', 'read', message, { path: name });
}
