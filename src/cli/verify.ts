/** `sluice verify`: reads a result, and checks its integrity and its receipt. */
import type { Command } from 'commander';
import { SluiceError } from '../terms/errors.js';
import { formatCount } from '../terms/format-count.js';
import { escaped } from '../terms/shown-text.js';
import type { ExpectedReceipt } from '../verify/verification.js';
import { verifyExport } from '../verify/verify-export.js';
import { beginCommand } from './commands.js';
import type { ConsoleOptions, RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { formatBytes, formatRecords } from './format.js';
import { interruptible } from './interrupt.js';
import { readJson } from './json-file.js';
import { STANDARD } from './standard-input.js';
import { jsonLine } from './terminal.js';
import { usage } from './usage.js';

interface VerifyFlags extends ConsoleOptions {
  readonly receipt?: string;
}

/** Adds the command to the program. */
export function addVerifyCommand(program: Command, run: RunCommand): void {
  beginCommand(program, 'verify')
    .argument(
      '<file>',
      'an envelope, a zip, a document, an array, lines or a table, plain, gzip or Zstandard; or a folder of those',
    )
    .option('--receipt <file>', 'compare it with the receipt of its export')
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print the findings as JSON')
    .action((path: string, flags: VerifyFlags) => run(() => verify(path, flags), flags));
}

async function verify(path: string, flags: VerifyFlags): Promise<number> {
  if (path === STANDARD) throw usage('verifying reads twice: save standard input (-) to a file, and verify that');
  const receipt = flags.receipt === undefined ? undefined : await readReceipt(flags.receipt);
  const found = await interruptible((signal) => verifyExport(path, { signal, receipt }));
  if (flags.json) process.stdout.write(jsonLine(found));
  else if (!flags.quiet) {
    const { kind, records, output, files } = found;
    process.stdout.write(`${escaped(path)}: ok: ${kind}, ${counted(records)}, ${formatBytes(output.bytes)}\n`);
    process.stdout.write(`  sha256 ${output.sha256}\n`);
    if (kind === 'zip' || kind === 'envelope' || kind === 'folder') {
      for (const file of files.slice(0, FILES_SHOWN)) {
        process.stdout.write(`  ${escaped(file.name)}: ${counted(file.records)}, ${formatBytes(file.bytes)}\n`);
      }
      const more = files.length - FILES_SHOWN;
      if (more > 0) process.stdout.write(`  and ${formatCount(more)} more files, which --json lists\n`);
    }
  }
  return EXIT.done;
}

/** Maximum number of an archive's files in the text output. */
const FILES_SHOWN = 20;

function counted(records: number | undefined): string {
  return records === undefined ? 'a table (records not counted)' : formatRecords(records);
}

async function readReceipt(path: string): Promise<ExpectedReceipt> {
  const value = await readJson(path);
  if (isReceipt(value)) return value;
  throw new SluiceError('INVALID', 'accept', `${path} is not the receipt of an export`, { path });
}

function isReceipt(value: unknown): value is ExpectedReceipt {
  if (typeof value !== 'object' || value === null) return false;
  if (!('written' in value && 'output' in value && 'files' in value)) return false;
  const { written, output, files } = value;
  return typeof written === 'number' && typeof output === 'object' && output !== null && Array.isArray(files);
}
