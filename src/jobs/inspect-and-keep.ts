/** Inspects sources: types, members and attributes of their entities, kept for forms of requests. */
import { readableOf } from '../export/readable-of.js';
import { definedOnly } from '../terms/defined-only.js';
import { SluiceError } from '../terms/errors.js';
import { parsePath } from '../terms/path.js';
import { type Inspection, inspectSource } from '../verify/inspect-source.js';
import type { MemberSummary } from '../verify/member-census.js';
import { BoundedLines, type ReadBounds, type ReadStop } from './bounded-lines.js';
import { closedError } from './closing-engine.js';
import type { SeenName, SourceInspection } from './inspection.js';
import type { JobsParts } from './jobs-parts.js';
import { openSource } from './source-for.js';
import type { TenantTerms } from './tenant-terms.js';

/** What is read for an inspection. */
const BOUNDS: ReadBounds = { bytes: 1024 * 1024 * 1024, durationMs: 10_000 };

/** Types that are kept, the most frequent ones. */
const MOST_TYPES = 200;

/** Longest name that is kept, in characters. */
const LONGEST = 200;

/** Inspects the source of a tenant, and keeps what it found. Calls at the same time share one inspection. */
export function inspectAndKeep(parts: JobsParts, tenant: string): Promise<SourceInspection> {
  const { inspecting, closed } = parts;
  if (closed.aborted) return Promise.reject(closedError());
  const known = inspecting.get(tenant);
  if (known) return known;
  const inspection = inspect(parts, tenant).finally(() => inspecting.delete(tenant));
  inspecting.set(tenant, inspection);
  return inspection;
}

async function inspect(parts: JobsParts, tenant: string): Promise<SourceInspection> {
  const { engine, termsOf, now, source, closed: signal } = parts;
  const { plans, planOptions } = await termsOf(tenant);
  const { stored } = plans.plan({ id: 'inspection', tenant, request: {}, createdAt: now() });
  const reading = new BoundedLines(await openSource(source, { tenant, request: {}, signal }), stored, BOUNDS);
  let fault: SluiceError | undefined;
  const lines = async function* () {
    try {
      yield* reading.lines(signal);
    } catch (cause) {
      if (signal.aborted || !(cause instanceof SluiceError)) throw cause;
      // What was found before the fault is worth keeping.
      fault = cause;
    }
  };
  const found = await inspectSource(readableOf(lines()), { input: 'lines', ...readingOptions(planOptions), signal });
  const error = fault ?? found.fault;
  const inspection: SourceInspection = {
    inspectedAt: now(),
    stoppedBy: error ? 'fault' : boundIn(reading.stoppedBy),
    ...summaryOf(found),
    ...(error ? { error: describe(error) } : {}),
  };
  await engine.inspections.put(tenant, inspection);
  return inspection;
}

function describe({ code, message, source }: SluiceError): NonNullable<SourceInspection['error']> {
  return { code, message, ...(typeof source === 'string' ? { source } : {}) };
}

/** Lines are entities already: only where their types are, and how large they may be, matters. */
function readingOptions({ typeField, maxDepth, maxEntityBytes }: TenantTerms['planOptions']) {
  return definedOnly({ typeField, maxDepth, maxEntityBytes });
}

/** There is neither a limit nor a list of ids. */
function boundIn(stop: ReadStop): 'end' | 'time' | 'size' {
  return stop === 'time' || stop === 'size' ? stop : 'end';
}

function summaryOf({ records, types, otherTypes, examined, members, moreMembers }: Inspection) {
  const named = types.filter(({ type = '' }) => type.length <= LONGEST);
  const shown = members.filter(({ path }) => path.length <= LONGEST);
  return {
    records,
    types: named.slice(0, MOST_TYPES).map(({ type, records: many }) => ({ ...definedOnly({ type }), records: many })),
    ...(otherTypes || types.length > MOST_TYPES || named.length < types.length ? { moreTypes: true as const } : {}),
    examined,
    members: shown,
    ...(moreMembers || shown.length < members.length ? { moreMembers: true as const } : {}),
    attributes: namesBelow(shown, ['data', 'attributes']),
    properties: namesBelow(shown, ['properties']),
  };
}

/** The names of what is directly below a path. */
function namesBelow(members: readonly MemberSummary[], above: readonly string[]): readonly SeenName[] {
  return members.flatMap(({ path, records }) => {
    const steps = parsePath(path, 'path');
    const name = steps.at(-1);
    const isBelow = steps.length === above.length + 1 && above.every((step, index) => steps[index] === step);
    return isBelow && typeof name === 'string' ? [{ name, records }] : [];
  });
}
