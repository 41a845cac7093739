/** The members of the documented body: what each means, and which are supported. */

/** The type of a member, by a name that both TypeScript and OpenAPI have a form of. */
export type DocumentedType =
  | 'text'
  | 'texts'
  | 'text or texts'
  | 'flag'
  | 'count'
  | 'contexts'
  | 'value contexts'
  | 'conditions'
  | 'relationships'
  | 'keywords'
  | 'sort'
  | 'profile contexts'
  | 'any';

/** A member that is supported. */
export interface DocumentedMember {
  readonly type: DocumentedType;
  /** Where the library form has it. */
  readonly inCode: string;
  /** What it means: its row in docs/request.md, its docstring, its description in the OpenAPI document. */
  readonly about: string;
  /** Whether the platform requires it, in the object that holds it. */
  readonly isRequired?: boolean;
}

/** The members that are supported, by their paths. */
export const DOCUMENTED_MEMBERS: Readonly<Record<string, DocumentedMember>> = {
  'params.query.id': {
    type: 'text or texts',
    inCode: 'ids',
    about:
      'these ids, exactly; a number matches by its digits. When all were found reading ends (`uniqueIds: false`, `--all-matches` continue)',
  },
  'params.query.ids': { type: 'texts', inCode: 'ids', about: 'these ids; with `id` too, ids that are in both' },
  'params.query.name': { type: 'text', inCode: 'name', about: 'exactly this name' },
  'params.query.names': {
    type: 'texts',
    inCode: 'name',
    about: 'exactly one of these names; with `name` too, names that are in both',
  },
  'params.query.userInteractionLocale': {
    type: 'text',
    inCode: '',
    about: 'accepted without effect: values are chosen by `valueContexts`',
  },
  'params.query.contexts': {
    type: 'contexts',
    inCode: 'contexts',
    about: 'also the data of these contexts, equal in all their pairs, besides data without a context',
  },
  'params.query.valueContexts': {
    type: 'value contexts',
    inCode: 'valueContexts',
    about: 'only values of one of these pairs of `locale` and `source`',
  },
  'params.query.keywordsCriterion': {
    type: 'keywords',
    inCode: 'criteria.keywords',
    about: 'as in the filters; given in one of the two places',
  },
  'params.query.filters.typesCriterion': {
    type: 'texts',
    inCode: 'types',
    about: 'these types; ASCII case is ignored, a number matches by its digits, `_ALL` is any type and, alone, no type',
    isRequired: true,
  },
  'params.query.filters.attributesCriterion': {
    type: 'conditions',
    inCode: 'criteria.attributes',
    about: 'conditions by attribute name, `_ALL` for any attribute; all elements hold',
  },
  'params.query.filters.isAttributesCriterionOR': {
    type: 'flag',
    inCode: 'criteria.anyAttribute',
    about: 'one element of `attributesCriterion` is enough',
  },
  'params.query.filters.propertiesCriterion': {
    type: 'conditions',
    inCode: 'criteria.properties',
    about: 'conditions by property name',
  },
  'params.query.filters.relationshipsCriterion': {
    type: 'relationships',
    inCode: 'criteria.relationships',
    about:
      'a relationship of this name with these `attributes`, `properties` and `relTo` (`id`, `type`), to an entity that a `query` selects; `{}` matches any, `hasvalue: false` asks for none',
  },
  'params.query.filters.keywordsCriterion': {
    type: 'keywords',
    inCode: 'criteria.keywords',
    about:
      'words in the name, attribute values and property values: all (`_AND`), one (`_OR`), or one complete value (`_EXACT`)',
  },
  'params.query.filters.allContextual': {
    type: 'flag',
    inCode: "contexts: 'all'",
    about: 'the data of every context, whatever is listed',
  },
  'params.query.filters.nonContextual': {
    type: 'flag',
    inCode: 'nonContextual',
    about: 'false: no data without a context, if contexts are listed',
  },
  'params.query.filters.excludeNonContextual': {
    type: 'flag',
    inCode: 'nonContextual: false',
    about: 'no data without a context; only together with contexts',
  },
  'params.fields.attributes': {
    type: 'texts',
    inCode: 'fields.attributes',
    about:
      'names, or `_ALL`. Id, name, type and `action` always stay. Without `fields`: in a body id, name and type; in code the complete entity, byte for byte',
  },
  'params.fields.relationships': { type: 'texts', inCode: 'fields.relationships', about: 'names, or `_ALL`' },
  'params.fields.relationshipAttributes': {
    type: 'texts',
    inCode: 'fields.relationshipAttributes',
    about: 'attributes of relationships; absent all, `[]` none',
  },
  'params.fields.relatedEntityAttributes': {
    type: 'texts',
    inCode: 'fields.relatedEntityAttributes',
    about: 'attributes of related entities, where the data has them; absent all, `[]` none',
  },
  'params.fields.properties': {
    type: 'texts',
    inCode: 'fields.properties',
    about: 'names, or `_ALL`; absent all, if attributes or relationships are kept',
  },
  'params.sort': {
    type: 'sort',
    inCode: 'sort',
    about:
      'the order of the result, before `from` and `maxRecords` are applied: by values of `attributes` or `properties`, `_ASC` or `_DESC`, compared as `sortType`',
  },
  'params.isRelatedEntitySearch': {
    type: 'flag',
    inCode: '',
    about: 'accepted without effect: a `query` in a relationship criterion is evaluated in any case',
  },
  'params.isCombinedQuerySearch': {
    type: 'flag',
    inCode: '',
    about: 'false has no effect; true is refused, since it combines the answers of several services',
  },
  'params.pageSize': { type: 'count', inCode: '', about: 'accepted without effect: an export is one stream' },
  'params.authorizationType': {
    type: 'text',
    inCode: '',
    about: 'accepted without effect: what a user may see is decided where the input comes from',
  },
  'params.hotline': { type: 'any', inCode: '', about: 'as beside `params`' },
  'params.options.from': {
    type: 'count',
    inCode: 'skip',
    about: 'leaves out so many records at the beginning; 0 is the first record',
  },
  'params.options.to': {
    type: 'count',
    inCode: 'maxRecords',
    about: 'ends before this record, counted as `from` counts; 0 is no end',
  },
  'params.options.totalRecords': {
    type: 'count',
    inCode: 'maxRecords',
    about: 'another word for `maxRecords`; the smaller of them counts',
  },
  'params.options.maxRecords': {
    type: 'count',
    inCode: 'maxRecords',
    about: 'at most this many; a number or its digits, 0 is none',
  },
  'params.rsconnect.profiles': {
    type: 'texts',
    inCode: 'profile',
    about: 'the profile of this name; in code also a profile itself',
  },
  'params.rsconnect.profilecontexts': {
    type: 'profile contexts',
    inCode: 'profileContext',
    about: 'one object: the profile that fits these pairs best',
  },
  'params.rsconnect.domain': {
    type: 'text',
    inCode: '',
    about: 'accepted without effect: `typesCriterion` chooses the entities',
  },
  'params.rsconnect.includeValidationData': {
    type: 'flag',
    inCode: '',
    about: 'accepted without effect: the input has no validation data beside that in its values',
  },
  hotline: { type: 'any', inCode: '', about: "accepted without effect: the platform's queue of urgent tasks" },
  clientState: {
    type: 'any',
    inCode: 'clientState',
    about: 'data that is returned with the job, up to 64 KiB and 64 levels',
  },
  fileName: { type: 'text', inCode: 'fileName', about: 'name of the result, without its extension' },
};

