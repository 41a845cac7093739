/** A request as callers write it: in the library's form, or as the documented body. */

import type { Context, ValueContext } from './context.js';
import type { Conditions, Criteria, KeywordsCriterion, RelationshipCondition } from './criteria.js';
import type { BlobContent, Profile, ProfileContext } from './profile.js';
import type { SortKey } from './sort.js';

/**
 * What to export, in the library form. Without members: everything, complete. Written from its table by
 * `npm run options`.
 */
export interface ExportRequest {
  /** Types to keep, ASCII case ignored; `_ALL` is any. Default: any. */
  readonly types?: string | readonly string[];
  /** Ids to keep; an empty list keeps nothing. Default: any. */
  readonly ids?: string | readonly string[];
  /** Exact name to keep, or several. Default: any. */
  readonly name?: string | readonly string[];
  /** Conditions on attributes, properties, relationships and words. Default: none. */
  readonly criteria?: RequestCriteria;
  /** Contexts whose data is kept, and searched by criteria. Default: none, or all if complete entities are kept. */
  readonly contexts?: 'all' | readonly Context[];
  /** False leaves out the data without a context; only beside `contexts`. Default: `true`. */
  readonly nonContextual?: boolean;
  /** Values to keep: those that match one of these. Default: any. */
  readonly valueContexts?: readonly ValueContext[];
  /** Parts to keep; `['_ALL']` or `'all'` is all of a kind. Default: complete entities, byte for byte. */
  readonly fields?: RequestFields;
  /**
   * The order of the result; as text `price.amount desc`, a path to the value with `asc` or `desc`. Default: the order
   * of the input.
   */
  readonly sort?: string | SortKey | readonly (string | SortKey)[];
  /** Number of records to leave out at the beginning of the result. Default: 0. */
  readonly skip?: number | string;
  /** Maximum number of records; 0 is none, and digits are taken as a number. Default: no limit. */
  readonly maxRecords?: number | string;
  /** Only what has changed since the job before, and a record for each deleted entity; of jobs. Default: everything. */
  readonly delta?: DeltaRequest;
  /** The profile that decides the form of the result: its name, or the profile itself. */
  readonly profile?: string | Profile | DocumentedProfile;
  /** Pairs to select a profile by, among those with the name if one is given. */
  readonly profileContext?: ProfileContext;
  /** Name of the result, without its extension. Default: the id followed by `_out`. */
  readonly fileName?: string;
  /**
   * What the blob of an envelope holds: a zip of the files (`zip`), or the only file itself (`plain`). Default: by the
   * profile.
   */
  readonly content?: BlobContent;
  /** Data to return with the job, at most 64 KiB as JSON; not examined. */
  readonly clientState?: unknown;
}

/** A delta of jobs: what has changed since the job before, and a record for each deleted entity. */
export interface DeltaRequest {
  /** `previous`: against the last job of the chain that has ended well. */
  readonly against: 'previous';
  /** Name of the chain, where several programs follow the same changes; default: equal requests are one chain. */
  readonly chain?: string;
}

/** Parts to keep; without lists: id, type and name. Written from its table by `npm run options`. */
export interface RequestFields {
  /** Names of attributes to keep; `_ALL` is all. */
  readonly attributes?: string | readonly string[];
  /** Names of relationships to keep; `_ALL` is all. */
  readonly relationships?: string | readonly string[];
  /** Names of attributes of relationships to keep; an empty list is none. Default: all. */
  readonly relationshipAttributes?: string | readonly string[];
  /** Names of attributes of related entities to keep, where the data has them; an empty list is none. Default: all. */
  readonly relatedEntityAttributes?: string | readonly string[];
  /** Names of properties to keep. Default: all if attributes or relationships are kept. */
  readonly properties?: string | readonly string[];
  /**
   * Paths of what to keep of an entity of any shape, and nothing else: `price.amount`; `price=price.amount` gives a
   * value a new name.
   */
  readonly include?: string | readonly string[];
  /** Paths of what to leave out of an entity of any shape. */
  readonly exclude?: string | readonly string[];
}

