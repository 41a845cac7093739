/** The same selection copied to a null sink, without base64: sluice against simdjson in C++. */
import { fused } from './forms.js';
import type { InputFile, Inputs } from './input.js';
import { OURS, PEERS } from './names.js';
import { buildSimdjson, copiedOutcome, simdjson, type Way } from './peers/simdjson.js';
import type { Contender } from './race.js';
import { raceSection, type Section } from './section.js';

/** Measures a file of lines. */
export function benchCopyLines({ lines }: Inputs): Promise<Section> {
  return compare(lines, { [PEERS.simdjsonMany]: 'many', [PEERS.simdjsonLines]: 'lines' });
}

/** Measures one document. */
export function benchCopyDocument({ document }: Inputs): Promise<Section> {
  return compare(document, { [PEERS.simdjsonDocument]: 'document' });
}

async function compare(file: InputFile, ways: Readonly<Record<string, Way>>): Promise<Section> {
  const built = await buildSimdjson();
  const peers =
    'why' in built ? [] : Object.entries(ways).map(([name, way]) => simdjson(name, built.program, way, file));
  const skipped = 'why' in built ? Object.keys(ways).map((name) => `${name}: ${built.why}`) : [];
  return raceSection([copying(OURS.checked, file, false), copying(OURS.trusted, file, true), ...peers], skipped);
}

function copying(name: string, file: InputFile, trust: boolean): Contender {
  const work = () => fused(file.path, { trust, wrap: 'none' });
  return { name, inputBytes: file.bytes, expected: copiedOutcome(file), work };
}
