/** Explains a plan as text: what an export will do. */

import { acceptArgument, check } from '../../options/accept-options.js';
import { isObject } from '../../options/faults.js';
import type { MemberName } from '../../terms/batch.js';
import { holdsOneFile } from '../../terms/blob-content.js';
import { EVERY, formatPath, type Path } from '../../terms/path.js';
import type {
  DsvPlan,
  EnvelopePlan,
  ExportPlan,
  OnError,
  OutputPlan,
  ReadPlan,
  ScanPlan,
  SelectPlan,
  ShapePlan,
  SplitPlan,
} from '../../terms/plan.js';
import type { Format } from '../../terms/profile.js';
import type { SortPlan } from '../../terms/sort.js';
import { explainCriteria } from './explain-criteria.js';
import { explainProjection } from './explain-projection.js';

/** Ids and names shown of a list; a longer list is cut. */
const LISTED = 5;

const isPlan = check(
  (value) => isObject(value) && ['read', 'select', 'output'].every((part) => isObject(value[part])),
  'a plan of planExport',
);

/**
 * Explains what an export by this plan does: one sentence per line, in the order of the data.
 * @throws SluiceError `INVALID` for a value that is not a plan
 */
export function explainPlan(plan: ExportPlan): string {
  acceptArgument('plan', plan, isPlan);
  return [
    `Export ${plan.id}${plan.profile === undefined ? '' : ` by profile ${oneLine(plan.profile)}`}:`,
    ...explainReading(plan.read),
    ...explainScan(plan.scan),
    ...explainSelection(plan.select),
    ...explainProjection(plan.project, plan.output.dsv, list),
    ...(plan.delta ? [DELTA] : []),
    ...explainOutput(plan),
    ...[...(plan.idle ?? []), ...(plan.idleOptions ?? []), ...(plan.idleMembers ?? [])].map(
      ({ path, reason }) => `- No effect here: ${oneLine(path)}: ${oneLine(reason)}.`,
    ),
  ].join('\n');
}

const DELTA =
  '- Write only what is new or changed since the job before in its chain, and a record for each deleted entity.';

const ON_ERROR: Readonly<Record<OnError, string>> = {
  stop: '- Stop at the first fault.',
  skip: '- Reject faulty lines and continue.',
  'skip-file': '- Set a file aside at its first fault, and continue with the next one.',
};

/** Where the records are. */
function describePath(path: Path): string {
  if (path.at(-1) !== EVERY) return `the array at ${formatPath(path)}`;
  return `all in ${path.length === 1 ? 'the document' : formatPath(path.slice(0, -1))}, an array or an object`;
}

function explainReading({
  form,
  path,
  memberNames,
  trust,
  onError,
  maxDepth,
  maxEntityBytes,
  ...shape
}: ReadPlan): readonly string[] {
  const spelled = (member: MemberName) =>
    JSON.stringify(formatPath([memberNames[member], ...(shape.deeper?.[member] ?? [])]));
  const where = path ? describePath(path) : form === undefined ? 'found by its first bytes' : form;
  return [
    `- Read the input as ${form === undefined && !path ? `lines, a sequence, an array or a document, ${where}` : where}.`,
    ...explainShape(shape),
    `- Take ${spelled('id')} for the id and ${spelled('type')} for the type.`,
    `- Refuse more than ${maxDepth} nested brackets, or ${maxEntityBytes} bytes in one entity.`,
    trust
      ? '- Trust it: find only the boundaries of entities.'
      : '- Check it: UTF-8 everywhere, full grammar of every entity that is written.',
    ON_ERROR[onError],
  ];
}

function explainScan({ threads, reason }: ScanPlan = { threads: 1 }): readonly string[] {
  if (threads > 1) return [`- Scan a large file of lines with ${threads} more threads.`];
  return reason === undefined ? [] : [`- Scan with one thread: ${reason}.`];
}

