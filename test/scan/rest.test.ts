/** The rest of an entity, after the wanted members, has the same verdict at every offset in the kernel's blocks of 64 bytes. */
import { expect, test } from 'vitest';
import { scalarScanner } from '../../src/scan/scalar.js';
import type { ScanOptions } from '../../src/scan/scanner.js';
import { simdScanner } from '../../src/scan/simd.js';
import { finished } from './finished.js';
import { type FoundFault, scanAll } from './scan-all.js';

const LONG = 'a-member-whose-name-is-long';
const LONGEST = 'x'.repeat(62);

/** The text after the type, up to the end of the line; `~` is replaced by texts of every length. */
const RESTS: readonly { readonly name: string; readonly rest: string; readonly code?: string }[] = [
  { name: 'texts alone', rest: '"a":"~","b":"text","c":"type"}' },
  { name: 'numbers and words', rest: '"a":"~","b":12,"c":true,"size":null,"d":-1e5}' },
  { name: 'a second type', rest: '"a":"~","b":1,"type":"u","c":2}', code: 'DUPLICATE_KEY' },
  { name: 'a second type, spaced', rest: '"a":"~", "type" : "u" }', code: 'DUPLICATE_KEY' },
  { name: 'a second type after brackets', rest: '"a":"~","b":[{"c":[]}],"type":"u"}', code: 'DUPLICATE_KEY' },
  { name: 'a second type before brackets', rest: '"a":"~","type":"u","b":[{"c":[]}]}', code: 'DUPLICATE_KEY' },
  { name: 'a second type that is spelled with an escape', rest: '"a":"~","t\\u0079pe":"u"}', code: 'DUPLICATE_KEY' },
  {
    name: 'a second type spelled with escapes only',
    rest: '"a":"~","\\u0074\\u0079\\u0070\\u0065":"u","b":{}}',
    code: 'DUPLICATE_KEY',
  },
  { name: 'types in brackets', rest: '"a":"~","b":{"type":"u"},"c":[{"type":1},"type"]}' },
  { name: 'types as values', rest: '"a":"~","b":"type","c":["type","type"],"d":"type"}' },
  { name: 'keys as long as the type', rest: '"a":"~","tape":"u","size":"XL","name":"type","path":"a"}' },
  { name: 'keys with escapes', rest: '"a":"~","t\\"pe":1,"\\\\\\"type":2,"ty\\u0070es":3}' },
  { name: 'texts with escapes', rest: '"a":"~\\\\","b":"\\"}","c":"\\\\\\"]\\\\"}' },
  { name: 'a long text with escapes', rest: `"a":"~\\n${'word '.repeat(30)}\\"","b":"type"}` },
  { name: 'a long key with an escape', rest: `"a":"~","\\u0062${'long'.repeat(40)}":1}` },
  { name: 'brackets in texts', rest: '"a":"~}","b":"{[","c":{"]":"}}}"}}' },
  { name: 'brackets that balance only by their count', rest: '"a":"~","b":[1}}' },
  { name: 'bytes that only look like brackets', rest: '"a":"~","b":yes_Y}' },
  { name: 'two entities', rest: '"a":"~"}{"type":"u"}', code: 'INVALID_JSON' },
  { name: 'two entities with brackets', rest: '"a":"~","b":{}} {"type":"u","c":[]}', code: 'INVALID_JSON' },
  { name: 'an extra bracket', rest: '"a":"~"}}', code: 'INVALID_JSON' },
  { name: 'a missing bracket', rest: '"a":"~","b":{"c":1}', code: 'INVALID_JSON' },
  { name: 'an unclosed string', rest: '"a":"~","b":"}', code: 'INVALID_JSON' },
  { name: 'a string that an escape leaves open', rest: '"a":"~\\"}', code: 'INVALID_JSON' },
  { name: 'a backslash between strings', rest: '"a":"~",\\"b":1}' },
  { name: 'the wrong bracket at the end', rest: '"a":"~"]', code: 'INVALID_JSON' },
  { name: 'brackets of the maximum depth', rest: '"a":"~","b":[[[[[[[]]]]]]]}' },
  { name: 'brackets that are too deep', rest: '"a":"~","b":[[[[[[[[]]]]]]]]}', code: 'TOO_DEEP' },
  { name: 'a second long name', rest: `"a":"~","${LONG}":2}` },
  { name: 'a long name that differs', rest: `"a":"~","${LONG.replace('long', 'lost')}":2,"b":{}}` },
];

