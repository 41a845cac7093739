/** Rows of a PostgreSQL database as a source: their text goes from the server to the scanner without a parser between. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { definedOnly } from '../../terms/defined-only.js';
import { invalid, SluiceError } from '../../terms/errors.js';
import type { ExportPlan } from '../../terms/plan.js';
import type { ByteInput, Source } from '../source.js';
import { untilAborted } from '../until-aborted.js';
import { describeRows, type Rows } from './describe-rows.js';
import { oneCopy } from './one-copy.js';
import { postgresFailure, tellingCause } from './postgres-failure.js';
import { NOTHING_PUSHED, type PushedDown, pushDown } from './push-down.js';
import { rangeCopies } from './range-copies.js';
import { type RowShape, sharedKey } from './row-decoder.js';
import { type Copies, rowsInput } from './rows-input.js';
import { checkOptions, type PostgresEntitiesOptions, wordsFor } from './rows-options.js';
import { copyOut, type Part, selectKey, selectRows, selectShared } from './rows-sql.js';
import { openSession, type Session } from './session.js';
import { shortened } from './sql-text.js';

/** The selection of an export, as far as a source needs it. */
type Selection = Pick<ExportPlan, 'read' | 'select'>;

/**
 * Reads entities from a table or a query. All rows are of one snapshot, in the order of their key, and come by COPY; the
 * part of the selection that PostgreSQL can evaluate is in its WHERE. Entities are the text that PostgreSQL writes: for
 * json as it was inserted, for jsonb in jsonb's own order and spacing.
 *
 * A job resumes after the last key, in the then current state of the database: no row comes twice, and no row that
 * existed all the time is lost; rows that were inserted, changed or deleted in between are as they are when they are
 * read. The same happens if the server cancels the query because of a conflict, as a standby does.
 * @throws SluiceError `INVALID` at once for contradictory options; (while reading) `SERVICE_FAILED`, `NOT_FOUND`,
 *   `PERMISSION_DENIED`, `READ_FAILED`, `NOT_AN_ENTITY` for an entity that is NULL (a reject under `onError: 'skip'`),
 *   `MISSING_PEER`
 * @example
 * postgresEntities({ connection: 'postgres://me@db/catalog', table: 'products', id: 'sku' })
 */
export function postgresEntities(options: PostgresEntitiesOptions): Source {
  return sourceOf(checkOptions(options), undefined);
}

function sourceOf(options: PostgresEntitiesOptions, selection: Selection | undefined): Source {
  return {
    async *inputs(signal) {
      yield await openRows(options, selection, signal);
    },
    narrow: (plan) => sourceOf(options, plan),
    describe: () => describe(options),
    explain: () => explain(options, selection),
  };
}

/** What is read, whatever database it is in. */
function describe({ table, query, entity, id, type, document, key }: PostgresEntitiesOptions): unknown {
  return { table, query, entity, id, type, document, key };
}

/** A session, and the rows it reads. */
interface Opened {
  readonly session: Session;
  readonly rows: Rows;
  readonly pushed: PushedDown;
}

async function open(
  options: PostgresEntitiesOptions,
  selection: Selection | undefined,
  signal: AbortSignal,
): Promise<Opened> {
  const session = await openSession({ ...options, what: wordsFor(options) }, signal);
  try {
    const rows = await describeRows(options, session.client, signal);
    if ((options.connections ?? 1) > 1 && rows.key.length === 0) {
      throw invalid(
        'read',
        'several need a key by which they share the rows; the table has no primary key, or others inherit from it',
        'connections',
      );
    }
    return { session, rows, pushed: selection ? pushDown(selection, rows, session.client) : NOTHING_PUSHED };
  } catch (cause) {
    await session.close();
    throw cause;
  }
}

/** Rows that are ready to be read. */
interface OpenedRows {
  readonly shape: RowShape;
  readonly identity: unknown;
  readonly copies: Copies;
}

async function openRows(
  options: PostgresEntitiesOptions,
  selection: Selection | undefined,
  signal: AbortSignal,
): Promise<ByteInput> {
  const { shape, identity, copies } = await openCopies(options, selection, signal);
  const reopen = async () => {
    const again = await openCopies(options, selection, signal);
    if (isDeepStrictEqual(again.identity, identity)) return again.copies;
    await again.copies.close();
    const message = `${shape.name} has changed while it was read: its columns or its key are different`;
    throw new SluiceError('SOURCE_CHANGED', 'read', message, { source: shape.name });
  };
  // Without a key there is no position to resume at, and a snapshot of another transaction has no later state.
  const canGoOn = shape.key.length > 0 && options.snapshot === undefined;
  return rowsInput({ ...shape, identity, copies, reopen: canGoOn ? reopen : undefined, signal });
}

