/** For tests: exports a delta, and kills itself once the result has its name, or while it is read. */

import { file } from '../../dist/destinations/file.js';
import { exportEntities, objects } from '../../dist/index.js';

const [input, out, index, moment] = process.argv.slice(2);
const die = () => process.kill(process.pid, 'SIGKILL');
async function* entities() {
  yield* JSON.parse(input);
  if (moment === 'reading') die();
}
const place = file(out);
const destination = {
  ...place,
  async open(context) {
    const delivery = await place.open(context);
    return {
      ...delivery,
      async commit() {
        if (moment === 'before the result') die();
        await delivery.commit();
        if (moment === 'after the result') die();
      },
    };
  },
};
await exportEntities({ source: objects(entities()), format: 'ndjson', deltaFrom: index, deltaTo: index }).to(
  destination,
);
