/** Inspects a source: its records by type and size, and its first fault. */

import { newRun } from '../export/create-run.js';
import { acceptSettings } from '../export/plan-export.js';
import type { PlanOptions } from '../export/plan-options.js';
import { type SourceName, toSource } from '../export/to-source.js';
import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { unpacked } from '../places/unpacked.js';
import { findArrays } from '../scan/find-arrays.js';
import { checkStage } from '../select/check.js';
import { memberText } from '../select/member-value.js';
import { readBatches } from '../sources/read-batches.js';
import { type ByteBatch, END, MEMBER_COLUMN, ROW_WIDTH, START } from '../terms/batch.js';
import { definedOnly } from '../terms/defined-only.js';
import type { SluiceError } from '../terms/errors.js';
import { EVERY, formatPath, type Path, parsePath } from '../terms/path.js';
import type { InputForm } from '../terms/position.js';
import type { Note } from '../terms/receipt.js';
import { MemberCensus, type MemberSummary } from './member-census.js';
import { idAmong, shapeAmong, typeAmong, valuesInside } from './suggest-options.js';

/** The records of one type. */
export interface TypeSummary {
  /** Undefined for records whose type is not a string. */
  readonly type: string | undefined;
  readonly records: number;
  /** Bytes of all their texts. */
  readonly bytes: number;
  readonly smallest: number;
  readonly largest: number;
}

/** A form in which inputs hold their entities. */
export interface FormSummary {
  readonly form: InputForm;
  /** To the entities of a document, as the option `path` takes it. */
  readonly path?: string;
  /** Inputs of the form. */
  readonly inputs: number;
}

/** The options that read the source as it was inspected, and name what looks like an id and a type. */
export type SuggestedOptions = Pick<PlanOptions, 'input' | 'path' | 'unwrap' | 'nest' | 'idField' | 'typeField'> & {
  readonly keep?: readonly string[];
};

/** Types that are counted. */
const MOST_TYPES = 10_000;

/** Steps of a path that leads to an id or a type. */
const DEEPEST = 2;

/** What a source holds, up to its end or its first fault. */
export interface Inspection {
  readonly records: number;
  readonly bytesIn: number;
  /** The forms of its inputs, the most frequent first. */
  readonly forms: readonly FormSummary[];
  /** The most frequent type first; the first ten thousand that occur. */
  readonly types: readonly TypeSummary[];
  /** The records of further types. */
  readonly otherTypes?: Pick<TypeSummary, 'records' | 'bytes'>;
  /** Entities whose members were counted: the first ten thousand, of at most 64 MB. */
  readonly examined: number;
  /** The paths to members, in order of appearance: the first 300, of at most four steps. */
  readonly members: readonly MemberSummary[];
  /** There are more paths. */
  readonly moreMembers?: true;
  /** Options for an export. */
  readonly suggested: SuggestedOptions;
  /** What a user should know of the source that is not a failure. */
  readonly notes: readonly Note[];
  readonly fault?: SluiceError;
}

/** Options of `inspectSource`. */
export type InspectOptions = Pick<
  PlanOptions,
  'input' | 'path' | 'unwrap' | 'idField' | 'typeField' | 'maxDepth' | 'maxEntityBytes'
> & { readonly signal?: AbortSignal };

/** Reads a source of JSON text to its end, checking every record. */
export async function inspectSource(
  source: SourceName,
  { signal, ...options }: InspectOptions = {},
): Promise<Inspection> {
  const run = newRun({ signal });
  const { read } = acceptSettings(options);
  const types = new TypeCensus();
  const forms = new Map<string, FormSummary>();
  const census = new MemberCensus();
  let only: Buffer | undefined;
  const check = checkStage();
  let fault: SluiceError | undefined;
  const onForm = (_input: string, form: InputForm, way: Path) => {
    const path = form === 'document' ? formatPath(way) : undefined;
    const key = `${form} ${path}`;
    const known = forms.get(key) ?? { form, ...(path === undefined ? {} : { path }), inputs: 0 };
    forms.set(key, { ...known, inputs: known.inputs + 1 });
  };
  const reading = { ...read, locate: ['type'] as const, reader: 'scan' as const, recycle: true, onForm };
  for await (const batch of readBatches(unpacked(toSource(source), read), reading, run)) {
    if (turnIsOver()) await nextTurn();
    for (const checked of await check.push(batch, run)) {
      if (checked.kind === 'bytes') {
        only ??= await firstOf(checked);
        types.add(checked);
        await addMembers(census, checked);
      }
      if (checked.ending?.kind === 'fault') fault = checked.ending.error;
    }
  }
  const found = [...forms.values()].sort((a, b) => b.inputs - a.inputs);
  const { records } = types;
  return {
    records,
    bytesIn: run.ledger.bytesIn,
    forms: found,
    types: types.summaries,
    ...(types.others.records > 0 ? { otherTypes: types.others } : {}),
    examined: census.examined,
    members: census.members,
    ...(census.hasMore ? { moreMembers: true } : {}),
    suggested: await suggestedFor(census, options, found, records === 1 ? only : undefined),
    notes: run.ledger.notes,
    ...(fault ? { fault } : {}),
  };
}

