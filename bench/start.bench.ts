/** Start-up of the command: processes that do almost nothing, in milliseconds. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catalog } from '../src/generate/catalog.js';
import { type Inputs, SEED, WANTED } from './input.js';
import { START } from './names.js';
import { commandVersion, runCommand } from './peers/commands.js';
import type { Contender } from './race.js';
import { raceSection, type Section } from './section.js';
import { ROOT } from './settings.js';

/** Entities of the small catalog, about 42 KB. */
const ENTITIES = 10;

/** Starts every process in each round; the files it loads are in the page cache. */
export async function benchStart({ folder }: Inputs): Promise<Section> {
  const small = join(folder, 'ten.ndjson');
  await writeFile(small, catalog({ seed: SEED, form: 'lines', entities: ENTITIES }).bytes);
  const out = join(folder, 'ten.zip');
  const sluice = join(ROOT, 'dist', 'cli', 'main.js');
  const node = process.execPath;
  const exporting = [sluice, 'export', small, '--type', WANTED, '--quiet'];
  const hasJq = commandVersion('jq') !== undefined;
  return raceSection(
    [
      starting(START.node, node, ['-e', '0']),
      starting(START.version, node, [sluice, '--version']),
      starting(START.ten, node, exporting),
      starting(START.tenZip, node, [...exporting, '-o', out, '--overwrite']),
      ...(hasJq ? [starting(START.jq, 'jq', ['-c', `select(.type == "${WANTED}")`, small])] : []),
    ],
    hasJq ? [] : ['jq: not installed'],
  );
}

function starting(name: string, command: string, args: readonly string[]): Contender {
  return {
    name,
    inputBytes: 0,
    expected: { entities: 0, bytes: 0 },
    async work() {
      await runCommand(command, args, () => {});
      return { entities: 0, bytes: 0 };
    },
  };
}
