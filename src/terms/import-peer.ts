/** Packages that only some need: loaded when they are, and named when they are missing. */
import { SluiceError, systemCode } from './errors.js';

/**
 * Imports an optional peer.
 * @param peers what to install, e.g. `fastify @fastify/swagger`
 * @throws SluiceError `MISSING_PEER` with the command that installs it
 */
export async function importPeer<T>(part: string, peers: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (systemCode(cause) !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new SluiceError('MISSING_PEER', 'job', `${part} needs packages that are not installed: npm i ${peers}`, {
      cause,
    });
  }
}
