/** The run: receipt, early ends, settling, progress, logging. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { createRun } from '../../src/export/create-run.js';
import { SluiceError } from '../../src/terms/errors.js';
import type { Progress } from '../../src/terms/progress.js';
import type { Reject } from '../../src/terms/receipt.js';
import { Run } from '../../src/terms/run.js';

const CUT = new SluiceError('TRUNCATED', 'scan', 'cut');

/** A run with a manual clock. */
function runWithClock(options: Partial<ConstructorParameters<typeof Run>[0]> = {}) {
  const clock = { now: 0 };
  return { clock, run: new Run({ id: 'job-1', now: () => clock.now, startedAt: 0, ...options }) };
}

function rejectOf(recordIndex: number): Reject {
  const error = new SluiceError('INVALID_JSON', 'scan', `record ${recordIndex}`);
  return { source: 'feed', recordIndex, byteOffset: recordIndex * 10, error, raw: Buffer.from('{') };
}

describe('the receipt', () => {
  test('settles when the last participant has left', async () => {
    const { run, clock } = runWithClock();
    const [first, second] = [run.join(), run.join()];
    run.ledger.countFound(2);
    run.settle({ covers: 2, filtered: 1, rejects: [], written: 1 });
    clock.now = 5;
    first();
    first();
    clock.now = 7;
    second();
    expect(await run.receipt).toMatchObject({ id: 'job-1', read: 2, filtered: 1, written: 1, durationMs: 7 });
  });

  test('rejects with the first failure, whatever failed after it', async () => {
    const { run } = runWithClock();
    const leave = run.join();
    run.fail(CUT);
    run.fail(new SluiceError('INTERNAL', 'run', 'later'));
    leave();
    await expect(run.receipt).rejects.toBe(CUT);
    expect(run.failure).toBe(CUT);
    expect(run.stopping).toBe(true);
  });

  test('rejects when the ledger does not balance', async () => {
    const { run } = runWithClock();
    run.settle({ covers: 2, filtered: 0, rejects: [], written: 1 });
    run.close();
    await expect(run.receipt).rejects.toMatchObject({ code: 'UNBALANCED' });
  });

  test('settles once', async () => {
    const { run } = runWithClock();
    run.close();
    run.fail(CUT);
    run.close();
    expect(await run.receipt).toMatchObject({ read: 0 });
  });

  test('is never an unhandled rejection', async () => {
    const { run } = runWithClock();
    run.fail(CUT);
    run.close();
    await new Promise(setImmediate);
  });
});

describe('ending early', () => {
  test('stopping ends the source without a failure', async () => {
    const { run } = runWithClock();
    run.stop();
    expect([run.stopping, run.signal.aborted]).toStrictEqual([true, false]);
    run.close();
    await expect(run.receipt).resolves.toMatchObject({ stoppedBy: 'end' });
  });

  test('aborting fires the signal and rejects the receipt', async () => {
    const { run } = runWithClock();
    run.abort();
    expect([run.stopping, run.signal.aborted]).toStrictEqual([true, true]);
    run.close();
    await expect(run.receipt).rejects.toMatchObject({ code: 'ABORTED', stage: 'run' });
  });

  test('the signal of the caller aborts, with its reason as the cause', async () => {
    const caller = new AbortController();
    const { run } = runWithClock({ signal: caller.signal });
    const reason = new Error('enough');
    caller.abort(reason);
    expect(run.signal.aborted).toBe(true);
    run.close();
    await expect(run.receipt).rejects.toMatchObject({ code: 'ABORTED', cause: reason });
  });

  test('a failure before the abort is the one reported', async () => {
    const { run } = runWithClock();
    run.fail(CUT);
    run.abort();
    run.close();
    await expect(run.receipt).rejects.toBe(CUT);
  });
});

