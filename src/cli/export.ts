/** `sluice export`: flags to a request, a request to a result. */
import type { Command } from 'commander';
import type { Destination } from '../destinations/destination.js';
import { file } from '../destinations/file.js';
import { isS3Address } from '../destinations/s3/s3-address.js';
import { writable } from '../destinations/writable.js';
import { refuseOwnInput } from '../export/refuse-own-input.js';
import { ExportStream } from '../export/run-export.js';
import { narrowed } from '../export/to-source.js';
import { explainPlan } from '../request/explain/explain-plan.js';
import type { PlanFor } from '../request/plan/make-plan.js';
import type { PlanCompletion } from '../request/plan/plan-target.js';
import type { Source } from '../sources/source.js';
import { SluiceError } from '../terms/errors.js';
import type { Logger } from '../terms/logger.js';
import type { ExportPlan } from '../terms/plan.js';
import { FORMATS, PACKS } from '../terms/profile.js';
import type { Note, Receipt, Reject } from '../terms/receipt.js';
import type { Progress } from '../terms/run.js';
import { openConsole, type RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { type ExportFlags, planOf } from './export-options.js';
import { choice, collect, collectList, collectPair, collectValues, duration, filled, number, size } from './flags.js';
import { formatBytes, formatCount, formatRecords } from './format.js';
import { sizeOf, usage } from './inputs.js';
import { interruptible } from './interrupt.js';
import { type ProgressView, showProgress } from './progress.js';
import { refuseReadFiles } from './refuse-read-files.js';
import { refuseWithoutEffect } from './refuse-without-effect.js';
import {
  openReceiptFile,
  openRejectsFile,
  type ReceiptFile,
  refusePackedNames,
  refuseSharedPlaces,
  type SideFile,
  sideDestination,
} from './side-files.js';
import { addSourceFlags, INPUTS, isAddress, namedSource, refuseIdleFlags, sourceFiles } from './source-flags.js';
import { claimStdin, namesStdin } from './standard-input.js';
import { readerLeft } from './standard-output.js';
import { escapedLines } from './terminal.js';

/** The word for standard output. */
const STDOUT = '-';

/** Adds the command to the program. */
export function addExportCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('export')
    .description('export entities: filter, limit, project, pack')
    .argument('[inputs...]', `${INPUTS}; - (or nothing, where something is piped in) is standard input`)
    .option('-o, --out <file>', 'where the result goes, a file or s3://bucket/key; its suffix says how it is packed')
    .option('--overwrite', 'replace files that exist')
    .optionsGroup('Which entities:')
    .option('--type <types>', 'keep these types, with commas between; repeatable, _ALL is any', collectValues)
    .option('--id <ids>', 'keep these ids, with commas between (\\, is one of the id); repeatable', collectValues)
    .option('--ids-from <file>', 'keep the ids in this file, one a line; blanks around them do not count')
    .option('--all-matches', 'read on when every id was found once')
    .option('--name <name>', 'keep entities of exactly this name')
    .option('--max-records <n>', 'stop after this many')
    .option('--since <receipt>', 'keep what was modified since the export of this receipt began')
    .option('--overlap <time>', 'how long before that, e.g. 90s, 5m or 1d (default: 5m)', duration)
    .optionsGroup('Which parts of them (whole entities unless one is given):')
    .option('--attributes <names>', 'keep these attributes, with commas between; _ALL is all', collectList)
    .option('--relationships <names>', 'keep these relationships', collectList)
    .option('--properties <names>', 'keep these properties', collectList)
    .optionsGroup('A request of the platform:')
    .option('--request <file>', 'the documented body, or the library form; flags replace its members')
    .option('--profile <name>', 'make the result as this profile says')
    .option('--profile-context <key=value>', 'as the profile with this in its context says; repeatable', collectPair)
    .option('--profiles <file>', 'a JSON file with profiles, documented ones too; repeatable', collect)
    .option('--user-id <id>', 'who runs the export, for profiles that tell it')
    .option('--user-email <address>', 'their address (default: the id, where it is one)')
    .option('--file-name <name>', 'name of the document inside a zip')
    .option('--tenant <id>', 'tenant of the envelope (default: local)', filled)
    .option('--export-id <id>', 'the work automation id (default: a random UUID)')
    .optionsGroup('Input:')
    .option(
      '--input <form>',
      'lines, array or document (default: found by the first bytes)',
      choice('lines', 'array', 'document'),
    )
    .option('--path <members>', 'the way to the entities in a document, e.g. response.entities')
    .option('--id-field <name>', 'how entities spell their id (default: id)', filled)
    .option('--type-field <name>', 'how entities spell their type (default: type)', filled)
    .option('--trust', 'look for boundaries only; the input is known to be valid')
    .option('--on-error <what>', 'stop at a faulty line, or skip it (default: stop)', choice('stop', 'skip'))
    .option('--rejects <file>', 'where skipped lines go, with reason and position');
  addSourceFlags(command)
    .optionsGroup('Output:')
    .option(
      '--format <format>',
      'json (a document), array, ndjson or dsv (a table for spreadsheets)',
      choice(...FORMATS),
    )
    .option('--delimiter <character>', 'between the values of dsv (default: a comma; in .tsv files a tab)')
    .option('--no-guard-formulas', 'dsv: write values that a spreadsheet would take for a formula as they are')
    .option('--pack <pack>', 'envelope, zip, gzip or none', choice(...PACKS))
    .option('--level <n>', 'deflate level, 0 to 9 (default: 1)', number)
    .option('--threads <n>', 'blocks deflated at the same time (default: what suits the machine)', number)
    .option('--batch-size <n>', 'records per file in the zip; 0 is one file', number)
    .option('--max-bytes-per-file <size>', 'bytes per file in the zip, e.g. 10MB', size)
    .option('--manifest', 'put a list of the files into the zip')
    .option('--receipt <file>', 'write the receipt as JSON')
    .optionsGroup('Messages:')
    .option('--explain', 'say what would happen, and do nothing')
    .option('--quiet', 'say nothing but errors')
    .option('--json', 'speak in JSON lines on standard error')
    .action((inputs: string[], flags: ExportFlags) => run(() => runExportCommand(inputs, flags), flags));
}

