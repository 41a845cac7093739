/** Messages of a command: on standard error, as text or as JSON lines. */
import type { SluiceError } from '../terms/errors.js';
import { type Logger, SILENT } from '../terms/logger.js';
import { writeLine } from './terminal.js';

/** Which messages a command prints, and how. */
export interface ConsoleOptions {
  /** Print nothing but errors. */
  readonly quiet?: boolean;
  /** Print JSON lines, written by pino. */
  readonly json?: boolean;
}

/** Runs a command that returns its exit code; prints its error in the form that its flags choose. */
export type RunCommand = (command: () => Promise<number>, flags: ConsoleOptions) => void;

/** Prints the messages of a command. */
export interface Console {
  /** Passed to the library. */
  readonly logger: Logger;
  readonly quiet: boolean;
  readonly json: boolean;
  /** Prints a sentence; in JSON also its facts. */
  report(sentence: string, facts: object): void;
  fail(error: SluiceError): void;
}

/** Writes the JSON lines; undefined until it is loaded. */
let pinoModule: Pick<typeof import('pino'), 'pino' | 'stdTimeFunctions'> | undefined;

/** Loads what the console of these options needs; called once, before the first is opened. */
export async function loadConsole({ json = false }: ConsoleOptions): Promise<void> {
  if (json) pinoModule = await import('pino');
}

/** Creates the console of a command. Writes are synchronous, so no message is lost when the process ends. */
export function openConsole({ quiet = false, json = false }: ConsoleOptions): Console {
  if (json) {
    if (!pinoModule) throw new TypeError('the console is not loaded');
    const { pino, stdTimeFunctions } = pinoModule;
    const logger = pino(
      { base: null, timestamp: stdTimeFunctions.isoTime, level: quiet ? 'error' : 'info' },
      { write: (line) => writeLine(line.trimEnd()) },
    );
    return {
      // The command reports start and end itself.
      logger: { ...SILENT, warn: logger.warn.bind(logger), error: logger.error.bind(logger) },
      quiet,
      json,
      report: (sentence, facts) => logger.info(facts, sentence),
      fail: (error) => logger.error({ error: error.toJSON() }, error.message),
    };
  }
  const print = (line: string) => writeLine(`sluice: ${line}`);
  return {
    logger: quiet ? SILENT : { ...SILENT, warn: (_facts, message) => print(`warning: ${message}`) },
    quiet,
    json,
    report: (sentence) => {
      if (!quiet) print(sentence);
    },
    fail: (error) => {
      for (const line of faultLines(error)) print(line);
    },
  };
}

/** One line for the error; for a refused request with several faults, one line for each. */
function faultLines({ code, message, faults, moreFaults }: SluiceError): readonly string[] {
  if (!faults || faults.length < 2) return [`${message} (${code})`.replace(`(${code}) (${code})`, `(${code})`)];
  const lines = faults.map((fault) => `  ${fault.path}: ${fault.message} (${fault.code})`);
  return ['the request is refused:', ...lines, ...(moreFaults === undefined ? [] : [`  and ${moreFaults} more`])];
}
