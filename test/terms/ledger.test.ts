/** The ledger: it becomes a receipt only when every record is accounted for. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SluiceError } from '../../src/terms/errors.js';
import { Ledger, type RecordCounts } from '../../src/terms/ledger.js';
import type { StoppedBy } from '../../src/terms/receipt.js';

interface Counts extends Partial<RecordCounts> {
  readonly found?: number;
  readonly stoppedBy?: StoppedBy;
}

const RUN = { id: 'job-1', startedAt: 0, durationMs: 10 };

function ledgerOf({ read = 0, written = 0, filtered = 0, rejected = 0, found = 0, stoppedBy }: Counts): Ledger {
  const ledger = new Ledger();
  ledger.resume({ read, written, filtered, rejected }, []);
  ledger.countFound(found - read);
  if (stoppedBy) ledger.stopBy(stoppedBy);
  return ledger;
}

describe('balance', () => {
  test('makes an empty receipt of an empty ledger', () => {
    expect(new Ledger().balance({ id: 'job-1', startedAt: 0, durationMs: 12.34 })).toStrictEqual({
      id: 'job-1',
      read: 0,
      written: 0,
      filtered: 0,
      rejected: 0,
      stoppedBy: 'end',
      bytesIn: 0,
      bytesOut: 0,
      startedAt: '1970-01-01T00:00:00.000Z',
      durationMs: 12.3,
      busyMs: {},
      files: [],
      output: { bytes: 0 },
      notes: [],
    });
  });

  test.each<[string, Counts]>([
    ['a record is lost', { read: 3, found: 3, written: 1, filtered: 1 }],
    ['a record is counted twice', { read: 1, found: 1, written: 1, filtered: 1 }],
    ['records were found that never arrived', { read: 2, found: 3, written: 2 }],
    ['more arrived than were found', { read: 2, found: 1, written: 2 }],
  ])('is refused when %s', (_case, counts) => {
    expect(() => ledgerOf(counts).balance(RUN)).toThrow(expect.objectContaining({ code: 'UNBALANCED' }));
  });

  test.each(['limit', 'ids'] as const)('may leave records unread when the run stopped by %s', (stoppedBy) => {
    const counts = { read: 2, found: 500, written: 1, filtered: 1, stoppedBy };
    expect(ledgerOf(counts).balance(RUN)).toMatchObject({ read: 2, stoppedBy });
  });

  test('holds in every receipt', () => {
    const count = fc.nat(1000);
    fc.assert(
      fc.property(count, count, count, count, (written, filtered, rejected, read) => {
        const closed = (): unknown => ledgerOf({ written, filtered, rejected, read, found: read }).balance(RUN);
        if (read === written + filtered + rejected) expect(closed()).toMatchObject({ read });
        else expect(closed).toThrow(SluiceError);
      }),
    );
  });

  test('is frozen and independent of later counts', () => {
    const ledger = new Ledger();
    const receipt = ledger.balance(RUN);
    ledger.addNote({ code: 'LARGE_FILES', text: 'late' });
    ledger.addFile({ name: 'late', records: 0, bytes: 0 });
    expect(Object.isFrozen(receipt)).toBe(true);
    expect([receipt.notes, receipt.files]).toStrictEqual([[], []]);
  });
});

describe('busy times', () => {
  test('add up, and the longest is the bottleneck', () => {
    const ledger = new Ledger();
    ledger.addBusy('scan', 1.04);
    ledger.addBusy('zip', 5);
    ledger.addBusy('scan', 2.02);
    const { busyMs, bottleneck } = ledger.balance(RUN);
    expect(busyMs).toStrictEqual({ scan: 3.1, zip: 5 });
    expect(bottleneck).toBe('zip');
  });

  test('that were not measured name no bottleneck', () => {
    expect(new Ledger().balance(RUN)).not.toHaveProperty('bottleneck');
  });
});

test('the receipt has the digest of the output where there is one', () => {
  const ledger = new Ledger();
  ledger.setOutput({ bytes: 3, sha256: 'ab' });
  expect(ledger.balance(RUN)).toMatchObject({ bytesOut: 3, output: { bytes: 3, sha256: 'ab' } });
});
