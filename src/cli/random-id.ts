/** A random id from the system. Node's `crypto` has one too, and takes longer to load than a small export to run. */
import { closeSync, openSync, readSync } from 'node:fs';

const DEVICE = '/dev/urandom';

/** A random UUID, version 4 of RFC 9562; undefined where the system has no file of random bytes. */
export function randomId(): string | undefined {
  const bytes = Buffer.alloc(16);
  try {
    const fd = openSync(DEVICE, 'r');
    try {
      if (readSync(fd, bytes) !== bytes.length) return undefined;
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
