/** The ledger: it closes only when every record is accounted for. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SluiceError } from '../../src/terms/errors.js';
import { Ledger } from '../../src/terms/receipt.js';

type Counts = Partial<Pick<Ledger, 'read' | 'written' | 'filtered' | 'rejected' | 'found' | 'stoppedBy'>>;

const ledger = (counts: Counts) => Object.assign(new Ledger(), counts);

describe('balance', () => {
  test('of nothing is a receipt of nothing', () => {
    expect(ledger({}).balance({ id: 'job-1', startedAt: 0, durationMs: 12.34 })).toStrictEqual({
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
    expect(() => ledger(counts).balance({ id: 'job-1', startedAt: 0, durationMs: 0 })).toThrow(
      expect.objectContaining({ code: 'UNBALANCED' }),
    );
  });

  test.each(['limit', 'ids'] as const)('may leave records unread when the run stopped by %s', (stoppedBy) => {
    const counts = { read: 2, found: 500, written: 1, filtered: 1, stoppedBy };
    expect(ledger(counts).balance({ id: 'job-1', startedAt: 0, durationMs: 0 })).toMatchObject({ read: 2, stoppedBy });
  });

  test('holds in every receipt', () => {
    const count = fc.nat(1000);
    fc.assert(
      fc.property(count, count, count, count, (written, filtered, rejected, read) => {
        const closed = (): unknown =>
          ledger({ written, filtered, rejected, read, found: read }).balance({ id: 'j', startedAt: 0, durationMs: 0 });
        if (read === written + filtered + rejected) expect(closed()).toMatchObject({ read });
        else expect(closed).toThrow(SluiceError);
      }),
    );
  });

  test('is frozen, and not touched by what is counted later', () => {
    const books = ledger({});
    const receipt = books.balance({ id: 'job-1', startedAt: 0, durationMs: 0 });
    books.notes.push({ code: 'LARGE_FILES', text: 'late' });
    books.files.push({ name: 'late', records: 0, bytes: 0 });
    expect(Object.isFrozen(receipt)).toBe(true);
    expect([receipt.notes, receipt.files]).toStrictEqual([[], []]);
  });
});

describe('busy times', () => {
  test('add up, and the longest is the bottleneck', () => {
    const books = ledger({});
    books.addBusy('scan', 1.04);
    books.addBusy('zip', 5);
    books.addBusy('scan', 2.02);
    const { busyMs, bottleneck } = books.balance({ id: 'job-1', startedAt: 0, durationMs: 10 });
    expect(busyMs).toStrictEqual({ scan: 3.1, zip: 5 });
    expect(bottleneck).toBe('zip');
  });

  test('of nothing name no bottleneck', () => {
    expect(ledger({}).balance({ id: 'job-1', startedAt: 0, durationMs: 10 })).not.toHaveProperty('bottleneck');
  });
});

test('a digest of the output is told where there is one', () => {
  const books = Object.assign(ledger({}), { bytesOut: 3, sha256: 'ab' });
  expect(books.balance({ id: 'job-1', startedAt: 0, durationMs: 0 }).output).toStrictEqual({ bytes: 3, sha256: 'ab' });
});