/** Bytes that are copied between two looks at the clock. */
const COPIED_BYTES = 1024 * 1024;

/** The text of the first entity of a batch. */
async function firstOf({ bytes, rows, count }: ByteBatch): Promise<Buffer | undefined> {
  if (count === 0) return undefined;
  const [start, end] = [rows[START], rows[END]];
  const text = Buffer.allocUnsafe(end - start);
  for (let from = start; from < end; from += COPIED_BYTES) {
    if (turnIsOver()) await nextTurn();
    bytes.copy(text, from - start, from, Math.min(end, from + COPIED_BYTES));
  }
  return text;
}

async function addMembers(census: MemberCensus, { bytes, rows, count }: ByteBatch): Promise<void> {
  for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) {
    if (turnIsOver()) await nextTurn();
    for (const _ of census.add(bytes, rows[row + START], rows[row + END])) if (turnIsOver()) await nextTurn();
  }
}

/** @param only the only record, which may be meant as a document */
async function suggestedFor(
  census: MemberCensus,
  { input, path, unwrap, idField, typeField }: InspectOptions,
  [most, ...others]: readonly FormSummary[],
  only: Buffer | undefined,
): Promise<SuggestedOptions> {
  const { members, examined } = census;
  const inside = path === undefined && input === undefined && only ? await longestArray(only) : undefined;
  if (inside) return definedOnly({ unwrap, ...entitiesIn(inside, members, wayTo(most)), idField });
  const shape = unwrap === undefined ? shapeAmong(members, examined) : { unwrap };
  const isInside = unwrap === undefined && shape.unwrap !== undefined;
  const { values, entities } = isInside
    ? valuesInside(census.values, members, shape.unwrap ?? '')
    : { values: census.values.filter((one) => one.path.length <= DEEPEST), entities: examined };
  // A child has no type of its own, and its id tells the list that it is in.
  const isNested = 'nest' in shape;
  const keepsId = shape.keep?.includes('_id') ? '_id' : undefined;
  const id = isNested || shape.keep?.includes('id') ? undefined : (keepsId ?? idAmong(values, entities));
  const type = isNested || shape.keep?.includes('type') ? undefined : typeAmong(values, entities);
  return definedOnly({
    input,
    path: path ?? (others.length === 0 ? most?.path : undefined),
    ...shape,
    idField: idField ?? otherThan('id', id),
    typeField: typeField ?? otherThan('type', type),
  });
}

/**
 * The path to the entities of a single record that is a document, whose members are known.
 * @param way to the record, where it is in an array
 */
function entitiesIn(inside: Path, members: readonly MemberSummary[], way: Path | undefined): SuggestedOptions {
  const resource = [...inside, EVERY, 'resource'];
  const mark = formatPath([...resource, 'resourceType']);
  const isBundle = members.some(({ path }) => path === mark);
  if (isBundle) return { path: formatPath([...(way ?? []), ...resource]), typeField: 'resourceType' };
  return { path: formatPath(way ? [...way, ...inside, EVERY] : inside) };
}

/** The way to the records of a form; undefined if a record is the input. */
function wayTo(form: FormSummary | undefined): Path | undefined {
  if (form?.form === 'array') return [EVERY];
  if (form?.form !== 'document') return undefined;
  const way = parsePath(form.path ?? '', 'path');
  // After a star the way leads to each entity, before one to their array.
  return way.includes(EVERY) ? way : [...way, EVERY];
}

/** The path to the array of objects that is most of a record. */
async function longestArray(record: Buffer): Promise<Path | undefined> {
  const arrays = await stepsInTurns(findArrays(record, 0, record.length));
  const longest = arrays.find(({ length }) => 2 * length > record.length);
  return longest?.path;
}

/** The name, unless it is the default. */
function otherThan(fallback: string, name: string | undefined): string | undefined {
  return name === fallback ? undefined : name;
}

/** Counts entities by their types. */
class TypeCensus {
  records = 0;
  readonly others = { records: 0, bytes: 0 };
  readonly #types = new Map<string | undefined, TypeSummary>();

  add(batch: ByteBatch): void {
    this.records += batch.count;
    for (let position = 0; position < batch.count; position++) {
      const row = position * ROW_WIDTH;
      const size = batch.rows[row + END] - batch.rows[row + START];
      const hasType = batch.rows[row + MEMBER_COLUMN.type] >= 0;
      const type = hasType ? memberText(batch, position, 'type') : undefined;
      const known = this.#types.get(type);
      if (!known && this.#types.size >= MOST_TYPES) {
        this.others.records++;
        this.others.bytes += size;
        continue;
      }
      const { records, bytes, smallest, largest } = known ?? { records: 0, bytes: 0, smallest: size, largest: size };
      this.#types.set(type, {
        type,
        records: records + 1,
        bytes: bytes + size,
        smallest: Math.min(smallest, size),
        largest: Math.max(largest, size),
      });
    }
  }

  /** The most frequent one first. */
  get summaries(): readonly TypeSummary[] {
    return [...this.#types.values()].sort((a, b) => b.records - a.records);
  }
}
