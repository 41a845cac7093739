/** The types that users meet, tested like code. */
import type { Readable, Writable } from 'node:stream';
import { assertType, describe, expectTypeOf, test } from 'vitest';
import {
  bytes,
  createRun,
  type Destination,
  type ErrorCode,
  type ExportOptions,
  type ExportPlan,
  type ExportStream,
  explainPlan,
  exportEntities,
  files,
  objects,
  type PlanOptions,
  type Profile,
  planExport,
  type Receipt,
  type RequestFault,
  SluiceError,
  type Source,
  writable,
} from '../../src/index.js';
import { ERROR_CODES } from '../../src/terms/errors.js';

/** Members of T that may be assigned to. */
type Writables<T> = {
  [Key in keyof T]-?: (<X>() => X extends { [K in Key]: T[K] } ? 1 : 2) extends <X>() => X extends {
    -readonly [K in Key]: T[K];
  }
    ? 1
    : 2
    ? Key
    : never;
}[keyof T];

declare const receipt: Receipt;
declare const plan: ExportPlan;

describe('exportEntities', () => {
  test('returns a Readable with the receipt as a promise', () => {
    expectTypeOf(exportEntities).returns.toEqualTypeOf<ExportStream>();
    expectTypeOf<ExportStream>().toExtend<Readable>();
    expectTypeOf<ExportStream['receipt']>().toEqualTypeOf<Promise<Receipt>>();
    expectTypeOf<ExportStream['plan']>().toEqualTypeOf<ExportPlan>();
  });

  test('returns no thenable: awaiting it returns the stream itself', () => {
    expectTypeOf<ExportStream>().not.toExtend<PromiseLike<unknown>>();
    expectTypeOf<ExportStream>().not.toHaveProperty('then');
    expectTypeOf<Awaited<ExportStream>>().toEqualTypeOf<ExportStream>();
  });

  test('toFile and to return a promise of the receipt', () => {
    expectTypeOf<ExportStream['toFile']>().toBeCallableWith('out.zip', { overwrite: true });
    expectTypeOf<ExportStream['toFile']>().returns.resolves.toEqualTypeOf<Receipt>();
    expectTypeOf<ExportStream['to']>().parameters.toEqualTypeOf<[Destination | Writable]>();
    expectTypeOf<ExportStream['to']>().returns.resolves.toEqualTypeOf<Receipt>();
  });

  test('accepts a path, several, or a source', () => {
    assertType<ExportOptions>({ source: 'catalog.ndjson' });
    assertType<ExportOptions>({ source: ['a.ndjson', 'b.ndjson'] as const });
    assertType<ExportOptions>({ source: files('a.ndjson', 'b.ndjson') });
    assertType<ExportOptions>({ source: bytes(['text', new Uint8Array(1)]) });
    assertType<ExportOptions>({ source: bytes({} as Readable) });
    assertType<ExportOptions>({ source: {} as Readable });
    assertType<ExportOptions>({ source: new Blob(['text']) });
    assertType<ExportOptions>({ source: {} as Response });
    assertType<ExportOptions>({ source: new URL('file:///catalog.ndjson') });
    assertType<ExportOptions>({ source: objects([{ id: 1 }]) });
    assertType<ExportOptions>({ source: objects((async function* () {})()) });
  });

  test('refuses unknown options', () => {
    // @ts-expect-error the source is missing
    assertType<ExportOptions>({});
    // @ts-expect-error a number is no source
    assertType<ExportOptions>({ source: 5 });
    // @ts-expect-error unknown member
    assertType<ExportOptions>({ source: 'x', overwrite: true });
    // @ts-expect-error unknown reader
    assertType<ExportOptions>({ source: 'x', reader: 'fast' });
    // @ts-expect-error the only option of toFile is overwrite
    exportEntities({ source: 'x' }).toFile('x', { force: true });
    // @ts-expect-error the receipt is read-only
    exportEntities({ source: 'x' }).receipt = Promise.resolve(receipt);
    // @ts-expect-error the plan is read-only
    exportEntities({ source: 'x' }).plan = plan;
  });
});

describe('a request', () => {
  test('has the form of the library or of the documented body', () => {
    assertType<ExportOptions>({ source: 'x', request: {} });
    assertType<ExportOptions>({ source: 'x', request: { types: 'product', fields: { attributes: ['_ALL'] } } });
    assertType<ExportOptions>({ source: 'x', request: { criteria: { keywords: 'red shirt' }, maxRecords: '10' } });
    const filters = { typesCriterion: ['product'] };
    assertType<ExportOptions>({ source: 'x', request: { params: { query: { filters }, options: { maxRecords: 1 } } } });
    assertType<ExportOptions>({ source: 'x', request: { fields: { include: 'sku', exclude: ['meta.internal'] } } });
    assertType<ExportOptions>({ source: 'x', request: { criteria: { fields: { 'price.amount': { gte: 10 } } } } });
    assertType<ExportOptions>({ source: 'x', request: { criteria: { fields: [{ a: { not: true, eq: 'b' } }] } } });
    // @ts-expect-error a condition has operators
    assertType<ExportOptions>({ source: 'x', request: { criteria: { fields: { 'price.amount': 10 } } } });
    assertType<ExportOptions>({ source: 'x', request: JSON.parse('{}') });
  });

  test('with an unknown member, or a member of another type, does not compile', () => {
    // @ts-expect-error the member is types
    assertType<ExportOptions>({ source: 'x', request: { typos: ['x'] } });
    // @ts-expect-error a number is not a request
    assertType<ExportOptions>({ source: 'x', request: 42 });
    // @ts-expect-error contexts are objects
    assertType<ExportOptions>({ source: 'x', request: { contexts: ['Germany'] } });
    // @ts-expect-error the member is typesCriterion
    assertType<ExportOptions>({ source: 'x', request: { params: { query: { filters: { types: ['product'] } } } } });
  });
});

