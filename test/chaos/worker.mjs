/** For tests: jobs in a process of its own, which is killed. Says what happens as JSON lines in a file that outlives it. */
import { openSync, writeSync } from 'node:fs';
import { openFolderJobs } from '../../dist/jobs/open-jobs.js';
import { openS3Store } from '../../dist/write-s3.js';

const { dataDir, source, journal, sliceBytes, plan, killAt, submits, bucket } = JSON.parse(process.argv[2]);

const fd = openSync(journal, 'a');
const say = (line) => writeSync(fd, `${JSON.stringify({ ...line, at: Date.now() })}\n`);

/** Ends the process as the kernel would: the point is `{ point, nth }`. */
let hits = 0;
function onFaultPoint(point) {
  if (killAt && point === killAt.point && ++hits === killAt.nth) process.kill(process.pid, 'SIGKILL');
}

const log = (facts) => say({ log: facts.state, job: facts.job, epoch: facts.epoch });
const logger = { debug() {}, info: log, warn: log, error: (facts) => say({ error: String(facts.cause ?? facts) }) };
const refused = (error) => {
  say({ refused: error.code });
  process.exit(1);
};
const options = {
  dataDir,
  source,
  slice: { bytes: sliceBytes, durationMs: 60_000 },
  plan,
  limits: { queued: 100_000 },
  // Kills come at random here: that attempts are lost one after the other says nothing of their jobs.
  maxAttempts: 1_000_000,
  logger,
  // Where results lie, if not in the folder: an address of S3, and how it is reached.
  ...(bucket ? { results: await openS3Store(bucket.url, bucket.options) } : {}),
};
const jobs = await openFolderJobs(options, onFaultPoint).catch(refused);
const tenant = jobs.forTenant('acme');

/** Submits one after the other, several at a time; what is said here was acknowledged. */
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

say({ opened: process.pid });
process.send?.('opened');
// It lives until it is killed, whether there is something to do or not.
setInterval(() => {}, 60_000);
if (submits) await submitAll(submits);
