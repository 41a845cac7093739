/** Test vectors of the documented export for complete requests and results; the others are beside what they test. */
import { buffer, text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { acceptRequest } from '../../src/request/accept/accept-request.js';
import { bytes } from '../../src/sources/bytes.js';
import type { Source } from '../../src/sources/source.js';

const SEED = {
  params: {
    query: { id: 'p1', filters: { typesCriterion: ['product'] } },
    fields: { attributes: ['_ALL'] },
    options: { maxRecords: '10' },
    rsconnect: { profiles: ['downloadDataJSONJob'] },
  },
  clientState: { notificationInfo: { userId: 'a@x.com_user' } },
};

const ENTITY =
  '{"id":"p1","name":"Cot","type":"product","properties":{"modifiedDate":"2018-07-19T03:18:30.557-0500"},' +
  '"data":{"attributes":{"mdmid":{"values":[{"value":"P1","source":"internal","locale":"en-US"}]}}}}';

test('vector 1: the request of the documentation parses, its maxRecords is text and equals 10', () => {
  expect(acceptRequest(SEED)).toMatchObject({ ids: ['p1'], maxRecords: 10, profile: 'downloadDataJSONJob' });
});

test('vector 17: the base64 of the envelope decodes to the bytes of the streamed file', async () => {
  const made = (options: object) => exportEntities({ source: bytes([ENTITY]), id: 'job', request: SEED, ...options });
  const { response } = JSON.parse(await text(made({})));
  expect(response).toMatchObject({ status: 'success', totalRecords: 1 });
  const blob = Buffer.from(response.binaryObjects[0].data.blob, 'base64');
  expect(blob.equals(await buffer(made({ pack: 'zip' })))).toBe(true);
});

test('vector 18: an unknown profile name is an error before any read: the source is never opened', async () => {
  let opened = 0;
  const source: Source = {
    inputs() {
      opened++;
      return bytes([ENTITY]).inputs(new AbortController().signal);
    },
  };
  const rsconnect = { profiles: ['downloadDataJsonJob'] };
  const body = { ...SEED, params: { ...SEED.params, rsconnect } };
  for (const request of [body, { profile: 'downloadDataJsonJob' }, { profileContext: { channel: 'NOWHERE' } }]) {
    expect(() => exportEntities({ source, request })).toThrow(expect.objectContaining({ code: 'UNKNOWN_PROFILE' }));
  }
  expect(opened).toBe(0);
  await text(exportEntities({ source, request: SEED }));
  expect(opened).toBe(1);
});