/** Criteria of a request; keywords may be one text, whose words must all occur. */
export interface RequestCriteria extends Omit<Criteria, 'keywords' | 'fields' | 'relationships'> {
  /** Conditions on relationships by name; `_ALL` is any name. */
  readonly relationships?: readonly Readonly<Record<string, RequestRelationship>>[];
  /** Conditions on values by their paths, in entities of any shape: `{ 'price.amount': { gte: 10 } }`. All must hold. */
  readonly fields?: Conditions | readonly Conditions[];
  /** Words to find in the name, the attribute values and the property values. */
  readonly keywords?: string | (Omit<KeywordsCriterion, 'operator'> & Partial<KeywordsCriterion>);
}

/** A condition on one relationship; its `query` selects the entities that it may lead to. */
export interface RequestRelationship extends Omit<RelationshipCondition, 'query'> {
  /** What the target is, among the entities of the same source. */
  readonly query?: Pick<ExportRequest, 'types' | 'ids' | 'name' | 'criteria' | 'contexts' | 'nonContextual'>;
}

/** A profile as the platform stores it: an object of type `integrationprofile`, alone or in the answer that holds it. */
export type DocumentedProfile =
  | {
      /** `integrationprofile`. */
      readonly type: string;
      /** The settings. */
      readonly data?: unknown;
      readonly [member: string]: unknown;
    }
  | {
      /** The profile, in the answer that holds one. */
      readonly configObject: unknown;
    }
  | {
      /** The profiles, in the answer that holds a list; it must hold one. */
      readonly configObjects: readonly unknown[];
    };

/** A yes or no of the documented body, which may be a string. */
type DocumentedFlag = boolean | 'true' | 'false';

/**
 * The documented body of `POST {tenant}/api/rsConnectService/downloadDataJob`. Written from its table by
 * `npm run options`.
 */
