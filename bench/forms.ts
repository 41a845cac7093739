/** The same export in the forms of sluice: fused stages, a pipeline of streams, and `exportEntities`. */
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { newRun } from '../src/export/create-run.js';
import { driveExport } from '../src/export/drive-export.js';
import type { ExportOptions } from '../src/export/export-options.js';
import { bytesOf } from '../src/export/fuse.js';
import { planExport } from '../src/export/plan-export.js';
import type { PlanOptions } from '../src/export/plan-options.js';
import { exportEntities } from '../src/export/run-export.js';
import { files } from '../src/sources/files.js';
import { base64, encodeJson, envelope, filterByType, readEntities } from '../src/stages.js';
import type { Criteria } from '../src/terms/criteria.js';
import { giveBack } from '../src/terms/lent-memory.js';
import type { RequestFields } from '../src/terms/request.js';
import { WANTED } from './input.js';
import { RUN_ID } from './peers/envelope-sink.js';
import type { Outcome } from './race.js';

/** Options of an export. */
export interface Work {
  readonly trust: boolean;
  /** Ids to select, instead of the wanted type. */
  readonly ids?: readonly string[];
  /** Criteria for the selected entities. */
  readonly criteria?: Criteria;
  /** Attributes to project to; default complete entities. */
  readonly attributes?: readonly string[];
  readonly maxRecords?: number;
  /** How the document is packed; default `envelope`, with the base64 of the bare document. */
  readonly wrap?: 'none' | 'envelope' | 'zip';
  /** Deflate level of the zip. */
  readonly level?: number;
  /** Whether to compute SHA-256 of the document and the output, as for a file. */
  readonly digest?: boolean;
}

/** The outcome of an export, with the bytes it read. */
export interface FusedOutcome extends Outcome {
  readonly bytesRead: number;
}

/**
 * An export as `exportEntities` plans and drives it, without the stream at its end and without the zip unless it is
 * requested: no peer makes one.
 */
export async function fused(path: string, work: Work): Promise<FusedOutcome> {
  const run = newRun({ id: RUN_ID });
  run.beginReading();
  let bytes = 0;
  const { digest = false } = work;
  for await (const chunk of bytesOf(driveExport(files(path), planExport(optionsOf(work)), { digest }, run))) {
    bytes += chunk.length;
    giveBack(chunk);
  }
  run.close();
  return { entities: (await run.receipt).written, bytes, bytesRead: run.ledger.bytesIn };
}

/** One thread scans, as one does in the peers; zips are deflated on all cores. */
function optionsOf({ trust, ids, criteria, attributes, maxRecords, wrap = 'envelope', level }: Work): PlanOptions {
  const fields: RequestFields | undefined = attributes && { attributes, properties: '_ALL' };
  const request = { types: ids ? undefined : WANTED, ids, criteria, fields, maxRecords, content: 'plain' as const };
  const threads = wrap === 'zip' ? {} : { threads: 1 };
  return { request, id: RUN_ID, trust, format: 'json', pack: wrap, level, ...threads };
}

/** A pipeline of separate Node streams from `sluice/stages`. */
export async function composed(path: string, { trust }: Pick<Work, 'trust'>): Promise<Outcome> {
  const run = newRun({ id: RUN_ID });
  const sink = nullSink();
  await pipeline(
    readEntities(path, { run, trust, locate: ['type'] }),
    filterByType(WANTED, { run }),
    encodeJson({ run }),
    base64({ run }),
    envelope({ run }),
    sink.stream,
  );
  return { entities: (await run.receipt).written, bytes: sink.bytes() };
}

/** `exportEntities` into a stream. */
export async function oneCall(path: string, options: Omit<ExportOptions, 'source'>): Promise<Outcome> {
  const sink = nullSink();
  const stream = exportEntities({ source: path, request: { types: [WANTED] }, id: RUN_ID, ...options });
  await pipeline(stream, sink.stream);
  return { entities: (await stream.receipt).written, bytes: sink.bytes() };
}

/** A Writable that counts bytes and discards them. */
export function nullSink(): { readonly stream: Writable; bytes(): number } {
  let bytes = 0;
  const stream = new Writable({
    highWaterMark: 1024 * 1024,
    write(chunk: Buffer, _encoding, callback) {
      bytes += chunk.length;
      callback();
    },
  });
  return { stream, bytes: () => bytes };
}