function explainShape({ unwrap, keep, idFromKey, explode, nest }: ShapePlan): readonly string[] {
  const lines: string[] = [];
  if (nest) {
    const list = nest.name === undefined ? 'called by the type in its id' : JSON.stringify(nest.name);
    lines.push(
      `- Put each record with ${JSON.stringify(formatPath(nest.parent))} into the parent before it, in a list ${list}.`,
    );
  }
  if (explode) {
    lines.push(`- Make an entity of each element of the array at ${JSON.stringify(formatPath(explode))} of a record.`);
  }
  if (unwrap) {
    lines.push(
      `- Take the object at ${JSON.stringify(formatPath(unwrap))} of each record for the entity; filter out records without one.`,
    );
  }
  if (idFromKey) lines.push('- Put the key of each record into the entity, as its id.');
  if (keep) {
    const kept = keep.map(({ name, path }) => {
      const at = formatPath(path);
      return path.at(-1) === name ? JSON.stringify(at) : `${JSON.stringify(at)} as ${JSON.stringify(name)}`;
    });
    lines.push(`- Keep ${kept.join(', ')} of the record, in front of the entity's own members.`);
  }
  return lines;
}

function explainSelection({
  types,
  ids,
  names,
  criteria,
  scope,
  uniqueIds,
  sort,
  skip,
  limit,
}: SelectPlan): readonly string[] {
  const lines: string[] = [];
  if (ids?.length === 0) {
    lines.push('- Keep no entity: the list of ids is empty.');
  } else if (ids) {
    const until = uniqueIds ? 'stop reading when all were found' : 'read on when all were found';
    lines.push(`- Keep the ${ids.length} id${ids.length === 1 ? '' : 's'} ${list(ids)}; ${until}.`);
  }
  if (types) lines.push(`- Keep entities of type ${list(types)}.`);
  if (names) lines.push(`- Keep entities called ${list(names)}.`);
  if (criteria) lines.push(...explainCriteria(criteria, scope));
  if (lines.length === 0) lines.push('- Keep every entity.');
  if (sort) lines.push(...explainSort(sort));
  if (skip !== undefined) lines.push(`- Leave out the first ${skip} of them.`);
  if (sort && limit !== undefined) lines.push(`- Write the next ${limit}; the input is read to its end.`);
  else if (limit !== undefined) lines.push(`- Stop after ${limit} record${limit === 1 ? '' : 's'}.`);
  return lines;
}

function explainSort({ keys, valueContexts }: SortPlan): readonly string[] {
  const each = keys.map(({ attribute, property, field, order = 'asc', type }) => {
    const of = attribute ?? property ?? field ?? '';
    const what = attribute !== undefined ? 'attribute' : property !== undefined ? 'property' : 'the value at';
    return `${what} ${JSON.stringify(of)} ${order === 'asc' ? 'ascending' : 'descending'}${type ? ` as ${type}` : ''}`;
  });
  const which = valueContexts ? ', looking at the requested locales and sources' : '';
  return [
    `- Sort them by ${each.join(', then by ')}${which}; equal ones keep their order, those without a value come last.`,
    '- Keep what is to be sorted in temporary files, if it is more than memory should hold.',
  ];
}

const FORMATS: Readonly<Record<OutputPlan['format'], string>> = {
  json: 'a document {"entities":[…]}',
  array: 'a bare array',
  ndjson: 'one entity per line',
  dsv: 'delimiter-separated values',
  xlsx: 'a workbook of Excel',
};

function explainOutput({ output, envelope, id }: ExportPlan): readonly string[] {
  const { format, pack, level, deflate, threads, fileName, folder, splitBy, dsv } = output;
  const lines = [`- Format: ${FORMATS[format]}.`, ...(dsv ? explainTable(dsv, format) : [])];
  const name = splitBy ? `a file for each value of ${oneLine(formatPath(splitBy.path))}` : fileName;
  if (folder) lines.push(`- Write ${name} into the folder, when all is complete.`, ...explainFiles(output, 'folder'));
  if (pack === 'none') return lines;
  const atOnce = `- Deflate ${threads} block${threads === 1 ? '' : 's'} at a time. Deflater: ${deflate}.`;
  const what = folder ? 'Pack each' : 'Pack';
  if (pack === 'gzip') return [...lines, `- ${what} with gzip, level ${level}.`, atOnce];
  if (pack === 'zstd') return [...lines, explainZstd(format, level, what), atOnce.replace('Deflate', 'Compress')];
  if (format === 'xlsx') lines.push(atOnce);
  if (envelope && holdsOneFile(output)) return [...lines, explainEnvelope(`${fileName} itself`, id, envelope)];
  if (format === 'xlsx') lines.push(`- Pack as ${name} in a zip.`);
  else lines.push(`- Pack as ${name} in a zip, level ${level}.`, ...(level === 0 ? [] : [atOnce]));
  lines.push(...explainFiles(output, 'zip'));
  if (envelope) {
    lines.push(explainEnvelope('the zip', id, envelope));
  }
  return lines;
}

