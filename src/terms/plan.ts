/** Every decision of an export, made before a byte is read: plain frozen data. */
import type { DeeperNames, MemberName, MemberNames } from './batch.js';
import type { ContextScope, ValueContext } from './context.js';
import type { Criteria } from './criteria.js';
import type { Deflater } from './deflater.js';
import type { FieldFilters, FieldList } from './fields.js';
import type { Names, Path } from './path.js';
import type { PathFields } from './path-fields.js';
import type { InputForm } from './position.js';
import type { BlobContent, DsvLayout, DsvSettings, Format, IdleSetting, NameStrategy, Pack } from './profile.js';
import type { SortPlan } from './sort.js';

export type { InputForm };

/** Limit of nested brackets in an entity; beyond it `TOO_DEEP`. */
export const DEFAULT_MAX_DEPTH = 1024;

/** Limit of an entity's text, in bytes; beyond it `ENTITY_TOO_LARGE`. */
export const DEFAULT_MAX_ENTITY_BYTES = 256 * 1024 * 1024;

/** A member that an unwrapped entity gets from the record around it. */
export interface KeptMember {
  readonly name: string;
  /** The names that lead to its value, from the record. */
  readonly path: Names;
}

/** How child records are put into their parents. */
export interface NestPlan {
  /** The names that lead from a child to the id of its parent. */
  readonly parent: Names;
  /** The member of parents that lists children; absent: the type in the id of the child, `gid://shopify/<type>/1`. */
  readonly name?: string;
}

/** What of a record is the entity; without these the record is. */
export interface ShapePlan {
  /** The names that lead from a record to the object that is its entity. */
  readonly unwrap?: Names;
  /** Members of the record that become the first members of the entity, in this order. */
  readonly keep?: readonly KeptMember[];
  /** The key of a record, as a member of an object of records, becomes the first member of the entity: its id. */
  readonly idFromKey?: boolean;
  /**
   * The names that lead from a record to an array, each element of which makes an entity: what `unwrap` leads to, if that
   * is in the element, or else the entity with the element in the place of the array.
   */
  readonly explode?: Names;
  /** Records that name a parent become a part of it. */
  readonly nest?: NestPlan;
  /** The names that lead from a member of `memberNames` to the id, type or name; absent: the member itself is it. */
  readonly deeper?: DeeperNames;
}

/** What a fault ends: the run, the record, or the file that it is in. */
export type OnError = 'stop' | 'skip' | 'skip-file';

/** How to find entities in bytes. */
export interface ReadPlan extends ShapePlan {
  /** Absent: found from the first bytes. */
  readonly form?: InputForm;
  /**
   * The way to the records in a document: to their array, or, with `EVERY` as its last step, over the elements of an array or
   * the members of an object. Absent: found from the first bytes.
   */
  readonly path?: Path;
  /** The members of the first level that hold id, type and name; see `deeper`. */
  readonly memberNames: MemberNames;
  /** The members that the selection needs. */
  readonly locate: readonly MemberName[];
  /** Skips the checks of valid input, and only finds boundaries. */
  readonly trust: boolean;
  /** What a fault ends. */
  readonly onError: OnError;
  /** Maximum depth of nested arrays and objects in an entity. */
  readonly maxDepth: number;
  /** Maximum size of an entity in bytes. */
  readonly maxEntityBytes: number;
}

/** Which entities to keep. */
export interface SelectPlan {
  /** Types in ASCII lower case; absent means any. */
  readonly types?: readonly string[];
  /** Exact ids; absent means any. */
  readonly ids?: readonly string[];
  /** The exact names; absent means any. */
  readonly names?: readonly string[];
  /** Bounds with `now` are resolved to date-times. */
  readonly criteria?: Criteria;
  /** The data that criteria search; absent means data without a context. */
  readonly scope?: ContextScope;
  /** Each id occurs once, so reading ends when all were found. */
  readonly uniqueIds: boolean;
  /** The order of the entities; absent means that of the input. */
  readonly sort?: SortPlan;
  /** Entities that are left out at the beginning; absent means none. */
  readonly skip?: number;
  /** Maximum number of entities to write; absent means all. */
  readonly limit?: number;
}

/** Which parts of an entity to keep beside id, name, type and action; absent lists keep nothing. */
export interface Projection {
  /** Other members are kept too, and absent lists keep all. */
  readonly whole?: boolean;
  /** Names of attributes. */
  readonly attributes?: FieldList;
  /** Names of relationships. */
  readonly relationships?: FieldList;
  /** Absent means all. */
  readonly relationshipAttributes?: FieldList;
  /** Absent means all. */
  readonly relatedEntityAttributes?: FieldList;
  /** Names of properties. */
  readonly properties?: FieldList;
  /** The contexts whose data is kept; absent means data without a context, or, with `whole`, all data. */
  readonly scope?: ContextScope;
  /** Absent means any value. */
  readonly valueContexts?: readonly ValueContext[];
  /** Fields kept in addition to the lists, by type in ASCII lower case; `_all` is every type. */
  readonly include?: FieldFilters;
  /** Fields to remove, even if a list has them. */
  readonly exclude?: FieldFilters;
  /** Changes the names of attributes and relationships; absent means no change. */
  readonly names?: NameStrategy;
  /** Properties added to every entity. */
  readonly addProperties?: Readonly<Record<string, string>>;
  /** What stays by path, whatever the entity is; all other members are absent then. */
  readonly paths?: PathFields;
}

