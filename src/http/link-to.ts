/** Makes a link to a file: a presigned URL of the storage, or a signed one of this service. */
import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { FileOfJob } from './file-key.js';
import { jobsOf, type RouteContext } from './route-context.js';

/** The address of the link, and its end in milliseconds since 1970; throws as `createLink` of jobs does. */
export async function linkTo(
  request: FastifyRequest,
  { id, name }: FileOfJob,
  { links, publicOrigin }: RouteContext,
): Promise<{ readonly href: string; readonly expiresAt: number }> {
  const link = await jobsOf(request).createLink(id, name);
  const { expiresAt } = link;
  if (link.kind === 'presigned') return { href: link.url, expiresAt };
  // A link is passed on to others: it contains the address of this service.
  return {
    href: `${publicOrigin ?? originOf(request)}${links.link(id, name, { expires: expiresAt / 1000, signature: link.signature })}`,
    expiresAt,
  };
}

/**
 * The address of the service, as far as it is known. The `Host` header is not trusted: a forged one would lead the
 * recipients of the link to another host. A proxy that the application trusts is.
 */
function originOf({ ips, protocol, host, socket }: FastifyRequest): string {
  if (ips !== undefined && ips.length > 1) return `${protocol}://${host}`;
  const { localAddress, localPort } = socket;
  // A local socket has a path instead of an address.
  if (localAddress === undefined) return `${protocol}://localhost`;
  const plain = localAddress.replace(/^::ffff:/i, '');
  return `${protocol}://${isIPv6(plain) ? `[${plain}]` : plain}:${localPort}`;
}
