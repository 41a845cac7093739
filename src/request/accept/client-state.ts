/** Client state, which is returned with the job: data of bounded size, stored unchanged. */
import { refuseLoss, strictJsonLoss, valuesAt } from '../../options/exact-json.js';
import type { Faults } from '../../options/faults.js';
import { BOUNDS } from './bounds.js';

/** Returns the client state unchanged; adds a fault if it is too large, too deep, or not what JSON holds exactly. */
export function acceptClientState(state: unknown, faults: Faults): unknown {
  if (state === undefined) return undefined;
  const { clientStateBytes, clientStateLevels } = BOUNDS;
  let bytes = 0;
  for (const one of valuesAt(state, 'clientState', strictJsonLoss)) {
    const { value, name, level, loss } = one;
    bytes += ownBytes(value) + (level === 0 ? 0 : 1) + (name === '' ? 0 : ownBytes(name) + 2);
    if (bytes > clientStateBytes) {
      faults.add('INVALID', 'clientState', `must not have more than ${clientStateBytes} bytes as JSON`);
      return state;
    }
    refuseLoss(one, faults);
    // A cyclic value reaches this limit too.
    if (level === clientStateLevels && loss === undefined && typeof value === 'object' && value !== null) {
      faults.add('INVALID', 'clientState', `must not have more than ${clientStateLevels} levels`);
      return state;
    }
  }
  return state;
}

/** Bytes of a value without those of its members. */
function ownBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value) + 2;
  return typeof value === 'object' && value !== null ? 2 : String(value).length;
}
