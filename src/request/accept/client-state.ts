/** Client state, which is returned with the job: data of bounded size, stored unchanged. */
import { type Faults, join } from '../../options/faults.js';
import { BOUNDS } from './bounds.js';

/** A value to check, with its path. */
interface Pending {
  readonly value: unknown;
  readonly path: string;
  readonly level: number;
}

/** Returns the client state unchanged; adds a fault if it is too large, too deep, or not JSON data. */
export function acceptClientState(value: unknown, faults: Faults): unknown {
  const { clientStateBytes, clientStateLevels } = BOUNDS;
  const pending: Pending[] = [{ value, path: 'clientState', level: 0 }];
  let bytes = 0;
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { path, level } = next;
    bytes += ownBytes(next.value) + (level === 0 ? 0 : 1);
    if (bytes > clientStateBytes) {
      faults.add('INVALID', 'clientState', `must not have more than ${clientStateBytes} bytes as JSON`);
      return value;
    }
    if (['bigint', 'function', 'symbol'].includes(typeof next.value)) {
      faults.add('INVALID', path, `must be data that JSON can hold, not a ${typeof next.value}`);
    }
    if (!hasMembers(next.value)) continue;
    if (level === clientStateLevels) {
      // A cyclic value reaches this limit too.
      faults.add('INVALID', 'clientState', `must not have more than ${clientStateLevels} levels`);
      return value;
    }
    for (const [key, member] of membersOf(next.value)) {
      bytes += ownBytes(key) + 2;
      pending.push({
        value: member,
        path: Array.isArray(next.value) ? `${path}[${key}]` : join(path, key),
        level: level + 1,
      });
    }
  }
  return value;
}

function hasMembers(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}

function membersOf(value: object): readonly (readonly [string, unknown])[] {
  if (value instanceof Map) return [...value].map(([, member], index) => [`${index}`, member]);
  return Object.entries(value instanceof Set ? [...value] : value);
}

/** Bytes of a value without those of its members. */
function ownBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value) + 2;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  return hasMembers(value) ? 2 : String(value).length;
}
