/** Targets: the intended speed of sluice relative to peers, checked and trusted. */
import {
  ARRAY,
  CRITERIA,
  FIELDS,
  OURS,
  PEERS,
  POSTGRES,
  PROCESSES,
  SMALL,
  START,
  TABLES,
  WORK,
  WORKBOOKS,
  ZIP,
} from './names.js';
import type { SectionName } from './sections.js';

/** A minimum ratio between two rows of a section, met by the median of the rounds. */
export interface RatioTarget {
  readonly work: string;
  readonly section: SectionName;
  /** The row that must be faster. */
  readonly ours: string;
  readonly peer: string;
  readonly least: number;
}

/** An upper bound of a count. */
export interface BoundTarget {
  readonly work: string;
  readonly section: SectionName;
  readonly against: string;
  readonly most: number;
  readonly unit: 'MB' | 'MiB' | 'ms';
  /** The count. */
  readonly measure: 'bytesReadForTenRecords' | 'memoryGrowth' | 'memoryOfCommand' | keyof typeof MOST_DELAY;
}

/** A bound of the milliseconds of a row, or of a rate in the facts. */
export interface SmallTarget {
  readonly work: string;
  readonly section: SectionName;
  readonly bound: RowBound | RateBound;
}

/** Most milliseconds that a share of the operations of a row takes. */
export interface RowBound {
  readonly row: string;
  readonly share: number;
  readonly mostMs: number;
}

/** Fewest operations per second. */
export interface RateBound {
  readonly rate: string;
  readonly least: number;
}

const LINES = 'lines, whole entities -> base64 envelope, null sink';
const DOCUMENT = 'one document -> base64 envelope, null sink';
const COPY_LINES = 'lines, the same selection copied to a null sink, no base64';
const COPY_DOCUMENT = 'one document, copied to a null sink, no base64';
const COMPOSED = 'pipeline() of separate stages';
const ONE_EXACT = 'one `exact` on 30 % of the entities, lines -> base64 envelope, null sink';
const TABLE = 'flat entities of 300 bytes and 10 members -> CSV, null sink';
const WORKBOOK = 'a hundred thousand entities to a workbook';
const fieldsOf = (bytes: number) =>
  `three paths and one condition, flat entities of ${bytes} bytes -> lines, null sink`;
const ELEMENTS = 'three paths and one condition, elements of 300 bytes of one array -> lines, null sink';
const ROWS = 'rows of jsonb from PostgreSQL, in the order of their key';
const PROCESS = 'complete processes, the larger file of lines';
const IDS = '100,000 ids against 1 id, neither set ever complete (within 20 %)';

/** One target for checked and one for trusted, where a number is given. */
function ratio(
  work: string,
  section: SectionName,
  peer: string,
  { checked, trusted }: { readonly checked?: number; readonly trusted?: number },
): readonly RatioTarget[] {
  return [
    ...(checked === undefined ? [] : [{ work, section, ours: OURS.checked, peer, least: checked }]),
    ...(trusted === undefined ? [] : [{ work, section, ours: OURS.trusted, peer, least: trusted }]),
  ];
}

function deflate(level: number, yazl: number, pigz: number): readonly RatioTarget[] {
  const section = 'zip';
  const work = `zip, level ${level}, 2 cores`;
  return [
    { work, section, ours: ZIP.ours(level), peer: ZIP.yazl(level), least: yazl },
    { work, section, ours: ZIP.ours(level), peer: ZIP.pigz(level), least: pigz },
  ];
}

/** At most 1.2 times the time. */
const WITHIN_20_PERCENT = 1 / 1.2;

/** An export of ten takes at most so many times as long as Node alone. */
const WITHIN_2_75_TIMES = 1 / 2.75;

