/** Requests for the bytes of a file by HTTP, as they are stored: no encoding is undone on the way. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Outage } from '../remote/back-off.js';
import { proxyAgent } from '../remote/proxy-agent.js';
import { MOST_REDIRECTS, placeOf, REDIRECTS } from '../remote/redirects.js';
import { messageOf, SluiceError, systemCode } from '../terms/errors.js';

/** How requests are sent. */
export interface HttpManner {
  readonly headers: Readonly<Record<string, string>>;
  /** Maximum of milliseconds to wait for a byte. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A response with a body. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
}

/** Statuses that may pass. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Faults of certificates: other attempts end in the same way. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS/;

/**
 * Sends a GET and follows redirects; headers of the caller go to the origin of the address only.
 * @throws SluiceError (rejects) `NOT_FOUND`, `PERMISSION_DENIED`, `SERVICE_FAILED` (an `Outage` if it may pass), `ABORTED`
 */
export async function get(
  address: URL,
  own: Readonly<Record<string, string>>,
  { headers, timeoutMs, signal }: HttpManner,
): Promise<HttpResponse> {
  let url = address;
  for (let redirects = 0; ; redirects++) {
    const given = url.origin === address.origin ? headers : {};
    const response = await send(
      url,
      { 'accept-encoding': 'identity', accept: '*/*', ...given, ...own },
      timeoutMs,
      signal,
    );
    const { status } = response;
    const { location } = response.headers;
    if (status === 200 || status === 206 || status === 416) return response;
    response.body.destroy();
    if (!REDIRECTS.has(status) || location === undefined) throw refusal(url, response);
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (!next || !/^https?:$/.test(next.protocol)) throw failed(url, 'redirects without a valid address');
    if (url.protocol === 'https:' && next.protocol === 'http:')
      throw failed(url, `redirects to ${placeOf(next)}, without encryption`);
    if (redirects >= MOST_REDIRECTS) throw failed(url, `redirects more than ${MOST_REDIRECTS} times`);
    url = next;
  }
}

async function send(
  url: URL,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const agent = await proxyAgent(url);
  // Loading them takes longer than a small export from files.
  const { request } = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, signal, agent, timeout: timeoutMs }, (body) => {
      body.setTimeout(timeoutMs, () => body.destroy(silence(url, timeoutMs)));
      resolve({ status: body.statusCode ?? 0, headers: body.headers, body });
    });
    sent.on('timeout', () => sent.destroy(silence(url, timeoutMs)));
    sent.on('error', (cause) => reject(requestError(cause, url, signal)));
    sent.end();
  });
}

function silence(url: URL, timeoutMs: number): Outage {
  return new Outage('SERVICE_FAILED', `${placeOf(url)}: no data for ${timeoutMs} ms`, { stage: 'read' });
}

/** The error of a request, or of reading its body. */
export function requestError(cause: unknown, url: URL, signal: AbortSignal): SluiceError {
  if (cause instanceof SluiceError) return cause;
  if (signal.aborted) return new SluiceError('ABORTED', 'read', 'the export was aborted', { cause });
  const code = systemCode(cause) ?? '';
  const source = placeOf(url);
  if (CERTIFICATE.test(code)) {
    const message = `${source}: its certificate is not accepted: ${messageOf(cause)} (${code}); NODE_EXTRA_CA_CERTS names a file with further authorities`;
    return new SluiceError('SERVICE_FAILED', 'read', message, { source, cause });
  }
  const text = messageOf(cause) || code;
  const message = `${source}: ${text.includes(code) ? text : `${text} (${code})`}`;
  if (code === 'ENOTFOUND') return new SluiceError('SERVICE_FAILED', 'read', message, { source, cause });
  return new Outage('SERVICE_FAILED', message, { stage: 'read', source, cause });
}

function refusal(url: URL, { status, headers, body }: HttpResponse): SluiceError {
  const source = placeOf(url);
  const message = `${source}: the server responded with ${status}${body.statusMessage ? ` ${body.statusMessage}` : ''}`;
  if (status === 404 || status === 410) return new SluiceError('NOT_FOUND', 'read', message, { source });
  if (status === 401 || status === 403 || status === 407) {
    return new SluiceError('PERMISSION_DENIED', 'read', message, { source });
  }
  if (!PASSING.has(status)) return new SluiceError('SERVICE_FAILED', 'read', message, { source });
  const seconds = Number(headers['retry-after']);
  const waitMs = Number.isFinite(seconds) ? Math.min(seconds, MOST_WAIT_S) * 1000 : undefined;
  return new Outage('SERVICE_FAILED', message, { stage: 'read', source, waitMs });
}

/** Maximum of seconds that a server can ask to wait for. */
const MOST_WAIT_S = 120;

function failed(url: URL, what: string): SluiceError {
  const source = placeOf(url);
  return new SluiceError('SERVICE_FAILED', 'read', `${source} ${what}`, { source });
}
