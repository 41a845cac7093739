/** Objects by key in a text of unclear form. */
import { describe, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { describeKeyed, findKeyed } from '../../src/scan/find-keyed.js';
import { bytes } from '../../src/sources/bytes.js';
import { finished } from './finished.js';

const wayOf = (text: string) => finished(findKeyed(Buffer.from(text), 0, Buffer.byteLength(text)))?.join('/');
const THREE = '{"a":{"v":1},"b":{"v":2,"x":{}},"c":{"v":3}}';

describe('objects by key are found', () => {
  test.each<[string, string, string]>([
    ['at the first level', THREE, ''],
    ['beside other members', `{"name":"app","packages":${THREE},"n":[1]}`, 'packages'],
    ['at deeper levels', `{"a":{"b":{"c":${THREE}}}}`, 'a/b/c'],
    ['in the largest of unlike objects', `{"meta":{"x":1},"data":${THREE},"more":{"y":2}}`, 'data'],
    ['in text that ends in one of them', `${THREE.slice(0, -1)},"d":{"x`, ''],
    ['by a name with an escape', String.raw`{"\u0061b":${THREE}}`, 'ab'],
  ])('%s', (_where, text, way) => {
    expect(wayOf(text)).toBe(way);
  });
});

test.each([
  ['an empty object', '{}'],
  ['two objects, which may be parts of an entity', '{"a":{"v":1},"b":{"v":2}}'],
  ['objects without a member in common', '{"a":{"x":1},"b":{"y":2},"c":{"z":3}}'],
  ['objects beside another value', '{"a":{"v":1},"b":{"v":2},"c":{"v":3},"d":1}'],
  ['a small part of the record', `{"text":"${'x'.repeat(99)}","data":${THREE}}`],
  ['objects below the maximum depth', `{"a":{"b":{"c":{"d":${THREE}}}}}`],
  ['an array', `[${THREE}]`],
  ['nothing', ''],
])('%s is not found', (_what, text) => {
  expect(wayOf(text)).toBeUndefined();
});

test.each([
  ['*', THREE],
  ['packages.*', `{"name":"app","packages":${THREE}}`],
  ['a\\.b.*', `{"a.b":${THREE}}`],
])('the path that is proposed reads them: %s', async (path, text) => {
  const way = finished(findKeyed(Buffer.from(text), 0, Buffer.byteLength(text)));
  expect(describeKeyed(way)).toContain(`set path ${path} (--path '${path}'), and idFromKey (--id-from-key)`);
  const stream = exportEntities({ source: bytes(text), path, idFromKey: true, format: 'ndjson' });
  expect(`${await stream.toBuffer()}`).toBe('{"id":"a","v":1}\n{"id":"b","v":2,"x":{}}\n{"id":"c","v":3}\n');
});

test('a name that a message cannot show is not proposed', () => {
  expect(describeKeyed(['\u001b[31m'])).toBeUndefined();
});
