/** Test vectors of the documented projection, and cases that random entities do not cover: exact text, names, depths. */
import { describe, expect, it, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { encodeJson, project, readEntities } from '../../src/stages.js';
import type { Profile } from '../../src/terms/profile.js';
import { collect } from './collect.js';

/** The projection of one entity, as text and as an object. */
async function exported(entity: string, request: object, options: Partial<ExportOptions> = {}): Promise<string> {
  const asked = { request, format: 'ndjson', ...options } as const;
  const { text, error } = await collect({ source: bytes([entity]), input: 'lines', ...asked });
  if (error) throw error;
  const byValue = await collect({ source: objects([JSON.parse(entity)]), ...asked });
  expect(JSON.parse(byValue.text)).toEqual(JSON.parse(text));
  return text.trimEnd();
}

function body(query: object, filters: object = {}, fields?: object): object {
  return { params: { query: { ...query, filters: { typesCriterion: ['_ALL'], ...filters } }, fields } };
}

const profile = (parts: Partial<Profile>): Partial<ExportOptions> => ({
  pack: 'none',
  profiles: [{ name: 'own', format: 'ndjson', pack: 'none', ...parts }],
});

const value = (text: string, locale = 'en-US') => `{"value":"${text}","source":"internal","locale":"${locale}"}`;
const SHIRT =
  `{"id":"e1","name":"Shirt","type":"sku","properties":{"createdBy":"u","createdDate":"d"},"data":{"attributes":` +
  `{"mdmname":{"values":[${value('Shirt')}]}},"relationships":{"belongsto":[{"id":"r"}],"fits":[{"id":"s"}]}},"x":1}`;

test('vector 10: without fields a record has exactly id, name and type', async () => {
  const wanted = '{"id":"e1","name":"Shirt","type":"sku"}';
  expect(await exported(SHIRT, body({ id: 'e1' }))).toBe(wanted);
  // Without requested parts of a context, it is left out.
  expect(await exported(COT, body({}, { allContextual: true }))).toBe('{"id":"c"}');
});

test('vector 11: a missing attribute is absent, not null', async () => {
  const text = await exported(SHIRT, body({}, {}, { attributes: ['headline', 'mdmname'] }));
  expect(JSON.parse(text).data).toEqual({ attributes: { mdmname: { values: [JSON.parse(value('Shirt'))] } } });
});

test('vector 12: listed properties are kept alone, without data', async () => {
  expect(await exported(SHIRT, body({}, {}, { properties: ['createdBy'] }))).toBe(
    '{"id":"e1","name":"Shirt","type":"sku","properties":{"createdBy":"u"}}',
  );
});

const GERMANY = `{"context":{"country":"Germany"},"os":"x","attributes":{"vat":{"values":[${value('10')}]}}}`;
const FRANCE = `{"attributes":{"vat":{"values":[${value('20')}]}},"context":{"country":"Fr\\u0061nce"}}`;
const GERMANY_WEB = GERMANY.replace('"Germany"', '"Germany","channel":"Web"');
const SELF = `"attributes":{"vat":{"values":[${value('19')}]}}`;
const ALL_CONTEXTS = [GERMANY, FRANCE, GERMANY_WEB];
const COT = `{"id":"c","data":{${SELF},"contexts":[${ALL_CONTEXTS.join(',')}]}}`;

describe('vector 13: the contexts that are kept', () => {
  const contexts = [{ country: 'Germany' }];
  const cases: readonly (readonly [string, object, object, boolean, readonly string[]])[] = [
    ['nothing said: self only', {}, { nonContextual: false }, true, []],
    ['all contexts, not non-contextual', {}, { allContextual: true, nonContextual: false }, true, ALL_CONTEXTS],
    ['all contexts beside given ones', { contexts }, { allContextual: true, nonContextual: true }, true, ALL_CONTEXTS],
    ['given contexts: self and those', { contexts }, {}, true, [GERMANY]],
    ['given contexts only', { contexts }, { nonContextual: false }, false, [GERMANY]],
  ];
  for (const [name, query, filters, self, wanted] of cases) {
    test(name, async () => {
      const parts = [...(self ? [SELF] : []), ...(wanted.length > 0 ? [`"contexts":[${wanted.join(',')}]`] : [])];
      const text = await exported(COT, body(query, filters, { attributes: ['_ALL'] }));
      expect(text).toBe(`{"id":"c","data":{${parts.join(',')}}}`);
    });
  }

  test('complete entities keep all contexts that are in scope', async () => {
    const whole = `{"id":"c", "systemInfo":{ },"data":{"jsonData":[ ],${SELF},"contexts":[${FRANCE}, ${GERMANY}]}}`;
    expect(await exported(whole, { contexts, nonContextual: false })).toBe(
      `{"id":"c","systemInfo":{ },"data":{"jsonData":[ ],"contexts":[${GERMANY}]}}`,
    );
    expect(await exported(whole, { contexts: 'all' })).toBe(whole);
  });

  test('drops a context without remaining data, and the array of contexts when it becomes empty', async () => {
    const request = { fields: { attributes: ['none'] }, contexts: 'all' };
    expect(await exported(COT, request)).toBe('{"id":"c"}');
    const bare = '{"id":"c","data":{"contexts":[{"context":{"country":"Germany"}},{"context":"Germany"},7]}}';
    expect(await exported(bare, request)).toBe('{"id":"c","data":{"contexts":[{"context":{"country":"Germany"}}]}}');
  });

  test('the stage accepts contexts', async () => {
    const stage = project({ attributes: 'all' }, { contexts: [{ country: 'France' }], nonContextual: false });
    const stream = readEntities(bytes([COT]))
      .pipe(stage)
      .pipe(encodeJson({ format: 'ndjson' }));
    let text = '';
    for await (const chunk of stream) text += chunk;
    expect(text).toBe(`{"id":"c","data":{"contexts":[${FRANCE}]}}\n`);
  });
});

test('vector 20: the explicit null "_NULL" survives unchanged', async () => {
  const text = `{"id":"e","data":{"attributes":{"a":{"values":[${value('_NULL')}]},"b":{"group":[${value('_NULL')}]}}}}`;
  expect(await exported(text, body({}, {}, { attributes: ['a', 'b'] }))).toBe(text);
  expect(await exported(text, { valueContexts: [{ locale: 'en-US' }] })).toBe(text);
});

test('vector 21: rows of a nested attribute keep their metadata, and its name keeps complete rows', async () => {
  const row = `{"vendorid": {"values":[${value('N1')}]} ,"id":"row1","locale":"en-US","source":"internal","os":"graph"}`;
  const text = `{"id":"e","data":{"attributes":{"vendors":{"group":[ ${row} ]},"other":{}}}}`;
  const wanted = text.replace(',"other":{}', '');
  expect(await exported(text, body({}, {}, { attributes: ['vendors'] }))).toBe(wanted);
  const filtered = await exported(text, { fields: { attributes: ['vendors'] }, valueContexts: [{ locale: 'en-US' }] });
  expect(JSON.parse(filtered)).toEqual(JSON.parse(wanted));
});

test('vector 22: an excluded relationship is dropped, even if all are requested', async () => {
  const exclude = { _ALL: { relationships: ['belongsto'] } };
  const request = { fields: { relationships: ['_ALL'], properties: [] }, profile: 'own' };
  const wanted = '{"id":"e1","name":"Shirt","type":"sku","data":{"relationships":{"fits":[{"id":"s"}]}}}';
  expect(await exported(SHIRT, request, profile({ exclude }))).toBe(wanted);
  const ofType = { SKU: { relationships: ['belongsto'] }, image: { relationships: ['fits'] } };
  expect(await exported(SHIRT, request, profile({ exclude: ofType }))).toBe(wanted);
  expect(await exported(SHIRT, { profile: 'own' }, profile({ exclude }))).toBe(
    SHIRT.replace('"belongsto":[{"id":"r"}],', ''),
  );
});

describe('values', () => {
  it('stay by locale and source, as they are written, and empty containers are dropped', async () => {
    const german = '{ "locale" : "\\u0064e-DE", "value":1.50 }';
    const text = `{"id":"e","data":{"attributes":{"a":{"values":[${value('x')},${german}]},"b":{"values":[${value('y')}]}}}}`;
    expect(await exported(text, { valueContexts: [{ locale: 'de-DE' }] })).toBe(
      `{"id":"e","data":{"attributes":{"a":{"values":[${german}]}}}}`,
    );
    expect(await exported(text, { valueContexts: [{ locale: 'de-DE', source: 'internal' }] })).toBe('{"id":"e"}');
  });
});

describe('attributes of relationships', () => {
  const text = '{"id":"e","data":{"relationships":{"fits":[{"id":"r","attributes":{"a":{"values":[]},"b":1}}]}}}';
  it('stay, unless they are listed', async () => {
    const fields = { relationships: ['_ALL'] };
    expect(await exported(text, { fields })).toBe(text);
    expect(await exported(text, { fields: { ...fields, relationshipAttributes: ['a'] } })).toBe(
      text.replace(',"b":1', ''),
    );
    expect(await exported(text, { fields: { ...fields, relationshipAttributes: [] } })).toBe(
      '{"id":"e","data":{"relationships":{"fits":[{"id":"r"}]}}}',
    );
  });
});

describe('attributes of related entities', () => {
  const related = (attributes: string) =>
    `{"id":"e","data":{"relationships":{"fits":[{"relTo":{"id":"r","data":{"attributes":${attributes}}},"attributes":{"x":1}}]}}}`;
  const text = related('{"a":{"values":[]},"b":1}');
  it('stay, unless they are listed', async () => {
    const fields = { relationships: ['_ALL'] };
    expect(await exported(text, { fields })).toBe(text);
    expect(await exported(text, { fields: { ...fields, relatedEntityAttributes: ['b'] } })).toBe(related('{"b":1}'));
    expect(await exported(text, { fields: { ...fields, relatedEntityAttributes: [] } })).toBe(
      text.replace(/,"data":{"attributes":{"a".*?"b":1}}/, ''),
    );
    expect(
      await exported(text, { fields: { ...fields, relatedEntityAttributes: 'all', relationshipAttributes: [] } }),
    ).toBe(text.replace(',"attributes":{"x":1}', ''));
  });
});

describe('names', () => {
  const all = {
    removeSpecialCharacters: true,
    removeWhitespace: true,
    trimLeadingNumbers: true,
    trimTrailingNumbers: true,
    caseFormat: 'uppercase',
  } as const;
  const renamed = async (names: Profile['names'], ...attributes: readonly string[]) => {
    const entity = { data: { attributes: Object.fromEntries(attributes.map((name) => [name, {}])) } };
    const text = await exported(JSON.stringify(entity), { profile: 'own' }, profile(names ? { names } : {}));
    return Object.keys(JSON.parse(text).data.attributes);
  };

  it('change step by step', async () => {
    expect(await renamed(all, '1_Net Weight (kg)2')).toEqual(['NETWEIGHTKG']);
    expect(await renamed({ trimLeadingNumbers: true }, '1 a 2')).toEqual([' a 2']);
    expect(await renamed({ trimTrailingNumbers: true }, '1 a 2')).toEqual(['1 a ']);
    expect(await renamed({ removeSpecialCharacters: true }, 'größe_é-1 😀')).toEqual(['größeé1 ']);
    expect(await renamed({ caseFormat: 'uppercase' }, 'straße', 'ŉ'.repeat(50))).toEqual(['STRASSE', 'ʼN'.repeat(50)]);
  });

  it('stay if they would become empty', async () => {
    expect(await renamed(all, '007', '--')).toEqual(['007', '--']);
  });

  it('change for attributes and relationships on every level, not for metadata', async () => {
    const entity =
      '{"id":"e","Sku":1,"properties":{"By":1},"data":{"attributes":{"A":{"group":[{"B":{"values":[{"Value":1}]},"id":"r"}]}},' +
      '"relationships":{"R":[{"ID":1,"attributes":{"C":{"values":[]}}}]},"contexts":[{"context":{"Land":"D"},"attributes":{"D":{}}}]}}';
    expect(await exported(entity, { profile: 'own' }, profile({ names: { caseFormat: 'lowercase' } }))).toBe(
      entity.replace(/"([ABCDR])":/g, (key) => key.toLowerCase()),
    );
  });

  it('that become equal are refused, with the record', async () => {
    const entity = '{"id":"e","data":{"attributes":{"Color":{},"co lor":{}}}}\n';
    const { error } = await collect({
      source: bytes([`{"id":"d"}\n${entity}`]),
      request: { profile: 'own' },
      ...profile({ names: { caseFormat: 'lowercase', removeWhitespace: true } }),
    });
    expect(error).toMatchObject({ code: 'DUPLICATE_KEY', stage: 'select', recordIndex: 1 });
    expect(error?.message).toContain('"Color" and "co lor" would both be renamed to "color"');
  });
});

describe('added properties', () => {
  const options = profile({ entityProperties: { by: 'executionContext.userId' } });
  const given = async (entity: string, request: object = {}) =>
    exported(entity, { profile: 'own', clientState: { notificationInfo: { userId: 'é' } }, ...request }, options);

  it('replace one of the same name, or follow the others', async () => {
    expect(await given('{"id":1,"properties":{"by":{ },"at":0},"x":1}')).toBe(
      '{"id":1,"properties":{"by":"é","at":0},"x":1}',
    );
    expect(await given('{"id":1,"properties":{ "at":0 },"x":1}')).toBe('{"id":1,"properties":{"at":0,"by":"é"},"x":1}');
    expect(await given('{"properties":{ }}')).toBe('{"properties":{"by":"é"}}');
    expect(await given('{}')).toBe('{"properties":{"by":"é"}}');
    expect(await given('{"properties":7,"id":1}', { fields: {} })).toBe('{"id":1,"properties":{"by":"é"}}');
    expect(await given('{"properties":{"at":1},"id":1}', { fields: {} })).toBe('{"properties":{"by":"é"},"id":1}');
  });
});

describe('deeply nested attributes', () => {
  const nested = (depth: number) => `{"data":{"attributes":${'{"a":{"group":['.repeat(depth)}${']}}'.repeat(depth)}}}`;
  const request = { valueContexts: [{ locale: 'en-US' }] };

  it('are refused beyond the maximum, as text and as objects', async () => {
    const limits = { input: 'lines', trust: true, maxDepth: 1_000_000 } as const;
    const deep = await collect({ source: bytes([nested(50_000)]), request, ...limits });
    expect(deep.error).toMatchObject({ code: 'TOO_DEEP', stage: 'select' });
    const object = await collect({ source: objects([JSON.parse(nested(700))]), request });
    expect(object.error).toMatchObject({ code: 'TOO_DEEP', stage: 'select', recordIndex: 0 });
    const cycle: { group: unknown[] } = { group: [] };
    cycle.group.push({ a: cycle });
    const endless = await collect({ source: objects([{ data: { attributes: { a: cycle } } }]), request });
    expect(endless.error).toMatchObject({ code: 'UNSERIALIZABLE', stage: 'select', recordIndex: 0 });
  });

  it('stay up to the maximum depth', async () => {
    const limits = { input: 'lines', trust: true, maxDepth: 100_000 } as const;
    const { text, error } = await collect({ source: bytes([nested(680)]), request, format: 'ndjson', ...limits });
    expect(error).toBeUndefined();
    expect(text).toBe(`${nested(680)}\n`);
  });
});