async function runExportCommand(inputs: readonly string[], flags: ExportFlags): Promise<number> {
  const out = openConsole(flags);
  const toStdout = flags.out === undefined || flags.out === STDOUT;
  // Before a flag reads it in the input's place.
  if (namesStdin(inputs)) claimStdin('the input');
  refuseIdleFlags(inputs, flags);
  if (flags.rejects !== undefined && flags.onError !== 'skip') throw usage('--rejects goes with --on-error skip');
  if (!flags.explain) await refusePlaces(flags);
  const planFor = await planOf(flags, out.logger);
  const now = Date.now();
  const target: PlanCompletion = toStdout ? { now, fallbackFormat: 'ndjson' } : { now, destination: flags.out };
  const plan = planFor(target);
  refuseWithoutEffect(flags, plan);
  if (flags.explain) {
    const lines = [explainPlan(plan), ...(await explainSource(inputs, flags, plan))];
    process.stdout.write(`${escapedLines(lines.join('\n'))}\n`);
    return EXIT.done;
  }
  if (toStdout && process.stdout.isTTY && (plan.output.pack === 'zip' || plan.output.pack === 'gzip')) {
    throw usage(`pack ${plan.output.pack} is not for a terminal; name a file with --out, or pipe it on`);
  }
  const source = await namedSource(inputs, flags, out.logger);
  const progress = showProgress(out, await sizeOf(inputs));
  const { logger } = out;
  const receipt = await interruptible((signal) =>
    exported({ planFor, target, source }, flags, progress, { signal, logger }),
  );
  out.say(summary(receipt, plan, toStdout ? undefined : flags.out), { receipt });
  return receipt.rejected > 0 ? EXIT.rejects : EXIT.done;
}

/** Refuses places that would be written twice, or over what flags read. */
async function refusePlaces(flags: ExportFlags): Promise<void> {
  const { out = STDOUT, rejects, receipt, idsFrom, request, profiles, since } = flags;
  const written = { '--out': isS3Address(out) ? undefined : out, '--rejects': rejects, '--receipt': receipt };
  refusePackedNames({ '--rejects': rejects, '--receipt': receipt });
  await refuseSharedPlaces(written);
  const read = { '--ids-from': idsFrom, '--request': request, '--profiles': profiles, '--since': since };
  await refuseReadFiles({ ...read, ...sourceFiles(flags) }, written);
}

/** What reading an address does; of files there is nothing to tell. */
async function explainSource(
  inputs: readonly string[],
  flags: ExportFlags,
  plan: ExportPlan,
): Promise<readonly string[]> {
  if (!inputs.some(isAddress)) return [];
  const source = await namedSource(inputs, flags);
  const lines = (await narrowed(source, plan).explain?.()) ?? [];
  return lines.map((line) => `- ${line}`);
}

