/** One attempt: a POST without redirects, with a limit of time, whose response is not kept. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
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

/** Sends a webhook; never rejects. */
export function sendWebhook(url: string, options: SendOptions): Promise<Sent> {
  const { headers, body, timeoutMs, allowPrivate, signal } = options;
  return new Promise((resolve) => {
    const refuse = (why: string, isGone = false) => resolve({ kind: 'refused', why, isGone });
    if (!allowPrivate && isPrivateUrl(url)) return refuse(PRIVATE);
    const ends = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = send(url, {
      method: 'POST',
      // A connection of its own: one that is kept could have been opened to another address.
      agent: false,
      signal: ends,
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        'user-agent': 'sluice',
        ...headers,
      },
      ...(!allowPrivate && { lookup: lookupPublic }),
    });
    request.on('error', (cause) => refuse(ends.aborted ? `no response within ${timeoutMs} ms` : messageOf(cause)));
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
