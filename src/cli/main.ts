#!/usr/bin/env node
/** The command line: flags to a request, a request to a run, a run to an exit code. */
import { CommanderError } from 'commander';
import { writeError } from '../destinations/write-error.js';
import { toSluiceError } from '../terms/errors.js';
import { type ConsoleOptions, openConsole } from './console.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { createProgram } from './program.js';
import { refuseSharedStdin } from './standard-input.js';
import { hasClosedPipe, readerLeft } from './standard-output.js';
import { tolerateLostMessages } from './terminal.js';

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

try {
  const program = await createProgram(run, process.argv[2]);
  await program.parseAsync();
} catch (cause) {
  if (!(cause instanceof CommanderError)) throw cause;
  // Help and version are no errors; commander has printed the message of everything else.
  process.exitCode = cause.exitCode === 0 ? EXIT.done : EXIT.usage;
}
