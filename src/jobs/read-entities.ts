/** Reads entities of the source of jobs for one call, without a job: the text of each on one line. */
import type { Readable } from 'node:stream';
import { readableOf } from '../export/readable-of.js';
import { READING_OPTIONS } from '../export/reading-options.js';
import { exportEntities } from '../export/run-export.js';
import { toSource } from '../export/to-source.js';
import type { Source } from '../sources/source.js';
import { untilAborted } from '../sources/until-aborted.js';
import type { DocumentedBody } from '../terms/request.js';
import { closedError } from './closing-engine.js';
import type { JobPlanOptions } from './job-plan.js';
import type { JobsParts } from './jobs-parts.js';
import { laterSource, openSource, readOnce } from './source-for.js';

/** The options of jobs that say how entities are read; those of the result do not apply. */
const OF_READING = [...READING_OPTIONS, 'uniqueIds'] as const;

/**
 * Reads the entities that a request of a tenant selects, in the fields that it names.
 * @throws SluiceError `CLOSED`; as an export does, at once where its options do not depend on the tenant
 */
export function readEntitiesOf(
  { source, planOptions: known, closed, termsOf }: JobsParts,
  tenant: string,
  request: DocumentedBody,
  signal: AbortSignal | undefined,
): Readable {
  if (closed.aborted) throw closedError();
  const ends = signal ? AbortSignal.any([signal, closed]) : closed;
  const opened =
    typeof source === 'function'
      ? laterSource((needed) => openSource(source, { tenant, request, signal: needed }))
      : toSource(source);
  if (known) return readEntities(opened, known, request, ends);
  const terms = termsOf(tenant);
  return readableOf(
    (async function* () {
      yield* readEntities(opened, (await untilAborted(terms, ends)).planOptions, request, ends);
    })(),
  );
}

/**
 * Reads the entities that a request selects, in the fields that it names.
 * @throws SluiceError as an export does; `UNSUPPORTED` for a source that can be read only once, such as a stream
 */
function readEntities(
  source: Source,
  options: JobPlanOptions,
  request: DocumentedBody,
  signal: AbortSignal | undefined,
): Readable {
  if (source.reopenable === false) throw readOnce();
  const reading = Object.fromEntries(OF_READING.flatMap((name) => (name in options ? [[name, options[name]]] : [])));
  return exportEntities({ ...reading, source, request, format: 'ndjson', pack: 'none', signal });
}
