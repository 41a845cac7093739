/** For tests: runs the next job of a chain, and the one that was killed, if there is one; prints the results; or kills itself at a fault point. */
import { text } from 'node:stream/consumers';
import { openFolderJobs } from '../../dist/jobs/open-jobs.js';

const [source, dataDir, killedAt] = process.argv.slice(2);
const jobs = await openFolderJobs({ source, dataDir }, (point) => {
  if (point === killedAt) process.kill(process.pid, 'SIGKILL');
});
const acme = jobs.forTenant('acme');
const request = { delta: { against: 'previous' }, profile: { name: 'lines', format: 'ndjson', pack: 'none' } };
const { jobs: before } = await acme.list();
const killed = before.length > 1 ? before[0] : undefined;
const print = async (id) => {
  const { files } = await acme.waitFor(id);
  process.stdout.write(await text(await acme.openFile(id, files[0].name)));
};
if (killed) await print(killed.id);
const { job } = await acme.submit({ request });
await print(job.id);
await jobs.close();
