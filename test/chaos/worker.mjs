/** For tests: jobs in a process that is killed. Writes JSON lines to a journal that outlives it. */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openFolderJobs } from '../../dist/jobs/open-jobs.js';
import { openS3Store } from '../../dist/write-s3.js';

const { dataDir, source, journal, sliceBytes, plan, killAt, submits, bucket, holdsDatabase } = JSON.parse(
  process.argv[2],
);

const fd = openSync(journal, 'a');
const say = (line) => writeSync(fd, `${JSON.stringify({ ...line, at: Date.now() })}\n`);

/** Kills the process at `{ point, nth }`. */
let hits = 0;
function onFaultPoint(point) {
  if (killAt && point === killAt.point && ++hits === killAt.nth) process.kill(process.pid, 'SIGKILL');
}

const log = (facts) => say({ log: facts.state, job: facts.job, epoch: facts.epoch });
const logger = { debug() {}, info: log, warn: log, error: (facts) => say({ error: String(facts.cause ?? facts) }) };
const refused = (error) => {
  say({ refused: error.code, message: error.message });
  process.exit(1);
};
const options = {
  dataDir,
  source,
  slice: { bytes: sliceBytes, durationMs: 60_000 },
  plan,
  limits: { queued: 100_000 },
  // Kills are random: attempts that are lost in a row say nothing about their jobs.
  maxAttempts: 1_000_000,
  logger,
  // Storage of results outside the folder: an S3 address and its options.
  ...(bucket ? { results: await openS3Store(bucket.url, bucket.options) } : {}),
};
const jobs = await openFolderJobs(options, onFaultPoint).catch(refused);
const tenant = jobs.forTenant('acme');

/** Submits several jobs at a time; those in the journal were acknowledged. */
async function submitAll({ from, to, request }) {
  let next = from;
  const one = async () => {
    while (next < to) {
      const key = `key-${next++}`;
      const { job, created } = await tenant.submit({ request, idempotencyKey: key });
      say({ acknowledged: job.id, key, created });
    }
  };
  await Promise.all([one(), one(), one(), one()]);
}

if (holdsDatabase) {
  const { open } = await import('lmdb');
  open({ path: join(dataDir, 'jobs.lmdb') }).transactionSync(() => {
    say({ opened: process.pid });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
}
say({ opened: process.pid });
process.send?.('opened');
// Runs until it is killed, with or without work.
setInterval(() => {}, 60_000);
if (submits) await submitAll(submits);
