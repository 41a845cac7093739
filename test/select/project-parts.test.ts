/** Projection of contexts, values and names against the naive projection, for text and for objects. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newRun } from '../../src/export/create-run.js';
import { projectStage } from '../../src/select/project.js';
import { type Batch, type ByteBatch, DEFAULT_MEMBER_NAMES, ROW_WIDTH } from '../../src/terms/batch.js';
import { SluiceError } from '../../src/terms/errors.js';
import type { Projection } from '../../src/terms/plan.js';
import {
  ATTRIBUTES,
  documentedEntity,
  ENTITY_TYPES,
  LOCALES,
  PROPERTIES,
  RELATIONSHIPS,
  SOURCES,
} from '../naive/documented-entities.js';
import {
  Clash,
  hasRepeatedName,
  type NaiveProjection,
  projectedTree,
  textOfTree,
  treeOf,
} from '../naive/projection.js';
import { runs } from '../runs.js';

const run = newRun();

const FACTS = {
  source: 'here',
  memberNames: DEFAULT_MEMBER_NAMES,
  firstIndex: 10,
  filtered: 0,
  rejects: [],
};

/** A batch whose entities have meaningless bytes between them. */
function byteBatch(texts: readonly string[], options: Partial<ByteBatch> = {}): ByteBatch {
  const rows = new Int32Array(texts.length * ROW_WIDTH).fill(-1);
  let all = Buffer.from('"');
  texts.forEach((text, index) => {
    all = Buffer.concat([all, Buffer.from('}"\\'.repeat(index % 3)), Buffer.from(text), Buffer.from(']')]);
    const row = index * ROW_WIDTH;
    rows[row] = all.length - 1 - Buffer.byteLength(text);
    rows[row + 1] = all.length - 1;
    rows[row + 8] = index;
  });
  return {
    ...FACTS,
    ...{ kind: 'bytes', bytes: all, rows, count: texts.length, covers: texts.length, located: [], byteOffset: 1000 },
    ...{ singleLine: false, unended: false, checked: true, maxDepth: 1024, onError: 'stop' },
    ...options,
  };
}

async function project(batch: Batch, projection: Projection): Promise<Batch> {
  const stage = projectStage(projection);
  const [projected] = await stage.push(batch, run);
  await stage.close?.();
  if (!projected) throw new Error('the stage returned nothing');
  if (projected.ending?.kind === 'fault') throw projected.ending.error;
  return projected;
}

function textsOf(batch: Batch): readonly string[] {
  if (batch.kind !== 'bytes') throw new Error('bytes stay bytes');
  return Array.from({ length: batch.count }, (_, index) =>
    batch.bytes.toString('utf8', batch.rows[index * ROW_WIDTH], batch.rows[index * ROW_WIDTH + 1]),
  );
}

async function projectText(text: string, projection: Projection): Promise<string> {
  return textsOf(await project(byteBatch([text]), projection))[0] ?? '';
}

async function projectObject(entity: object, projection: Projection): Promise<unknown> {
  const batch = await project({ ...FACTS, kind: 'objects', objects: [entity], ordinals: [0], covers: 1 }, projection);
  return batch.kind === 'objects' ? JSON.parse(JSON.stringify(batch.objects[0])) : undefined;
}

async function failureOf(act: () => Promise<unknown>): Promise<SluiceError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

const list = (names: readonly string[]) => fc.oneof(fc.constant('all' as const), fc.subarray([...names]));
const context = fc.oneof(
  fc.constant({ country: 'Germany' }),
  fc.constant({ country: 'Germany', channel: 'Web' }),
  fc.constant({ country: 'France' }),
);
const scope = fc.record({
  self: fc.boolean(),
  contexts: fc.oneof(fc.constant('all' as const), fc.array(context, { maxLength: 2 })),
});
const valueContexts = fc.array(
  fc.record({ locale: fc.constantFrom(...LOCALES), source: fc.constantFrom(...SOURCES) }, { requiredKeys: [] }),
  { minLength: 1, maxLength: 2 },
);
const filters = fc.dictionary(
  fc.constantFrom('_all', ...ENTITY_TYPES.map((type) => type.toLowerCase())),
  fc.record({ attributes: list(ATTRIBUTES), relationships: list(RELATIONSHIPS) }, { requiredKeys: [] }),
  { maxKeys: 2 },
);
const projections: fc.Arbitrary<NaiveProjection> = fc
  .record({
    whole: fc.boolean(),
    attributes: list(ATTRIBUTES),
    relationships: list(RELATIONSHIPS),
    relationshipAttributes: list(ATTRIBUTES),
    properties: list(PROPERTIES),
    scope,
    valueContexts,
    include: filters,
    exclude: filters,
    names: fc.constant({ caseFormat: 'lowercase' as const, removeWhitespace: true as const }),
    addProperties: fc.dictionary(fc.constantFrom('by', 'at', 'é"'), fc.constantFrom('me', 'é"\n'), { maxKeys: 2 }),
  })
  // All members at once leave nothing, so most are left out.
  .chain((all) =>
    fc
      .subarray(Object.keys(all))
      .map((kept) => Object.fromEntries(Object.entries(all).filter(([k]) => kept.includes(k)))),
  );

