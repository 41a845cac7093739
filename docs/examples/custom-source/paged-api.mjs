/** A source for a paged API: `{ "items": […], "next": "…" }`. */

/**
 * @param {string} url of the first page
 * @returns {import('sluice').Source}
 */
export function pagedApi(url) {
  async function* items(signal) {
    for (let next = url; next !== undefined; ) {
      const response = await fetch(next, { signal });
      if (!response.ok) throw new Error(`${next} returned ${response.status}`);
      const page = await response.json();
      yield* page.items;
      next = page.next === undefined ? undefined : new URL(page.next, url).href;
    }
  }
  return {
    // Each call begins with the first page, so jobs can repeat it.
    reopenable: true,
    async *inputs(signal) {
      yield { kind: 'objects', name: url, objects: items(signal) };
    },
    // Jobs that resume compare it: another address is another source.
    describe: () => ({ pagedApi: url }),
  };
}