const BY_PAGE = 'an export is one stream; there are no pages to ask for';
/** Of `isCombinedQuerySearch` too. */
export const COMBINED_SEARCH = 'it combines the answers of several services; send the query that selects entities';
const SNAPSHOT = 'the input is read as it is, and has no snapshots';
const MODELS = 'it is about data models, and the input has entities';
const SYNDICATION = 'marketplace connectors are no destination of an export';
const IMPORT = 'it is about the columns of an imported file';

/**
 * Members that the documentation of the platform has and sluice does not support, by the object that holds them, each with
 * the reason.
 */
const UNSUPPORTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': { migrate: 'nothing is written to the platform' },
  params: {
    prepareScroll: BY_PAGE,
    scrollId: BY_PAGE,
    searchQueries: COMBINED_SEARCH,
  },
  'params.query': { domain: MODELS },
  'params.fields': {
    contexts: 'it is about events; params.query.contexts chooses the contexts of entities',
    ctxTypes: 'params.query.contexts chooses the contexts of entities',
  },
  'params.options': {
    includeRequest: 'the result has no place for its request; the receipt and the job state what was asked',
    snapshotGetMode: SNAPSHOT,
    snapshotLabel: SNAPSHOT,
    coalesceOptions: MODELS,
    getnearestPath: MODELS,
    getnearestReturnAll: MODELS,
  },
  'params.rsconnect': {
    serviceName: 'events, tasks and other objects of services are not among the entities of the input',
    syndicationChannels: SYNDICATION,
    syndicationAction: SYNDICATION,
    syndicationChannelSettings: SYNDICATION,
    loadMappingsFromHeaders: IMPORT,
    headers: IMPORT,
  },
};

/** The names of the members of one object of the body. */
export interface KnownMembers {
  readonly supported: readonly string[];
  /** The reason why each is refused. */
  readonly unsupported: Readonly<Record<string, string>>;
}

const MEMBERS_OF: ReadonlyMap<string, KnownMembers> = knownMembers();

/** The members of one object of the body, such as `params.query`; the path of the body itself is empty. */
export function membersOf(path: string): KnownMembers {
  return MEMBERS_OF.get(path) ?? { supported: [], unsupported: {} };
}

function knownMembers(): ReadonlyMap<string, KnownMembers> {
  const supported = new Map<string, Set<string>>();
  for (const path of Object.keys(DOCUMENTED_MEMBERS)) {
    const names = path.split('.');
    for (const [depth, name] of names.entries()) {
      const holder = names.slice(0, depth).join('.');
      supported.set(holder, (supported.get(holder) ?? new Set()).add(name));
    }
  }
  return new Map(
    [...supported].map(([holder, names]) => [
      holder,
      { supported: [...names], unsupported: UNSUPPORTED[holder] ?? {} },
    ]),
  );
}
