/** Calls of the service's public routes. */
import { parseExactly } from './exact-json.js';
import type { Fault } from './model.js';
import { BASE, isRefused, token } from './session.js';

/** A call that failed: what the service said, or that it was not reached. */
export class Problem extends Error {
  override readonly name = 'Problem';

  /**
   * @param status the HTTP status; 0 if there was no response
   * @param faults of a refused request, with their places
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly faults: readonly Fault[] = [],
  ) {
    super(message);
  }

  /** Whether the same call may succeed later. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** How a route is called. */
export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The address of a route. @param path without a slash in front */
export function addressOf(path: string): string {
  return new URL(path, BASE).href;
}

/** Path of a job's resource. */
export function jobPath(id: string, ...rest: readonly string[]): string {
  return ['jobs', id, ...rest].map((part, index) => (index === 2 ? part : encodeURIComponent(part))).join('/');
}

/**
 * Calls a route.
 * @throws Problem unless the response is a success
 */
export async function send(path: string, { method = 'GET', body, headers, signal }: Call = {}): Promise<Response> {
  const used = token.value;
  const response = await fetch(addressOf(path), {
    method,
    cache: 'no-store',
    credentials: 'same-origin',
    headers: {
      ...(used === undefined ? {} : { authorization: `Bearer ${used}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new Problem(0, 'OFFLINE', 'The service does not respond.');
  });
  if (response.ok) {
    isRefused.value = false;
    return response;
  }
  // A refusal of an earlier token says nothing about this one.
  if (response.status === 401 && used === token.value) isRefused.value = true;
  throw await problemOf(response);
}

/** Calls a route that answers with JSON. @throws Problem */
export async function call<T>(path: string, given: Call = {}): Promise<T> {
  const response = await send(path, given);
  return parseExactly<T>(await response.text());
}

interface ProblemBody {
  readonly code?: string;
  readonly detail?: string;
  readonly title?: string;
  readonly path?: string;
  readonly faults?: readonly Fault[];
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '');
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const { code, detail, title, path, faults }: ProblemBody = isJson ? parseExactly<ProblemBody>(text) : {};
  const message = detail ?? title ?? `The service answered with status ${response.status}.`;
  // A single fault is told without a list.
  const alone = path === undefined ? [] : [{ code: code ?? 'INVALID', path, message }];
  return new Problem(response.status, code ?? 'INTERNAL', message, faults ?? alone);
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What a caught value says. */
export function toProblem(cause: unknown): Problem {
  if (cause instanceof Problem) return cause;
  return new Problem(-1, 'INTERNAL', cause instanceof Error ? cause.message : String(cause));
}
