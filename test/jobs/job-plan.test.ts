/** The plan of a job is the same however often it is made. */
import { expect, test } from 'vitest';
import { planJob } from '../../src/jobs/job-plan.js';

test('what now means in criteria is when the job was submitted, not when it is taken up', () => {
  const request = { criteria: { properties: [{ modifiedDate: { gte: 'now-1d' } }] } };
  const createdAt = Date.parse('2020-02-02T00:00:00Z');
  const { stored } = planJob({ id: 'j', tenant: 't', request, createdAt }, {});
  expect(stored.select.criteria).toStrictEqual({ properties: [{ modifiedDate: { gte: '2020-02-01T00:00:00.000Z' } }] });
});
