/** `sluice inspect`: counts the records of an input, and finds its first fault. */
import { lstat } from 'node:fs/promises';
import type { Command } from 'commander';
import { PLAN_OPTIONS } from '../export/plan-options.js';
import { systemCode } from '../terms/errors.js';
import { formatCount } from '../terms/format-count.js';
import type { InputForm } from '../terms/position.js';
import { escaped, shellPath, shellWord } from '../terms/shown-text.js';
import { type FormSummary, type Inspection, inspectSource, type SuggestedOptions } from '../verify/inspect-source.js';
import { beginCommand } from './commands.js';
import { type ConsoleOptions, openConsole, type RunCommand } from './console.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { formatBytes, formatRecords } from './format.js';
import { interruptible } from './interrupt.js';
import { addOptionFlags } from './option-flags.js';
import { addSourceFlags, INPUTS, isAddress, namedSource, type SourceFlags } from './source-flags.js';
import { tableLines } from './table.js';
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
  const command = fault || found.records === 0 ? undefined : await commandFor(inputs, found.suggested);
  if (flags.json) process.stdout.write(jsonLine({ ...rest, export: command, fault: fault?.toJSON() }));
  else process.stdout.write(report(found, command));
  const out = openConsole(flags);
  for (const { code, text } of found.notes) out.logger.warn({ code }, text);
  if (!fault) return EXIT.done;
  out.fail(fault);
  return exitCodeOf(fault.code);
}

/** Inputs that a command shows; of more than these there is none. */
const MOST_INPUTS = 8;

/** Names of results that are tried. */
const MOST_NAMES = 1000;

/** The command that exports what was inspected; undefined for databases and the platform. */
async function commandFor(inputs: readonly string[], suggested: SuggestedOptions): Promise<string | undefined> {
  if (inputs.length > MOST_INPUTS || inputs.some(isAddress)) return undefined;
  const { input, path, unwrap, keep, nest, idField, typeField } = suggested;
  const flags = {
    '--input': input,
    '--path': path,
    '--unwrap': unwrap,
    '--keep': keep?.join(),
    '--nest': nest,
    '--id-field': idField,
    '--type-field': typeField,
  };
  const given = Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [flag, shellWord(value)]));
  return ['sluice', 'export', ...inputs.map(shellPath), ...given, '-o', await freeName()].join(' ');
}

/** A name for the result that no file has: the command must neither be refused nor replace one. */
async function freeName(): Promise<string> {
  for (let number = 2, name = 'out.ndjson'; ; name = `out-${number++}.ndjson`) {
    const isFree = await lstat(name).then(
      () => false,
      (cause: unknown) => systemCode(cause) === 'ENOENT',
    );
    if (isFree || number > MOST_NAMES) return name;
  }
}

/** Members that the report lists; `--json` has all. */
const MOST_MEMBERS = 40;

function report(found: Inspection, command: string | undefined): string {
  const { records, bytesIn, forms, types, otherTypes, members, moreMembers, examined } = found;
  const typeRows = types.map(({ type, records: count, bytes, smallest, largest }) => [
    type ?? '(none)',
    formatCount(count),
    ...[bytes, smallest, Math.round(bytes / count), largest].map(formatBytes),
  ]);
  const memberRows = members.slice(0, MOST_MEMBERS).map(({ path, records: count, kinds }) => [
    path,
    formatCount(count),
    Object.entries(kinds)
      .map(([kind, times]) => `${kind} ${formatCount(times)}`)
      .join(', '),
  ]);
  const isCut = members.length > MOST_MEMBERS || moreMembers;
  const sample = examined < records ? ` (in the first ${formatCount(examined)})` : '';
  return [
    `${formatRecords(records)} in ${formatBytes(bytesIn)}${shownForms(forms)}`,
    ...tableLines(['type', 'records', 'bytes', 'smallest', 'average', 'largest'], typeRows, { from: 1 }),
    ...(otherTypes ? [`… (${formatRecords(otherTypes.records)} of more types)`] : []),
    ...(memberRows.length === 0
      ? []
      : ['', ...tableLines([`member${sample}`, 'records', 'values'], memberRows, { from: 1, to: 2 })]),
    ...(isCut ? ['… (more: --json)'] : []),
    ...(command === undefined ? [] : ['', escaped(command)]),
    '',
  ].join('\n');
}

function shownForms(forms: readonly FormSummary[]): string {
  const shown = forms.map(({ form, path, inputs }) => {
    const times = forms.length === 1 ? '' : ` (${formatCount(inputs)})`;
    return `${form}${path === undefined ? '' : ` with entities at ${escaped(path)}`}${times}`;
  });
  return shown.length === 0 ? '' : `: ${shown.join(', ')}`;
}