async function openCopies(
  options: PostgresEntitiesOptions,
  selection: Selection | undefined,
  signal: AbortSignal,
): Promise<OpenedRows> {
  const { session, rows, pushed } = await open(options, selection, signal);
  try {
    const { name, unique, isJsonb, hasLines } = rows;
    const passesNull = selection?.read.onError === 'skip';
    const shape = { name, key: rows.key.map((column) => column.name), unique, isJsonb, hasLines, passesNull };
    const statement = (part: Partial<Part>) => copyOut(selectRows(rows, { ...pushed, ...part }, session.client));
    // For some ids, or the first rows, one connection is faster than finding ranges for several.
    const isShared = (options.connections ?? 1) > 1 && pushed.limit === undefined && !selection?.select.ids;
    const copies = isShared
      ? await shareRanges(options, { session, rows, shape }, statement, signal)
      : oneCopy(shape, session, (after) => statement(after ? { after } : {}));
    const known = unique ? copies : afterOwnKey(copies, { session, rows, pushed }, signal);
    return { shape, identity: identityOf(options, rows), copies: known };
  } catch (cause) {
    await session.close();
    throw cause;
  }
}

/**
 * Refuses to begin after a key that several rows have: those that were not read would be left out. Where reading goes on, it
 * finds such rows one after the other.
 */
function afterOwnKey(copies: Copies, { session, rows, pushed }: Opened, signal: AbortSignal): Copies {
  const refuseShared = async (key: readonly string[]) => {
    const text = selectShared(rows, pushed.conditions, key, session.client);
    const { rowCount } = await ask(session, text, rows.name, signal);
    if (rowCount)
      throw sharedKey(
        rows.name,
        rows.key.map(({ name }) => name),
        key,
      );
  };
  let isFirst = true;
  return {
    async next(after) {
      if (isFirst && after && after.length > 0) await refuseShared(after);
      isFirst = false;
      return copies.next(after);
    },
    failure: (cause) => copies.failure(cause),
    lost: () => copies.lost(),
    close: () => copies.close(),
  };
}

/** @throws SluiceError (rejects) as reading does */
function ask({ client, lost }: Session, text: string, name: string, signal: AbortSignal) {
  return untilAborted(client.query<Record<string, string>>(text), signal).catch((cause) => {
    throw postgresFailure(tellingCause(cause, lost()), name, 'read');
  });
}

/**
 * What must be equal when a job resumes. The selection is not included: after a key the entities that pass it are the
 * same, whatever was left out before.
 */
function identityOf({ query, entity, id, type, document }: PostgresEntitiesOptions, rows: Rows): unknown {
  const from = query === undefined ? rows.from : createHash('sha256').update(query).digest('hex');
  return { from, key: rows.key.map(({ name }) => name), ...definedOnly({ entity, id, type, document }) };
}

/** Opens the other connections in the snapshot of the first, which finds the ranges for them. */
async function shareRanges(
  options: PostgresEntitiesOptions,
  { session: leader, rows, shape }: Omit<Opened, 'pushed'> & { readonly shape: RowShape },
  statement: (part: Partial<Part>) => string,
  signal: AbortSignal,
): Promise<Copies> {
  const { connection, connections = 1 } = options;
  const [{ snapshot }] = (await ask(leader, 'SELECT pg_export_snapshot() AS snapshot', rows.name, signal)).rows;
  const opening = Array.from({ length: connections }, () =>
    openSession({ connection, what: wordsFor(options), snapshot }, signal),
  );
  const settled = await Promise.allSettled(opening);
  const readers = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) {
    await Promise.all(readers.map((session) => session.close()));
    // The snapshot ends with the connection that has exported it.
    const lost = leader.lost();
    throw lost === undefined ? failed.reason : postgresFailure(lost, rows.name, 'read');
  }
  return rangeCopies({
    shape,
    leader,
    readers,
    statement,
    async keyAfter(count, after) {
      const text = selectKey(rows, count, after, leader.client);
      const [found] = (await ask(leader, text, rows.name, signal)).rows;
      return found && rows.key.map((_, index) => found[`key${index}`]);
    },
  });
}

/** What reading does, as text: the statement, the part of the selection in it, and the part left to the filters. */
async function explain(options: PostgresEntitiesOptions, selection: Selection | undefined): Promise<readonly string[]> {
  const { session, rows, pushed } = await open(options, selection, new AbortController().signal);
  try {
    const columns = rows.key.map(({ name }) => name);
    const order =
      columns.length > 0
        ? `in the order of ${columns.join(', ')}, after which a job resumes`
        : 'in no particular order: without a key a job starts from the beginning again';
    return [
      `Read ${rows.name}, ${order}.`,
      `By ${shortened(copyOut(selectRows(rows, pushed, session.client)))}.`,
      ...(pushed.pushed.length > 0 ? [`Sent with the query: ${pushed.pushed.join('; ')}.`] : []),
      ...(pushed.left.length > 0 ? [`Left to the filters: ${pushed.left.join('; ')}.`] : []),
    ];
  } finally {
    await session.close();
  }
}
