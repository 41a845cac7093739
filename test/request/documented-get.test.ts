/** Documented bodies over documented entities, where both are beside the project: what each finds, by a naive judge. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { planExport } from '../../src/export/plan-export.js';
import { acceptRequest } from '../../src/request/accept/accept-request.js';
import { bytes } from '../../src/sources/bytes.js';
import type { AcceptedRequest } from '../../src/terms/accepted-request.js';
import type { RelationshipCondition } from '../../src/terms/criteria.js';
import { SluiceError } from '../../src/terms/errors.js';
import { meetsCriteria } from '../naive/criteria.js';
import { naiveOrder, parseWithDigits } from '../naive/sort.js';
import { collect } from '../select/collect.js';
import { untyped } from '../untyped.js';

const PLACE = fileURLToPath(new URL('../../../shared/data/documented/', import.meta.url));
const HAS_DATA = existsSync(`${PLACE}requests.json`);

interface Documented {
  readonly from: string;
  readonly body: { readonly params: object };
}

const requests: readonly Documented[] = HAS_DATA ? JSON.parse(readFileSync(`${PLACE}requests.json`, 'utf8')) : [];
const lines = HAS_DATA ? readFileSync(`${PLACE}entities.ndjson`, 'utf8').split('\n').filter(Boolean) : [];

/** The body without what chooses a profile, if it is accepted then. */
function acceptedBody({ body }: Documented): object | undefined {
  const { rsconnect: _, ...params }: { rsconnect?: unknown } = body.params;
  try {
    acceptRequest({ params });
    return { params };
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw error;
  }
}

/** The positions of the entities that a request selects, in order. */
function selected(request: AcceptedRequest): number[] {
  const entities = lines.map((line) => parseWithDigits(line));
  const found = [...entities.keys()].filter((at) => passes(entities[at], request, entities));
  const { sort, contexts, valueContexts, skip = 0, maxRecords = found.length } = request;
  const order = sort
    ? naiveOrder(
        found.map((at) => entities[at]),
        { sort, contexts, valueContexts },
      ).map((at) => found[at])
    : found;
  return order.slice(skip, skip + maxRecords);
}

type Selection = Pick<AcceptedRequest, 'types' | 'ids' | 'name' | 'criteria' | 'contexts' | 'nonContextual'>;

function passes(entity: unknown, selection: Selection, all: readonly unknown[]): boolean {
  const { types = ['_ALL'], ids, name, criteria = {}, contexts, nonContextual } = selection;
  const own: { id?: unknown; type?: unknown; name?: unknown } = Object(entity);
  const isOfType = types.some((type) => [String(own.type).toLowerCase(), '_all'].includes(type.toLowerCase()));
  if (!isOfType || (ids && !ids.includes(String(own.id))) || (name && !name.includes(String(own.name)))) return false;
  const scope = { self: contexts === undefined || nonContextual !== false, contexts: contexts ?? [] };
  const { relationships = [] } = criteria;
  const plain = relationships.map((element) => withTargets(element, all));
  // A query stands for a list of targets, one of which is enough.
  return (
    plain.every((choices) =>
      choices.some((element) => meetsCriteria(entity, { ...criteria, relationships: [element] }, scope)),
    ) && meetsCriteria(entity, { ...criteria, relationships: undefined }, scope)
  );
}

/** The element without queries: once for each target that they select. */
function withTargets(
  element: Readonly<Record<string, RelationshipCondition>>,
  all: readonly unknown[],
): readonly Readonly<Record<string, RelationshipCondition>>[] {
  const [[name, { query, ...rest }]] = Object.entries(element);
  if (!query) return [element];
  const targets = all.filter((one) => passes(one, query, all)).map((one) => String(Object(one).id));
  return targets.map((id) => ({ [name]: { ...rest, relTo: { ...rest.relTo, id } } }));
}

describe.skipIf(!HAS_DATA)('documented bodies', () => {
  const profile = { name: 'any', format: 'json', pack: 'zip' } as const;

  test('are accepted, or refused for a stated reason', () => {
    const reasons: string[] = [];
    for (const { body } of requests) {
      try {
        planExport({ request: untyped(body), profiles: [profile] });
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        for (const fault of error.faults ?? [error]) reasons.push(fault.message);
      }
    }
    for (const reason of reasons) expect(reason).not.toBe('is documented but not supported');
    expect(requests.length - reasons.length).toBeGreaterThan(30);
  });

  const bodies = requests.flatMap((one): [string, object][] => {
    const body = acceptedBody(one);
    return body ? [[one.from, body]] : [];
  });

  test.each(bodies)('%s finds what a naive judge finds', async (_from, body) => {
    const source = bytes([Buffer.from(lines.map((line) => `${line}\n`).join(''))]);
    const { text, error } = await collect({ source, request: untyped(body), format: 'ndjson', uniqueIds: false });
    expect(error).toBeUndefined();
    const found = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).id);
    const wanted = selected(acceptRequest(body)).map((at) => JSON.parse(lines[at]).id);
    expect(found).toStrictEqual(wanted);
  });
});
