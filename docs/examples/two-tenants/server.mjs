/** One service, two tenants: each has a source, limits and results of its own, and users with rights. */
import { fastify } from 'fastify';
import { objects } from 'sluice';
import { sluiceHttp } from 'sluice/http';
import { openJobs } from 'sluice/jobs';

/** What an application knows of its tenants; usually rows of a database. */
const TENANTS = {
  // Acme's catalog is a file.
  acme: { source: () => 'catalog.ndjson', limits: { running: 4 } },
  // Roof's products come from the application itself.
  roof: { source: () => objects(roofs()), limits: { running: 1, records: 1000 } },
};

/** Sessions of users, as the login of the application has made them. */
const SESSIONS = new Map([
  ['s-ann', { tenant: 'acme', user: 'ann', rights: ['read', 'submit', 'cancel'] }],
  ['s-rob', { tenant: 'roof', user: 'rob', rights: ['read', 'submit'] }],
  ['s-eve', { tenant: 'roof', user: 'eve', rights: ['read'] }],
  ['s-old', { tenant: 'gone', user: 'old' }],
]);

function* roofs() {
  for (let n = 1; n <= 3; n++) yield { id: `roof-${n}`, type: 'product', data: { attributes: {} } };
}

const jobs = await openJobs({
  dataDir: 'data',
  // `null` says that there is no such tenant.
  source: ({ tenant }) => TENANTS[tenant]?.source() ?? null,
  limits: (tenant) => TENANTS[tenant]?.limits ?? null,
  results: (tenant) => `results/${tenant}`,
});

const app = fastify();
await app.register(sluiceHttp, {
  jobs,
  prefix: '/export',
  authenticate: ({ headers }) => SESSIONS.get(/(?:^|; )session=([^;]*)/.exec(headers.cookie ?? '')?.[1]),
});
app.get('/', async () => 'the application itself');

const address = await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 3000) });
console.log(`listening on ${address}`);
process.once('SIGTERM', async () => {
  await app.close();
  await jobs.close();
});
