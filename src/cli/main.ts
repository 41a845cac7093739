#!/usr/bin/env node
/** The command line: flags to a request, a request to a run, a run to an exit code. */
import { Command, CommanderError } from 'commander';
import { writeError } from '../destinations/write-error.js';
import { toSluiceError } from '../terms/errors.js';
import { VERSION } from '../terms/version.js';
import { type ConsoleOptions, openConsole } from './console.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { refuseSharedStdin } from './standard-input.js';
import { hasClosedPipe, readerLeft } from './standard-output.js';
import { refuseLooseFlags } from './strict-flags.js';
import { escapedLines, tolerateLostMessages } from './terminal.js';

/** How the command was asked to speak. */
let voice: ConsoleOptions = {};

/** Runs a command and sets the exit code; the process ends by itself, when everything it wrote is out. */
async function run(act: () => Promise<number>, flags: ConsoleOptions): Promise<void> {
  voice = flags;
  try {
    refuseSharedStdin(flags);
    process.exitCode = await act();
  } catch (cause) {
    const error = toSluiceError(cause, 'INTERNAL', 'run');
    if (readerLeft(error)) return;
    openConsole(flags).fail(error);
    process.exitCode = exitCodeOf(error.code);
  }
}

/** Why not all that was printed has arrived. */
let lost: Error | undefined;

// It may be noticed after the last write, when nobody waits for the stream any more.
process.stdout.on('error', (cause) => {
  if (!hasClosedPipe(cause)) lost ??= cause;
});
process.on('exit', () => {
  if (!lost || (process.exitCode ?? EXIT.done) !== EXIT.done) return;
  const error = writeError(lost, 'standard output');
  openConsole(voice).fail(error);
  process.exitCode = exitCodeOf(error.code);
});
tolerateLostMessages();

const program = new Command('sluice')
  .description('Exports entities as a stream.')
  .version(VERSION)
  .showHelpAfterError('(add --help for all flags)')
  .configureOutput({ writeErr: (text) => void process.stderr.write(escapedLines(text)) })
  .exitOverride();

/** Each command brings libraries of its own, which take longer to load than a small export to run. */
const COMMANDS: ReadonlyMap<string, () => Promise<(parent: Command, act: typeof run) => void>> = new Map([
  ['export', async () => (await import('./export.js')).addExportCommand],
  ['unwrap', async () => (await import('./unwrap.js')).addUnwrapCommand],
  ['verify', async () => (await import('./verify.js')).addVerifyCommand],
  ['inspect', async () => (await import('./inspect.js')).addInspectCommand],
  ['generate', async () => (await import('./generate.js')).addGenerateCommand],
  ['serve', async () => (await import('./serve.js')).addServeCommand],
  ['work', async () => (await import('./work.js')).addWorkCommand],
  ['submit', async () => (await import('./submit.js')).addSubmitCommand],
  ['jobs', async () => (await import('./jobs.js')).addJobsCommand],
  ['download', async () => (await import('./download.js')).addDownloadCommand],
]);

const asked = COMMANDS.get(process.argv[2]);
for (const load of asked ? [asked] : COMMANDS.values()) (await load())(program, run);
for (const command of program.commands) {
  command.exitOverride().showHelpAfterError('(add --help for all flags)');
  refuseLooseFlags(command);
}

try {
  await program.parseAsync();
} catch (cause) {
  if (!(cause instanceof CommanderError)) throw cause;
  // Help and version are no errors; commander has printed the message of everything else.
  process.exitCode = cause.exitCode === 0 ? EXIT.done : EXIT.usage;
}
