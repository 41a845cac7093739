/** The generated catalogs that benches read, as temporary files. */
import { createWriteStream, rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type CatalogFacts, type CatalogOptions, catalogChunks } from '../src/generate/catalog.js';
import type { InputForm } from '../src/terms/plan.js';
import { bracketLines } from './brackets.js';
import { forWholeLines } from './peers/whole-lines.js';
import { MEGABYTES, ODD_MEGABYTES, SLOW_MEGABYTES } from './settings.js';

/** Every bench reads the same catalog. */
export const SEED = 20_261_124;

/** The type that is selected: 30 % of the entities. */
export const WANTED = 'product';

/** Facts about a file that a contender must reproduce. */
export interface InputFile {
  readonly path: string;
  readonly form: InputForm;
  readonly bytes: number;
  readonly entities: number;
  /** Entities of the wanted type, with their bytes. */
  readonly wanted: Selection;
  /** The same after parsing and stringifying: `1.0` becomes `1`, digits beyond a double are lost. */
  readonly restringified: Selection;
}

/** Number of entities, with their total bytes. */
export interface Selection {
  readonly entities: number;
  readonly bytes: number;
}

/** All files; small ones contain the first entities of the large ones. */
export interface Inputs {
  readonly folder: string;
  readonly lines: InputFile;
  readonly linesSmall: InputFile;
  readonly document: InputFile;
  readonly documentSmall: InputFile;
  /** Entities of about 100 bytes. */
  readonly tiny: InputFile;
  /** Entities that consist almost entirely of brackets. */
  readonly brackets: InputFile;
}

/**
 * Makes a folder for the files of a bench, and removes it however the bench ends. An interrupt fires the signal, which
 * ends started processes, removes the folder, and then ends this process as usual.
 */
export async function withFolder<T>(use: (folder: string, signal: AbortSignal) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const controller = new AbortController();
  // A process that is ending may still write a file while the folder is removed.
  const removal = { recursive: true, force: true, maxRetries: 5 } as const;
  const interrupt = (name: NodeJS.Signals) => {
    controller.abort();
    rmSync(folder, removal);
    unlisten();
    process.kill(process.pid, name);
  };
  const unlisten = () => process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    return await use(folder, controller.signal);
  } finally {
    unlisten();
    await rm(folder, removal);
  }
}

const INPUTS = 'inputs.json';

/** Writes all files into the folder, with their facts. */
export async function makeInputs(folder: string): Promise<void> {
  const lines = await writeLines(folder, 'lines', MEGABYTES);
  const linesSmall = await writeLines(folder, 'lines-small', SLOW_MEGABYTES);
  const inputs: Inputs = {
    folder,
    lines,
    linesSmall,
    document: await writeDocument(folder, 'document', lines),
    documentSmall: await writeDocument(folder, 'document-small', linesSmall),
    tiny: await writeLines(folder, 'tiny', ODD_MEGABYTES, 100),
    brackets: await writeBrackets(folder, ODD_MEGABYTES),
  };
  await writeFile(join(folder, INPUTS), JSON.stringify(inputs));
}

/** Reads the facts that `makeInputs` wrote. */
export async function readInputs(folder: string): Promise<Inputs> {
  const inputs: Inputs = JSON.parse(await readFile(join(folder, INPUTS), 'utf8'));
  return inputs;
}

/** Writes entities of the usual size as lines. */
export async function writeLines(
  folder: string,
  name: string,
  megabytes: number,
  entityBytes = 4200,
): Promise<InputFile> {
  const path = join(folder, `${name}.ndjson`);
  const facts = await writeCatalog(path, { seed: SEED, form: 'lines', bytes: megabytes * 1_000_000, entityBytes });
  return inputFile(path, 'lines', facts, await restringify(path));
}

/** The entities of a file of lines as one document. */
async function writeDocument(folder: string, name: string, lines: InputFile): Promise<InputFile> {
  const path = join(folder, `${name}.json`);
  const facts = await writeCatalog(path, { seed: SEED, form: 'document', entities: lines.entities });
  return inputFile(path, 'document', facts, lines.restringified);
}

async function writeBrackets(folder: string, megabytes: number): Promise<InputFile> {
  const path = join(folder, 'brackets.ndjson');
  const { chunks, entities, bytes, wanted } = bracketLines(megabytes * 1_000_000, WANTED);
  await pipeline(chunks, createWriteStream(path));
  return { path, form: 'lines', bytes, entities, wanted, restringified: wanted };
}

function inputFile(path: string, form: InputForm, facts: CatalogFacts, restringified: Selection): InputFile {
  const { entities, bytes, byType, entityBytesByType } = facts;
  const wanted = { entities: byType[WANTED], bytes: entityBytesByType[WANTED] };
  return { path, form, bytes, entities, wanted, restringified };
}

async function writeCatalog(path: string, options: CatalogOptions): Promise<CatalogFacts> {
  const { chunks, facts } = withFacts(options);
  await pipeline(chunks, createWriteStream(path));
  return facts();
}

async function restringify(path: string): Promise<Selection> {
  let entities = 0;
  let bytes = 0;
  await forWholeLines(path, (lines) => {
    for (const line of lines.toString('utf8').split('\n')) {
      if (line === '') continue;
      const entity: { readonly type?: unknown } = JSON.parse(line);
      if (entity.type !== WANTED) continue;
      entities++;
      bytes += Buffer.byteLength(JSON.stringify(entity));
    }
  });
  return { entities, bytes };
}

/** A catalog as chunks; its facts are available after the last chunk. */
export function withFacts(options: CatalogOptions): {
  readonly chunks: Iterable<Buffer>;
  facts(): CatalogFacts;
} {
  let facts: CatalogFacts | undefined;
  return {
    chunks: (function* () {
      facts = yield* catalogChunks(options);
    })(),
    facts() {
      if (!facts) throw new Error('the catalog was not read to its end');
      return facts;
    },
  };
}
