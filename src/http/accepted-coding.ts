/** Which content coding a client accepts, by its header `Accept-Encoding` (RFC 9110, section 12.5.3). */

/** Whether a response should be gzipped: gzip is accepted, and not less than an unchanged response. */
export function acceptsGzip(header: string | readonly string[] | undefined): boolean {
  const weights = new Map([header ?? ''].flat().flatMap((list) => list.split(',').map(weightOf)));
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0;
  return gzip > 0 && gzip >= (weights.get('identity') ?? 0);
}

/** An element of the header: a coding and its weight. */
function weightOf(element: string): readonly [coding: string, weight: number] {
  const [coding, ...parameters] = element.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((one) => one.startsWith('q='));
  return [coding, weight === undefined ? 1 : Number(weight.slice(2))];
}
