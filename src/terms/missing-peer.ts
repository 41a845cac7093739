/** Packages that only parts of sluice need: imported when they are used, and named when they are missing. */
import { SluiceError, systemCode } from './errors.js';

/** What Node says of a module that it does not find, and what bundles say. */
const NOT_FOUND: readonly unknown[] = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];

/**
 * The error of an import of an optional peer that failed. The `import` itself stands in the `try` of whoever needs the
 * package: bundlers take it for optional there, and for required anywhere else.
 * @param peers what to install, e.g. `fastify @fastify/swagger`
 * @returns `MISSING_PEER` with the command that installs it, or the cause where the package is there and fails
 */
export function missingPeer(part: string, peers: string, cause: unknown): unknown {
  if (!NOT_FOUND.includes(systemCode(cause))) return cause;
  const message = `${part} needs packages that are not installed: npm i ${peers}`;
  return new SluiceError('MISSING_PEER', 'job', message, { cause });
}
