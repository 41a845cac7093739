/** Events of many tasks: a call that would look at too many is refused with their number. */
import { expect, test } from 'vitest';
import { EVENT_SERVICE, eventObjects } from '../../../src/http/documented/external-events.js';
import { findEvents } from '../../../src/http/documented/find-objects.js';
import { acceptGetBody } from '../../../src/http/documented/get-body.js';
import type { TenantJobs } from '../../../src/jobs/tenant-jobs.js';
import { FakeJobs } from '../fake-jobs.js';

test('events of more tasks than one call looks at are refused, before any is read', async () => {
  let looked = 0;
  const tenant = new FakeJobs().forTenant('acme');
  const jobs: TenantJobs = {
    ...tenant,
    search: async () => ({ ids: [], total: 5001 }),
    lookAll: (ids) => {
      looked++;
      return tenant.lookAll(ids);
    },
  };
  const query = acceptGetBody({ params: { query: {} } }, EVENT_SERVICE, Date.now());
  const found = findEvents(jobs, query, eventObjects);
  await expect(found).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('5001 tasks') });
  expect(looked).toBe(0);
});
