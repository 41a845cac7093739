/** Objects in OpenStack Swift as inputs: single ones, a prefix, and connections that are cut. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { openBucket, type S3Options } from '../../../src/destinations/s3/open-bucket.js';
import { s3Objects } from '../../../src/places/s3-objects.js';
import { makeBucket, S3 } from '../../servers/s3-bucket.js';
import { exported, refusalOf } from '../../sources/outcome.js';

const LINES = Array.from({ length: 200_000 }, (_, index) => `{"id":"e${index * 7919}","x":"${'y'.repeat(30)}"}\n`).join(
  '',
);
const digest = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

describe.skipIf(!S3)('in Swift', () => {
  let bucket = '';
  let options: S3Options;
  const read = (address: string, changes: Partial<S3Options> = {}) =>
    exported({ source: s3Objects(address, { ...options, ...changes }), format: 'ndjson', onError: 'stop' });

  beforeAll(async () => {
    const made = await makeBucket();
    [bucket, options] = [made.name, made.options];
    const open = await openBucket(bucket, options, 'write');
    const objects: Readonly<Record<string, string | Buffer>> = {
      'big.ndjson': LINES,
      'logs/a b+ü.json': '{"id":"1"}',
      'logs/b/c.ndjson.gz': gzipSync('{"id":"2"}\n'),
      'logs/readme.txt': 'no JSON',
      'logs.json': '{"id":"beside"}',
    };
    for (const [key, content] of Object.entries(objects)) await open.put(key, Buffer.from(content));
    open.close();
  });

  test('a large object is read in parts', async () => {
    const { output, receipt } = await read(`s3://${bucket}/big.ndjson`);
    expect(digest(output)).toBe(digest(LINES));
    expect(receipt?.bytesIn).toBe(LINES.length);
  });

  test('a prefix stands for the objects below it whose names look like JSON', async () => {
    const { output, receipt } = await read(`s3://${bucket}/logs/`);
    expect(output.toString()).toBe('{"id":"1"}\n{"id":"2"}\n');
    expect(receipt?.notes).toMatchObject([{ code: 'FILES_LEFT_OUT', counts: { files: 1 } }]);
  });

  test('what is not there is told with its address', async () => {
    for (const address of [`s3://${bucket}/none.json`, `s3://${bucket}/none/`]) {
      const { error } = await read(address);
      expect(error).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining(address) });
    }
    expect((await read(`s3://${bucket}-none/a.json`)).error?.code).toBe('NOT_FOUND');
    expect(await refusalOf(async () => s3Objects('s3://'))).toMatchObject({ code: 'INVALID' });
  });

  test('an object is read though its connections are cut', async () => {
    const { port, hostname } = new URL(options.endpoint ?? '');
    let cuts = 0;
    // Passes everything on, but cuts the first connections in the middle of an object.
    const proxy = createServer((client) => {
      const server = connect(Number(port), hostname);
      let passed = 0;
      const leave = () => {
        client.destroy();
        server.destroy();
      };
      client.on('error', leave).on('close', leave);
      server.on('error', leave).on('close', leave);
      client.pipe(server);
      server.on('data', (chunk) => {
        passed += chunk.length;
        if (passed > 1_000_000 && cuts < 3) {
          cuts++;
          leave();
        } else if (!client.write(chunk)) {
          server.pause();
          client.once('drain', () => server.resume());
        }
      });
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    try {
      const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const { output, error, receipt } = await read(`s3://${bucket}/big.ndjson`, { endpoint });
      expect(error).toBeUndefined();
      expect(digest(output)).toBe(digest(LINES));
      expect(receipt?.bytesIn).toBe(LINES.length);
      expect(cuts).toBe(3);
    } finally {
      proxy.close();
    }
  });
});
