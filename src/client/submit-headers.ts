/** What a submission says beside its body. */
import { isObject } from '../options/faults.js';
import type { SubmitOptions } from './client-options.js';

/** Whether a request is the documented body, which every service takes. */
export function isDocumented(request: unknown): boolean {
  return isObject(request) && 'params' in request;
}

/** Headers of a submission. */
export function submitHeaders({ idempotencyKey, waitMs, respondAsync }: SubmitOptions): Record<string, string> {
  const prefer = [
    ...(respondAsync ? ['respond-async'] : []),
    ...(waitMs === undefined ? [] : [`wait=${Math.ceil(waitMs / 1000)}`]),
  ];
  return {
    ...(prefer.length > 0 ? { prefer: prefer.join(', ') } : {}),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
}
