/** `sluice inspect`: counts the records of an input, and finds its first fault. */
import type { Command } from 'commander';
import { PLAN_OPTIONS } from '../export/plan-options.js';
import type { InputForm } from '../terms/position.js';
import { escaped } from '../terms/shown-text.js';
import { type Inspection, inspectSource } from '../verify/inspect-source.js';
import { beginCommand } from './commands.js';
import { type ConsoleOptions, openConsole, type RunCommand } from './console.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { formatBytes, formatCount, formatRecords } from './format.js';
import { interruptible } from './interrupt.js';
import { addOptionFlags } from './option-flags.js';
import { addSourceFlags, INPUTS, namedSource, type SourceFlags } from './source-flags.js';
import { jsonLine } from './terminal.js';

interface InspectFlags extends ConsoleOptions, SourceFlags {
  readonly input?: InputForm;
  readonly path?: string;
  readonly unwrap?: string;
  readonly typeField?: string;
}

/** Adds the command to the program. */
export function addInspectCommand(program: Command, run: RunCommand): void {
  const command = beginCommand(program, 'inspect').argument(
    '[inputs...]',
    `${INPUTS}; - (or none, with piped input) is standard input`,
  );
  addOptionFlags(command, PLAN_OPTIONS, 'input', 'path', 'unwrap', 'typeField');
  addSourceFlags(command)
    .optionsGroup('Messages:')
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print the findings as JSON')
    .action((inputs: string[], flags: InspectFlags) => run(() => inspect(inputs, flags), flags));
}

async function inspect(inputs: readonly string[], flags: InspectFlags): Promise<number> {
  const { input, path, unwrap, typeField } = flags;
  const source = await namedSource(inputs, flags);
  const found = await interruptible((signal) => inspectSource(source, { signal, input, path, unwrap, typeField }));
  const { fault, ...rest } = found;
  if (flags.json) process.stdout.write(jsonLine({ ...rest, fault: fault?.toJSON() }));
  else process.stdout.write(table(found));
  const out = openConsole(flags);
  for (const { code, text } of found.notes) out.logger.warn({ code }, text);
  if (!fault) return EXIT.done;
  out.fail(fault);
  return exitCodeOf(fault.code);
}

function table({ records, bytesIn, types }: Inspection): string {
  const header = ['type', 'records', 'bytes', 'smallest', 'average', 'largest'];
  const rows = types.map(({ type, records: count, bytes, smallest, largest }) => [
    type === undefined ? '(none)' : escaped(type),
    formatCount(count),
    ...[bytes, smallest, Math.round(bytes / count), largest].map(formatBytes),
  ]);
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ');
  return `${formatRecords(records)} in ${formatBytes(bytesIn)}\n${[header, ...rows].map(line).join('\n')}\n`;
}