describe('settling', () => {
  test('adds up over batches, and records why the run stopped', async () => {
    const { run } = runWithClock();
    run.settle({ covers: 10, filtered: 4, rejects: [], written: 6 });
    run.settle({ covers: 5, filtered: 2, rejects: [], written: 3, stoppedBy: 'limit' });
    run.close();
    expect(await run.receipt).toMatchObject({ read: 15, filtered: 6, written: 9, stoppedBy: 'limit' });
  });

  test('calls onReject in order, and waits for each call', async () => {
    const order: string[] = [];
    const { run } = runWithClock({
      async onReject({ recordIndex }) {
        order.push(`begin ${recordIndex}`);
        await new Promise(setImmediate);
        order.push(`end ${recordIndex}`);
      },
    });
    run.ledger.countFound(3);
    await run.settle({ covers: 3, filtered: 0, rejects: [rejectOf(0), rejectOf(2)], written: 1 });
    expect(order).toStrictEqual(['begin 0', 'end 0', 'begin 2', 'end 2']);
    run.close();
    expect(await run.receipt).toMatchObject({ read: 3, written: 1, rejected: 2 });
  });

  test('fails when onReject fails', async () => {
    const { run } = runWithClock({
      onReject() {
        throw new Error('full');
      },
    });
    await expect(run.settle({ covers: 1, filtered: 0, rejects: [rejectOf(0)], written: 0 })).rejects.toThrow('full');
  });

  test('is synchronous without rejects', () => {
    const { run } = runWithClock();
    expect(run.settle({ covers: 1, filtered: 1, rejects: [], written: 0 })).toBeUndefined();
  });
});

describe('progress', () => {
  const step = { covers: 10, filtered: 5, rejects: [], written: 5 };

  test('is reported at most five times a second, with rates', () => {
    const told: Progress[] = [];
    const { run, clock } = runWithClock({ onProgress: (progress) => told.push(progress) });
    run.ledger.countBytesIn(1000);
    for (clock.now = 0; clock.now <= 1000; clock.now += 10) run.settle(step);
    expect(told.map(({ elapsedMs }) => elapsedMs)).toStrictEqual([200, 400, 600, 800, 1000]);
    expect(told[0]).toStrictEqual({
      bytesIn: 1000,
      read: 210,
      written: 105,
      elapsedMs: 200,
      bytesPerSecond: 5000,
      recordsPerSecond: 1050,
    });
  });

  test('is not reported for a short run', () => {
    const told: Progress[] = [];
    const { run } = runWithClock({ onProgress: (progress) => told.push(progress) });
    run.settle(step);
    expect(told).toStrictEqual([]);
  });
});

describe('the logger', () => {
  test('gets notes, rejects and the end, with the id of the run', async () => {
    const heard: [string, object][] = [];
    const log = (level: string) => (facts: object, message: string) => {
      heard.push([`${level}: ${message}`, facts]);
    };
    const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
    const { run } = runWithClock({ logger });
    run.ledger.countFound(1);
    run.note({ code: 'LARGE_FILES', text: 'the blob is long' });
    await run.settle({ covers: 1, filtered: 0, rejects: [rejectOf(0)], written: 0 });
    run.close();
    expect((await run.receipt).notes).toStrictEqual([{ code: 'LARGE_FILES', text: 'the blob is long' }]);
    expect(heard.map(([message]) => message)).toStrictEqual([
      'warn: record rejected: record 0',
      'warn: the blob is long',
      'info: export done',
    ]);
    for (const [, facts] of heard) expect(facts).toMatchObject({ run: 'job-1' });
  });

  test('gets no notes of a failed run, where they might be wrong', async () => {
    const heard: string[] = [];
    const log = (_facts: object, message: string) => void heard.push(message);
    const { run } = runWithClock({ logger: { debug: log, info: log, warn: log, error: log } });
    run.note({ code: 'TYPES_NOT_FOUND', text: 'no entity has the type' });
    run.fail(new SluiceError('INVALID_JSON', 'scan', 'faulty'));
    run.close();
    await expect(run.receipt).rejects.toMatchObject({ code: 'INVALID_JSON' });
    expect(heard).toStrictEqual([]);
  });

  test('gets only the first warnings of a broken feed', async () => {
    let warnings = 0;
    const ignore = () => {};
    const logger = { debug: ignore, info: ignore, warn: () => warnings++, error: ignore };
    const { run } = runWithClock({ logger });
    const rejects = Array.from({ length: 500 }, (_, index) => rejectOf(index));
    await run.settle({ covers: 500, filtered: 0, rejects, written: 0 });
    expect(warnings).toBeGreaterThan(0);
    expect(warnings).toBeLessThan(100);
  });
});

test('createRun uses a random id or the given one', () => {
  expect(createRun().id).not.toBe(createRun().id);
  expect(createRun({ id: 'job-9' }).id).toBe('job-9');
});
