/** One process of a comparison: times one work of a built tree through its public entry points, which every state has. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import type { ExportOptions } from '../src/index.js';
import type { Found } from './compare.js';
import { type InputFile, type Inputs, readInputs, WANTED } from './input.js';
import { median } from './race.js';
import { WARMUP_ROUNDS } from './settings.js';

/**
 * Measured turns within one process, which pays for its own garbage only. Where the collector falls is chance in three of
 * them, and hardly in nine.
 */
const TURNS = 9;

/** One row: its input, the expected number of entities, and the work. */
interface Work {
  readonly file: InputFile;
  readonly entities: number;
  act(): Promise<number>;
}

const [, , dist, folder, resultPath, row] = process.argv;
const library: typeof import('../src/index.js') = await import(pathToFileURL(join(dist, 'index.js')).href);
const stages: typeof import('../src/stages.js') = await import(pathToFileURL(join(dist, 'stages.js')).href);

const all = works(await readInputs(folder));
// Without the name of a work, the names of all.
const found: Found = row === undefined ? { rows: Object.keys(all) } : { ms: await time(row, all[row]) };
await writeFile(resultPath, JSON.stringify(found));

function works({ lines, document, tiny, brackets }: Inputs): Readonly<Record<string, Work>> {
  const products = { types: [WANTED] };
  // As long as the catalog's ids, but absent from it.
  const missing = Array.from({ length: 100_000 }, (_, index) => `e${5_000_000 + index}`);
  return {
    'lines, checked': exporting(lines, { request: products }),
    'lines, trusted': exporting(lines, { request: products, trust: true }),
    'lines, composed of streams': composed(lines),
    'lines, 3 attributes': exporting(lines, {
      request: { ...products, fields: { attributes: ['color', 'size', 'mdmid'] } },
    }),
    'lines, 1 id': exporting(lines, { request: { ids: missing.slice(0, 1) } }, 0),
    'lines, 100,000 ids': exporting(lines, { request: { ids: missing } }, 0),
    'lines, a criterion that none meets': exporting(
      lines,
      { request: { ...products, criteria: { attributes: [{ color: { exact: 'no such color' } }] } } },
      0,
    ),
    'lines, two keywords that none meets': exporting(
      lines,
      { request: { ...products, criteria: { keywords: { keywords: 'shirt nosuchword', operator: '_AND' } } } },
      0,
    ),
    'lines, zip level 1 in an envelope': exporting(lines, { request: products, pack: 'envelope' }),
    'lines, entities of 100 bytes': exporting(tiny, { request: products }),
    'lines, entities of brackets': exporting(brackets, { request: products }),
    'document, checked': exporting(document, { request: products }),
    'document, trusted': exporting(document, { request: products, trust: true }),
  };
}

/** One `exportEntities` into a null sink. */
function exporting(file: InputFile, options: Omit<ExportOptions, 'source'>, entities = file.wanted.entities): Work {
  return {
    file,
    entities,
    async act() {
      const stream = library.exportEntities({ source: file.path, ...options });
      await pipeline(stream, forgetting());
      return (await stream.receipt).written;
    },
  };
}

/** A pipeline of separate streams, including base64 and envelope. */
function composed(file: InputFile): Work {
  return {
    file,
    entities: file.wanted.entities,
    async act() {
      const run = stages.createRun();
      await pipeline(
        stages.readEntities(file.path, { run, locate: ['type'] }),
        stages.filterByType(WANTED, { run }),
        stages.encodeJson({ run }),
        stages.base64({ run }),
        stages.envelope({ run }),
        forgetting(),
      );
      return (await run.receipt).written;
    },
  };
}

/** The median of the turns in milliseconds; undefined where this state cannot do the work. */
async function time(name: string, { entities, act }: Work): Promise<number | undefined> {
  const times: number[] = [];
  for (let turn = -WARMUP_ROUNDS; turn < TURNS; turn++) {
    const start = performance.now();
    let written: number;
    try {
      written = await act();
    } catch (cause) {
      process.stderr.write(`${dist}: ${name}: ${cause}\n`);
      return undefined;
    }
    if (turn >= 0) times.push(performance.now() - start);
    if (written !== entities) throw new Error(`${dist}: ${name}: ${written} entities, expected ${entities}`);
  }
  return median(times);
}

function forgetting(): Writable {
  return new Writable({ highWaterMark: 1024 * 1024, write: (_chunk, _encoding, callback) => callback() });
}
