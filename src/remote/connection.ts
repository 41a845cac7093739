/** A connection to one server: its address, the headers of every call, and its secrets. */
import { abortSignal } from '../options/accept-options.js';
import { anyText, functionOf, type Options, typed } from '../options/option.js';
import { isError } from '../terms/any-error.js';
import { invalid, messageOf, SluiceError, type StageName, systemCode } from '../terms/errors.js';
import { Outage } from './back-off.js';
import { environmentFetch } from './environment-fetch.js';
import { MOST_REDIRECTS, placeOf, REDIRECTS } from './redirects.js';

/** The options of a connection; its address and headers are checked when it is opened, by what may be shown of them. */
export const CONNECTION = {
  server: { kind: typed('string'), about: 'address of the service: `https://host/tenant`; paths are appended to it' },
  token: {
    kind: anyText,
    about: "the bearer token; sent to the server's own origin only, and never in a message",
  },
  headers: {
    kind: typed('Readonly<Record<string, string>>'),
    about: 'headers of every call, such as `x-rdp-userId`; as secret as the token',
  },
  fetch: {
    kind: functionOf('typeof fetch'),
    about: 'replaces the global `fetch`, and the proxy of the environment',
  },
  signal: { kind: typed('AbortSignal', abortSignal), about: 'aborts all calls' },
} satisfies Options;

// The interface is written from the table by `npm run options`.

/** The server of a client, and its authentication. */
export interface ConnectionOptions {
  /** Address of the service: `https://host/tenant`; paths are appended to it. */
  readonly server: string;
  /** The bearer token; sent to the server's own origin only, and never in a message. */
  readonly token?: string;
  /** Headers of every call, such as `x-rdp-userId`; as secret as the token. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces the global `fetch`, and the proxy of the environment. */
  readonly fetch?: typeof fetch;
  /** Aborts all calls. */
  readonly signal?: AbortSignal;
}

/** How a connection reports errors. */
export interface ConnectionManner {
  /** Stage of its errors; default `client`. */
  readonly stage?: StageName;
  /** Headers with public values, in lower case; default none. */
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
  /** Address of the server, without secrets. */
  readonly place: string;
  /**
   * Sends a call; follows redirects of a GET.
   * @param target relative to the server's address, without a leading slash; or an absolute address
   * @returns the response, with any status
   * @throws SluiceError `SERVICE_FAILED` without a response, `ABORTED`
   */
  send(target: string | URL, call?: Call): Promise<Response>;
  /** Removes the secrets of the connection from a text. */
  hide(text: string): string;
}

/** Failures before anything was sent. */
const NOT_REACHED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Temporary failures of a connection; others, such as an untrusted certificate, are permanent. */
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
 * Prepares a connection; sends nothing yet.
 * @throws SluiceError `INVALID` for an invalid address, token or header
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
      const send = options.fetch ?? (await environmentFetch(url));
      return await send(url, {
        method,
        // Secret headers are sent to the server's own origin only.
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
        if (!next || !/^https?:$/.test(next.protocol)) throw fail(`${what}: redirected without a valid address`);
        // Requests with a body are not sent to another address.
        if ((call.method ?? 'GET') !== 'GET') throw fail(`${what}: redirected to ${placeOf(next)}; use that address`);
        if (redirects >= MOST_REDIRECTS) throw fail(`${what}: more than ${MOST_REDIRECTS} redirects`);
        url = next;
      }
    },
  };
}

/** The error of a call, or of reading its response. */
export function connectionError(
  cause: unknown,
  what: string,
  signals: readonly AbortSignal[],
  { hide, stage }: Pick<Connection, 'hide' | 'stage'>,
): SluiceError {
  if (cause instanceof SluiceError) return cause;
  if (signals.some(({ aborted }) => aborted) || (isError(cause) && cause.name === 'AbortError')) {
    return new SluiceError('ABORTED', stage, `${what} was aborted`, { cause });
  }
  // `fetch failed` says nothing; its cause is the reason.
  const reason = isError(cause) && isError(cause.cause) ? cause.cause : cause;
  const code = systemCode(reason) ?? '';
  const text = messageOf(reason) || code || 'no answer';
  const message = hide(`${what}: ${text.includes(code) ? text : `${text} (${code})`}`);
  if (!PASSING.has(code)) return failed(message, cause, stage);
  return new Outage('SERVICE_FAILED', message, { cause, stage, unheard: NOT_REACHED.has(code) });
}

/** Whether an error, of `fetch` or of Node, is of a connection that could not be made or broke, which may pass. */
export function isOutage(cause: unknown): boolean {
  const reason = isError(cause) && isError(cause.cause) ? cause.cause : cause;
  return PASSING.has(systemCode(reason) ?? systemCode(cause) ?? '');
}

/** The error of an unexpected response. */
export function failed(message: string, cause?: unknown, stage: StageName = 'client'): SluiceError {
  return new SluiceError('SERVICE_FAILED', stage, message, { cause });
}

/** Messages omit the values: even a wrong one may be a secret. */
function addressOf(server: string, stage: StageName): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw invalid(stage, 'must be an http or https address', 'server');
  if (url.username !== '' || url.password !== '')
    throw invalid(stage, 'must not contain a user or a password', 'server');
  if (url.search !== '' || url.hash !== '') throw invalid(stage, 'must not contain a query or a fragment', 'server');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function headersOf({ token, headers = {} }: ConnectionOptions, stage: StageName): Readonly<Record<string, string>> {
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw invalid(stage, 'must be ASCII characters without spaces', 'token');
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw invalid(stage, 'has an invalid header name', 'headers');
    if (!/^[\x20-\x7e\t]*$/.test(value)) throw invalid(stage, `has an invalid value for ${name}`, 'headers');
  }
  return { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
}
