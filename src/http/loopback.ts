/** Whether a host or an address is this machine only. */
import { isIP } from 'node:net';

/** Whether an address is a loopback address; also an IPv4 one written as IPv6. */
export function isLoopback(address: string): boolean {
  const plain = address.toLowerCase().replace(/^::ffff:/, '');
  if (isIP(plain) === 4) return plain.startsWith('127.');
  return plain === '::1';
}

/** Whether a host, without a port, is a loopback address or a name that is reserved for one (RFC 6761). */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || isLoopback(name);
}
