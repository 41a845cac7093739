/** Reads entities of the source of jobs for one call, without a job: the text of each on one line. */
import type { Readable } from 'node:stream';
import type { PlanOptions } from '../export/plan-options.js';
import { exportEntities } from '../export/run-export.js';
import type { Source } from '../sources/source.js';
import type { DocumentedBody } from '../terms/request.js';
import type { JobPlanOptions } from './job-plan.js';
import { readOnce } from './source-for.js';

/** The options of jobs that say how entities are read; those of the result do not apply. */
const OF_READING = [
  ...(['input', 'path', 'unwrap', 'keep', 'explode', 'nest', 'idFromKey', 'idField', 'typeField'] as const),
  ...(['trust', 'onError', 'uniqueIds', 'maxDepth', 'maxEntityBytes'] as const),
] satisfies readonly (keyof PlanOptions)[];

/**
 * Reads the entities that a request selects, in the fields that it names.
 * @throws SluiceError as an export does; `UNSUPPORTED` for a source that can be read only once, such as a stream
 */
export function readEntities(
  source: Source,
  options: JobPlanOptions,
  request: DocumentedBody,
  signal: AbortSignal | undefined,
): Readable {
  if (source.reopenable === false) throw readOnce();
  const reading = Object.fromEntries(OF_READING.flatMap((name) => (name in options ? [[name, options[name]]] : [])));
  return exportEntities({ ...reading, source, request, format: 'ndjson', pack: 'none', signal });
}