export interface DocumentedBody {
  /** The parameters: the only member of the body. */
  readonly params: {
    /** Which entities, and which of their contexts. */
    readonly query?: {
      /**
       * These ids, exactly; a number matches by its digits. When all were found reading ends (`uniqueIds: false`,
       * `--all-matches` continue).
       */
      readonly id?: string | readonly string[];
      /** These ids; with `id` too, ids that are in both. */
      readonly ids?: readonly string[];
      /** Exactly this name. */
      readonly name?: string;
      /** Exactly one of these names; with `name` too, names that are in both. */
      readonly names?: readonly string[];
      /** Accepted without effect: values are chosen by `valueContexts`. */
      readonly userInteractionLocale?: string;
      /** Also the data of these contexts, equal in all their pairs, besides data without a context. */
      readonly contexts?: readonly Context[];
      /** Only values of one of these pairs of `locale` and `source`. */
      readonly valueContexts?: readonly ValueContext[];
      /** As in the filters; given in one of the two places. */
      readonly keywordsCriterion?: DocumentedKeywords;
      /** What the entities must have. */
      readonly filters?: {
        /**
         * These types; ASCII case is ignored, a number matches by its digits, `_ALL` is any type and, alone, no type.
         */
        readonly typesCriterion: readonly string[];
        /** Conditions by attribute name, `_ALL` for any attribute; all elements hold. */
        readonly attributesCriterion?: readonly Conditions[];
        /** One element of `attributesCriterion` is enough. */
        readonly isAttributesCriterionOR?: DocumentedFlag;
        /** Conditions by property name. */
        readonly propertiesCriterion?: readonly Conditions[];
        /**
         * A relationship of this name with these `attributes`, `properties` and `relTo` (`id`, `type`), to an entity
         * that a `query` selects; `{}` matches any, `hasvalue: false` asks for none.
         */
        readonly relationshipsCriterion?: readonly Readonly<Record<string, DocumentedRelationship>>[];
        /**
         * Words in the name, attribute values and property values: all (`_AND`), one (`_OR`), or one complete value
         * (`_EXACT`).
         */
        readonly keywordsCriterion?: DocumentedKeywords;
        /** The data of every context, whatever is listed. */
        readonly allContextual?: DocumentedFlag;
        /** False: no data without a context, if contexts are listed. */
        readonly nonContextual?: DocumentedFlag;
        /** No data without a context; only together with contexts. */
        readonly excludeNonContextual?: DocumentedFlag;
      };
    };
    /** Which parts of the entities are kept. */
    readonly fields?: {
      /**
       * Names, or `_ALL`. Id, name, type and `action` always stay. Without `fields`: in a body id, name and type; in
       * code the complete entity, byte for byte.
       */
      readonly attributes?: readonly string[];
      /** Names, or `_ALL`. */
      readonly relationships?: readonly string[];
      /** Attributes of relationships; absent all, `[]` none. */
      readonly relationshipAttributes?: readonly string[];
      /** Attributes of related entities, where the data has them; absent all, `[]` none. */
      readonly relatedEntityAttributes?: readonly string[];
      /** Names, or `_ALL`; absent all, if attributes or relationships are kept. */
      readonly properties?: readonly string[];
    };
    /**
     * The order of the result, before `from` and `maxRecords` are applied: by values of `attributes` or `properties`,
     * `_ASC` or `_DESC`, compared as `sortType`.
     */
    readonly sort?: DocumentedSort;
    /** Accepted without effect: a `query` in a relationship criterion is evaluated in any case. */
    readonly isRelatedEntitySearch?: DocumentedFlag;
    /** False has no effect; true is refused, since it combines the answers of several services. */
    readonly isCombinedQuerySearch?: DocumentedFlag;
    /** Accepted without effect: an export is one stream. */
    readonly pageSize?: number | string;
    /** Accepted without effect: what a user may see is decided where the input comes from. */
    readonly authorizationType?: string;
    /** As beside `params`. */
    readonly hotline?: unknown;
    /** How many entities. */
    readonly options?: {
      /** Leaves out so many records at the beginning; 0 is the first record. */
      readonly from?: number | string;
      /** Ends before this record, counted as `from` counts; 0 is no end. */
      readonly to?: number | string;
      /** Another word for `maxRecords`; the smaller of them counts. */
      readonly totalRecords?: number | string;
      /** At most this many; a number or its digits, 0 is none. */
      readonly maxRecords?: number | string;
    };
    /** How the result is written. */
    readonly rsconnect?: {
      /** The profile of this name; in code also a profile itself. */
      readonly profiles?: readonly string[];
      /** One object: the profile that fits these pairs best. */
      readonly profilecontexts?: readonly Readonly<Record<string, string | number>>[];
      /** Accepted without effect: `typesCriterion` chooses the entities. */
      readonly domain?: string;
      /** Accepted without effect: the input has no validation data beside that in its values. */
      readonly includeValidationData?: DocumentedFlag;
    };
  };
  /** Accepted without effect: the platform's queue of urgent tasks. */
  readonly hotline?: unknown;
  /** Data that is returned with the job, up to 64 KiB and 64 levels. */
  readonly clientState?: unknown;
  /** Name of the result, without its extension. */
  readonly fileName?: string;
}

/** A relationship criterion of the documented body; its `query` has the form of `params.query`. */
export interface DocumentedRelationship extends Omit<RelationshipCondition, 'query'> {
  readonly query?: unknown;
}

/** `sort` of the documented body: the names of attributes and properties with `_ASC` or `_DESC`, and a `sortType`. */
export interface DocumentedSort {
  readonly attributes?: readonly Readonly<Record<string, string>>[];
  readonly properties?: readonly Readonly<Record<string, string>>[];
}

/** `keywordsCriterion` of the documented body. */
export interface DocumentedKeywords {
  readonly keywords: string;
  readonly operator?: KeywordsCriterion['operator'];
}
