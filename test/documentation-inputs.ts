/** For tests: the files that the examples of the documentation begin with, and stand-ins for packages they name. */
import { cp, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './documentation.js';

/** Packages of this repository that examples import beside sluice. */
const PACKAGES = ['@duckdb', '@opentelemetry', 'express', 'fastify', 'hono'];

const REQUEST = {
  params: {
    query: { filters: { typesCriterion: ['product'] } },
    fields: { attributes: ['_ALL'] },
    options: { maxRecords: '10' },
    rsconnect: { profiles: ['downloadDataJSONJob'] },
  },
};

const PROFILE = {
  configObject: {
    id: 'nightly',
    type: 'integrationprofile',
    data: {
      contexts: [
        {
          context: { service: 'ENTITY_EXPORT', channel: 'JOB', format: 'JSON' },
          jsonData: {
            isEnabled: 'true',
            collect: { isDataPersistent: 'true' },
            publish: { format: { type: 'RSJSON', batchSize: '50' } },
          },
        },
      ],
    },
  },
};

const ORDERS = [
  {
    id: 1,
    customer: { name: 'Ada', phone: '+49 30 1234' },
    tags: ['new'],
    lines: [{ sku: '007', price: 1.5 }, { sku: 'b' }],
  },
  { id: 2, customer: null, lines: [] },
];

const linesOf = (values: readonly object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

/** What a page finds in its folder, beside `catalog.ndjson` and the files of other systems. */
const INPUTS: Readonly<Record<string, string>> = {
  'request.json': JSON.stringify(REQUEST),
  'profile.json': JSON.stringify(PROFILE),
  'orders.ndjson': linesOf(ORDERS),
  'broken.ndjson': '{"id":"1","type":"product"}\n{"id":}\n',
};

/** The part of MongoDB's driver that the examples use; a server is not needed for it. */
const MONGODB = `
class Cursor {
  constructor(documents) { this.documents = documents; }
  map(change) { return new Cursor(this.documents.map(change)); }
  async *[Symbol.asyncIterator]() { yield* this.documents; }
}
const DOCUMENTS = [{ _id: { toString: () => '65f0' }, type: 'product' }, { _id: { toString: () => '65f1' }, type: 'image' }];
export class MongoClient {
  db() { return { collection: () => ({ find: ({ type }) => new Cursor(DOCUMENTS.filter((one) => one.type === type)) }) }; }
  async close() {}
}
`;

/** Makes a folder in which examples run. */
export async function makeExampleFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-page-'));
  const packages = join(folder, 'node_modules');
  await mkdir(join(packages, 'mongodb'), { recursive: true });
  await writeFile(join(packages, 'mongodb', 'package.json'), '{"name":"mongodb","type":"module","main":"index.js"}');
  await writeFile(join(packages, 'mongodb', 'index.js'), MONGODB);
  await symlink(ROOT, join(packages, 'sluice'), 'dir');
  for (const name of PACKAGES) await symlink(join(ROOT, 'node_modules', name), join(packages, name), 'dir');
  await cp(join(ROOT, 'test/fixtures/catalog.ndjson'), join(folder, 'catalog.ndjson'));
  await cp(join(ROOT, 'test/formats/files'), folder, { recursive: true });
  for (const [name, text] of Object.entries(INPUTS)) await writeFile(join(folder, name), text);
  return folder;
}
