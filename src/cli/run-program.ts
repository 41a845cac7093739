/** Runs the program: a command to an exit code. */
import { CommanderError } from 'commander';
import { writeError } from '../destinations/write-error.js';
import { toSluiceError } from '../terms/errors.js';
import { type ConsoleOptions, loadConsole, openConsole } from './console.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { type AddCommand, createProgram } from './program.js';
import { refuseSharedStdin } from './standard-input.js';
import { hasClosedPipe, readerLeft } from './standard-output.js';
import { tolerateLostMessages } from './terminal.js';
import { usage } from './usage.js';

/** The options of the running command's messages. */
let consoleOptions: ConsoleOptions = {};

/** Runs a command and sets the exit code; the process exits by itself once its output is flushed. */
async function run(act: () => Promise<number>, flags: ConsoleOptions): Promise<void> {
  await loadConsole(flags);
  consoleOptions = flags;
  try {
    refuseSharedStdin(flags);
    process.exitCode = await act();
  } catch (cause) {
    const error = toSluiceError(cause, 'INTERNAL', 'run');
    if (readerLeft(error)) return;
    openConsole(flags).fail(error);
    process.exitCode = exitCodeOf(error.code);
    if (error.code === 'ABORTED') endWithoutReader();
  }
}

/** Milliseconds that a reader of standard output has for what waits there when the command is interrupted. */
const READER_MS = 2000;

/** Ends an interrupted process whose standard output nobody reads: what waits there would keep it alive. */
function endWithoutReader(): void {
  if (process.stdout.writableLength > 0) setTimeout(() => process.exit(), READER_MS).unref();
}

/** The first error of standard output, other than a closed pipe. */
let stdoutError: Error | undefined;

/**
 * Runs the command that the arguments of the process name.
 * @param loaded the commands that are loaded
 */
export async function runProgram(...loaded: readonly AddCommand[]): Promise<void> {
  // The error may come after the last write, when no command awaits the stream any more.
  process.stdout.on('error', (cause) => {
    if (!hasClosedPipe(cause)) stdoutError ??= cause;
  });
  process.on('exit', () => {
    if (!stdoutError || (process.exitCode ?? EXIT.done) !== EXIT.done) return;
    const error = writeError(stdoutError, 'standard output');
    openConsole(consoleOptions).fail(error);
    process.exitCode = exitCodeOf(error.code);
  });
  tolerateLostMessages();
  const isJson = asksForJson(process.argv.slice(2));
  let refused = '';
  const onRefused = (message: string) => {
    refused = message;
  };
  try {
    await createProgram(run, loaded, isJson ? onRefused : undefined).parseAsync();
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    // Help and version are not errors; of everything else commander has told the message.
    process.exitCode = cause.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (refused === '') return;
    await loadConsole({ json: isJson });
    openConsole({ json: isJson }).fail(
      usage(
        refused
          .trim()
          .replace(/^error: /, '')
          .replaceAll('\n', ' '),
      ),
    );
  }
}

/** Whether words that may not be parsed ask for messages in JSON; after `--` they are no flags. */
function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end < 0 ? undefined : end).includes('--json');
}
