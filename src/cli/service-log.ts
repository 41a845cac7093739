/** The log of a service: JSON lines on standard error, with the causes of failures and without secrets. */
import { type DestinationStream, destination, type Logger as Pino, pino, stdTimeFunctions } from 'pino';
import { errorsIn, isError } from '../terms/any-error.js';
import { SluiceError, systemCode } from '../terms/errors.js';

/** Members that may hold a secret, at any level. */
const SECRET = ['authorization', 'token', 'tokens', 'cookie', '["set-cookie"]', '["auth-client-secret"]'];

/** Where requests, responses and their headers are logged. */
const PLACES = ['', 'headers', 'req', 'req.headers', 'request', 'request.headers', 'res.headers'];

/** Paths for pino's redaction; a star matches one member. */
const REDACTED = [...PLACES, '*', '*.headers', '*.*.headers'].flatMap((place) =>
  SECRET.map((name) => (place === '' || name.startsWith('[') ? `${place}${name}` : `${place}.${name}`)),
);

/** Maximum depth of causes; libraries wrap an error two or three times. */
const MOST_CAUSES = 5;

/** Makes the log. Writes are synchronous, so that nothing is lost at exit. */
export function serviceLog(
  { quiet = false }: { readonly quiet?: boolean },
  to: DestinationStream = destination({ fd: 2, sync: true }),
): Pino {
  const options = {
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    level: quiet ? 'warn' : 'info',
    redact: { paths: REDACTED, censor: '[secret]' },
    serializers: { err: describeError, error: describeError, cause: describeError },
  };
  return pino(options, to);
}

/**
 * An error and its causes as plain data. Only known members are included: errors of libraries have queries, rows and
 * headers as members, which do not belong in a log.
 */
function describeError(cause: unknown, depth = 0): unknown {
  if (!isError(cause)) return cause;
  const { name, message, stack } = cause;
  const { stage, source, recordIndex, byteOffset, line, path } =
    cause instanceof SluiceError ? cause : { ...UNKNOWN, path: pathOf(cause) };
  const parts = errorsIn(cause);
  const deeper = depth < MOST_CAUSES && cause.cause !== undefined;
  return {
    type: name,
    code: systemCode(cause),
    message: message === '' ? String(systemCode(cause) ?? name) : withoutSnippets(message),
    stage,
    source,
    recordIndex,
    byteOffset,
    line,
    path,
    errors: parts.length > 0 ? parts.map((one) => describeError(one, depth + 1)) : undefined,
    // The outermost stack suffices; those of the causes repeat it.
    stack: depth === 0 && stack !== undefined ? withoutSnippets(stack) : undefined,
    cause: deeper ? describeError(cause.cause, depth + 1) : undefined,
  };
}

const UNKNOWN: Partial<Pick<SluiceError, 'stage' | 'source' | 'recordIndex' | 'byteOffset' | 'line'>> = {};

/** The path of a system error. */
function pathOf(cause: Error): string | undefined {
  return 'path' in cause && typeof cause.path === 'string' ? cause.path : undefined;
}

/** The message without the text that `JSON.parse` quotes. */
function withoutSnippets(message: string): string {
  return message.replace(/(?:\.\.\.)?"[\s\S]*"(?:\.\.\.)? is not valid JSON/g, 'the text is not valid JSON');
}
