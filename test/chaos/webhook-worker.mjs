/** For tests: jobs with a webhook, in a process that is killed. */
import { openJobs } from '../../dist/jobs.js';

const { postgres, url, ...options } = JSON.parse(process.argv[2]);

// Ends with the test.
process.on('disconnect', () => process.exit());
const { openPostgresJobs } = postgres ? await import('../../dist/jobs-postgres.js') : {};
const source = Buffer.from('{"id":"1"}\n');
const webhooks = { urls: { acme: url }, allowPrivate: true, timeoutMs: 1000, minDelayMs: 100, maxDelayMs: 1000 };
const all = { ...options, source, webhooks };
const jobs = await (postgres ? openPostgresJobs({ ...all, connection: postgres, leaseMs: 300 }) : openJobs(all));
const acme = jobs.forTenant('acme');
await acme.submit({ request: {}, idempotencyKey: 'once' });
process.on('message', async () => {
  process.send((await acme.deliveries()).deliveries);
});
