/** Turns of the queue: no tenant waits for all jobs of another one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairQueue } from '../../src/jobs/fair-queue.js';

describe('turns', () => {
  test('serve a tenant with one job before the thousand jobs of another one are done', () => {
    const queue = new FairQueue(4);
    for (let index = 0; index < 1000; index++) queue.add('big', `big-${index}`);
    queue.add('small', 'small-0');
    expect([queue.take(0)?.id, queue.take(0)?.id, queue.take(0)?.id]).toStrictEqual(['big-0', 'small-0', 'big-1']);
  });

  test('let the next job of a tenant run while a delayed one waits', () => {
    const queue = new FairQueue(4);
    queue.add('a', 'later', { notBefore: 50 });
    queue.add('a', 'now');
    expect([queue.take(0)?.id, queue.take(0)?.id, queue.nextTurn()]).toStrictEqual(['now', undefined, 50]);
    expect(queue.take(50)).toStrictEqual({ tenant: 'a', id: 'later' });
  });

  test('find the earliest of very many delayed jobs, also when some are gone', () => {
    const queue = new FairQueue(4);
    const most = 200_000;
    for (let index = 0; index < most; index++) {
      queue.add('a', `${index}`, { notBefore: 10 + (index % (most / 4)) / 2 });
    }
    expect([queue.take(0), queue.nextTurn()]).toStrictEqual([undefined, 10]);
    for (const id of [0, most / 4, most / 2, (3 * most) / 4]) queue.remove('a', `${id}`);
    expect([queue.nextTurn(), queue.count('a')]).toStrictEqual([10.5, most - 4]);
  });

  test('ignore a delay that comes from a clock that was set back', () => {
    const queue = new FairQueue(4);
    const hour = 3_600_000;
    queue.add('a', 'retried', { notBefore: 10 * hour + 1000 });
    expect(queue.take(10 * hour)).toBeUndefined();
    expect(queue.take(9 * hour)).toStrictEqual({ tenant: 'a', id: 'retried' });
  });

  test('respect the limit per tenant, and take each job exactly once', () => {
    const steps = fc.array(
      fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.constant('take' as const), fc.constant('release' as const)),
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 3 }), (commands, limit) => {
        const queue = new FairQueue(limit);
        const running: string[] = [];
        const added: string[] = [];
        const taken: string[] = [];
        for (const [index, command] of commands.entries()) {
          if (command === 'take') {
            const id = queue.take(0)?.id;
            if (id === undefined) continue;
            taken.push(id);
            running.push(id[0]);
            expect(running.filter((tenant) => tenant === id[0]).length).toBeLessThanOrEqual(limit);
          } else if (command === 'release') {
            const tenant = running.shift();
            if (tenant !== undefined) queue.release(tenant);
          } else {
            added.push(`${command}${index}`);
            queue.add(command, `${command}${index}`);
          }
        }
        for (const tenant of running) queue.release(tenant);
        for (let id = queue.take(0)?.id; id !== undefined; id = queue.take(0)?.id) {
          taken.push(id);
          queue.release(id[0]);
        }
        expect([...taken].sort()).toStrictEqual([...added].sort());
        for (const tenant of ['a', 'b', 'c']) {
          // Within a tenant, first come, first served.
          expect(taken.filter((id) => id[0] === tenant)).toStrictEqual(added.filter((id) => id[0] === tenant));
        }
      }),
    );
  });
});
