/** The plan of a job: what is stored, and what is said of it. */

import { type PlanOptions, planExport, profileOf } from '../export/plan-export.js';
import { RSJSON_VERSION } from '../request/plan/make-plan.js';
import { envelopeKind } from '../request/plan/plan-dsv.js';
import type { EnvelopePlan, ExportPlan } from '../terms/plan.js';
import type { Format } from '../terms/profile.js';

/** Options of a plan that the service decides; the rest is the request's. */
export type JobPlanOptions = Omit<PlanOptions, 'request' | 'id' | 'tenant' | 'now'>;

/** What makes a plan of a job. */
export interface PlannedJob {
  readonly id: string;
  readonly tenant: string;
  readonly request: unknown;
  /** When it was submitted, in milliseconds since 1970: what `now` means in its criteria, however often it is taken up. */
  readonly createdAt: number;
}

/** The plan, and what stands around the file when it is sent in the documented envelope. */
export interface JobPlan {
  /** Its pack is never `envelope`: the zip is stored once, the envelope is made as it is sent. */
  readonly stored: ExportPlan;
  readonly envelope: EnvelopePlan;
  /** Name and type of the file that is stored. */
  readonly fileName: string;
  readonly mediaType: string;
  /** Name of the file of rejected records. */
  readonly rejectsName: string;
}

/**
 * Plans a job. Where neither the service nor a profile says how the result is packed, it is a zip.
 * @throws SluiceError as `planExport` does
 */
export function planJob({ id, tenant, request, createdAt }: PlannedJob, options: JobPlanOptions): JobPlan {
  const pack = options.pack ?? (profileOf(request, options.profiles) ? undefined : 'envelope');
  // What the service says of all jobs need not have an effect on each.
  const {
    envelope,
    idleOptions: _,
    ...plan
  } = planExport({
    ...options,
    ...(pack ? { pack } : {}),
    request,
    id,
    tenant,
    now: createdAt,
  });
  const { output } = plan;
  const stored = Object.freeze({
    ...plan,
    output: Object.freeze({ ...output, pack: output.pack === 'envelope' ? ('zip' as const) : output.pack }),
  });
  const base = output.fileName.replace(/\.[^.]*$/, '');
  return {
    stored,
    envelope: envelope ?? { tenant, version: RSJSON_VERSION, ...envelopeKind(output.dsv) },
    ...fileOf(stored, base),
    rejectsName: `${base}_rejects.ndjson`,
  };
}

/** Whether a service answers the job at once, or waits a while for the result: as the profile of the request says. */
export function modeOf(request: unknown, { profiles }: JobPlanOptions): 'AUTO' | 'ASYNC' {
  return profileOf(request, profiles)?.mode ?? 'AUTO';
}

const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json',
  array: 'application/json',
  ndjson: 'application/x-ndjson',
  dsv: 'text/csv; charset=utf-8',
};

function fileOf({ output }: ExportPlan, base: string): Pick<JobPlan, 'fileName' | 'mediaType'> {
  const { pack, format, fileName, dsv } = output;
  if (pack === 'zip') return { fileName: `${base}.zip`, mediaType: 'application/zip' };
  if (pack === 'gzip') return { fileName: `${fileName}.gz`, mediaType: 'application/gzip' };
  return { fileName, mediaType: dsv?.delimiter === '\t' ? 'text/tab-separated-values' : MEDIA_TYPES[format] };
}
