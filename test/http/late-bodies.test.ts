/** Bodies of refused requests, and their timers. */
import { fastify } from 'fastify';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readJsonBodies } from '../../src/http/json-body.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

test('ends a request of inject without an exception if it was refused before its body was read', async () => {
  const app = fastify();
  const late: string[] = [];
  readJsonBodies(app, { bytes: 1000, timeoutMs: 50, onLate: ({ url }) => late.push(url) });
  app.addHook('onRequest', async (_request, reply) => reply.code(401).send());
  app.post('/refused', async () => 'never');
  const { statusCode } = await app.inject({ method: 'POST', url: '/refused', payload: { a: 1 } });
  expect(statusCode).toBe(401);
  expect(() => vi.advanceTimersByTime(1000)).not.toThrow();
  expect(late).toStrictEqual(['/refused']);
  await app.close();
});
