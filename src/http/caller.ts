/** The authenticated caller of a request. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller, Right } from './identity.js';
import { Refusal } from './refusal.js';

/** Decorator of a request with its caller. */
const CALLER = 'sluiceCaller';

/** Prepares the requests of a scope for `bindCaller`. */
export function decorateCallers(app: FastifyInstance): void {
  app.decorateRequest(CALLER, null);
}

/** Notes who sent a request. */
export function bindCaller(request: FastifyRequest, caller: Caller): void {
  request.setDecorator<Caller>(CALLER, caller);
}

/** Who sent a request. */
export function callerOf(request: FastifyRequest): Caller {
  return request.getDecorator<Caller>(CALLER);
}

/** Whether the caller has a right. */
export function hasRight(request: FastifyRequest, right: Right): boolean {
  return callerOf(request).rights.includes(right);
}

/** @throws SluiceError `FORBIDDEN` */
export function requireRight(request: FastifyRequest, right: Right): void {
  if (hasRight(request, right)) return;
  const { rights } = callerOf(request);
  const own = rights.length === 0 ? 'none' : rights.join(', ');
  throw new Refusal('FORBIDDEN', `this needs the right ${right}; the caller has ${own}`);
}
