/** A process that exports a generated catalog of the given size and reports its peak resident set. */
import { pipeline } from 'node:stream/promises';
import { bytes, exportEntities } from '../src/index.js';
import { nullSink } from './forms.js';
import { SEED, WANTED, withFacts } from './input.js';
import type { MemoryUse } from './section.js';

/** Milliseconds between two samples of the resident set. */
const SAMPLE_MS = 10;

process.send?.(await measure(Number(process.argv[2])));
process.disconnect();

async function measure(megabytes: number): Promise<MemoryUse> {
  const { chunks, facts } = withFacts({ seed: SEED, form: 'lines', bytes: megabytes * 1_000_000 });
  const mebibytes = () => process.memoryUsage.rss() / 1024 / 1024;
  let highest = mebibytes();
  const sampler = setInterval(() => {
    highest = Math.max(highest, mebibytes());
  }, SAMPLE_MS);
  const start = performance.now();
  const stream = exportEntities({ source: bytes(chunks), request: { types: [WANTED] }, pack: 'envelope' });
  await pipeline(stream, nullSink().stream);
  const { written } = await stream.receipt;
  clearInterval(sampler);
  const right = facts().byType[WANTED];
  if (written !== right) throw new Error(`${written} entities were written, expected ${right}`);
  const seconds = (performance.now() - start) / 1000;
  return { name: 'the library, in process', megabytes, entities: written, highest, seconds };
}
