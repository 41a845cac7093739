/** Streams that decide the order of entities, and which part of them passes. */
import type { Transform } from 'node:stream';
import { acceptArgument, acceptOptions, anything, count } from '../options/accept-options.js';
import { checkStage } from '../select/check.js';
import { limitStage } from '../select/limit.js';
import { skipStage } from '../select/skip.js';
import { sortStage } from '../select/sort.js';
import type { Batch } from '../terms/batch.js';
import type { ExportRequest } from '../terms/request.js';
import { append, type Chain, chain } from './chain.js';
import { planExport } from './plan-export.js';
import { runOf, SORT, type SortStreamOptions, STREAM, type StreamOptions } from './stage-options.js';
import { toTransform } from './to-stream.js';

/** A stream of stages from batches to batches. */
export function batchStream(stages: Chain<Batch, Batch>, { run }: StreamOptions): Transform {
  return toTransform(stages, { run: runOf(run), input: 'batches', output: 'batches' });
}

/**
 * Puts the entities in the order of one or more keys, once the last of them has come; checks them first. Many of them
 * wait in temporary files.
 * @param keys as `sort` of a request: `'price.amount desc'`, `{ attribute: 'size' }`
 * @throws SluiceError with all faults: `UNKNOWN_KEY`, `UNSUPPORTED`, `INVALID`
 */
export function sort(keys: NonNullable<ExportRequest['sort']>, options: SortStreamOptions = {}): Transform {
  acceptArgument('keys', keys, anything);
  acceptOptions(options, SORT);
  const { run, ...choice } = options;
  const { select } = planExport({ request: { sort: keys, ...choice } });
  const stages = chain(checkStage());
  // An empty list of keys is no order.
  return batchStream(select.sort ? append(stages, sortStage(select.sort, { scope: select.scope })) : stages, { run });
}

/**
 * Leaves out this many entities at the beginning; they count as filtered.
 * @throws SluiceError `INVALID`
 */
export function skip(entities: number, options: StreamOptions = {}): Transform {
  acceptArgument('entities', entities, count());
  acceptOptions(options, STREAM);
  return batchStream(chain(skipStage(entities)), options);
}

/**
 * Passes this many entities, then ends the run.
 * @throws SluiceError `INVALID`
 */
export function limit(maxRecords: number, options: StreamOptions = {}): Transform {
  acceptArgument('maxRecords', maxRecords, count());
  acceptOptions(options, STREAM);
  return batchStream(chain(limitStage(maxRecords)), options);
}
