/** For tests: exports a file with checkpoints, and kills itself at the given read. */
import { interruptedExport } from '../../dist/export/interrupted-export.js';
import { exportResumably } from '../../dist/export/resumable-export.js';
import { planExport } from '../../dist/index.js';
import { files } from '../../dist/sources/files.js';

const [input, out, at, options] = process.argv.slice(2);
let reads = 0;
const source = {
  ...files(input),
  async *inputs(signal) {
    for await (const one of files(input).inputs(signal)) {
      yield {
        ...one,
        read(into) {
          if (++reads > Number(at)) process.kill(process.pid, 'SIGKILL');
          return one.read(into.subarray(0, 20_000));
        },
      };
    }
  },
};
const before = await interruptedExport(out, false);
const now = before?.now ?? 0;
const plan = planExport({ id: before?.id ?? 'the-id', now, ...JSON.parse(options) }, { destination: out });
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const { signal } = new AbortController();
const rejects = plan.read.onError === 'skip' ? `${out}.rejects` : undefined;
const how = { overwrite: false, rejects, now, signal, logger: silent, everyMs: 0 };
await exportResumably({ source, plan, path: out, ...how }, before);
