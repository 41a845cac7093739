/** The options of an export: those of its plan, and how it is run. */
import { type EntitySchema, isEntitySchema } from '../encode/entity-schema.js';
import { abortSignal, check, logger } from '../options/accept-options.js';
import { flagged, functionOf, name, type Options, typed, word } from '../options/option.js';
import type { Logger } from '../terms/logger.js';
import type { Progress } from '../terms/progress.js';
import type { Reject } from '../terms/receipt.js';
import { PLAN_OPTIONS, type PlanOptions } from './plan-options.js';
import type { SourceName } from './to-source.js';

/** Sources are examined when they are opened. */
export const RUN_OPTIONS = {
  source: { kind: typed('SourceName'), about: 'where the entities come from; a string is a path or a glob' },
  reader: {
    kind: word(['scan', 'stream-json']),
    about: '`scan` passes the text of entities on untouched, `stream-json` makes objects of everything',
    details: '`stream-json` refuses options about text: `trust`, `onError`, `maxDepth`, `maxEntityBytes`.',
    default: '`scan`',
  },
  schema: {
    kind: typed('EntitySchema', check(isEntitySchema, 'a JSON schema')),
    about:
      'JSON schema that speeds up entities that arrive as objects; a constant of the application, never part of a request',
  },
  deltaFrom: {
    kind: name,
    about:
      'index that an earlier export has left: only what has changed since is written, and a record for each deleted entity',
    details: 'It may be missing if `deltaTo` is the same file: then the export is complete.',
    flag: '--delta-from <file>',
  },
  deltaTo: {
    kind: name,
    about:
      'where the index for the next delta goes; it may be the file of `deltaFrom`, which is replaced once the result is complete',
    flag: '--delta-to <file>',
  },
  digest: { kind: flagged, about: 'SHA-256 digests in the receipt', default: '`true` for a file, else `false`' },
  signal: { kind: typed('AbortSignal', abortSignal), about: 'aborts the export and destroys its stream at once' },
  logger: { kind: typed('Logger', logger), about: 'a logger with the methods of pino', default: 'silent' },
  onProgress: {
    kind: functionOf('(progress: Progress) => void'),
    about: 'receives the progress, at most five times a second',
  },
  onReject: {
    kind: functionOf('(reject: Reject) => void | Promise<void>'),
    about: "receives each record that is rejected under `onError: 'skip'`; the export waits for it",
  },
} satisfies Options;

/** How the options of an export are examined. */
export const EXPORT_OPTIONS = { ...PLAN_OPTIONS, ...RUN_OPTIONS };

/** Options of an export. */
export interface ExportOptions extends PlanOptions, RunExportOptions {}

// The interface is written from the table by `npm run options`.

/** What an export reads and how it is run, beside its plan. */
export interface RunExportOptions {
  /** Where the entities come from; a string is a path or a glob. */
  readonly source: SourceName;
  /**
   * `scan` passes the text of entities on untouched, `stream-json` makes objects of everything. `stream-json` refuses
   * options about text: `trust`, `onError`, `maxDepth`, `maxEntityBytes`. Default: `scan`.
   */
  readonly reader?: 'scan' | 'stream-json';
  /**
   * JSON schema that speeds up entities that arrive as objects; a constant of the application, never part of a request.
   */
  readonly schema?: EntitySchema;
  /**
   * Index that an earlier export has left: only what has changed since is written, and a record for each deleted
   * entity. It may be missing if `deltaTo` is the same file: then the export is complete.
   */
  readonly deltaFrom?: string;
  /**
   * Where the index for the next delta goes; it may be the file of `deltaFrom`, which is replaced once the result is
   * complete.
   */
  readonly deltaTo?: string;
  /** SHA-256 digests in the receipt. Default: `true` for a file, else `false`. */
  readonly digest?: boolean;
  /** Aborts the export and destroys its stream at once. */
  readonly signal?: AbortSignal;
  /** A logger with the methods of pino. Default: silent. */
  readonly logger?: Logger;
  /** Receives the progress, at most five times a second. */
  readonly onProgress?: (progress: Progress) => void;
  /** Receives each record that is rejected under `onError: 'skip'`; the export waits for it. */
  readonly onReject?: (reject: Reject) => void | Promise<void>;
}
