/** For tests: exports a file with checkpoints, and kills itself at the given read. */
import { exportResumably, interruptedExport } from '../../dist/export/resumable-export.js';
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
await exportResumably({ source, plan, path: out, overwrite: false, now, signal, logger: silent, everyMs: 0 }, before);
