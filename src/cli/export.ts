/** `sluice export`: converts flags to a request, and exports it. */
import type { Command } from 'commander';
import type { Destination } from '../destinations/destination.js';
import { file } from '../destinations/file.js';
import { folder, namesFolder } from '../destinations/folder.js';
import { s3 } from '../destinations/s3/s3.js';
import { isS3Address } from '../destinations/s3/s3-address.js';
import { writable } from '../destinations/writable.js';
import { RUN_OPTIONS } from '../export/export-options.js';
import { type Interrupted, interruptedExport } from '../export/interrupted-export.js';
import { PLAN_OPTIONS } from '../export/plan-options.js';
import { READING_OPTIONS } from '../export/reading-options.js';
import { guarded, refuseOwnInput } from '../export/refuse-own-input.js';
import { exportResumably } from '../export/resumable-export.js';
import { ExportStream } from '../export/run-export.js';
import { narrowed } from '../export/to-source.js';
import { DSV_SETTINGS } from '../request/accept/dsv-settings.js';
import { FIELD_LISTS, PATH_LISTS, REQUEST_MEMBERS } from '../request/accept/request-members.js';
import { explainPlan } from '../request/explain/explain-plan.js';
import type { PlanFor } from '../request/plan/make-plan.js';
import type { PlanCompletion } from '../request/plan/plan-target.js';
import type { Source } from '../sources/source.js';
import { SluiceError } from '../terms/errors.js';
import type { Logger } from '../terms/logger.js';
import { type ExportPlan, MANIFEST_NAME } from '../terms/plan.js';
import type { Pack } from '../terms/profile.js';
import type { Progress } from '../terms/progress.js';
import type { Note, Receipt, Reject } from '../terms/receipt.js';
import { beginCommand } from './commands.js';
import { openConsole, type RunCommand } from './console.js';
import { EXIT, exitCodeOfDone } from './exit-codes.js';
import { type ExportFlags, planOf } from './export-options.js';
import { explainDelta, summary } from './export-summary.js';
import { collect, durationIn, WHERE_ABOUT } from './flags.js';
import { formatRecords } from './format.js';
import { sizeOf } from './inputs.js';
import { interruptible } from './interrupt.js';
import { addOptionFlags, picked } from './option-flags.js';
import { loadProgress, type ProgressView } from './progress.js';
import { refuseReadFiles } from './refuse-read-files.js';
import { refuseWithoutEffect } from './refuse-without-effect.js';
import {
  openReceiptFile,
  openRejectsFile,
  type ReceiptFile,
  refuseFilesOfResult,
  refusePackedNames,
  refuseSharedPlaces,
  type SideFile,
  sideDestination,
} from './side-files.js';
import { addSourceFlags, INPUTS, isAddress, namedSource, refuseIdleFlags, sourceFiles } from './source-flags.js';
import { claimStdin, namesStdin } from './standard-input.js';
import { readerLeft } from './standard-output.js';
import { escapedLines } from './terminal.js';
import { usage } from './usage.js';

/** Packings that no terminal shows. */
const BINARY: ReadonlySet<Pack> = new Set(['zip', 'gzip', 'zstd']);

/** The value of `--out` that means standard output. */
const STDOUT = '-';

/** Adds the command to the program. */
export function addExportCommand(program: Command, run: RunCommand): void {
  const command = beginCommand(program, 'export')
    .argument('[inputs...]', `${INPUTS}; - (or none, with piped input) is standard input`)
    .option(
      '-o, --out <file>',
      'write the result to a file, folder/ or s3://bucket/key; the suffix chooses format and packing',
    )
    .option('--overwrite', 'replace files that exist')
    .option('--resume', 'keep a checkpoint beside the result, and continue from it after a crash or an interruption')
    .optionsGroup('Which entities:');
  addOptionFlags(command, REQUEST_MEMBERS, 'types', 'ids');
  command.option('--ids-from <file>', 'keep the ids in this file, one per line; surrounding blanks are ignored');
  addOptionFlags(command, PLAN_OPTIONS, 'uniqueIds');
  addOptionFlags(command, REQUEST_MEMBERS, 'name', 'sort', 'skip', 'maxRecords');
  command
    .option('--where <condition>', WHERE_ABOUT, collect)
    .option('--since <receipt>', 'keep entities modified since the export with this receipt began')
    .option('--overlap <time>', 'start this much earlier, e.g. 90s, 5m or 1d (default: 5m)', durationIn());
  addOptionFlags(command, RUN_OPTIONS, 'deltaFrom', 'deltaTo');
  command.optionsGroup('Which parts (default: complete entities):');
  addOptionFlags(command, PATH_LISTS, 'include', 'exclude');
  addOptionFlags(command, FIELD_LISTS, 'attributes', 'relationships', 'properties');
  command.optionsGroup('A request of the platform:');
  addOptionFlags(command, PLAN_OPTIONS, 'request');
  addOptionFlags(command, REQUEST_MEMBERS, 'profile', 'profileContext');
  addOptionFlags(command, PLAN_OPTIONS, 'profiles', 'userId', 'userEmail');
  addOptionFlags(command, REQUEST_MEMBERS, 'fileName');
  addOptionFlags(command, PLAN_OPTIONS, 'tenant', 'id');
  command.optionsGroup('Input:');
  addOptionFlags(command, PLAN_OPTIONS, ...READING_OPTIONS);
  command.option('--rejects <file>', 'write rejected records to a file, with reason and position');
  addSourceFlags(command).optionsGroup('Output:');
  addOptionFlags(command, PLAN_OPTIONS, 'format', 'pack', 'content');
  addOptionFlags(
    command,
    DSV_SETTINGS,
    'layout',
    'arrays',
    'nullText',
    'collectionSeparator',
    'delimiter',
    'guardFormulas',
  );
  addOptionFlags(command, DSV_SETTINGS, 'bom', 'excel', 'multiFile');
  addOptionFlags(
    command,
    PLAN_OPTIONS,
    'level',
    'deflate',
    'threads',
    'batchSize',
    'maxBytesPerFile',
    'splitBy',
    'manifest',
  );
  command
    .option('--receipt <file>', 'write the receipt as JSON')
    .optionsGroup('Messages:')
    .option('--strict', 'end with exit code 3 if something that was asked for matched nothing')
    .option('--explain', 'print the plan and exit')
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print messages as JSON lines on standard error')
    .action((inputs: string[], flags: ExportFlags) => run(() => runExportCommand(inputs, flags), flags));
}

