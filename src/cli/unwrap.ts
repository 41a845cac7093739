/** `sluice unwrap`: decodes the file inside an envelope. */
import type { Command } from 'commander';
import { writable } from '../destinations/writable.js';
import { unwrapEnvelope } from '../verify/unwrap-envelope.js';
import { beginCommand } from './commands.js';
import { type ConsoleOptions, openConsole, type RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { formatBytes, formatRecords } from './format.js';
import { sourceOf } from './inputs.js';
import { interruptible } from './interrupt.js';
import { usage } from './usage.js';

interface UnwrapFlags extends ConsoleOptions {
  readonly out?: string;
  readonly overwrite?: boolean;
}

/** Adds the command to the program. */
export function addUnwrapCommand(program: Command, run: RunCommand): void {
  beginCommand(program, 'unwrap')
    .argument('[envelope]', 'the envelope; - (or none, with piped input) is standard input')
    .option('-o, --out <file>', 'write to a file (default: standard output)')
    .option('--overwrite', 'replace a file that exists')
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print messages as JSON lines on standard error')
    .action((input: string | undefined, flags: UnwrapFlags) => run(() => unwrap(input, flags), flags));
}

async function unwrap(input: string | undefined, flags: UnwrapFlags): Promise<number> {
  const out = openConsole(flags);
  const toStdout = flags.out === undefined || flags.out === '-';
  if (flags.overwrite && toStdout) throw usage('--overwrite needs --out');
  if (toStdout && process.stdout.isTTY) throw usage('a zip is binary: name a file with --out, or pipe it');
  const source = sourceOf(input === undefined ? [] : [input]);
  const envelope = await interruptible((signal) => {
    const stream = unwrapEnvelope(source, { signal, logger: out.logger });
    return flags.out === undefined || toStdout
      ? stream.to(writable(process.stdout, 'standard output'))
      : stream.toFile(flags.out, { overwrite: flags.overwrite ?? false });
  });
  const place = toStdout ? 'standard output' : flags.out;
  const what = `${formatRecords(envelope.totalRecords)} in ${formatBytes(envelope.blobBytes)}`;
  out.report(`${what} to ${place}; export ${envelope.id} of tenant ${envelope.tenantId ?? '(none)'}`, { envelope });
  return EXIT.done;
}
