/** The options of the streams that make bytes of entities, and of bytes. */
import { type EntitySchema, isEntitySchema } from '../encode/entity-schema.js';
import { check, filledText, listOf } from '../options/accept-options.js';
import { anyText, name, type Options, typed, wholeNumber, word } from '../options/option.js';
import { DSV_SETTINGS } from '../request/accept/dsv-settings.js';
import type { Deflater } from '../terms/deflater.js';
import { DEFLATE_LEVELS, ZSTD_LEVELS } from '../terms/levels.js';
import { type DsvSettings, JSON_FORMATS, type JsonFormat } from '../terms/profile.js';
import type { RunHandle } from '../terms/run-handle.js';
import { PLAN_OPTIONS } from './plan-options.js';
import { isRun, STREAM, type StreamOptions } from './stage-options.js';

export const ENCODE_JSON_OPTIONS = {
  format: {
    kind: word(JSON_FORMATS, 'JsonFormat'),
    about: 'the document `{"entities":[…]}` (`json`), a bare `array`, or lines (`ndjson`)',
    default: '`json`',
  },
  schema: {
    // Compiling it finds further faults.
    kind: typed('EntitySchema', check(isEntitySchema, 'a JSON schema')),
    about: 'schema for entities that arrive as objects; a constant of the application, never part of a request',
  },
} satisfies Options;

export const ENCODE_DSV_OPTIONS = {
  locale: {
    kind: name,
    about: 'the locale whose values are in the main column of their attribute',
    default: '`en-US`',
  },
  attributes: {
    kind: typed('readonly string[]', listOf(filledText)),
    about: 'attributes that always have columns, before all others',
  },
} satisfies Options;

const BLOCKS = {
  ...PLAN_OPTIONS.threads,
  about: 'blocks that are compressed at the same time; the bytes are the same for any number',
  default: 'one more than there are cores, and less than the thread pool of libuv has',
};

export const GZIP_OPTIONS = {
  level: {
    kind: wholeNumber(DEFLATE_LEVELS.min, DEFLATE_LEVELS.max),
    about: 'deflate level, 0 (stored) to 9',
    default: '1',
  },
  deflate: PLAN_OPTIONS.deflate,
  threads: BLOCKS,
} satisfies Options;

export const ZSTD_OPTIONS = {
  level: {
    kind: wholeNumber(ZSTD_LEVELS.min, ZSTD_LEVELS.max),
    about: `level of Zstandard, 1 to ${ZSTD_LEVELS.max}`,
    default: '1',
  },
  threads: BLOCKS,
} satisfies Options;

export const ZIP_OPTIONS = { name: { kind: name, about: 'name of the file inside' } } satisfies Options;

export const ENVELOPE = {
  run: { kind: typed('RunHandle', isRun), about: 'the run of the pipeline, whose id and counts are in the envelope' },
  tenant: { kind: anyText, about: 'tenant of the envelope', default: '`local`' },
  version: { kind: anyText, about: 'version of the envelope', default: '`1.1`' },
  fileName: {
    kind: name,
    about: 'name of the file in the envelope; a zip, known by its first bytes, gets `.zip`',
    default: 'the id of the run and `_out`',
  },
} satisfies Options;

export const ENCODE_JSON = { ...STREAM, ...ENCODE_JSON_OPTIONS };

export const ENCODE_DSV = { ...STREAM, ...ENCODE_DSV_OPTIONS, ...DSV_SETTINGS };

export const GZIP = { ...STREAM, ...GZIP_OPTIONS };

export const ZIP = { ...GZIP, ...ZIP_OPTIONS };

export const ZSTD = { ...STREAM, ...ZSTD_OPTIONS };

// The interfaces are written from the tables by `npm run options`.

/** Options of `encodeJson`. */
export interface EncodeJsonOptions extends StreamOptions {
  /** The document `{"entities":[…]}` (`json`), a bare `array`, or lines (`ndjson`). Default: `json`. */
  readonly format?: JsonFormat;
  /** Schema for entities that arrive as objects; a constant of the application, never part of a request. */
  readonly schema?: EntitySchema;
}

/** Options of `encodeDsv`. */
export interface EncodeDsvOptions extends StreamOptions, DsvSettings {
  /** The locale whose values are in the main column of their attribute. Default: `en-US`. */
  readonly locale?: string;
  /** Attributes that always have columns, before all others. */
  readonly attributes?: readonly string[];
}

/** Options of `gzip`. */
export interface GzipOptions extends StreamOptions {
  /** Deflate level, 0 (stored) to 9. Default: 1. */
  readonly level?: number;
  /**
   * Who deflates: the faster deflater of sluice (`sluice`, levels 1 and 2), or that of Node (`zlib`). Both write what
   * any program reads, in different bytes. Default: `sluice` at its levels where the machine has WebAssembly with
   * vectors, else `zlib`.
   */
  readonly deflate?: Deflater;
  /**
   * Blocks that are compressed at the same time; the bytes are the same for any number. Default: one more than there
   * are cores, and less than the thread pool of libuv has.
   */
  readonly threads?: number;
}

/** Options of `zstd`. */
export interface ZstdOptions extends StreamOptions {
  /** Level of Zstandard, 1 to 22. Default: 1. */
  readonly level?: number;
  /**
   * Blocks that are compressed at the same time; the bytes are the same for any number. Default: one more than there
   * are cores, and less than the thread pool of libuv has.
   */
  readonly threads?: number;
}

/** Options of `zip`. */
export interface ZipStreamOptions extends GzipOptions {
  /** Name of the file inside. */
  readonly name: string;
}

/** Options of `envelope`. */
export interface EnvelopeStreamOptions {
  /** The run of the pipeline, whose id and counts are in the envelope. */
  readonly run: RunHandle;
  /** Tenant of the envelope. Default: `local`. */
  readonly tenant?: string;
  /** Version of the envelope. Default: `1.1`. */
  readonly version?: string;
  /**
   * Name of the file in the envelope; a zip, known by its first bytes, gets `.zip`. Default: the id of the run and
   * `_out`.
   */
  readonly fileName?: string;
}