/** The text without white space between its tokens. */
function compact(text: string): string {
  return textOfTree(treeOf(Buffer.from(text)));
}

function expected(text: string, projection: NaiveProjection): string | undefined {
  try {
    return textOfTree(projectedTree(treeOf(Buffer.from(text)), projection, DEFAULT_MEMBER_NAMES));
  } catch (error) {
    if (error instanceof Clash) return undefined;
    throw error;
  }
}

const RUNS = runs(400);

describe('the projection of random entities', () => {
  it('is for text that of the naive projection, token by token', async () => {
    const property = fc.asyncProperty(documentedEntity, projections, async (text, projection) => {
      const wanted = expected(text, projection);
      if (wanted === undefined) {
        const { code, stage, recordIndex } = await failureOf(() => projectText(text, projection));
        expect({ code, stage, recordIndex }).toEqual({ code: 'DUPLICATE_KEY', stage: 'select', recordIndex: 10 });
      } else {
        expect(compact(await projectText(text, projection))).toBe(wanted);
      }
    });
    await fc.assert(property, RUNS);
  });

  it('is for objects that of their text', async () => {
    const property = fc.asyncProperty(documentedEntity, projections, async (text, projection) => {
      fc.pre(!hasRepeatedName(treeOf(Buffer.from(text))));
      const wanted = expected(text, projection);
      const entity: object = JSON.parse(text);
      if (wanted === undefined) {
        const { code, recordIndex } = await failureOf(() => projectObject(entity, projection));
        expect({ code, recordIndex }).toEqual({ code: 'DUPLICATE_KEY', recordIndex: 10 });
      } else {
        // JSON has no Infinity; both sides write null for it.
        expect(await projectObject(entity, projection)).toEqual(JSON.parse(JSON.stringify(JSON.parse(wanted))));
      }
    });
    await fc.assert(property, RUNS);
  });

  it('is the same wherever the entities are in a batch, and locates their ids and types', async () => {
    const property = fc.asyncProperty(
      fc.array(documentedEntity, { maxLength: 5 }),
      projections,
      async (texts, projection) => {
        const good = texts.filter((text) => expected(text, projection) !== undefined);
        const batch = await project(byteBatch(good), projection);
        expect(textsOf(batch)).toEqual(await Promise.all(good.map((text) => projectText(text, projection))));
        if (batch.kind !== 'bytes') return;
        good.forEach((text, index) => {
          const span = (column: number) => {
            const [start = -1, end] = batch.rows.subarray(index * ROW_WIDTH + column, index * ROW_WIDTH + column + 2);
            return start < 0 ? undefined : JSON.parse(batch.bytes.toString('utf8', start, end));
          };
          const { id, type, name } = JSON.parse(text);
          expect([span(2), span(4)]).toEqual([id, type]);
          if (!hasRepeatedName(treeOf(Buffer.from(text)))) expect(span(6)).toEqual(name);
        });
      },
    );
    await fc.assert(property, runs(150));
  });

  it('of unchecked faulty text is a typed error, or the requested part', async () => {
    const damage = fc.tuple(documentedEntity, fc.nat(), fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', ''));
    const property = fc.asyncProperty(damage, projections, async ([text, where, byte], projection) => {
      const at = where % text.length;
      try {
        await projectText(text.slice(0, at) + byte + text.slice(at + 1), projection);
      } catch (error) {
        expect(error).toBeInstanceOf(SluiceError);
        expect(error).toMatchObject({ stage: 'select' });
      }
    });
    await fc.assert(property, RUNS);
  });
});