async function runExportCommand(inputs: readonly string[], flags: ExportFlags): Promise<number> {
  const out = openConsole(flags);
  const toStdout = flags.out === undefined || flags.out === STDOUT;
  // The input claims standard input before a flag can read it.
  if (namesStdin(inputs, flags.filesFrom)) claimStdin(flags.filesFrom === undefined ? 'the input' : '--files-from');
  refuseIdleFlags(inputs, flags);
  if (flags.rejects !== undefined && flags.onError !== 'skip') throw usage('--rejects needs --on-error skip');
  refuseUnresumable(flags);
  if (!flags.explain) await refusePlaces(flags);
  const before = flags.resume ? await interruptedExport(flags.out ?? STDOUT, flags.overwrite ?? false) : undefined;
  const planFor = await planOf({ exportId: before?.id, ...flags }, out.logger);
  const now = before?.now ?? Date.now();
  const target: PlanCompletion = toStdout
    ? { now, fallbackFormat: 'ndjson' }
    : { now, destination: flags.out, folder: isFolder(flags.out) };
  const plan = planFor(target);
  refuseWithoutEffect(flags, plan);
  if (flags.explain) {
    const lines = [explainPlan(plan), ...explainDelta(flags), ...(await explainSource(inputs, flags, plan))];
    process.stdout.write(`${escapedLines(lines.join('\n'))}\n`);
    return EXIT.done;
  }
  if (toStdout && process.stdout.isTTY && BINARY.has(plan.output.pack)) {
    throw usage(`${plan.output.pack} is binary: name a file with --out, or pipe it`);
  }
  const source = await namedSource(inputs, flags, out.logger);
  const showProgress = await loadProgress(out);
  const progress = showProgress(await sizeOf(inputs));
  const { logger } = out;
  const receipt = await interruptible((signal) =>
    exportWithSideFiles({ planFor, target, source, before }, flags, progress, { signal, logger }),
  );
  out.report(summary(receipt, plan, toStdout ? undefined : flags.out), { receipt });
  return exitCodeOfDone(receipt, flags.strict ?? false);
}

/** Refuses what an export with checkpoints cannot do. */
function refuseUnresumable({ resume, out = STDOUT, rejects, deltaFrom, deltaTo }: ExportFlags): void {
  if (!resume) return;
  if ((deltaFrom ?? deltaTo) !== undefined)
    throw usage('--resume is not for deltas: export again, the index still fits');
  if (out === STDOUT || isS3Address(out)) throw usage('--resume needs a file as result: name one with --out');
  if (isFolder(out)) throw usage('--resume needs a file as result: a folder gets its files when all are complete');
  if (rejects === STDOUT) throw usage('--resume needs a file for rejected records: name one with --rejects');
}

/** Refuses outputs that share a file, or that would overwrite a file that flags read. */
async function refusePlaces(flags: ExportFlags): Promise<void> {
  const { out = STDOUT, rejects, receipt, idsFrom, request, profiles, since, deltaFrom, deltaTo } = flags;
  for (const [flag, path] of Object.entries({ '--delta-from': deltaFrom, '--delta-to': deltaTo })) {
    if (path === STDOUT) throw usage(`${flag} needs a file`);
  }
  const results = { '--out': isS3Address(out) ? undefined : out, '--rejects': rejects, '--receipt': receipt };
  const written = { ...results, '--delta-to': deltaTo };
  refusePackedNames({ '--rejects': rejects, '--receipt': receipt, '--delta-to': deltaTo });
  await refuseSharedPlaces(written);
  // The index that is read may be the one that is replaced.
  await refuseReadFiles({ '--delta-from': deltaFrom }, results);
  const read = { '--ids-from': idsFrom, '--request': request, '--profiles': profiles, '--since': since };
  await refuseReadFiles({ ...read, ...sourceFiles(flags) }, written);
}

