/** `sluice unwrap`: the file inside an envelope. */
import type { Command } from 'commander';
import { writable } from '../destinations/writable.js';
import { unwrapEnvelope } from '../verify/unwrap-envelope.js';
import { type ConsoleOptions, openConsole, type RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { formatBytes, formatRecords } from './format.js';
import { sourceOf, usage } from './inputs.js';
import { interruptible } from './interrupt.js';

interface UnwrapFlags extends ConsoleOptions {
  readonly out?: string;
  readonly overwrite?: boolean;
}

/** Adds the command to the program. */
export function addUnwrapCommand(program: Command, run: RunCommand): void {
  program
    .command('unwrap')
    .description('decode the file inside an envelope')
    .argument('[envelope]', 'the envelope; - (or nothing, where something is piped in) is standard input')
    .option('-o, --out <file>', 'where the file goes (default: standard output)')
    .option('--overwrite', 'replace a file that exists')
    .option('--quiet', 'say nothing but errors')
    .option('--json', 'speak in JSON lines on standard error')
    .action((input: string | undefined, flags: UnwrapFlags) => run(() => unwrap(input, flags), flags));
}

async function unwrap(input: string | undefined, flags: UnwrapFlags): Promise<number> {
  const out = openConsole(flags);
  const toStdout = flags.out === undefined || flags.out === '-';
  if (flags.overwrite && toStdout) throw usage('--overwrite goes with --out');
  if (toStdout && process.stdout.isTTY) throw usage('a zip is not for a terminal; name a file with --out');
  const source = sourceOf(input === undefined ? [] : [input]);
  const envelope = await interruptible((signal) => {
    const stream = unwrapEnvelope(source, { signal, logger: out.logger });
    return flags.out === undefined || toStdout
      ? stream.to(writable(process.stdout, 'standard output'))
      : stream.toFile(flags.out, { overwrite: flags.overwrite ?? false });
  });
  const place = toStdout ? 'standard output' : flags.out;
  const what = `${formatRecords(envelope.totalRecords)} in ${formatBytes(envelope.blobBytes)}`;
  out.say(`${what} to ${place}; export ${envelope.id} of tenant ${envelope.tenantId ?? '(none)'}`, { envelope });
  return EXIT.done;
}
