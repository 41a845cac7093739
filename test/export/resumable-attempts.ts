/** For tests: attempts at an export that the next one continues. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { interruptedExport } from '../../src/export/interrupted-export.js';
import { planExport } from '../../src/export/plan-export.js';
import type { PlanOptions } from '../../src/export/plan-options.js';
import { exportResumably } from '../../src/export/resumable-export.js';
import { exportEntities } from '../../src/export/run-export.js';
import { withChangedInputs } from '../../src/sources/changed-inputs.js';
import { files } from '../../src/sources/files.js';
import type { Source } from '../../src/sources/source.js';
import { SILENT } from '../../src/terms/logger.js';
import type { Receipt } from '../../src/terms/receipt.js';

const ID = 'the-id';

/** Entities that compress badly enough for several blocks. */
export const LINES = Array.from(
  { length: 20_000 },
  (_, index) => `{"id":"e${index * 7919}","type":"t${index % 3}","x":${index}.0}\n`,
);

/** Every seventh line faulty. */
export function withFaults(line: string, index: number): string {
  return index % 7 === 0 ? line.replace('{', '{,') : line;
}

/** The source, which fails at this read. */
export function failingAt(source: Source, reads: number): Source {
  let left = reads;
  return withChangedInputs(source, async function* (inputs) {
    for await (const input of inputs) {
      if (input.kind === 'objects') continue;
      yield {
        ...input,
        async read(into) {
          if (left-- <= 0) throw new Error('the power is gone');
          return input.read(into.subarray(0, 50_000));
        },
      };
    }
  });
}

/** How an attempt is made. */
export interface Attempt extends PlanOptions {
  readonly source?: Source;
  readonly overwrite?: boolean;
  readonly rejects?: string;
}

/** Attempts at files of a folder, by default from `in.ndjson`. */
export function attemptsIn(folder: () => string) {
  const at = (name: string) => join(folder(), name);
  return { at, attempt, uninterrupted };

  async function attempt(
    name: string,
    { source = files(at('in.ndjson')), overwrite = false, rejects, ...options }: Attempt = {},
  ): Promise<Receipt> {
    const path = at(name);
    const before = await interruptedExport(path, overwrite);
    const now = before?.now ?? 1000;
    const plan = planExport({ ...options, id: before?.id ?? ID, now }, { destination: path });
    const { signal } = new AbortController();
    return exportResumably({ source, plan, path, overwrite, rejects, now, signal, logger: SILENT, everyMs: 0 }, before);
  }

  async function uninterrupted(name: string, options: PlanOptions = {}): Promise<Buffer> {
    const path = at(`whole-${name}`);
    await exportEntities({ source: at('in.ndjson'), id: ID, ...options }).toFile(path);
    return readFile(path);
  }
}
