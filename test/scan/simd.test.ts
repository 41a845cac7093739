/** The scanner with the kernel fulfils the contract of scanners. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scalarScanner } from '../../src/scan/scalar.js';
import type { ScanOptions } from '../../src/scan/scanner.js';
import { simdScanner } from '../../src/scan/simd.js';
import { scannerCases } from '../cases/scanner.cases.js';
import { runs } from '../runs.js';
import { finished } from './finished.js';
import { DEFAULTS, scanAll } from './scan-all.js';

const make = (options: ScanOptions) => {
  const scanner = finished(simdScanner(options));
  if (!scanner) throw new Error('this machine has no vectors for the kernel');
  return scanner;
};

scannerCases('SIMD scanner', make);

it.each<[string, Partial<ScanOptions>]>([
  ['members that share a name', { memberNames: { id: 'sku', type: 'sku', name: 'name' } }],
  ['a name that is always spelled with an escape', { memberNames: { id: 'a\\b', type: 'type', name: 'name' } }],
  ['a name longer than a block', { memberNames: { id: 'x'.repeat(63), type: 'type', name: 'name' } }],
  ['entities beyond its memory', { maxEntityBytes: 2 ** 40 }],
])('leaves %s to the scalar scanner', (_, options) => {
  expect(finished(simdScanner({ ...DEFAULTS, ...options }))).toBeUndefined();
});

describe('an entity of kilobytes in an array, a sequence or a document, cut anywhere', () => {
  const filler = 'x'.repeat(5000);
  const rest = fc.constantFrom(
    ...['}', ',"id":"again"}', ',"t":"a\\"b"}', ',"n":[1,{"id":2}]}', ',"d":[[[[1]]]]}', ',"u":1e5,"v":tru}'],
    ...[']', ',}', ',"a":"\t"}', '', ',"type":"t","type":"u"}', ',"n":"\\ud83d"}', ',"[":"}"}', ' }'],
  );

  it('is found as by the scalar scanner, and so are its faults', () => {
    const property = fc.property(
      fc.array(rest, { minLength: 1, maxLength: 3 }),
      fc.constantFrom<readonly [string, string, Partial<ScanOptions>]>(
        ['[', ']', {}],
        ['{"entities":[', ']}', {}],
        ['', '', { form: 'sequence' }],
      ),
      fc.array(fc.integer({ min: 1, max: 6000 }), { minLength: 1, maxLength: 12 }),
      fc.record({ trust: fc.boolean(), verify: fc.boolean(), maxDepth: fc.constantFrom(3, 1024) }),
      (ends, [open, close, form], sizes, options) => {
        const texts = ends.map((end, index) => `{"id":"e${index}","text":"${filler}"${end}`);
        const whole = Buffer.from(`${open}${texts.join(form.form ? '\n' : ',')}${close}`);
        const chunks: Buffer[] = [];
        for (let at = 0, index = 0; at < whole.length; index++) {
          chunks.push(whole.subarray(at, at + sizes[index % sizes.length]));
          at += sizes[index % sizes.length];
        }
        const all = { ...options, ...form };
        expect(scanAll(make, all, chunks)).toEqual(scanAll(scalarScanner, all, chunks));
      },
    );
    fc.assert(property, runs(150));
  });
});

describe('a prefilter', () => {
  const entities = fc.array(
    fc.record({
      id: fc.constantFrom('"e1"', '"e2"', '"\\u00651"', '7', '-1.0', '"é"', '""', 'null', undefined),
      type: fc.constantFrom('"product"', '"PRODUCT"', '"ｐroduct"', '"\\u0070roduct"', '"sku"', '5', undefined),
    }),
    { maxLength: 30 },
  );
  const prefilters = fc.oneof(
    fc.record({ ids: fc.array(fc.constantFrom('e1', 'é', '7', '-1.0', '', '\ud800', 'none'), { maxLength: 4 }) }),
    fc.record({ types: fc.array(fc.constantFrom('product', 'sku', '5', 'none'), { maxLength: 3 }) }),
  );

  it('keeps all entities that a filter lets pass, few others, and counts all of them', () => {
    const property = fc.property(entities, prefilters, fc.boolean(), (all, prefilter, asLines) => {
      const texts = all.map(({ id, type }) => {
        const members = [...(type ? [`"type":${type}`] : []), '"data":{"id":"e1"}', ...(id ? [`"id":${id}`] : [])];
        return `{${members.join(',')}}`;
      });
      const bytes = Buffer.from(asLines ? texts.map((text) => `${text}\n`).join('') : `[${texts.join(', ')}]`);
      const found = scanAll(make, { prefilter }, [bytes]);
      expect(found.fault).toBeUndefined();
      const left = new Set(found.entities.map(({ index }) => index));
      for (const [index, { id = '', type = '' }] of all.entries()) {
        const token = 'ids' in prefilter ? id : type;
        const wanted: readonly string[] = 'ids' in prefilter ? prefilter.ids : prefilter.types;
        const text = token.startsWith('"') ? String(JSON.parse(token)) : 'ids' in prefilter ? token : '';
        const passes =
          token !== '' && token !== 'null' && wanted.includes('ids' in prefilter ? text : text.toLowerCase());
        if (passes) expect(left).toContain(index);
        // Values with an escape, and types that are numbers, are left to the filter.
        else if (/^"[^\\]*"$/.test(token)) expect(left).not.toContain(index);
      }
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('of a hundred thousand ids finds them all', () => {
    const ids = Array.from({ length: 100_000 }, (_, index) => `e${index * 7}`);
    const lines = Array.from({ length: 3_000 }, (_, index) => `{"id":"e${index}"}\n`);
    const found = scanAll(make, { prefilter: { ids } }, [Buffer.from(lines.join(''))]);
    const left = found.entities.map(({ index }) => index);
    expect(left).toEqual(expect.arrayContaining(Array.from({ length: Math.ceil(3_000 / 7) }, (_, n) => n * 7)));
    // Hash collisions let a few others pass to the filter: one in forty thousand.
    expect(left.length).toBeLessThan(3_000 / 7 + 5);
  });
});
