/** A request as callers write it: in the library's form, or as the documented body. */

import type { Context, ValueContext } from './context.js';
import type { Conditions, Criteria, KeywordsCriterion, RelationshipCondition } from './criteria.js';
import type { Profile, ProfileContext } from './profile.js';

/**
 * What to export, in the library form. Without members: everything, complete. Written from its table by
 * `npm run options`.
 */
export interface ExportRequest {
  /** Types to keep, ASCII case ignored; `_ALL` is any. Default: any. */
  readonly types?: string | readonly string[];
  /** Ids to keep; an empty list keeps nothing. Default: any. */
  readonly ids?: string | readonly string[];
  /** Exact name to keep. Default: any. */
  readonly name?: string;
  /** Conditions on attributes, properties, relationships and words. Default: none. */
  readonly criteria?: RequestCriteria;
  /** Contexts whose data is kept, and searched by criteria. Default: none, or all where complete entities are kept. */
  readonly contexts?: 'all' | readonly Context[];
  /** False leaves out the data without a context; only beside `contexts`. Default: `true`. */
  readonly nonContextual?: boolean;
  /** Values to keep: those that match one of these. Default: any. */
  readonly valueContexts?: readonly ValueContext[];
  /** Parts to keep; `['_ALL']` or `'all'` is all of a kind. Default: complete entities, byte for byte. */
  readonly fields?: RequestFields;
  /** Maximum number of records; 0 is none, and digits are taken as a number. Default: no limit. */
  readonly maxRecords?: number | string;
  /** The profile that decides how the result is made: its name, or the profile itself. */
  readonly profile?: string | Profile | DocumentedProfile;
  /** Pairs to select a profile by, among those of the name where one is given. */
  readonly profileContext?: ProfileContext;
  /** Name of the result, without its extension. Default: the id followed by `_out`. */
  readonly fileName?: string;
  /** Data to return with the job, at most 64 KiB as JSON; not examined. */
  readonly clientState?: unknown;
}

/** Parts to keep; without lists: id, type and name. Written from its table by `npm run options`. */
export interface RequestFields {
  /** Names of attributes to keep; `_ALL` is all. */
  readonly attributes?: string | readonly string[];
  /** Names of relationships to keep; `_ALL` is all. */
  readonly relationships?: string | readonly string[];
  /** Names of attributes of relationships to keep; an empty list is none. Default: all. */
  readonly relationshipAttributes?: string | readonly string[];
  /** Names of properties to keep. Default: all where attributes or relationships are kept. */
  readonly properties?: string | readonly string[];
}

/** Criteria of a request; keywords may be one text, whose words must all occur. */
export interface RequestCriteria extends Omit<Criteria, 'keywords'> {
  /** Words to find in the name, the attribute values and the property values. */
  readonly keywords?: string | (Omit<KeywordsCriterion, 'operator'> & Partial<KeywordsCriterion>);
}

/** A profile as the platform stores it: an object of type `integrationprofile`, alone or in the answer that holds it. */
export type DocumentedProfile =
  | { readonly type: string; readonly data?: unknown; readonly [member: string]: unknown }
  | { readonly configObject: unknown }
  | { readonly configObjects: readonly unknown[] };

/** A yes or no of the documented body, which may be a string. */
type DocumentedFlag = boolean | 'true' | 'false';

/** The documented body of `POST {tenant}/api/rsConnectService/downloadDataJob`. */
export interface DocumentedBody {
  readonly params: {
    readonly query?: DocumentedQuery;
    /** Parts to keep. Default: id, name and type only. */
    readonly fields?: {
      readonly attributes?: readonly string[];
      readonly relationships?: readonly string[];
      readonly relationshipAttributes?: readonly string[];
      readonly properties?: readonly string[];
    };
    readonly options?: {
      /** Maximum number of records. Default: no limit. */
      readonly maxRecords?: number | string;
    };
    readonly rsconnect?: {
      /** Name of one profile. */
      readonly profiles?: readonly string[];
      /** One object with the pairs to select a profile by. */
      readonly profilecontexts?: readonly Readonly<Record<string, string | number>>[];
    };
  };
  /** Data that the caller wants returned with the job. */
  readonly clientState?: unknown;
  /** Name of the result, without its extension. */
  readonly fileName?: string;
}

/** `params.query` of the documented body. */
export interface DocumentedQuery {
  /** One id, or several. */
  readonly id?: string | readonly string[];
  /** Ids; where `id` is given too, an entity must be in both. */
  readonly ids?: readonly string[];
  /** Exact name to keep. */
  readonly name?: string;
  /** Contexts whose data is kept and searched. */
  readonly contexts?: readonly Context[];
  /** Values to keep: those that match one of these. */
  readonly valueContexts?: readonly ValueContext[];
  /** Words to find; here or in the filters. */
  readonly keywordsCriterion?: DocumentedKeywords;
  readonly filters?: {
    /** Types to keep; `_ALL` is any. Required by the platform. */
    readonly typesCriterion: readonly string[];
    readonly attributesCriterion?: readonly Conditions[];
    /** One element of `attributesCriterion` is enough. */
    readonly isAttributesCriterionOR?: DocumentedFlag;
    readonly propertiesCriterion?: readonly Conditions[];
    readonly relationshipsCriterion?: readonly Readonly<Record<string, RelationshipCondition>>[];
    readonly keywordsCriterion?: DocumentedKeywords;
    /** Every context, whatever is listed. */
    readonly allContextual?: DocumentedFlag;
    /** False leaves out the data of no context, where contexts are listed. */
    readonly nonContextual?: DocumentedFlag;
    /** Leaves out the data of no context. */
    readonly excludeNonContextual?: DocumentedFlag;
  };
}

/** `keywordsCriterion` of the documented body. */
export interface DocumentedKeywords {
  readonly keywords: string;
  readonly operator?: KeywordsCriterion['operator'];
}
