/** Projection: what stays of an entity, for text and for objects. */
import { describe, expect, it } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { collect } from './collect.js';

interface Fields {
  readonly attributes?: readonly string[];
  readonly relationships?: readonly string[];
  readonly properties?: readonly string[];
}

async function projectText(entity: string, fields: Fields): Promise<string> {
  const { text } = await collect({ source: bytes([entity]), request: { fields }, format: 'ndjson', input: 'lines' });
  return text.trimEnd();
}

async function projectObject(entity: object, fields: Fields): Promise<unknown> {
  const { text } = await collect({ source: objects([entity]), request: { fields }, format: 'ndjson' });
  return JSON.parse(text);
}

const LAMP =
  '{ "id" : "l1" , "type":"lamp","sku":7,"data":{"attributes":{"watt":{"v": 1.0},"size":{ }},"relationships":' +
  '{"fits":[1]},"contexts":[]},"properties":{"by":"me","at":0}, "name":"Lamp","action":"delete"}';

describe('fields', () => {
  it('that are empty keep id, type, name and action, in the order and spelling of the source', async () => {
    expect(await projectText(LAMP, {})).toBe('{"id":"l1","type":"lamp","name":"Lamp","action":"delete"}');
  });

  it('that list attributes include all properties, unless properties are listed', async () => {
    const rest = '"name":"Lamp","action":"delete"}';
    expect(await projectText(LAMP, { attributes: ['watt', 'none'] })).toBe(
      `{"id":"l1","type":"lamp","data":{"attributes":{"watt":{"v": 1.0}}},"properties":{"by":"me","at":0},${rest}`,
    );
    expect(await projectText(LAMP, { relationships: ['_ALL'], properties: ['at'] })).toBe(
      `{"id":"l1","type":"lamp","data":{"relationships":{"fits":[1]}},"properties":{"at":0},${rest}`,
    );
    expect(await projectText(LAMP, { attributes: ['_all'], properties: [] })).toBe(
      `{"id":"l1","type":"lamp","data":{"attributes":{"watt":{"v": 1.0},"size":{ }}},${rest}`,
    );
  });

  it('drop a container that becomes empty, and keep one that is empty in the source', async () => {
    const fields = { attributes: ['x'], properties: ['x'] };
    expect(await projectText('{"data":{"attributes":{"y":1}},"properties":{"y":1}}', fields)).toBe('{}');
    expect(await projectText('{"data":{"attributes":{ }},"properties":{}}', fields)).toBe(
      '{"data":{"attributes":{ }},"properties":{}}',
    );
    expect(await projectText('{"data":[{"attributes":{"x":1}}],"properties":"x"}', fields)).toBe('{}');
  });
});

/** Objects whose JSON differs from their own members. */
class Entity {
  readonly #id: string;
  constructor(id: string) {
    this.#id = id;
  }
  toJSON(): object {
    return { id: this.#id, properties: { x: 1, y: 2 } };
  }
}

describe('fields of an object mean the same as those of its JSON text', () => {
  const cases: readonly (readonly [name: string, entity: object])[] = [
    ['undefined members', { id: 1, properties: { y: undefined }, data: { attributes: undefined } }],
    ['functions', { id: 1, properties: { y: () => 1 }, data: { attributes: { x: () => 1 } } }],
    ['a date in place of a container', { id: 1, data: new Date(0), properties: new Date(0) }],
    ['a container with a toJSON method', { id: 1, properties: { toJSON: () => ({ x: 1, y: 2 }) } }],
    ['an entity with a toJSON method', new Entity('a')],
    ['a map and a boxed string', { id: 1, properties: new Map([['x', 1]]), data: Object('x') }],
    ['a __proto__ key', JSON.parse('{"__proto__":{"id":1},"properties":{"__proto__":1,"x":2}}')],
  ];
  for (const [name, entity] of cases) {
    it(name, async () => {
      const fields = { attributes: ['x'], properties: ['x', '__proto__'] };
      const text = await projectText(JSON.stringify(entity), fields);
      expect(await projectObject(entity, fields)).toEqual(JSON.parse(text));
    });
  }
});
