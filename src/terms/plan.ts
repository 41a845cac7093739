/** Every decision of an export, made before a byte is read: plain frozen data. */
import type { MemberName, MemberNames } from './batch.js';
import type { InputForm } from './position.js';
import type { Format, Pack } from './profile.js';
import type { FieldList } from './request.js';

export type { InputForm };

/** Limit of nested brackets in an entity; beyond it `TOO_DEEP`. */
export const DEFAULT_MAX_DEPTH = 1024;

/** Limit of an entity's text, in bytes; beyond it `ENTITY_TOO_LARGE`. */
export const DEFAULT_MAX_ENTITY_BYTES = 256 * 1024 * 1024;

/** How to find entities in bytes. */
export interface ReadPlan {
  /** Absent: found from the first bytes. */
  readonly form?: InputForm;
  /** The members that lead to the array of entities in a document; absent: found from the first bytes. */
  readonly path?: readonly string[];
  readonly memberNames: MemberNames;
  /** The members that the selection asks for. */
  readonly locate: readonly MemberName[];
  /** The caller vouches for the input: only boundaries are looked for. */
  readonly trust: boolean;
  readonly onError: 'stop' | 'skip';
  readonly maxDepth: number;
  readonly maxEntityBytes: number;
}

/** Which entities to keep. */
export interface SelectPlan {
  /** Types in ASCII lower case; absent means any. */
  readonly types?: readonly string[];
  readonly ids?: readonly string[];
  readonly name?: string;
  /** Each id occurs once, so that reading may end when all were found. */
  readonly uniqueIds: boolean;
  readonly limit?: number;
}

/** Which parts of an entity to keep beside id, name, type and action; absent lists keep nothing. */
export interface Projection {
  readonly attributes?: FieldList;
  readonly relationships?: FieldList;
  readonly properties?: FieldList;
}

/** How the result is written. */
export interface OutputPlan {
  readonly format: Format;
  readonly pack: Pack;
  /** Deflate level, 0 (stored) to 9. */
  readonly level: number;
  /** Blocks deflated at the same time; the bytes are the same for any number. */
  readonly threads: number;
  /** Name of the document inside the zip and the envelope; safe as a file name anywhere. */
  readonly fileName: string;
}

/** What the documented envelope says beside its blob. */
export interface EnvelopePlan {
  readonly tenant: string;
  readonly version: string;
}

/** The whole export as data. */
export interface ExportPlan {
  /** The run's id: the work automation id. */
  readonly id: string;
  readonly read: ReadPlan;
  readonly select: SelectPlan;
  /** Absent: whole entities, byte for byte. */
  readonly project?: Projection;
  readonly output: OutputPlan;
  /** Present exactly when `output.pack` is `envelope`. */
  readonly envelope?: EnvelopePlan;
  /** Name of the profile that the output was taken from, if one was asked for. */
  readonly profile?: string;
  readonly clientState?: unknown;
}
