/** Talking to one server: its address, what is said with every call, and who must not hear it. */
import { invalid, messageOf, SluiceError, type StageName, systemCode } from '../terms/errors.js';
import { Outage } from './back-off.js';

/** Whom a client talks to, and how. */
export interface ConnectionOptions {
  /** Address of the service: `https://host/tenant`; paths are appended to it. */
  readonly server: string;
  /** The bearer token. It is sent to the server's own origin only, and stands in no message. */
  readonly token?: string;
  /** Headers of every call to the server, such as `x-rdp-userId`; secret as the token is. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Ends whatever the client does. */
  readonly signal?: AbortSignal;
}

/** How a connection speaks of itself. */
export interface ConnectionManner {
  /** The step that its errors name; default `client`. */
  readonly stage?: StageName;
  /** Headers whose values are no secrets, in lower case; default none. */
  readonly publicHeaders?: ReadonlySet<string>;
}

/** One call. */
export interface Call {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** A connection to a server. */
export interface Connection {
  readonly stage: StageName;
  /** Where the server is, without what may be secret. */
  readonly place: string;
  /**
   * Sends a call; redirects of a GET are followed.
   * @param target below the server's address, without a slash before it; or a whole address
   * @returns the answer, whatever its status
   * @throws SluiceError `SERVICE_FAILED` when there is none, `ABORTED`
   */
  send(target: string | URL, call?: Call): Promise<Response>;
  /** The text without the secrets of the connection, should it hold any. */
  hide(text: string): string;
}

const MOST_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Failures before anything was sent. */
const NOT_REACHED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Failures of a connection that may pass; others, such as a certificate that is not trusted, do not. */
const PASSING: ReadonlySet<string> = new Set([
  ...NOT_REACHED,
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/**
 * Prepares to talk to a server; nothing is sent yet.
 * @throws SluiceError `INVALID` for an address, token or header that cannot be one
 */
export function openConnection(options: ConnectionOptions, manner: ConnectionManner = {}): Connection {
  const { stage = 'client', publicHeaders } = manner;
  const base = addressOf(options.server, stage);
  const secretHeaders = headersOf(options, stage);
  const ownSecrets = Object.entries(options.headers ?? {})
    .filter(([name]) => !publicHeaders?.has(name.toLowerCase()))
    .map(([, value]) => value);
  const secrets = [options.token, ...ownSecrets].filter((secret) => secret !== undefined);
  const hide = (text: string) =>
    secrets.reduce((shown, secret) => (secret.length < 6 ? shown : shown.replaceAll(secret, '[secret]')), text);

  const fail = (message: string) => failed(message, undefined, stage);

  const sendOnce = async (url: URL, { method = 'GET', headers = {}, body, signal }: Call): Promise<Response> => {
    const ends = [options.signal, signal].filter((one) => one !== undefined);
    try {
      return await (options.fetch ?? fetch)(url, {
        method,
        // What is not meant for another origin is not sent to one.
        headers: {
          accept: 'application/json, application/problem+json, */*;q=0.5',
          ...(url.origin === base.origin ? secretHeaders : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        redirect: 'manual',
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.any(ends),
      });
    } catch (cause) {
      throw connectionError(cause, `${method} ${placeOf(url)}`, ends, { hide, stage });
    }
  };

  return {
    stage,
    place: placeOf(base).replace(/\/$/, ''),
    hide,
    async send(target, call = {}) {
      let url = typeof target === 'string' ? new URL(target, base) : target;
      for (let redirects = 0; ; redirects++) {
        const response = await sendOnce(url, call);
        const location = response.headers.get('location');
        if (!REDIRECTS.has(response.status) || location === null) return response;
        await response.body?.cancel().catch(() => {});
        const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
        const what = `${call.method ?? 'GET'} ${placeOf(url)}`;
        if (!next || !/^https?:$/.test(next.protocol)) throw fail(`${what}: redirected to nowhere`);
        // A request is for the one it was addressed to.
        if ((call.method ?? 'GET') !== 'GET') throw fail(`${what}: redirected to ${placeOf(next)}; name that server`);
        if (redirects >= MOST_REDIRECTS) throw fail(`${what}: more than ${MOST_REDIRECTS} redirects`);
        url = next;
      }
    },
  };
}

/** Where an address leads, without what may be secret in it: neither a user nor a signature. */
function placeOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/** The failure of a call, or of reading its answer. */
export function connectionError(
  cause: unknown,
  what: string,
  signals: readonly AbortSignal[],
  { hide, stage }: Pick<Connection, 'hide' | 'stage'>,
): SluiceError {
  if (cause instanceof SluiceError) return cause;
  if (signals.some(({ aborted }) => aborted) || (cause instanceof Error && cause.name === 'AbortError')) {
    return new SluiceError('ABORTED', stage, `${what} was aborted`, { cause });
  }
  // `fetch failed` says nothing; the reason stands behind it.
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = systemCode(reason) ?? '';
  const text = messageOf(reason) || code || 'no answer';
  const message = hide(`${what}: ${text.includes(code) ? text : `${text} (${code})`}`);
  if (!PASSING.has(code)) return failed(message, cause, stage);
  return new Outage('SERVICE_FAILED', message, { cause, stage, unheard: NOT_REACHED.has(code) });
}

/** An answer that is not as agreed. */
export function failed(message: string, cause?: unknown, stage: StageName = 'client'): SluiceError {
  return new SluiceError('SERVICE_FAILED', stage, message, { cause });
}

/** Messages leave the values out: a wrong one may be a secret all the same. */
function addressOf(server: string, stage: StageName): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw invalid(stage, 'must be an address of http or https', 'server');
  if (url.username !== '' || url.password !== '') throw invalid(stage, 'must not hold a user or a password', 'server');
  if (url.search !== '' || url.hash !== '') throw invalid(stage, 'must not hold a query or a fragment', 'server');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function headersOf({ token, headers = {} }: ConnectionOptions, stage: StageName): Readonly<Record<string, string>> {
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw invalid(stage, 'must be characters of ASCII, without blanks', 'token');
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw invalid(stage, 'has a name that no header can have', 'headers');
    if (!/^[\x20-\x7e\t]*$/.test(value)) throw invalid(stage, `${name} has a value that no header can have`, 'headers');
  }
  return { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
}
