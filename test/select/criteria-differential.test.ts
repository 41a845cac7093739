/** Criteria against the naive judge: random entities and criteria, as text and as objects. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { acceptRequest } from '../../src/request/accept/accept-request.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import type { AcceptedRequest } from '../../src/terms/accepted-request.js';
import { SluiceError } from '../../src/terms/errors.js';
import { chunked, chunkSizes } from '../naive/arbitraries.js';
import { meetsCriteria } from '../naive/criteria.js';
import {
  contextChoice,
  criteriaForm,
  entityWithValues,
  meantValue,
  Written,
  writtenText,
} from '../naive/entities-with-values.js';
import { runs } from '../runs.js';
import { collect } from './collect.js';

const LIMIT_MS = 1_200_000;

const entities = fc.array(entityWithValues, { minLength: 1, maxLength: 12, size: 'max' });

/** The accepted request; undefined for contradictory criteria. */
function accepted(form: object): AcceptedRequest {
  try {
    return acceptRequest(form);
  } catch (error) {
    if (!(error instanceof SluiceError) || !['INVALID', 'UNSUPPORTED'].includes(error.code)) throw error;
    fc.pre(false);
    throw error;
  }
}

function withId(entity: Written, index: number): Written {
  return new Written([...entity.pairs, ['id', index, false]]);
}

/** The entities that the naive judge keeps. */
function expected(values: readonly unknown[], { criteria = {}, contexts, nonContextual }: AcceptedRequest): number[] {
  const scope = { self: contexts === undefined || nonContextual !== false, contexts: contexts ?? [] };
  return [...values.keys()].filter((index) => meetsCriteria(values[index], criteria, scope));
}

async function kept(options: ExportOptions): Promise<number[]> {
  const { text, error } = await collect({ format: 'ndjson', ...options });
  expect(error).toBeUndefined();
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).id);
}

test(
  'keeps the same entities of text as the naive judge',
  async () => {
    let found = 0;
    const property = fc.asyncProperty(
      entities,
      criteriaForm,
      contextChoice,
      chunkSizes,
      fc.boolean(),
      async (written, criteria, choice, sizes, trust) => {
        const request = accepted({ criteria, ...choice });
        const all = written.map(withId);
        const wanted = expected(
          all.map((entity) => meantValue(entity)),
          request,
        );
        found += wanted.length > 0 && wanted.length < all.length ? 1 : 0;
        const input = Buffer.from(all.map((entity) => `${writtenText(entity)}\n`).join(''));
        const options = { source: bytes(chunked(input, sizes)), input: 'lines', request, trust } as const;
        expect(await kept(options)).toEqual(wanted);
      },
    );
    await fc.assert(property, runs(500));
    // Judges that agree only on "none" and "all" would prove little; chance makes about thirty others.
    expect(found).toBeGreaterThan(5);
  },
  LIMIT_MS,
);

test(
  'keeps the same entities of objects as the naive judge',
  async () => {
    const property = fc.asyncProperty(entities, criteriaForm, contextChoice, async (written, criteria, choice) => {
      const request = accepted({ criteria, ...choice });
      const number = ({ text }: { readonly text: string }) => {
        const double = Number(text);
        return Number.isFinite(double) ? double : null;
      };
      const all = written.map(withId).map((entity) => meantValue(entity, number));
      const source = objects(all.map((one) => Object(one)));
      expect(await kept({ source, request })).toEqual(expected(all, request));
    });
    await fc.assert(property, runs(300));
  },
  LIMIT_MS,
);