/** All ratios, in the order of the table. */
export const RATIO_TARGETS: readonly RatioTarget[] = [
  ...ratio(LINES, 'lines', PEERS.split, { checked: 14, trusted: 25 }),
  ...ratio(LINES, 'lines', PEERS.streamJsonTuned, { checked: 80, trusted: 140 }),
  ...ratio(LINES, 'lines', PEERS.jq, { checked: 35, trusted: 60 }),
  ...ratio(LINES, 'lines', PEERS.duckdb, { checked: 3.5, trusted: 6 }),
  ...ratio(COPY_LINES, 'copy-lines', PEERS.simdjsonMany, { checked: 1, trusted: 1.5 }),
  ...ratio(COPY_LINES, 'copy-lines', PEERS.simdjsonLines, { trusted: 1 }),
  ...ratio(DOCUMENT, 'document', PEERS.streamJsonTuned, { checked: 80, trusted: 150 }),
  ...ratio(DOCUMENT, 'document', PEERS.jq, { checked: 70, trusted: 110 }),
  ...ratio(COPY_DOCUMENT, 'copy-document', PEERS.simdjsonDocument, { trusted: 1 }),
  ...(['lines', 'document'] as const).flatMap((form) => {
    const compared = { work: `${COMPOSED}, ${form}`, section: `composed-${form}`, least: 0.7 } as const;
    return [
      { ...compared, ours: OURS.composedChecked, peer: OURS.checked },
      { ...compared, ours: OURS.composedTrusted, peer: OURS.trusted },
    ];
  }),
  ...deflate(1, 3.2, 1.7),
  ...deflate(6, 1.6, 0.9),
  { work: IDS, section: 'work', ours: WORK.manyIds, peer: WORK.oneId, least: WITHIN_20_PERCENT },
  { work: IDS, section: 'work', ours: WORK.manyIdsTrusted, peer: WORK.oneIdTrusted, least: WITHIN_20_PERCENT },
  { work: ONE_EXACT, section: 'criteria', ours: CRITERIA.exact, peer: CRITERIA.split, least: 5 },
  { work: ONE_EXACT, section: 'criteria', ours: CRITERIA.exactTrusted, peer: CRITERIA.split, least: 5 },
  { work: fieldsOf(300), section: 'fields-300', ours: FIELDS.both, peer: FIELDS.split, least: 3 },
  { work: fieldsOf(4000), section: 'fields-4000', ours: FIELDS.both, peer: FIELDS.split, least: 5 },
  { work: ELEMENTS, section: 'array', ours: ARRAY.ours, peer: ARRAY.jqStream, least: 100 },
  { work: ELEMENTS, section: 'array', ours: ARRAY.ours, peer: ARRAY.streamJson, least: 10 },
  { work: TABLE, section: 'tables', ours: TABLES.checked, peer: TABLES.split, least: 3 },
  { work: TABLE, section: 'tables', ours: TABLES.checked, peer: TABLES.duckdb, least: 1 },
  { work: WORKBOOK, section: 'workbooks', ours: WORKBOOKS.checked, peer: WORKBOOKS.hucre, least: 3 },
  ...[
    { ours: PROCESSES.envelope, peer: PROCESSES.split, least: 12 },
    { ours: PROCESSES.envelope, peer: PROCESSES.byJq('jq'), least: 35 },
    { ours: PROCESSES.lines(1), peer: PROCESSES.duckdb(1), least: 4 },
    { ours: PROCESSES.lines(2), peer: PROCESSES.duckdb(2), least: 4 },
    // One thread uses more than one core already: RESULTS.md reckons the most that two cores allow.
    { ours: PROCESSES.lines(2), peer: PROCESSES.lines(1), least: 1.8 },
  ].map((target) => ({ work: PROCESS, section: 'processes-large' as const, ...target })),
  { work: 'start of a process', section: 'start', ours: START.ten, peer: START.node, least: WITHIN_2_75_TIMES },
  { work: ROWS, section: 'postgres', ours: POSTGRES.drained(1), peer: POSTGRES.psql, least: 1 },
  { work: ROWS, section: 'postgres', ours: POSTGRES.drained(1), peer: POSTGRES.parsed, least: 1.4 },
];

/** Most milliseconds by which timers may be late at any plan. */
const MOST_DELAY = { p50: 5, p99: 20, max: 50 } as const;

/** All bounds. */
export const BOUND_TARGETS: readonly BoundTarget[] = [
  {
    work: 'maxRecords: 10',
    section: 'work',
    against: 'bytes read of the file',
    most: 4,
    unit: 'MB',
    measure: 'bytesReadForTenRecords',
  },
  {
    work: 'memory',
    section: 'memory',
    against: 'resident set of the largest export over that of 100 MB',
    most: 20,
    unit: 'MiB',
    measure: 'memoryGrowth',
  },
  {
    work: 'memory',
    section: 'memory',
    against: 'resident set of the command with the largest piped input',
    most: 110,
    unit: 'MiB',
    measure: 'memoryOfCommand',
  },
  ...(['p50', 'p99', 'max'] as const).map((measure) => ({
    work: 'delay of timers during any plan',
    section: 'event-loop' as const,
    against: measure === 'max' ? 'longest' : measure,
    most: MOST_DELAY[measure],
    unit: 'ms' as const,
    measure,
  })),
];

/** Small work. */
export const SMALL_TARGETS: readonly SmallTarget[] = [
  { work: SMALL.zip, section: 'small', bound: { row: SMALL.zip, share: 0.95, mostMs: 3 } },
  { work: SMALL.job, section: 'small', bound: { row: SMALL.job, share: 0.5, mostMs: 3 } },
  { work: 'jobs of ten entities, 16 at once', section: 'small', bound: { rate: 'jobsPerSecond', least: 500 } },
  {
    work: 'documented requests for ten entities, 16 at once',
    section: 'small',
    bound: { rate: 'requestsPerSecond', least: 500 },
  },
];
