/** The error of an optional peer package that is not installed. */
import { SluiceError, systemCode } from './errors.js';

/** Codes for a missing module, of Node and of bundles. */
const NOT_FOUND: readonly unknown[] = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];

/**
 * Types the failure of importing an optional peer. The `import` itself must be in a `try` of the caller: bundlers treat it
 * as optional there, and as required anywhere else.
 * @param peers what to install, e.g. `fastify @fastify/swagger`
 * @returns `MISSING_PEER` with the command that installs it, or the cause where the package is there and fails
 */
export function missingPeer(part: string, peers: string, cause: unknown): unknown {
  if (!NOT_FOUND.includes(systemCode(cause))) return cause;
  const message = `${part} needs packages that are not installed: npm i ${peers}`;
  return new SluiceError('MISSING_PEER', 'job', message, { cause });
}
