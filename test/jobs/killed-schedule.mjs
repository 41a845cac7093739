// For tests: runs what is due at a time, and prints the schedule and its jobs; or kills itself within the run.
import { openJobs } from '../../dist/jobs.js';

const [dataDir, at, killedAt] = process.argv.slice(2);
const die = (point) => {
  if (point === killedAt) process.kill(process.pid, 'SIGKILL');
};
const jobs = await openJobs({
  dataDir,
  source: Buffer.from('{"id":"1"}\n'),
  now: () => (at === 'add' ? 0 : Number(at)),
  limits() {
    die('before-submission');
    return {};
  },
});
jobs.onActivity((activity) => die(activity));
const acme = jobs.forTenant('acme');
if (at === 'add') {
  await acme.schedules.add({ everyMs: 60_000, request: {} });
} else {
  const isOver = async () => {
    const [schedule] = await acme.schedules.list();
    const { jobs: all } = await acme.list();
    const hasEnded = all.every(({ state }) => state === 'completed');
    return hasEnded && schedule.nextAt > Number(at) ? { schedule, jobs: all } : undefined;
  };
  const until = Date.now() + 30_000;
  let seen = await isOver();
  while (!seen && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    seen = await isOver();
  }
  process.stdout.write(JSON.stringify(seen ?? null));
}
await jobs.close();
