/** The generated catalogs that benches read, as files in the system's folder for temporary files. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type CatalogFacts, type CatalogOptions, catalogChunks } from '../src/cli/catalog.js';

/** Every bench reads the same catalog. */
export const SEED = 20_261_124;

/** A catalog on disk, and what it holds. */
export interface CatalogFile {
  readonly path: string;
  readonly facts: CatalogFacts;
}

/** Makes a folder for the files of a bench; it is removed, whatever the bench does. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes a catalog into the folder. */
export async function writeCatalog(folder: string, options: CatalogOptions): Promise<CatalogFile> {
  const path = join(folder, `${options.form}-${options.bytes ?? options.entities}`);
  const told = withFacts(options);
  await pipeline(told.chunks, createWriteStream(path));
  return { path, facts: told.facts() };
}

/** A catalog as chunks, whose facts can be asked for when all were taken. */
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
