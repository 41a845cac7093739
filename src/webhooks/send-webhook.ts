/** One attempt: a POST without redirects, with a limit of time, whose response is not kept. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { errorsIn } from '../terms/any-error.js';
import { messageOf } from '../terms/errors.js';
import { isPrivateUrl, lookupPublic, PRIVATE } from './endpoint-address.js';

/** Bytes of a response that are read, so that the receiver can end; the rest is cut off. */
const MOST_RESPONSE_BYTES = 64 * 1024;

/** How a webhook is sent. */
export interface SendOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly allowPrivate: boolean;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** Result of an attempt. */
export type Sent =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly why: string; readonly isGone: boolean };

/** Sends a webhook; never rejects, and settles within the limit of time whatever the receiver does. */
export function sendWebhook(url: string, options: SendOptions): Promise<Sent> {
  const { headers, body, timeoutMs, allowPrivate, signal } = options;
  return new Promise((resolve) => {
    const refuse = (why: string, isGone = false) => resolve({ kind: 'refused', why, isGone });
    if (!allowPrivate && isPrivateUrl(url)) return refuse(PRIVATE);
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = send(url, {
      method: 'POST',
      // A connection of its own: one that is kept could have been opened to another address.
      agent: false,
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        'user-agent': 'sluice',
        ...headers,
      },
      ...(!allowPrivate && { lookup: lookupPublic }),
    });
    // Settle here, not with an event of the request: after some responses it has none.
    const end = (why: string) => {
      refuse(why);
      request.destroy();
    };
    const timer = setTimeout(end, timeoutMs, `no response within ${timeoutMs} ms`);
    const abort = () => end('the service was closed');
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    request.on('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      refuse('the connection was closed');
    });
    request.on('error', (cause) => refuse(reasonOf(cause)));
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      end('the receiver responded 101');
    });
    request.on('response', (response) => {
      const { statusCode: status = 0 } = response;
      if (status >= 200 && status < 300) resolve({ kind: 'accepted' });
      else refuse(`the receiver responded ${status}`, status === 410);
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MOST_RESPONSE_BYTES) response.destroy();
      });
      response.on('error', () => {});
    });
    request.end(body);
    return undefined;
  });
}

/** Why a connection failed; of a host with several addresses, none of which could be reached, the first reason. */
function reasonOf(cause: Error): string {
  return messageOf(errorsIn(cause)[0] ?? cause);
}
