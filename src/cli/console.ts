/** What a command says beside its data: on standard error, as text or as JSON lines. */
import { pino, stdTimeFunctions } from 'pino';
import type { SluiceError } from '../terms/errors.js';
import { type Logger, SILENT } from '../terms/logger.js';
import { writeLine } from './terminal.js';

/** How talkative a command is. */
export interface ConsoleOptions {
  /** Say nothing but errors. */
  readonly quiet?: boolean;
  /** Speak in JSON lines, by pino. */
  readonly json?: boolean;
}

/** Runs a command that answers its exit code; what it throws is said in the voice its flags ask for. */
export type RunCommand = (command: () => Promise<number>, flags: ConsoleOptions) => void;

/** The voice of a command. */
export interface Console {
  /** Given to the library. */
  readonly logger: Logger;
  readonly quiet: boolean;
  readonly json: boolean;
  /** Says how something went: as a sentence, or in JSON with all its facts. */
  say(sentence: string, facts: object): void;
  fail(error: SluiceError): void;
}

/** Makes the voice of a command. Writing is synchronous, so that nothing is lost when the process ends. */
export function openConsole({ quiet = false, json = false }: ConsoleOptions): Console {
  if (json) {
    const logger = pino(
      { base: null, timestamp: stdTimeFunctions.isoTime, level: quiet ? 'error' : 'info' },
      { write: (line) => writeLine(line.trimEnd()) },
    );
    return {
      // What the library would tell of the start and the end, the command tells itself.
      logger: { ...SILENT, warn: logger.warn.bind(logger), error: logger.error.bind(logger) },
      quiet,
      json,
      say: (sentence, facts) => logger.info(facts, sentence),
      fail: (error) => logger.error({ error: error.toJSON() }, error.message),
    };
  }
  const print = (line: string) => writeLine(`sluice: ${line}`);
  return {
    logger: quiet ? SILENT : { ...SILENT, warn: (_facts, message) => print(`warning: ${message}`) },
    quiet,
    json,
    say: (sentence) => {
      if (!quiet) print(sentence);
    },
    fail: (error) => {
      for (const line of faultLines(error)) print(line);
    },
  };
}

/** One line an error; of a refused request one line a fault. */
function faultLines({ code, message, faults, moreFaults }: SluiceError): readonly string[] {
  if (!faults || faults.length < 2) return [`${message} (${code})`.replace(`(${code}) (${code})`, `(${code})`)];
  const lines = faults.map((fault) => `  ${fault.path}: ${fault.message} (${fault.code})`);
  return ['the request is refused:', ...lines, ...(moreFaults === undefined ? [] : [`  and ${moreFaults} more`])];
}
