/** The zip format around one file. */
import type { Container } from './deflate-stage.js';
import { RawZip } from './yazl-adapter.js';

/** The bytes around the content of an archive of one file. */
export function zipContainer({ name, level }: { readonly name: string; readonly level: number }): Container {
  const zip = new RawZip(level);
  return {
    head: () => zip.begin(name),
    tail: (totals) => Buffer.concat([zip.finish(totals), zip.end()]),
  };
}
