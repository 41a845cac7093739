/** `sluice generate`: writes a reproducible catalog for tests and benchmarks. */
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { deliver } from '../destinations/deliver.js';
import { file } from '../destinations/file.js';
import { writable } from '../destinations/writable.js';
import { type CatalogFacts, type CatalogOptions, catalogChunks } from '../generate/catalog.js';
import { refuseForeignSuffix } from '../request/plan/output-form.js';
import { formatCount } from '../terms/format-count.js';
import type { Note } from '../terms/receipt.js';
import { beginCommand } from './commands.js';
import { type ConsoleOptions, openConsole, type RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { choice, numberIn, POSITIVE } from './flags.js';
import { formatBytes, parseSize } from './format.js';
import { interruptible } from './interrupt.js';
import { usage } from './usage.js';

interface GenerateFlags extends ConsoleOptions {
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly entities?: number;
  readonly size?: string;
  readonly entityBytes?: number;
  readonly seed: number;
  readonly form: CatalogOptions['form'];
}

/** Adds the command to the program. */
export function addGenerateCommand(program: Command, run: RunCommand): void {
  beginCommand(program, 'generate')
    .option('-o, --out <file>', 'write the catalog to a file (default: standard output)')
    .option('--overwrite', 'replace a file that exists')
    .option('--entities <n>', 'number of entities (default: 1000)', numberIn())
    .option('--size <size>', 'stop at this size instead, e.g. 2GB')
    .option('--entity-bytes <n>', 'average size of an entity (default: 4200)', numberIn(POSITIVE))
    .option('--seed <n>', 'seed of the random generator', numberIn(), 1)
    .option(
      '--form <form>',
      'lines, sequence, array or document',
      choice('lines', 'sequence', 'array', 'document'),
      'lines',
    )
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print messages as JSON lines on standard error')
    .action((flags: GenerateFlags) => run(() => generate(flags), flags));
}

async function generate(flags: GenerateFlags): Promise<number> {
  const { seed, form, entities, entityBytes } = flags;
  const bytes = flags.size === undefined ? undefined : parseSize(flags.size);
  if (flags.size !== undefined && bytes === undefined) throw usage(`--size ${flags.size}: write it like 500MB or 2GB`);
  if (entities !== undefined && bytes !== undefined) throw usage('--entities and --size exclude each other');
  const options: CatalogOptions = { seed, form, entities, bytes, entityBytes };
  const toStdout = flags.out === undefined || flags.out === '-';
  if (flags.overwrite && toStdout) throw usage('--overwrite needs --out');
  const destination =
    flags.out === undefined || toStdout
      ? writable(process.stdout, 'standard output')
      : file(flags.out, { overwrite: flags.overwrite ?? false });
  if (flags.out !== undefined) {
    refuseForeignSuffix(flags.out);
    if (/\.(gz|zip)$/i.test(flags.out))
      throw usage(`${flags.out}: a catalog is not compressed; pipe it, for example to gzip`);
  }
  let facts: CatalogFacts | undefined;
  function* chunks() {
    facts = yield* catalogChunks(options);
  }
  const out = openConsole(flags);
  const note = ({ code, text }: Note) => out.logger.warn({ code }, text);
  await interruptible((signal) =>
    deliver(Readable.from(chunks(), { signal }), destination, Promise.resolve(), { signal, note }),
  );
  if (facts) out.report(describe(facts, toStdout ? 'standard output' : flags.out), { facts });
  return EXIT.done;
}

function describe({ entities, bytes, byType }: CatalogFacts, place: string | undefined): string {
  const types = Object.entries(byType).map(([type, count]) => `${formatCount(count)} ${type}`);
  return `${formatCount(entities)} entities (${types.join(', ')}), ${formatBytes(bytes)}, to ${place}`;
}
