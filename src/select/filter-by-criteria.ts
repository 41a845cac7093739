/** Keeps the entities that satisfy criteria. */

import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { decodeInSteps, decodeOrdered } from '../scan/decode-in-steps.js';
import { decodeValue } from '../scan/decode-value.js';
import {
  type Batch,
  type ByteBatch,
  END,
  entityCount,
  keep,
  type ObjectBatch,
  ORDINAL,
  ROW_WIDTH,
  START,
} from '../terms/batch.js';
import { type ContextScope, SELF_ONLY } from '../terms/context.js';
import type { Criteria } from '../terms/criteria.js';
import { toSluiceError } from '../terms/errors.js';
import { formatCount } from '../terms/format-count.js';
import type { Run } from '../terms/run.js';
import { noSightings, type Sightings } from '../terms/sightings.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { compileCriteria, type RelatedIds } from './compile-criteria.js';
import { ContextWatch } from './context-sightings.js';
import { piecesOf } from './entity-pieces.js';
import type { EntityTest } from './entity-test.js';
import { excerptBatch, reusedRows } from './excerpt-batch.js';
import { firstNames } from './excerpt-names.js';
import { faultAt } from './fault-at.js';
import { type FieldTest, fieldHolds, fieldHoldsInTurns } from './field-criteria.js';
import { keepByTable } from './keep-by-table.js';
import { locateExcerpted, locatePaths, SpanTests } from './located-paths.js';
import { LongTests, searchShort } from './long-tests.js';
import { pathRules } from './path-rules.js';
import { CriteriaPathWatch } from './path-sightings.js';
import { BytesProjector } from './project-bytes.js';
import { type NameRules, pathsOfNames, type RuleTable, tableOfNames } from './rule-table.js';
import { upToFault } from './up-to-fault.js';

/** Criteria compiled for one spelling of the name. */
interface Prepared {
  readonly nameMember: string;
  readonly test: EntityTest;
  /** Whether there are no other conditions than those by path. */
  readonly isFieldsOnly: boolean;
  readonly fields: readonly FieldTest[];
  /** Tests these on texts, where that is possible. */
  readonly spans: SpanTests | undefined;
  /** The members whose excerpts are as good as the entities; undefined if there are none. */
  readonly excerpted: readonly string[] | undefined;
  /** Tests these on the members of excerpts with these names, where that is possible. */
  readonly onExcerpts: (names: readonly string[]) => SpanTests | undefined;
  /** Makes the rows of excerpts, which no other stage gets. */
  readonly rowsOfExcerpts: (words: number) => Int32Array;
  /** Whether the test receives the contexts of entities. */
  readonly looksAtContexts: boolean;
  /** Notes the contexts of an entity that is tested. */
  readonly see: (entity: unknown) => void;
  readonly paths: CriteriaPathWatch;
  readonly projector: BytesProjector;
  /** The members that are read. */
  readonly table: RuleTable;
}

/**
 * Makes the stage. Of texts, only the members are read that the criteria need; numbers are compared with all their
 * digits, and of equal keys the last one counts. Batches must have been checked, or trusted.
 * @param scope of conditions that do not state their own
 * @param related the ids that queries on related entities select, complete before the first batch
 */
export function filterByCriteriaStage(
  criteria: Criteria,
  scope: ContextScope = SELF_ONLY,
  sightings: Sightings = noSightings(),
  related?: RelatedIds,
): Stage<Batch, Batch> {
  const contexts = new ContextWatch(scope, sightings);
  let prepared: Prepared | undefined;
  return {
    name: 'filterByCriteria',
    step: 'select',
    async push(batch, run) {
      const ready = await preparedFor(batch);
      let tested = 0;
      const kept = await upToFault(batch, run, async (some) => {
        tested = entityCount(some);
        return keep(
          some,
          some.kind === 'bytes' ? await matchingTexts(some, ready, run) : await matchingObjects(some, ready, run),
        );
      });
      sightings.criteria.entities += tested;
      sightings.criteria.met += entityCount(kept);
      return [kept];
    },
    async absorb({ sightings: seen }, batch) {
      const { paths } = await preparedFor(batch);
      paths.reach(seen.criteriaPaths ?? []);
      contexts.add(seen.contexts);
      sightings.criteria.entities += seen.criteria.entities;
      sightings.criteria.met += seen.criteria.met;
    },
    flush(run) {
      // Entities after the place where reading stopped might have satisfied them.
      if (run.stopping) return NOTHING;
      if (prepared?.looksAtContexts) contexts.report(run, 'no entity that was tested by criteria');
      prepared?.paths.report(run);
      reportUnmet(run, sightings);
      return NOTHING;
    },
    close: () => prepared?.projector.close(),
  };

  async function preparedFor({ memberNames }: Batch): Promise<Prepared> {
    const nameMember = memberNames.name;
    if (prepared?.nameMember === nameMember) return prepared;
    prepared?.projector.close();
    prepared = undefined;
    prepared = await prepare({ criteria, scope, sightings, related }, nameMember, contexts);
    return prepared;
  }
}

