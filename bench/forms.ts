/** The same export in the forms that sluice has: fused, composed of streams, and the one call. */
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createRun } from '../src/pipeline/create-run.js';
import { files } from '../src/pipeline/read/files.js';
import { readBatches } from '../src/pipeline/read/read-batches.js';
import { type ExportOptions, exportEntities } from '../src/pipeline/run-export.js';
import { checkStage } from '../src/pipeline/select/check.js';
import { filterByTypeStage } from '../src/pipeline/select/filter-by-type.js';
import { encodeJsonStage } from '../src/pipeline/serialize/encode-json.js';
import { append, chain, fuse } from '../src/pipeline/to-stream.js';
import { base64Stage } from '../src/pipeline/wrap/base64.js';
import { envelopeStage } from '../src/pipeline/wrap/envelope.js';
import { base64, encodeJson, envelope, filterByType, readEntities } from '../src/stages.js';
import { DEFAULT_MEMBER_NAMES } from '../src/terms/batch.js';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_ENTITY_BYTES } from '../src/terms/plan.js';
import { RUN_ID } from './envelope-sink.js';
import { WANTED } from './peers.js';
import type { Outcome } from './race.js';

/** How the input is read. */
export interface Trust {
  readonly trust: boolean;
}

/** The stages that `exportEntities` fuses, without the zip, which no peer has. */
export async function fused(path: string, { trust }: Trust): Promise<Outcome> {
  const run = createRun({ id: RUN_ID });
  const batches = readBatches(
    files(path),
    {
      memberNames: DEFAULT_MEMBER_NAMES,
      locate: ['type'],
      trust,
      onError: 'stop',
      maxDepth: DEFAULT_MAX_DEPTH,
      maxEntityBytes: DEFAULT_MAX_ENTITY_BYTES,
      reader: 'scan',
      prefilter: { types: [WANTED] },
      recycle: true,
    },
    run,
  );
  const entities = append(chain(filterByTypeStage([WANTED])), checkStage());
  const text = append(append(entities, encodeJsonStage()), base64Stage());
  const whole = append(text, envelopeStage({ run, tenant: 'local', version: '1.1', fileName: `${RUN_ID}_out.json` }));
  let bytes = 0;
  for await (const chunk of fuse(batches, whole, run)) if (chunk instanceof Uint8Array) bytes += chunk.length;
  run.close();
  return { entities: (await run.receipt).written, bytes };
}

/** A pipeline of separate Node streams, as `sluice/stages` offers them. */
export async function composed(path: string, { trust }: Trust): Promise<Outcome> {
  const run = createRun({ id: RUN_ID });
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

/** The one call, into a stream. */
export async function oneCall(path: string, options: Omit<ExportOptions, 'source'>): Promise<Outcome> {
  const sink = nullSink();
  const stream = exportEntities({ source: path, request: { types: [WANTED] }, id: RUN_ID, ...options });
  await pipeline(stream, sink.stream);
  return { entities: (await stream.receipt).written, bytes: sink.bytes() };
}

/** A Writable that counts and forgets. */
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
