/** The log of a service: JSON lines on standard error, without what is secret. */
import { type DestinationStream, destination, type Logger as Pino, pino } from 'pino';

/** Members that may hold a secret, at the top and wherever they may stand below it. */
const SECRET = ['authorization', 'token', 'tokens', 'cookie', '["set-cookie"]', '["auth-client-secret"]'];

/** Where requests, responses and their headers are logged. */
const PLACES = ['', 'headers', 'req', 'req.headers', 'request', 'request.headers', 'res.headers', 'err', 'err.headers'];

/** Paths for pino's redaction; a star stands for one member. */
const REDACTED = [...PLACES, '*', '*.headers', '*.*.headers'].flatMap((place) =>
  SECRET.map((name) => (place === '' || name.startsWith('[') ? `${place}${name}` : `${place}.${name}`)),
);

/** Makes the log. Writing is synchronous, so that nothing is lost when the process ends. */
export function serviceLog(
  { quiet = false }: { readonly quiet?: boolean },
  to: DestinationStream = destination({ fd: 2, sync: true }),
): Pino {
  return pino({ base: null, level: quiet ? 'warn' : 'info', redact: { paths: REDACTED, censor: '[secret]' } }, to);
}
