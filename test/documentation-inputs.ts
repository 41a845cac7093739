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

const PLACES = `{"type":"FeatureCollection","features":[
{"type":"Feature","id":"berlin","properties":{"name":"Berlin"},"geometry":{"type":"Point","coordinates":[13.4050,52.52]}},
{"type":"Feature","id":"spree","properties":{"name":"Spree"},"geometry":{"type":"Point","coordinates":[13.3,52.5]}}]}
`;

const RESOURCES = [
  { resourceType: 'Patient', id: 'p1', birthDate: '1980-02-29' },
  { resourceType: 'Observation', id: 'o1', valueQuantity: { value: 1.5 } },
];

const BUNDLE = { resourceType: 'Bundle', entry: RESOURCES.map((resource) => ({ fullUrl: resource.id, resource })) };

const DUMP = [
  { _index: 'products', _id: '1', _score: 1, _source: { name: 'lamp' } },
  { _index: 'images', _id: '2', _score: 1, _source: { name: 'lamp.png' } },
];

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

/** What a page finds in its folder beside `catalog.ndjson`. */
const INPUTS: Readonly<Record<string, string>> = {
  'request.json': JSON.stringify(REQUEST),
  'profile.json': JSON.stringify(PROFILE),
  'places.geojson': PLACES,
  'resources.ndjson': linesOf(RESOURCES),
  'bundle.json': JSON.stringify(BUNDLE),
  'dump.ndjson': linesOf(DUMP),
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
  for (const [name, text] of Object.entries(INPUTS)) await writeFile(join(folder, name), text);
  return folder;
}