function reportUnmet(run: Run, { criteria: { entities, met } }: Sightings): void {
  if (entities === 0 || met > 0) return;
  const text = `none of the ${formatCount(entities)} entities that were tested satisfies the criteria`;
  run.note({ code: 'CRITERIA_NOT_MET', text, counts: { entities } });
}

/** What a stage is made of. */
interface Given {
  readonly criteria: Criteria;
  readonly scope: ContextScope;
  readonly sightings: Sightings;
  readonly related: RelatedIds | undefined;
}

async function prepare(
  { criteria, scope, sightings, related }: Given,
  nameMember: string,
  contexts: ContextWatch,
): Promise<Prepared> {
  const { test, rules, fields } = await compileCriteria(criteria, scope, nameMember, undefined, related);
  const data = rules.get('data');
  const looksAtContexts = typeof data === 'object' && data.has('contexts');
  const see = (entity: unknown) => {
    if (looksAtContexts && contexts.isWatching) contexts.seeAll(entity);
  };
  const ways = fields.map(({ path }) => path);
  const paths = new CriteriaPathWatch(ways, sightings);
  // Containers stay, so that the last of equal keys counts whatever its value is.
  const table = fields.length === 0 ? tableOfNames(rules, true) : pathTable(rules, fields);
  const located = looksAtContexts ? undefined : locatePaths(table, ways);
  const projector = new BytesProjector(table, { keepLocated: false, recycle: true, reach: paths.reach, located });
  const spans = located && new SpanTests(fields, located);
  const isFieldsOnly = rules.size === 0;
  return {
    nameMember,
    test,
    isFieldsOnly,
    excerpted: isFieldsOnly ? firstNames(ways) : undefined,
    onExcerpts: excerptTests(fields),
    rowsOfExcerpts: reusedRows(),
    fields,
    spans,
    looksAtContexts,
    see,
    paths,
    projector,
    table,
  };
}

/** Makes the tests for the members of excerpts, which are the same in all batches. */
function excerptTests(fields: readonly FieldTest[]): Prepared['onExcerpts'] {
  let made: { readonly names: readonly string[]; readonly tests: SpanTests | undefined } | undefined;
  return (names) => {
    if (made?.names !== names) {
      const columns = locateExcerpted(
        names,
        fields.map(({ path }) => path),
      );
      made = { names, tests: columns && new SpanTests(fields, columns) };
    }
    return made.tests;
  };
}

/** The members that are tested, by name and by path. */
function pathTable(rules: NameRules, fields: readonly FieldTest[]): RuleTable {
  const numbered = fields.map(({ path }, number) => [path, number] as const);
  const named = pathsOfNames(rules).map((path, index) => [path, fields.length + index] as const);
  return pathRules({ include: [...numbered, ...named], keepShape: true });
}

async function matchingObjects(
  batch: ObjectBatch,
  { test, fields, see, paths, table }: Prepared,
  run: Run,
): Promise<readonly number[]> {
  const { source, firstIndex, ordinals } = batch;
  const positions: number[] = [];
  for (const [position, entity] of batch.objects.entries()) {
    if (turnIsOver()) await nextTurn(run);
    see(entity);
    if (paths.isWatching) {
      keepByTable(entity, table, { source, recordIndex: firstIndex + ordinals[position] }, paths.reach);
    }
    try {
      const holds =
        holdsAtOnce(test, fields, entity) ??
        ((await holdsInTurns(fields, entity, run)) && (await holdsOfPieces(test, [entity], run)));
      if (holds) positions.push(position);
    } catch (cause) {
      throw faultAt(batch, ordinals[position], cause);
    }
  }
  return positions;
}