describe('planExport', () => {
  test('needs no options, and returns plain data', () => {
    expectTypeOf(planExport).toBeCallableWith();
    expectTypeOf(planExport).returns.toEqualTypeOf<ExportPlan>();
    expectTypeOf(explainPlan).parameters.toEqualTypeOf<[ExportPlan]>();
    expectTypeOf(explainPlan).returns.toEqualTypeOf<string>();
  });

  test('accepts unions of words, not strings', () => {
    expectTypeOf<PlanOptions['format']>().toEqualTypeOf<'json' | 'array' | 'ndjson' | 'dsv' | 'xlsx' | undefined>();
    expectTypeOf<PlanOptions['pack']>().toEqualTypeOf<'envelope' | 'zip' | 'gzip' | 'zstd' | 'none' | undefined>();
    expectTypeOf<PlanOptions['onError']>().toEqualTypeOf<'stop' | 'skip' | 'skip-file' | undefined>();
    // @ts-expect-error unknown member
    assertType<PlanOptions>({ formatt: 'json' });
    // @ts-expect-error unknown format
    assertType<PlanOptions>({ format: 'csv' });
    // @ts-expect-error unknown pack
    assertType<PlanOptions>({ pack: 'rar' });
    // @ts-expect-error a profile requires a format and a pack
    assertType<Profile>({ name: 'mine' });
  });

  test('returns a read-only plan', () => {
    expectTypeOf<Writables<ExportPlan>>().toEqualTypeOf<never>();
    expectTypeOf<Writables<ExportPlan['output']>>().toEqualTypeOf<never>();
    // @ts-expect-error frozen
    plan.id = 'x';
    // @ts-expect-error frozen
    plan.output.level = 9;
    // @ts-expect-error frozen
    plan.select.ids?.push('x');
  });
});

describe('a receipt', () => {
  test('is read-only', () => {
    expectTypeOf<Writables<Receipt>>().toEqualTypeOf<never>();
    expectTypeOf<Writables<Receipt['files'][number]>>().toEqualTypeOf<never>();
    expectTypeOf<Writables<Receipt['output']>>().toEqualTypeOf<never>();
    // @ts-expect-error readonly
    receipt.written = 1;
    // @ts-expect-error readonly
    receipt.files.push({ name: '', records: 0, bytes: 0 });
    // @ts-expect-error readonly
    receipt.busyMs.read = 1;
  });

  test('states why reading stopped', () => {
    expectTypeOf<Receipt['stoppedBy']>().toEqualTypeOf<'end' | 'limit' | 'ids'>();
  });
});

describe('errors', () => {
  const error = new SluiceError('TRUNCATED', 'scan', 'cut');

  test('have a code of the published list', () => {
    expectTypeOf(error.code).toEqualTypeOf<ErrorCode>();
    expectTypeOf<ErrorCode>().toEqualTypeOf<keyof typeof ERROR_CODES>();
    expectTypeOf<ErrorCode>().not.toEqualTypeOf<string>();
    expectTypeOf(error).toExtend<Error>();
    expectTypeOf(error.faults).toEqualTypeOf<readonly RequestFault[] | undefined>();
    // @ts-expect-error no such code
    new SluiceError('BROKEN', 'scan', 'x');
    // @ts-expect-error no such stage
    new SluiceError('TRUNCATED', 'somewhere', 'x');
    // @ts-expect-error readonly
    error.code = 'INTERNAL';
  });

  test('allow an exhaustive switch over their codes', () => {
    const families: Record<ErrorCode, string> = ERROR_CODES;
    assertType(families);
  });
});

describe('ports', () => {
  test('a source requires one method; the rest is optional', () => {
    expectTypeOf<keyof Source>().toEqualTypeOf<
      'inputs' | 'files' | 'reopenable' | 'totalBytes' | 'narrow' | 'describe' | 'explain'
    >();
    assertType<Source>({ async *inputs() {} });
  });

  test('a destination requires a name and one method; the rest is optional', () => {
    expectTypeOf<keyof Destination>().toEqualTypeOf<'name' | 'open' | 'stored' | 'folder' | 'identity'>();
    expectTypeOf(writable).toBeCallableWith({} as Writable, 'the response');
  });

  test('a run can be created without options', () => {
    expectTypeOf(createRun).toBeCallableWith();
    expectTypeOf(createRun().receipt).toEqualTypeOf<Promise<Receipt>>();
    // @ts-expect-error unknown member
    createRun({ clock: () => 0 });
  });
});
