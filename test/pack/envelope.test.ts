/** The envelope: its exact text, well and badly ended. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { envelopeStage } from '../../src/pack/envelope.js';
import { SluiceError } from '../../src/terms/errors.js';
import { Run } from '../../src/terms/run.js';
import { drive } from './drive.js';

const newRun = (id = 'job-1') => new Run({ id, now: () => 0, startedAt: 0 });
const says = { tenant: 'acme', version: '1.1', fileName: 'catalog.json' };
const HEAD =
  '{"response":{"binaryObjects":[{"id":"job-1","type":"JSONObject","systemInfo":{"tenantId":"acme"},' +
  '"properties":{"fileName":"catalog.json","version":"1.1","extension":"JSON"},"data":{"blob":"';

describe('the text', () => {
  test('stands in the documented order, without a blank', async () => {
    const run = newRun();
    run.ledger.written = 3;
    const text = await drive(envelopeStage({ run, ...says }), [Buffer.from('QUJD'), Buffer.from('REVG')]);
    expect(text.toString()).toBe(`${HEAD}QUJDREVG"}}],"status":"success","statusDetail":{},"totalRecords":3}}`);
  });

  test('counts the records that are written when the blob ends, not when it begins', async () => {
    const run = newRun();
    const stage = envelopeStage({ run, ...says });
    const out = [...(await stage.push(Buffer.from('QUJD')))];
    run.ledger.written = 42;
    out.push(...(await stage.flush()));
    expect(JSON.parse(Buffer.concat(out).toString()).response.totalRecords).toBe(42);
  });

  test('an empty blob is an empty string', async () => {
    const text = await drive(envelopeStage({ run: newRun(), ...says }), []);
    expect(text.toString()).toBe(`${HEAD}"}}],"status":"success","statusDetail":{},"totalRecords":0}}`);
  });

  test('hostile words come back as they were', async () => {
    const hostile = '"}],\\ \u2028\n\ud83d</script>\u0000';
    const run = newRun(hostile);
    const stage = envelopeStage({ run, tenant: hostile, version: hostile, fileName: hostile });
    const { response } = JSON.parse((await drive(stage, [Buffer.from('QUJD')])).toString());
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

  test('begins with the first text, before the last has come', async () => {
    const stage = envelopeStage({ run: newRun(), ...says });
    expect(Buffer.concat([...(await stage.push(Buffer.from('QUJD')))]).toString()).toBe(`${HEAD}QUJD`);
  });
});

describe('the tail of a failed export', () => {
  const error = new SluiceError('INVALID_JSON', 'scan', 'line 3: "}" is missing', { recordIndex: 2 });

  test('tells the error and how many records stand in the blob', async () => {
    const run = newRun();
    run.ledger.written = 2;
    const stage = envelopeStage({ run, ...says });
    const out = [...(await stage.push(Buffer.from('QUJD'))), ...((await stage.fail?.(error)) ?? [])];
    const text = Buffer.concat(out).toString();
    expect(text).toBe(
      `${HEAD}QUJD"}}],"status":"error","statusDetail":{"code":"INVALID_JSON",` +
        '"message":"line 3: \\"}\\" is missing","messageType":"error"},"totalRecords":2}}',
    );
    expect(() => JSON.parse(text)).not.toThrow();
  });

  test('comes too when the failure is known by the run only', async () => {
    const run = newRun();
    run.fail(error);
    const text = await drive(envelopeStage({ run, ...says }), [Buffer.from('QUJD')]);
    expect(JSON.parse(text.toString()).response).toMatchObject({
      status: 'error',
      statusDetail: { code: 'INVALID_JSON', messageType: 'error' },
    });
  });

  test('before the first byte there is nothing to close: the failure itself is the answer', async () => {
    const stage = envelopeStage({ run: newRun(), ...says });
    expect(await stage.fail?.(error)).toStrictEqual([]);
  });
});

test('the run is told that it ends in an envelope', () => {
  const run = newRun();
  envelopeStage({ run, ...says });
  expect(run.endsInEnvelope).toBe(true);
});
