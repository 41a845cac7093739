/** The members of a request in the library form. */
import { name, type Options, typed, word } from '../../options/option.js';
import { BLOB_CONTENTS } from '../../terms/profile.js';

/** Lists of names, of which one may be given as a string. */
const names = typed('string | readonly string[]');

/** The members; `acceptRequest` checks them. */
export const REQUEST_MEMBERS = {
  types: {
    kind: names,
    about: 'types to keep, ASCII case ignored; `_ALL` is any',
    default: 'any',
    flag: '--type <types>',
    flagAbout: 'keep these types, separated by commas; repeatable, _ALL is any',
    flagSyntax: 'values',
  },
  ids: {
    kind: names,
    about: 'ids to keep; an empty list keeps nothing',
    default: 'any',
    flag: '--id <ids>',
    flagAbout: 'keep these ids, separated by commas (\\, is a comma of the id); repeatable',
    flagSyntax: 'values',
  },
  name: {
    kind: names,
    about: 'exact name to keep, or several',
    default: 'any',
    flag: '--name <name>',
    flagAbout: 'keep entities of exactly this name',
    flagSyntax: 'text',
  },
  criteria: {
    kind: typed('RequestCriteria'),
    about: 'conditions on attributes, properties, relationships and words',
    default: 'none',
  },
  contexts: {
    kind: typed("'all' | readonly Context[]"),
    about: 'contexts whose data is kept, and searched by criteria',
    default: 'none, or all if complete entities are kept',
  },
  nonContextual: {
    kind: typed('boolean'),
    about: 'false leaves out the data without a context; only beside `contexts`',
    default: '`true`',
  },
  valueContexts: {
    kind: typed('readonly ValueContext[]'),
    about: 'values to keep: those that match one of these',
    default: 'any',
  },
  fields: {
    kind: typed('RequestFields'),
    about: "parts to keep; `['_ALL']` or `'all'` is all of a kind",
    default: 'complete entities, byte for byte',
  },
  sort: {
    kind: typed('string | SortKey | readonly (string | SortKey)[]'),
    about: 'the order of the result; as text `price.amount desc`, a path to the value with `asc` or `desc`',
    default: 'the order of the input',
    flag: '--order-by <keys>',
    flagAbout: 'sort by the values at these paths, separated by commas: "price.amount desc,name"',
    flagSyntax: 'paths',
  },
  skip: {
    kind: { ...typed('number | string'), range: { min: 0, max: Number.MAX_SAFE_INTEGER } },
    about: 'number of records to leave out at the beginning of the result',
    default: '0',
    flag: '--skip <n>',
    flagAbout: 'leave out this many records at the beginning of the result',
    flagSyntax: 'count',
  },
  maxRecords: {
    kind: { ...typed('number | string'), range: { min: 0, max: Number.MAX_SAFE_INTEGER } },
    about: 'maximum number of records; 0 is none, and digits are taken as a number',
    default: 'no limit',
    flag: '--max-records <n>',
    flagAbout: 'stop after this many records',
    flagSyntax: 'count',
  },
  delta: {
    kind: typed('DeltaRequest'),
    about: 'only what has changed since the job before, and a record for each deleted entity; of jobs',
    default: 'everything',
  },
  profile: {
    kind: typed('string | Profile | DocumentedProfile'),
    about: 'the profile that decides the form of the result: its name, or the profile itself',
    flag: '--profile <name>',
    flagAbout: 'use the profile with this name',
    flagSyntax: 'text',
  },
  profileContext: {
    kind: typed('ProfileContext'),
    about: 'pairs to select a profile by, among those with the name if one is given',
    flag: '--profile-context <key=value>',
    flagAbout: 'use the profile with this pair in its context; repeatable',
    flagSyntax: 'pairs',
  },
  fileName: {
    kind: name,
    about: 'name of the result, without its extension',
    default: 'the id followed by `_out`',
    flag: '--file-name <name>',
    flagAbout: 'name of the document inside a zip or an envelope',
    flagSyntax: 'text',
  },
  content: {
    kind: word(BLOB_CONTENTS, 'BlobContent'),
    about: 'what the blob of an envelope holds: a zip of the files (`zip`), or the only file itself (`plain`)',
    default: 'by the profile',
  },
  clientState: {
    kind: typed('unknown'),
    about: 'data to return with the job, at most 64 KiB as JSON; not examined',
  },
} satisfies Options;

/** The lists of `fields`, in both forms of a request. */
export const FIELD_LISTS = {
  attributes: {
    kind: names,
    about: 'names of attributes to keep; `_ALL` is all',
    flag: '--attributes <names>',
    flagAbout: 'keep these attributes, separated by commas; _ALL is all',
    flagSyntax: 'names',
  },
  relationships: {
    kind: names,
    about: 'names of relationships to keep; `_ALL` is all',
    flag: '--relationships <names>',
    flagAbout: 'keep these relationships',
    flagSyntax: 'names',
  },
  relationshipAttributes: {
    kind: names,
    about: 'names of attributes of relationships to keep; an empty list is none',
    default: 'all',
  },
  relatedEntityAttributes: {
    kind: names,
    about: 'names of attributes of related entities to keep, where the data has them; an empty list is none',
    default: 'all',
  },
  properties: {
    kind: names,
    about: 'names of properties to keep',
    default: 'all if attributes or relationships are kept',
    flag: '--properties <names>',
    flagAbout: 'keep these properties',
    flagSyntax: 'names',
  },
} satisfies Options;

/** The lists of `fields` by path, in the library form; beside them no others. */
export const PATH_LISTS = {
  include: {
    kind: names,
    about:
      'paths of what to keep of an entity of any shape, and nothing else: `price.amount`; `price=price.amount` gives a value a new name',
    flag: '--fields <paths>',
    flagAbout: 'keep these paths and nothing else, separated by commas: sku,price.amount,cost=price.net',
    flagSyntax: 'paths',
  },
  exclude: {
    kind: names,
    about: 'paths of what to leave out of an entity of any shape',
    flag: '--omit <paths>',
    flagAbout: 'leave out these paths, separated by commas: meta.internal,lines.cost',
    flagSyntax: 'paths',
  },
} satisfies Options;
