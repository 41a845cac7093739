/** Names of contenders; tables, targets and chart find numbers by them. */

/** Forms of sluice. */
export const OURS = {
  checked: 'sluice fused, checked',
  trusted: 'sluice fused, trusted',
  composedChecked: 'sluice composed of streams, checked',
  composedTrusted: 'sluice composed of streams, trusted',
  oneCall: 'sluice exportEntities, with zip level 1',
} as const;

/** Alternatives to sluice. */
export const PEERS = {
  splitSlices: 'split on newline + JSON.parse, slices passed on',
  split: 'split on newline + JSON.parse + stringify',
  readline: 'readline + JSON.parse + stringify',
  whole: 'JSON.parse of the whole file + stringify',
  streamChain: 'stream-chain jsonl + stringify',
  streamJson: 'stream-json as documented',
  streamJsonTuned: 'stream-json tuned',
  streamJsonByHand: 'stream-json tokenizer driven by hand',
  streamParser: '@streamparser/json',
  duckdb: 'DuckDB, one thread, COPY of raw lines, no base64',
  jq: 'jq, no base64, process start included',
  gojq: 'gojq, no base64, process start included',
  simdjsonMany: 'simdjson C++ iterate_many',
  simdjsonLines: 'simdjson C++ per line, On-Demand',
  simdjsonDocument: 'simdjson C++ one document, On-Demand',
} as const;

/** Exports with and without criteria. */
export const CRITERIA = {
  none: 'sluice, no criterion, checked',
  exact: 'sluice, one exact, checked',
  exactTrusted: 'sluice, one exact, trusted',
  exacts: 'sluice, one exacts of 10,000 texts, checked',
  contains: 'sluice, one contains, checked',
  keywords: 'sluice, two keywords, checked',
  split: 'split on newline + JSON.parse + one exact by hand + stringify',
} as const;

/** Projections by paths, and conditions by path. */
export const FIELDS = {
  both: 'sluice, three paths and one condition, checked',
  paths: 'sluice, three paths, checked',
  where: 'sluice, one condition, checked',
  split: 'split on newline + JSON.parse + both by hand + stringify',
  duckdb: 'DuckDB, one thread, read_json to JSON, both',
  jq: 'jq, both, process start included',
} as const;

/** Readers of the elements of an array. */
export const ARRAY = {
  ours: 'sluice, three paths and one condition, checked',
  whole: 'JSON.parse of the whole file + both by hand + stringify',
  streamJson: 'stream-json streamArray + both by hand + stringify',
  duckdb: "DuckDB, one thread, read_json (format 'array') to JSON, both",
  jqStream: 'jq --stream, both, process start included',
} as const;

/** Makers of tables. */
export const TABLES = {
  checked: 'sluice, layout fields, checked',
  trusted: 'sluice, layout fields, trusted',
  split: 'split on newline + JSON.parse + csv-stringify',
  duckdb: 'DuckDB, one thread, read_json to CSV',
} as const;

/** Writers of workbooks. */
export const WORKBOOKS = {
  checked: 'sluice to a workbook, layout fields, checked',
  hucre: 'split on newline + JSON.parse + hucre writeXlsxStream',
} as const;

/** Readers of the rows of a table. */
export const POSTGRES = {
  psql: "psql \\copy to '/dev/null', process start included",
  parsed: 'pg-query-stream, parsed rows + stringify',
  copyStreams: 'pg-copy-streams, text as it comes',
  drained: (connections: number) =>
    `sluice source alone, ${connections} ${connections === 1 ? 'connection' : 'connections'}`,
  lines: 'sluice exportEntities to a file of lines, checked',
  zip: (connections: number) =>
    `sluice exportEntities to a zip, checked, ${connections === 1 ? '1 connection' : `${connections} connections`}`,
} as const;

/** Deflaters, by level. */
export const ZIP = {
  ours: (level: number) => `sluice zip level ${level}`,
  yazl: (level: number) => `yazl alone, level ${level}`,
  pigz: (level: number) => `pigz, 2 threads, level ${level}, process start included`,
} as const;

/** Small work, one after the other. */
export const SMALL = {
  zip: 'export of ten entities to a zip, in process',
  job: 'job of ten entities, from its submission until it has ended',
  request: 'documented request for ten entities, until its response has ended',
} as const;

/** Kinds of work that are compared with each other. */
export const WORK = {
  oneId: 'lines, 1 id, checked',
  oneIdTrusted: 'lines, 1 id, trusted',
  manyIds: 'lines, 100,000 ids, checked',
  manyIdsTrusted: 'lines, 100,000 ids, trusted',
  tenRecords: 'lines, maxRecords 10, checked',
} as const;

/** Complete processes that select by type. */
export const PROCESSES = {
  lines: (threads: number) => `sluice to the null device, ${threads === 1 ? 'one thread' : `${threads} threads`}`,
  piped: 'sluice into a pipe, one thread',
  envelope: 'sluice into a pipe, base64 envelope',
  file: 'sluice to a file',
  zip: 'sluice to a zip, level 1',
  split: 'node: split on newline + JSON.parse + stringify, base64 envelope',
  duckdb: (threads: number) =>
    `node: DuckDB, ${threads === 1 ? 'one thread' : `${threads} threads`}, raw lines to the null device`,
  byJq: (command: string) => `${command} -c`,
} as const;

/** Complete processes that compress a file. */
export const COMPRESSED = {
  zip: 'sluice to a zip, level 1',
  gzip: 'sluice to .gz, level 1',
  zstd: 'sluice to .zst, level 1',
  pigz: 'pigz -1 -p 2',
  zstdCommand: 'zstd -1 -T2',
} as const;

/** Processes that do almost nothing. */
export const START = {
  node: 'node -e 0',
  version: 'sluice --version',
  ten: 'sluice export of 10 entities to standard output',
  tenZip: 'sluice export of 10 entities to a zip',
  jq: 'jq, the same selection',
} as const;

/** The command whose memory is measured, with its input from another process. */
export const PIPED = 'sluice generate, piped into sluice export -';
