/** A webhook is delivered over kills of the service: the receiver sees one id, and one job. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { bundledProgram } from '../bundled-program.js';
import { makeReceiver } from '../webhooks/receiver.js';

const WORKER = fileURLToPath(new URL('../chaos/webhook-worker.mjs', import.meta.url));

/** Kills of the service, each while the receiver has the request and has not responded. */
const KILLS = 3;

/** @param options where the jobs are */
export async function deliveredOverKills(options: object): Promise<void> {
  const program = await bundledProgram(WORKER);
  let onRequest: () => void = () => {};
  let accepts = false;
  const receiver = await makeReceiver((response) => {
    if (accepts) response.writeHead(204).end();
    onRequest();
  });
  try {
    const start = () => fork(program, [JSON.stringify({ ...options, url: receiver.url })], { stdio: 'inherit' });
    for (let kills = 0; kills < KILLS; kills++) {
      const service = start();
      const requested = new Promise<void>((resolve) => {
        onRequest = resolve;
      });
      await requested;
      service.kill('SIGKILL');
      await once(service, 'exit');
    }
    // By the kills, not by the requests: an attempt that a slow machine does not end in time is repeated.
    accepts = true;
    const service = start();
    const delivery = async () => {
      service.send('deliveries');
      const [[newest]] = await once(service, 'message');
      return newest?.state;
    };
    await expect.poll(delivery, { timeout: 30_000, interval: 200 }).toBe('delivered');
    service.kill('SIGKILL');
    await once(service, 'exit');
    const ids = receiver.received.map(({ headers, body }) => `${headers['webhook-id']} ${body}`);
    expect(new Set(ids).size).toBe(1);
    expect(ids.length).toBeGreaterThan(KILLS);
    expect(JSON.parse(receiver.received[0].body).data).toMatchObject({ state: 'completed', written: 1 });
    // Nothing is repeated once it was accepted.
    const last = start();
    await once(last, 'spawn');
    last.send('deliveries');
    await once(last, 'message');
    last.kill('SIGKILL');
    await once(last, 'exit');
    expect(receiver.received).toHaveLength(ids.length);
  } finally {
    await receiver.close();
  }
}
