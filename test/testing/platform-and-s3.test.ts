/** The suites pass for the sources and destinations that are services: the platform, and S3. */
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest';
import { s3 } from '../../src/destinations/s3/s3.js';
import { s3Objects } from '../../src/places/s3-objects.js';
import { rdpEntities } from '../../src/sources/rdp/rdp-entities.js';
import { type ConformanceCase, destinationCases, sourceCases } from '../../src/testing.js';
import { HEADERS, type RdpServer, rdpServer } from '../servers/rdp-server.js';
import { startS3, type TestS3 } from '../servers/s3-server.js';

const IDS = ['1', '2', '3', '4', '5'];
const ENTITIES = IDS.map((id) => JSON.stringify({ id, type: 'x' }));

function all(cases: readonly ConformanceCase[]): void {
  for (const { name, run } of cases) test(name, run);
}

describe('a source: entities of the platform', () => {
  // A server ends with its case.
  let server: RdpServer | undefined;
  afterEach(() => {
    server = undefined;
  });
  const open = async () => {
    server ??= await rdpServer({ entities: ENTITIES });
    return rdpEntities({ server: server.url, headers: HEADERS, pageSize: 2 });
  };
  all(sourceCases({ open, ids: IDS }));
});

describe('S3', () => {
  let service: TestS3;
  let count = 0;
  const at = (key: string) => `s3://${service.bucket}/${key}`;
  beforeAll(async () => {
    service = await startS3();
    const parts = { 'in/a.ndjson': ENTITIES.slice(0, 2), 'in/b.ndjson': ENTITIES.slice(2) };
    for (const [key, lines] of Object.entries(parts)) {
      const { writable, commit } = await s3(at(key), service.options).open({ note: () => {} });
      await new Promise<void>((resolve) => writable.end(`${lines.join('\n')}\n`, resolve));
      await commit();
    }
  });
  afterAll(() => service.close());

  describe('a source: an object', () => {
    all(sourceCases({ open: () => s3Objects(at('in/b.ndjson'), service.options), ids: IDS.slice(2) }));
  });

  describe('a source: all objects below a prefix', () => {
    all(sourceCases({ open: () => s3Objects(at('in/'), service.options), ids: IDS }));
  });

  describe('a destination: an object', () => {
    let key = '';
    all(
      destinationCases({
        open: () => {
          key = `out/${count++}`;
          return s3(at(key), service.options);
        },
        read: async () => service.objects.get(key)?.bytes,
      }),
    );
  });
});
