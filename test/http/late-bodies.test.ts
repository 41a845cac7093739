/** Bodies that nobody reads any more, because their request was refused: what becomes of their time limit. */
import { fastify } from 'fastify';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readJsonBodies } from '../../src/http/json-body.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

test('a request of inject that was refused before its body was read ends without an exception', async () => {
  const app = fastify();
  const late: string[] = [];
  readJsonBodies(app, { bytes: 1000, ms: 50, onLate: ({ url }) => late.push(url) });
  app.addHook('onRequest', async (_request, reply) => reply.code(401).send());
  app.post('/refused', async () => 'never');
  const { statusCode } = await app.inject({ method: 'POST', url: '/refused', payload: { a: 1 } });
  expect(statusCode).toBe(401);
  expect(() => vi.advanceTimersByTime(1000)).not.toThrow();
  expect(late).toStrictEqual(['/refused']);
  await app.close();
});