function explainZstd(format: Format, level: number, what: string): string {
  return format === 'xlsx'
    ? `- ${what} with Zstandard.`
    : `- ${what} with Zstandard, level ${level}, in frames of 1 MiB.`;
}

function explainEnvelope(what: string, id: string, { tenant, version }: EnvelopePlan): string {
  return `- Wrap ${what} in the envelope, in base64: id ${id}, tenant ${tenant}, version ${version}.`;
}

function explainFiles({ split, manifest }: OutputPlan, place: 'zip' | 'folder'): readonly string[] {
  return [...(split ? [explainSplit(split)] : []), ...(manifest ? [`- Add a list of the files to the ${place}.`] : [])];
}

function explainTable(dsv: DsvPlan, format: Format): readonly string[] {
  const { layout, delimiter, guardFormulas, excel } = dsv;
  const isWorkbook = format === 'xlsx';
  return [
    '- Buffer all rows, in a temporary file if there are many, until the last entity has shown the columns.',
    ...(layout === undefined
      ? ["- Find the layout by the first entities: the platform's, or a column for each path."]
      : []),
    ...(layout === 'fields' ? [] : explainEntities(dsv, isWorkbook)),
    ...(layout === 'entities' ? [] : explainFields(dsv)),
    ...(isWorkbook ? ['- Write numbers of more than 15 digits as text, and no formulas.'] : []),
  ].concat(
    isWorkbook
      ? []
      : [
          `- Separate values by ${JSON.stringify(delimiter)}.`,
          ...(excel === undefined
            ? []
            : [`- Write what Excel in the locale ${oneLine(excel)} opens, with all digits.`]),
          guardFormulas
            ? "- Put a ' before values that a spreadsheet would read as a formula."
            : '- Write values that a spreadsheet would read as a formula unchanged.',
        ],
  );
}

function explainEntities({ locale, relationshipsName }: DsvPlan, isWorkbook: boolean): readonly string[] {
  const after = relationshipsName === undefined ? 'after the entities' : `in ${relationshipsName}`;
  const where = isWorkbook ? 'to a sheet of their own' : after;
  return [
    `- Entities: values of other locales than ${locale} have columns of their own.`,
    `- Write relationships ${where}; sources and ids of values have no columns.`,
  ];
}

function explainFields({ arrays, nullText, collectionSeparator }: DsvPlan): readonly string[] {
  const ways = {
    join: `arrays of plain values are joined by ${JSON.stringify(collectionSeparator)}, others are JSON`,
    json: 'arrays are JSON',
    explode: 'each element of an array has a row',
  };
  const nulls = nullText === undefined ? '' : `, nulls are ${JSON.stringify(nullText)}`;
  return [`- Fields: a column for each path; ${ways[arrays]}${nulls}.`];
}

function explainSplit({ maxRecords, maxBytes, before, after }: SplitPlan): string {
  const limits = [
    ...(maxRecords === undefined ? [] : [`${maxRecords} record${maxRecords === 1 ? '' : 's'}`]),
    ...(maxBytes === undefined ? [] : [`${maxBytes} byte${maxBytes === 1 ? '' : 's'}`]),
  ];
  return `- Begin another file after ${limits.join(' or ')}; several are called ${before}1${after} and so on.`;
}

/** Text of others on one line, so that it cannot look like a line of the plan. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

function list(items: readonly string[]): string {
  const shown = items.slice(0, LISTED).map((item) => JSON.stringify(item));
  return items.length > LISTED ? `${shown.join(', ')}, … (${items.length})` : shown.join(', ');
}