/** Explains how an address is read; files need no explanation. */
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

/** What the command exports. */
interface CommandExport {
  readonly planFor: PlanFor;
  readonly target: PlanCompletion;
  readonly source: Source;
  /** What an interrupted run has left. */
  readonly before: Interrupted | undefined;
}

/** Runs the export with its side files, and closes everything it opened. */
async function exportWithSideFiles(
  { planFor, target, source, before }: CommandExport,
  flags: ExportFlags,
  progress: ProgressView,
  { signal, logger }: { readonly signal: AbortSignal; readonly logger: Logger },
): Promise<Receipt> {
  const { out = STDOUT, overwrite = false } = flags;
  const sideOptions = { overwrite, signal, note: ({ code, text }: Note) => logger.warn({ code }, text) };
  const sideFiles: SideFile[] = [];
  const open = async <T extends SideFile>(opening: Promise<T>): Promise<T> => {
    const opened = await opening;
    sideFiles.push(opened);
    return opened;
  };
  try {
    const destination = await destinationOf(out, overwrite);
    const others = [flags.rejects, flags.receipt, flags.deltaTo].flatMap((path) =>
      path === undefined ? [] : [sideDestination(path)],
    );
    // A side file may be one of the inputs too.
    const outputs = await refuseOwnInput(
      source,
      [destination, ...others],
      planFor(target).read.onError === 'skip-file',
    );
    const { resume = false } = flags;
    const rejects =
      flags.rejects === undefined || resume ? undefined : await open(openRejectsFile(flags.rejects, sideOptions));
    const receiptFile =
      flags.receipt === undefined ? undefined : await open(openReceiptFile(flags.receipt, sideOptions));
    const options = {
      source: guarded(source, () => outputs),
      signal,
      logger,
      // Only who reads the receipt needs them: they take a tenth of the time of an export to a file.
      digest: receiptFile !== undefined || flags.json === true,
      ...picked(flags, ['deltaFrom', 'deltaTo']),
      onProgress: (event: Progress) => progress.update(event),
    };
    const resumable = { plan: planFor(target), path: out, overwrite, rejects: flags.rejects, now: target.now };
    const onReject = rejects && ((reject: Reject) => rejects.write(reject));
    const receipt = resume
      ? await exportResumably({ ...options, ...resumable }, before)
      : await new ExportStream(planFor, { ...options, onReject }, target).to(destination);
    await commitSideFiles(receipt, receiptFile, sideFiles, flags).catch((cause: unknown) => {
      throw sideFileFailure(cause, out, receipt);
    });
    return receipt;
  } catch (cause) {
    for (const file of sideFiles) await file.discard();
    if (readerLeft(cause)) warnNotWritten(flags, logger);
    throw cause;
  } finally {
    progress.stop();
  }
}

/** Gives the side files of a complete result their names. */
async function commitSideFiles(
  receipt: Receipt,
  receiptFile: ReceiptFile | undefined,
  sideFiles: readonly SideFile[],
  { out, manifest, rejects, receipt: path }: ExportFlags,
): Promise<void> {
  if (out !== undefined && isFolder(out)) {
    const names = [...receipt.files.map(({ name }) => name), ...(manifest ? [MANIFEST_NAME] : [])];
    await refuseFilesOfResult(out, names, { '--rejects': rejects, '--receipt': path });
  }
  receiptFile?.write(receipt);
  for (const file of sideFiles) await file.commit();
}

/** The failure of a side file, with the fact that the result itself is complete. */
function sideFileFailure(cause: unknown, out: string, { written }: Receipt): unknown {
  if (!(cause instanceof SluiceError)) return cause;
  const place = out === STDOUT ? 'standard output' : out;
  const message = `${cause.message}; the result itself is complete: ${formatRecords(written)} to ${place}`;
  return new SluiceError(cause.code, cause.stage, message, { path: cause.path, cause: cause.cause });
}

/** Warns that side files are missing: a closed pipe ends the command without an error. */
function warnNotWritten({ rejects, receipt }: ExportFlags, logger: Logger): void {
  const missing = [
    receipt === undefined ? [] : [`the receipt (${receipt})`],
    rejects === undefined ? [] : [`the rejected records (${rejects})`],
  ].flat();
  if (missing.length === 0) return;
  const text = `the reader of standard output closed it before the end; not written: ${missing.join(', ')}`;
  logger.warn({ receipt, rejects }, text);
}

/** Whether the result is several files in a folder. */
function isFolder(out: string | undefined): boolean {
  return out !== undefined && !isS3Address(out) && namesFolder(out);
}

async function destinationOf(out: string, overwrite: boolean): Promise<Destination> {
  if (out === STDOUT) return writable(process.stdout, 'standard output');
  if (isFolder(out)) return folder(out, { overwrite });
  if (!isS3Address(out)) return file(out, { overwrite });
  return s3(out, { overwrite });
}
