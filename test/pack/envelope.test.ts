/** The envelope: its exact text, after success and after failure. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { envelope } from '../../src/export/stage-streams.js';
import { envelopeStage } from '../../src/pack/envelope.js';
import { SluiceError } from '../../src/terms/errors.js';
import { Run } from '../../src/terms/run.js';
import { drive } from './drive.js';

function newRun(id = 'job-1', written = 0): Run {
  const run = new Run({ id, now: () => 0, startedAt: 0 });
  run.ledger.settle({ covers: written, filtered: 0, rejects: [], written });
  return run;
}

const facts = { tenant: 'acme', version: '1.1', fileName: 'catalog.json' };
const HEAD =
  '{"response":{"binaryObjects":[{"id":"job-1","type":"JSONObject","systemInfo":{"tenantId":"acme"},' +
  '"properties":{"fileName":"catalog.json","version":"1.1","extension":"JSON"},"data":{"blob":"';

describe('the text', () => {
  test('has the documented order and no white space', async () => {
    const chunks = [Buffer.from('QUJD'), Buffer.from('REVG')];
    const text = await drive(envelopeStage(facts), chunks, newRun('job-1', 3));
    expect(text.toString()).toBe(`${HEAD}QUJDREVG"}}],"status":"success","statusDetail":{},"totalRecords":3}}`);
  });

  test('counts the records written up to the end of the blob', async () => {
    const run = newRun();
    const stage = envelopeStage(facts);
    const out = [...(await stage.push(Buffer.from('QUJD'), run))];
    run.ledger.settle({ covers: 42, filtered: 0, rejects: [], written: 42 });
    out.push(...(await stage.flush(run)));
    expect(JSON.parse(Buffer.concat(out).toString()).response.totalRecords).toBe(42);
  });

  test('has an empty string for an empty blob', async () => {
    const text = await drive(envelopeStage(facts), [], newRun());
    expect(text.toString()).toBe(`${HEAD}"}}],"status":"success","statusDetail":{},"totalRecords":0}}`);
  });

  test('escapes hostile names', async () => {
    const hostile = '"}],\\ \u2028\n\ud83d</script>\u0000';
    const stage = envelopeStage({ tenant: hostile, version: hostile, fileName: hostile });
    const { response } = JSON.parse((await drive(stage, [Buffer.from('QUJD')], newRun(hostile))).toString());
    expect(response).toStrictEqual({
      binaryObjects: [
        {
          id: hostile,
          type: 'JSONObject',
          systemInfo: { tenantId: hostile },
          properties: { fileName: hostile, version: hostile, extension: 'JSON' },
          data: { blob: 'QUJD' },
        },
      ],
      status: 'success',
      statusDetail: {},
      totalRecords: 0,
    });
  });

  test('begins with the first chunk', async () => {
    const out = await envelopeStage(facts).push(Buffer.from('QUJD'), newRun());
    expect(Buffer.concat([...out]).toString()).toBe(`${HEAD}QUJD`);
  });
});

describe('the tail of a failed export', () => {
  const error = new SluiceError('INVALID_JSON', 'scan', 'line 3: "}" is missing', { recordIndex: 2 });

  test('reports the error and the number of records in the blob', async () => {
    const run = newRun('job-1', 2);
    const stage = envelopeStage(facts);
    const out = [...(await stage.push(Buffer.from('QUJD'), run)), ...((await stage.fail?.(error, run)) ?? [])];
    const text = Buffer.concat(out).toString();
    expect(text).toBe(
      `${HEAD}QUJD"}}],"status":"error","statusDetail":{"code":"INVALID_JSON",` +
        '"message":"line 3: \\"}\\" is missing","messageType":"error"},"totalRecords":2}}',
    );
    expect(() => JSON.parse(text)).not.toThrow();
  });

  test('reports a failure that only the run knows', async () => {
    const run = newRun();
    run.fail(error);
    const text = await drive(envelopeStage(facts), [Buffer.from('QUJD')], run);
    expect(JSON.parse(text.toString()).response).toMatchObject({
      status: 'error',
      statusDetail: { code: 'INVALID_JSON', messageType: 'error' },
    });
  });

  test('is empty when the export fails before the first byte', async () => {
    expect(await envelopeStage(facts).fail?.(error, newRun())).toStrictEqual([]);
  });
});

test('a stream that makes an envelope ends the output of its run', () => {
  const run = newRun();
  envelope({ run });
  expect(run.endsInEnvelope).toBe(true);
});