const OPTIONS: Partial<ScanOptions> = { locate: ['type'], maxDepth: 8 };

/** Around the length of one block, and of two. */
const LENGTHS = Array.from({ length: 140 }, (_, length) => length);

const simd = (options: ScanOptions) => {
  const scanner = finished(simdScanner(options));
  if (!scanner) throw new Error('this machine has no vectors for the kernel');
  return scanner;
};

/** The fault of the first line; asserts that both scanners report the same. */
function faultOf(lines: string, options: Partial<ScanOptions> = OPTIONS): FoundFault | undefined {
  const input = Buffer.from(lines);
  const found = scanAll(simd, { ...options, form: 'lines' }, [input]);
  expect(found).toEqual(scanAll(scalarScanner, { ...options, form: 'lines' }, [input]));
  return found.fault;
}

test.each(RESTS)('$name', ({ rest, code }) => {
  for (const length of LENGTHS) {
    const line = `{"type":"t",${rest.replace('~', 'z'.repeat(length))}`;
    expect(faultOf(`${line}\n{"type":"next"}\n`)?.code, line).toBe(code);
    // Among lines of the same kind, and with another member before the wanted one.
    expect(faultOf(`{"type":"t","data":{}}\n{"id":7,${line.slice(1)}\n`)?.code, line).toBe(code);
    if (code === undefined || code === 'DUPLICATE_KEY' || code === 'TOO_DEEP') {
      const array = Buffer.from(`[${line}, ${line}]`);
      const found = scanAll(simd, OPTIONS, [array]);
      expect(found).toEqual(scanAll(scalarScanner, OPTIONS, [array]));
    }
  }
});

test.each(['lines', 'array'] as const)('a second name in %s that are checked as they are scanned', (form) => {
  const options = { locate: ['id', 'type', 'name'], verify: true, form } as const;
  for (const length of LENGTHS) {
    const entity = `{"id":"1","type":"t","name":"a","b":"${'z'.repeat(length)}","name":"b"}`;
    const input = Buffer.from(form === 'lines' ? `${entity}\n` : `[${entity}]`);
    const found = scanAll(simd, options, [input]);
    expect(found).toEqual(scanAll(scalarScanner, options, [input]));
    expect(found.fault?.code).toBe('DUPLICATE_KEY');
  }
});

test.each([LONG, LONGEST, `${LONGEST}x`, 'a","b', 'é'])('a member called %s that comes twice', (name) => {
  const options = { ...OPTIONS, memberNames: { id: 'id', type: name, name: 'name' } };
  const key = JSON.stringify(name);
  const other = JSON.stringify(`${name.slice(0, -1)}-`);
  for (const length of LENGTHS) {
    const scan = (rest: string) => {
      const input = Buffer.from(`{${key}:"t","a":"${'z'.repeat(length)}",${rest}}\n`);
      const found = scanAll(scannerFor(name), options, [input]);
      expect(found).toEqual(scanAll(scalarScanner, options, [input]));
      return found.fault?.code;
    };
    expect(scan(`${key}:"u"`)).toBe('DUPLICATE_KEY');
    expect(scan(`"b":[${key}],${other}:{${key}:1},"c":${key}`)).toBeUndefined();
  }
});

/** Names longer than a block are left to the scalar scanner. */
function scannerFor(name: string) {
  return name.length > LONGEST.length ? scalarScanner : simd;
}