/** Name of the list of files inside a zip. */
export const MANIFEST_NAME = 'manifest.json';

/** How the result is written. */
export interface OutputPlan {
  /** How entities are written: a document, an array, lines or a table. */
  readonly format: Format;
  /** What is around them: nothing, gzip, Zstandard, a zip, an envelope. */
  readonly pack: Pack;
  /** What the blob holds; present exactly when `pack` is `envelope`. */
  readonly content?: BlobContent;
  /** Level of zip and gzip, 0 (stored) to 9, or of zstd, 1 to 22. */
  readonly level: number;
  /** Who deflates; the bytes differ. */
  readonly deflate: Deflater;
  /** Blocks deflated at the same time; the bytes are the same for any number. */
  readonly threads: number;
  /** Name of the document inside the zip and the envelope; safe as a file name anywhere. */
  readonly fileName: string;
  /** How tables are written; present exactly when `format` is `dsv` or `xlsx`. */
  readonly dsv?: DsvPlan;
  /** Present when the result may be several files. */
  readonly split?: SplitPlan;
  /** Present when there is a file for each value. */
  readonly splitBy?: SplitByPlan;
  /** Whether the files are in a folder; they are plain then. */
  readonly folder?: boolean;
  /** Whether the files end with a list of them; the list includes neither itself nor the receipt. */
  readonly manifest?: boolean;
}

/** How tables are written; settings of delimiter-separated values alone do not matter for a workbook. */
export interface DsvPlan extends Required<Omit<DsvSettings, 'layout' | 'nullText' | 'excel'>> {
  /** Absent: found from the entities. */
  readonly layout?: DsvLayout;
  /** Text of cells that are null; absent: they are empty. */
  readonly nullText?: string;
  /** The locale of Excel; absent: the table is for any program. */
  readonly excel?: string;
  /** Whether numbers have a decimal comma. */
  readonly decimalComma: boolean;
  /** Values of this locale, and of none, are in the attribute's column; those of others have separate columns. */
  readonly locale: string;
  /** Attributes that always have columns, before all others. */
  readonly attributes: readonly string[];
  /** Properties that have columns: all, or those listed, in their order; absent: none. */
  readonly properties?: FieldList;
  /** Paths that always have columns, before all others. */
  readonly columns: readonly Path[];
  /** Name of the file of relationships; present exactly when `multiFile` is true. */
  readonly relationshipsName?: string;
}

/** How many threads scan a file. */
export interface ScanPlan {
  /** Beside the one that runs the export; 1: that one scans all, as it does small files in any case. */
  readonly threads: number;
  /** Why it is one; absent: it is not. */
  readonly reason?: string;
}

/** When a file ends and the next begins; in a zip only. A single file has the plain name. */
export interface SplitPlan {
  readonly maxRecords?: number;
  /** A larger record has a separate file. */
  readonly maxBytes?: number;
  /** The name of a file is `before`, its number from 1, and `after`. */
  readonly before: string;
  readonly after: string;
}

/** One file for each value at a path; its name is the value. */
export interface SplitByPlan {
  readonly path: readonly string[];
  /** Name, without its extension, of the file of entities that have no value there. */
  readonly without: string;
}

/** The members of the documented envelope beside its blob. */
export interface EnvelopePlan {
  /** Name of what the blob holds: the file, or the zip. */
  readonly fileName: string;
  /** `tenantId` of the envelope. */
  readonly tenant: string;
  /** `version` of the envelope. */
  readonly version: string;
  /** `type` of the binary object; default `JSONObject`. */
  readonly objectType?: string;
  /** `properties.extension`: what the blob holds; default `JSON`. */
  readonly extension?: string;
}

/** The complete export as data. */
export interface ExportPlan {
  /** The run's id: the work automation id. */
  readonly id: string;
  /** How entities are found. */
  readonly read: ReadPlan;
  /** By how many threads. */
  readonly scan?: ScanPlan;
  /** Which of them are kept. */
  readonly select: SelectPlan;
  /** Absent: complete entities, byte for byte. */
  readonly project?: Projection;
  /** How they are written. */
  readonly output: OutputPlan;
  /** Present exactly when `output.pack` is `envelope`. */
  readonly envelope?: EnvelopePlan;
  /** Whether only what has changed since the job before is written. */
  readonly delta?: boolean;
  /** Name of the selected profile, if any. */
  readonly profile?: string;
  /** Settings of the profile that have no effect here. */
  readonly idle?: readonly IdleSetting[];
  /** Options that were given and have no effect here. */
  readonly idleOptions?: readonly IdleSetting[];
  /** Members of the request that were given and have no effect here. */
  readonly idleMembers?: readonly IdleSetting[];
  /** `clientState` of the request, which the envelope returns unchanged. */
  readonly clientState?: unknown;
}