async function matchingTexts(batch: ByteBatch, prepared: Prepared, run: Run): Promise<readonly number[]> {
  const { test, fields, isFieldsOnly, see } = prepared;
  const { bytes, rows, count, spans, records } = await tested(batch, prepared, run);
  const positions: number[] = [];
  let sinceLook = 0;
  for (let position = 0; position < count; position++) {
    const row = position * ROW_WIDTH;
    const start = rows[row + START];
    const end = rows[row + END];
    // The clock costs more than the test of a small entity.
    sinceLook += end - start;
    if (position % ENTITIES_PER_LOOK === 0 || sinceLook > BYTES_PER_LOOK) {
      sinceLook = 0;
      if (turnIsOver()) await nextTurn(run);
    }
    const isLarge = end - start > LARGE_BYTES;
    try {
      const isHeld = isLarge ? undefined : spans && searchShort(() => spans.hold(bytes, records, position));
      if (isHeld !== undefined && (isFieldsOnly || !isHeld)) {
        if (isHeld) positions.push(position);
        continue;
      }
      // Conditions by path look into maps too.
      const decodeLarge = isFieldsOnly && !prepared.looksAtContexts ? decodeOrdered : decodeInSteps;
      const entity = isLarge
        ? await stepsInTurns(decodeLarge(bytes, start, end), run)
        : decodeValue(bytes.toString('utf8', start, end));
      see(entity);
      const isSmall = !isLarge && (end - start) * fields.length <= MOST_SEARCHED;
      const holds =
        (isSmall ? holdsAtOnce(test, fields, entity) : undefined) ??
        ((await holdsInTurns(fields, entity, run)) &&
          (isFieldsOnly || (await holdsOfPieces(test, piecesOf(entity), run))));
      if (holds) positions.push(position);
    } catch (cause) {
      const recordIndex = batch.firstIndex + rows[row + ORDINAL];
      const fault = faultAt(batch, rows[row + ORDINAL], cause);
      throw toSluiceError(fault, 'INVALID_JSON', 'select', { source: batch.source, recordIndex });
    }
  }
  return positions;
}

/** What of a batch is tested: the members that are read, and where their values are. */
async function tested(batch: ByteBatch, prepared: Prepared, run: Run): Promise<Tested> {
  const { projector, spans, paths } = prepared;
  const short = excerptBatch(batch, prepared.excerpted, prepared.rowsOfExcerpts);
  const onExcerpts = short?.excerpts && prepared.onExcerpts(short.excerpts.names);
  if (!short?.excerpts || !onExcerpts) {
    return { ...(await projector.project(short ?? batch, run)), spans, records: projector.spans };
  }
  const { records } = short.excerpts;
  if (paths.isWatching) paths.reach(onExcerpts.found(records));
  return { ...short, spans: onExcerpts, records };
}

interface Tested extends Pick<ByteBatch, 'bytes' | 'rows' | 'count'> {
  readonly spans: SpanTests | undefined;
  /** The records with the spans of the values. */
  readonly records: Int32Array;
}

/** Entities between two looks at the clock; together they are shorter than a turn. */
const ENTITIES_PER_LOOK = 16;
const BYTES_PER_LOOK = 64 * 1024;

/** Longer texts are parsed and tested in pieces. */
const LARGE_BYTES = 512 * 1024;

/** Bytes that all conditions together search in one turn. */
const MOST_SEARCHED = 1024 * 1024;

/** Undefined where a long text must be tested. */
function holdsAtOnce(test: EntityTest, fields: readonly FieldTest[], entity: unknown): boolean | undefined {
  return searchShort(() => fields.every((field) => fieldHolds(entity, field)) && test.of(entity));
}

async function holdsInTurns(fields: readonly FieldTest[], entity: unknown, run: Run): Promise<boolean> {
  for (const field of fields) if (!(await fieldHoldsInTurns(entity, field, run))) return false;
  return true;
}

async function holdsOfPieces(test: EntityTest, pieces: Iterable<unknown>, run: Run): Promise<boolean> {
  const judging = test.begin();
  const tests = new LongTests();
  for (const piece of pieces) {
    if (turnIsOver()) await nextTurn(run);
    const isEnough = searchShort(() => judging.see(piece)) ?? (await tests.search(() => judging.see(piece), run));
    if (isEnough) break;
  }
  return judging.holds();
}
