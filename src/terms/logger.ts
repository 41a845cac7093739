/** The logger interface, a subset of pino's. */

/** Logs an object of facts with a message; what pino's level methods accept. */
export type LogMethod = (facts: object, message: string) => void;

/** The four level methods of a pino logger that sluice calls. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}

const ignore: LogMethod = () => {};

/** The default: logs nothing. */
export const SILENT: Logger = Object.freeze({ debug: ignore, info: ignore, warn: ignore, error: ignore });

/** The same logger, but it never throws: callers could not handle a failing logger. */
export function steadyLogger(logger: Logger): Logger {
  const steady =
    (level: keyof Logger): LogMethod =>
    (facts, message) => {
      try {
        logger[level](facts, message);
      } catch {
        // A failing logger has no place to report its failure.
      }
    };
  return { debug: steady('debug'), info: steady('info'), warn: steady('warn'), error: steady('error') };
}