/** Runs the export with the files beside its result, and leaves nothing open behind it. */
async function exported(
  { planFor, target, source }: { readonly planFor: PlanFor; readonly target: PlanCompletion; readonly source: Source },
  flags: ExportFlags,
  progress: ProgressView,
  { signal, logger }: { readonly signal: AbortSignal; readonly logger: Logger },
): Promise<Receipt> {
  const { out = STDOUT, overwrite = false } = flags;
  const how = { overwrite, signal, note: ({ code, text }: Note) => logger.warn({ code }, text) };
  const beside: SideFile[] = [];
  const open = async <T extends SideFile>(opening: Promise<T>): Promise<T> => {
    const opened = await opening;
    beside.push(opened);
    return opened;
  };
  try {
    const destination = await destinationOf(out, overwrite);
    const others = [flags.rejects, flags.receipt].flatMap((path) =>
      path === undefined ? [] : [sideDestination(path)],
    );
    // The file that is made of an input may stand beside the result too.
    await refuseOwnInput(source, [destination, ...others]);
    const rejects = flags.rejects === undefined ? undefined : await open(openRejectsFile(flags.rejects, how));
    const proof = flags.receipt === undefined ? undefined : await open(openReceiptFile(flags.receipt, how));
    const options = {
      ...{ source, signal, logger },
      digest: proof !== undefined,
      onProgress: (event: Progress) => progress.update(event),
      onReject: rejects && ((reject: Reject) => rejects.write(reject)),
    };
    const stream = new ExportStream(planFor, options, target);
    const receipt = await stream.to(destination);
    await finished(receipt, proof, beside).catch((cause: unknown) => {
      throw besideWhole(cause, out, receipt);
    });
    return receipt;
  } catch (cause) {
    for (const file of beside) await file.discard();
    if (readerLeft(cause)) sayNotWritten(flags, logger);
    throw cause;
  } finally {
    progress.stop();
  }
}

async function finished(receipt: Receipt, proof: ReceiptFile | undefined, beside: readonly SideFile[]): Promise<void> {
  proof?.write(receipt);
  for (const file of beside) await file.commit();
}

/** The failure of a file beside a result that is there, and stays. */
function besideWhole(cause: unknown, out: string, { written }: Receipt): unknown {
  if (!(cause instanceof SluiceError)) return cause;
  const place = out === STDOUT ? 'standard output' : out;
  const message = `${cause.message}; the result itself is whole: ${formatRecords(written)} to ${place}`;
  return new SluiceError(cause.code, cause.stage, message, { path: cause.path, cause: cause.cause });
}

/** Says that files beside the result are missing, where its reader had enough and the command fails for nobody. */
function sayNotWritten({ rejects, receipt }: ExportFlags, logger: Logger): void {
  const missing = [
    ...(receipt === undefined ? [] : [`the receipt (${receipt})`]),
    ...(rejects === undefined ? [] : [`the rejected records (${rejects})`]),
  ];
  if (missing.length === 0) return;
  const text = `the reader of standard output left before the end, so this was not written: ${missing.join(', ')}`;
  logger.warn({ receipt, rejects }, text);
}

async function destinationOf(out: string, overwrite: boolean): Promise<Destination> {
  if (out === STDOUT) return writable(process.stdout, 'standard output');
  if (!isS3Address(out)) return file(out, { overwrite });
  const { s3 } = await import('../destinations/s3/s3.js');
  return s3(out, { overwrite });
}

function summary(receipt: Receipt, plan: ExportPlan, path: string | undefined): string {
  const { read, written, filtered, rejected, bytesIn, output, durationMs, stoppedBy } = receipt;
  const place = path === undefined ? 'standard output' : path;
  const ended = { end: '', limit: ' (limit reached)', ids: ' (all ids found)' }[stoppedBy];
  const refused = rejected > 0 ? `, ${formatCount(rejected)} rejected` : '';
  return (
    `${formatRecords(written)} to ${place} (${plan.output.pack === 'none' ? '' : `${plan.output.pack}, `}` +
    `${formatBytes(output.bytes)}); ${formatCount(read)} read${ended}, ${formatCount(filtered)} filtered${refused}; ` +
    `${formatBytes(bytesIn)} in ${(durationMs / 1000).toFixed(2)} s`
  );
}
