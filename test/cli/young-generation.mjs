/** Makes objects that live for a few turns of the event loop, then prints the size of the young generation. */
import { setImmediate as turn } from 'node:timers/promises';
import { getHeapSpaceStatistics } from 'node:v8';
import { boundYoungGeneration } from '../../src/cli/young-generation.ts';

if (process.argv[2] === 'bounded') boundYoungGeneration();
const alive = [];
let highest = 0;
for (let n = 0; n < 200; n++) {
  alive.push(Array.from({ length: 20_000 }, (_, id) => ({ id, n })));
  if (alive.length > 8) alive.shift();
  await turn();
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  highest = Math.max(highest, young.space_size);
}
process.stdout.write(String(highest / 1024 / 1024));
