/** The documented profile, from its text to the bytes of the result. */
import { Buffer } from 'node:buffer';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { unzip } from '../pack/unzip.js';
import { documentedJsonProfile } from '../request/accept/documented-json-profile.js';

const attribute = (value: string) => `{"values":[{"value":"${value}","source":"internal","locale":"en-US"}]}`;
const relationship = (id: string) => `[{"id":"${id}","relTo":{"id":"${id}","type":"product"}}]`;

/** An entity of the input and of the output: digits and escapes stay. */
const entity = (index: number, isOut: boolean) =>
  `{"id":"p${index}","name":"Polo \\u0041","type":"product","properties":{"version":1.0` +
  (isOut ? ',"publishedBy":"a@x.com_user","publishedUserEmail":"a@x.com"' : '') +
  `},"data":{"attributes":{"mdmid":${attribute('7.10')}` +
  (isOut ? '' : `,"secret":${attribute('x')}`) +
  `,"color":${attribute('red')}},"relationships":{` +
  (isOut ? '' : `"belongsto":${relationship('b')},`) +
  `"crosssell":${relationship('c')}}}}`;

const request = (rsconnect: object, maxRecords: number) => ({
  params: {
    query: { filters: { typesCriterion: ['product'] } },
    fields: { attributes: ['color'], relationships: ['_ALL'] },
    options: { maxRecords },
    rsconnect,
  },
  clientState: { notificationInfo: { userId: 'a@x.com_user' } },
});

async function exported(rsconnect: object, maxRecords: number) {
  const lines = Array.from({ length: 250 }, (_, index) => `${entity(index, false)}\n`);
  const answer = await text(
    exportEntities({
      source: bytes([Buffer.from(lines.join(''))]),
      id: 'job',
      profiles: [documentedJsonProfile()],
      request: request(rsconnect, maxRecords),
    }),
  );
  const { binaryObjects, totalRecords } = JSON.parse(answer).response;
  const files = await unzip(Buffer.from(binaryObjects[0].data.blob, 'base64'));
  return { totalRecords, files: files.map(({ entry, content }) => [entry.fileName, content.toString()]) };
}

const document = (from: number, to: number) =>
  `{"entities":[${Array.from({ length: to - from }, (_, index) => entity(from + index, true)).join(',')}]}`;

describe('by name and by context; vector 22: an excluded relationship is dropped, even with _ALL', () => {
  test.each([
    [{ profiles: ['downloadDataJSONJob'] }],
    [{ profilecontexts: [{ service: 'ENTITY_EXPORT', channel: 'JOB', format: 'JSON', source: 'internal' }] }],
  ])('%j', async (rsconnect) => {
    expect(await exported(rsconnect, 1000)).toStrictEqual({
      totalRecords: 250,
      files: [
        ['job_1_out.json', document(0, 100)],
        ['job_2_out.json', document(100, 200)],
        ['job_3_out.json', document(200, 250)],
      ],
    });
  });
});

test('a single file has no number', async () => {
  const { files } = await exported({ profiles: ['downloadDataJSONJob'] }, 80);
  expect(files).toStrictEqual([['job_out.json', document(0, 80)]]);
});
