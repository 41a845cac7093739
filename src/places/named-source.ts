/** Sources by what they are called: paths, and addresses of files behind http, https and s3. */
import { isS3Address } from '../destinations/s3/s3-address.js';
import { type FilesOptions, files } from '../sources/files.js';
import type { Source } from '../sources/source.js';
import { invalid } from '../terms/errors.js';
import { type HttpFilesOptions, httpFiles, isHttpAddress } from './http-files.js';
import { s3Objects } from './s3-objects.js';

/** Options of the sources; each is used where it applies. */
export interface NamedSourceOptions extends FilesOptions {
  readonly http?: HttpFilesOptions;
}

/** Reads what the names stand for, in their order. */
export function namedFiles(names: readonly (string | URL)[], { sort, http }: NamedSourceOptions = {}): Source {
  if (names.length === 0) throw invalid('accept', 'give at least one path', 'source');
  const groups: { readonly kind: 'http' | 's3' | 'files'; readonly names: (string | URL)[] }[] = [];
  for (const name of names) {
    const kind = isHttpAddress(String(name)) ? 'http' : isS3Address(String(name)) ? 's3' : 'files';
    const last = groups.at(-1);
    if (last?.kind === kind) last.names.push(name);
    else groups.push({ kind, names: [name] });
  }
  const sources = groups.map((group) => {
    if (group.kind === 'http') return httpFiles(group.names, http);
    if (group.kind === 's3') return s3Objects(group.names.map(String), { sort });
    return files(...group.names, { sort });
  });
  return sources.length === 1 ? sources[0] : inARow(sources);
}

/** The inputs of one source after those of the other. */
function inARow(sources: readonly Source[]): Source {
  return {
    async *inputs(signal, context) {
      for (const source of sources) yield* source.inputs(signal, context);
    },
    async *files(setAside) {
      for (const source of sources) yield* source.files?.(setAside) ?? [];
    },
    async totalBytes() {
      let total = 0;
      for (const source of sources) {
        const bytes = await source.totalBytes?.();
        if (bytes === undefined) return undefined;
        total += bytes;
      }
      return total;
    },
    describe: () => sources.map((source) => source.describe?.()),
  };
}
