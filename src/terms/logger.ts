/** The logger interface, a subset of pino's. */
import { callbackFailed } from './callback-failed.js';
import { guardedCall } from './guarded-call.js';

/** Logs an object of facts with a message; what pino's level methods accept. */
export type LogMethod = (facts: object, message: string) => void;

/** The four level methods of a pino logger that sluice calls. */
export interface Logger {
  /** Details: the start of an export, and rejects after the first 20. */
  readonly debug: LogMethod;
  /** The end of an export with its receipt, and changes of jobs. */
  readonly info: LogMethod;
  /** Notes, rejected records, and jobs that failed. */
  readonly warn: LogMethod;
  /** Failures of the service itself. */
  readonly error: LogMethod;
}

const ignore: LogMethod = () => {};

/** The default: logs nothing. */
export const SILENT: Logger = Object.freeze({ debug: ignore, info: ignore, warn: ignore, error: ignore });

/** The same logger, but it never throws: callers could not handle a failing logger. */
export function steadyLogger(logger: Logger): Logger {
  return eachMethod(
    (level) => (facts, message) =>
      // A failing logger has no place to report its failure.
      guardedCall(
        () => logger[level](facts, message),
        () => {},
      ),
  );
}

/** The same logger; what it throws is `CALLBACK_FAILED`. */
export function failingLogger(logger: Logger): Logger {
  return eachMethod((level) => (facts, message) => {
    try {
      logger[level](facts, message);
    } catch (cause) {
      throw callbackFailed('the logger', cause, 'run');
    }
  });
}

function eachMethod(method: (level: keyof Logger) => LogMethod): Logger {
  return { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') };
}
