/** Every setting of a documented profile, and its effect here. */

import { connectorOf, FILE_CONNECTORS } from './profile-connectors.js';
import { idle, onlyFalse, onlyWords, type Rule, refused, type Setting, type Settings, used } from './setting-rules.js';

const CALLER_STORES = 'the caller decides how long results are kept; their size is not limited';
const BY_FIRST_BYTES = 'the form of the input is detected from its first bytes';
const NO_MODEL = 'there is no data model here, so names are not changed';
const NO_LOOKUP = 'what records say of others is not changed, and nothing is looked up';
const NO_LISTS = 'cells have no drop-down lists and prompts, since there is no data model here';

const ENCODING = onlyWords({ utf8: 'all text is UTF-8', 'utf-8': 'all text is UTF-8' });

/** The platform's form of date-times, in which they are exported. */
const DATE_TIME = onlyWords({ "yyyy-MM-dd'T'HH:mm:ss.SSSZ": 'values are written as they are' });

/** Settings of reading, in the channel or in the format. */
const READING: Readonly<Record<string, Rule>> = {
  type: onlyWords({ RSJSON: BY_FIRST_BYTES }),
  version: idle('text', BY_FIRST_BYTES),
  encoding: ENCODING,
  supportsCollection: idle('flag', 'all values of an attribute are read'),
  includeRelatedEntityExternalIds: idle('flag', NO_LOOKUP),
  includeParent: idle('flag', NO_LOOKUP),
  includeChildren: idle('flag', NO_LOOKUP),
  includeSiblings: idle('flag', NO_LOOKUP),
  includeRelatedEntities: onlyFalse('related entities are not looked up'),
  includeRelatedEntitiesRecursive: onlyFalse('related entities are not looked up'),
  includeMatchingAttributes: idle('flag', 'there is no data model here that names match attributes'),
  includeEnhancerAttributes: idle('flag', 'there is no data model here that names enhancer attributes'),
  includeValidationData: idle('flag', 'there is no validation data here'),
  requestforvaluemapping: onlyFalse('values are not mapped'),
};

/** Additional settings of all formats. */
const ADDITIONAL: Readonly<Record<string, Rule>> = {
  encoding: ENCODING,
  dateTimeFormat: DATE_TIME,
  supportsCollection: idle('flag', 'all values of an attribute are exported'),
  supportEmptyContextsRequest: idle('flag', 'the request alone decides whose data is exported'),
  isGetCoalesce: onlyFalse('inherited values are not computed'),
  isGetNearestAPI: onlyFalse('inherited values are not computed'),
  isRelatedEntityGetCoalesce: onlyFalse('inherited values are not computed'),
  loadDynamicContext: idle('flag', 'the request alone decides whose data is exported'),
  assetExportProfile: refused('assets are not exported'),
  downloadURLAssetTypes: refused('addresses of assets are not signed'),
  validityDurationInMins: refused('addresses of assets are not signed'),
};

/** Members of `collect`: how entities are read. */
const COLLECT: Readonly<Record<string, Rule>> = {
  isDataPersistent: idle('flag', 'nothing is stored between reading and writing'),
  isBinaryStreamPersistent: idle('flag', 'nothing is stored between reading and writing'),
  channel: {
    each: {
      members: {
        type: onlyWords({ rdpConnector: 'entities come from the source of the export' }),
        settings: { members: { ...READING, additionalSettings: { members: ADDITIONAL } } },
      },
    },
  },
  format: {
    members: {
      type: onlyWords({
        RSJSON: BY_FIRST_BYTES,
        DSV: BY_FIRST_BYTES,
        Excel: BY_FIRST_BYTES,
        SMARTEXCEL: BY_FIRST_BYTES,
      }),
      version: idle('text', BY_FIRST_BYTES),
      batchSize: idle('count', 'entities are not read in pages'),
      settings: { members: { ...READING, additionalSettings: { members: ADDITIONAL } } },
    },
  },
  filter: { members: { include: used('any'), exclude: used('any') } },
};

const NOT_MAPPED = refused('fields are not mapped');

/** Members of `transform`: how names and values are changed. */
const TRANSFORM: Readonly<Record<string, Rule>> = {
  settings: {
    members: {
      nullRecordTransformer: {
        kind: 'flag',
        judge: (value) =>
          value === true ? 'used' : { idle: 'there is no data model here that would drop attributes' },
      },
      allowNullValues: onlyFalse('there is no data model here that lists attributes without a value'),
      matchEnhancerAttributes: idle('flag', 'there is no data model here that names enhancer attributes'),
      entityType: onlyWords({ '@field(type)': 'the type of an entity is read from it' }),
      defaultEntityType: idle('text', 'the type of an entity is read from it'),
      enableDynamicMapping: idle('flag', NO_MODEL),
      source: onlyWords({ rms: NO_MODEL, internal: NO_MODEL }),
      collectionSeparator: used('text'),
      clearMissingAttributes: onlyFalse('is a setting of imports'),
      strategies: {
        each: {
          members: {
            isDefault: used('flag'),
            useExternalName: idle('flag', NO_MODEL),
            caseFormat: used('text'),
            removeWhitespace: used('flag'),
            removeSpecialCharacters: used('flag'),
            trimLeadingNumbers: used('flag'),
            trimTrailingNumbers: used('flag'),
          },
        },
      },
    },
  },
  fieldMap: NOT_MAPPED,
  contexts: NOT_MAPPED,
  relationships: NOT_MAPPED,
};

const FILE_TYPE = idle('text', 'the format decides the extension');

/** A name with attributes or dates in it is a name for each of many files. */
const FILE_NAME: Setting = {
  kind: 'text',
  judge: (name) => (String(name).includes('{{') ? { idle: 'the result is no file for each entity or date' } : 'used'),
};

/** A channel of `publish`: the caller, or a storage, in whose place the caller gets the file. */
function publishChannel(channel: Readonly<Record<string, unknown>>): Settings {
  const storage = FILE_CONNECTORS.get(connectorOf(channel)?.toLowerCase() ?? '');
  if (storage === undefined) {
    return {
      members: {
        type: onlyWords({ presentationConnector: 'the result goes to the caller' }),
        mode: used('text'),
        settings: { members: { mode: used('text'), version: idle('text', BY_FIRST_BYTES), fileType: FILE_TYPE } },
      },
    };
  }
  const kept = idle('any', `the result goes to the caller, and is not written to ${storage}`);
  return {
    members: { settings: { members: { fileType: FILE_TYPE, fileName: FILE_NAME }, others: kept } },
    others: kept,
  };
}

/** Additional settings of what is written. */
const WRITING: Readonly<Record<string, Rule>> = {
  ...ADDITIONAL,
  includeEntityProperties: used('flag'),
  fileName: FILE_NAME,
  fileExtension: used('text'),
  relationshipSeparator: used('text'),
  multiFileExport: used('flag'),
  loadSourceEntityMatchAttributes: used('flag'),
  columnPrefix: used('text'),
  isLocalizationEnabled: used('flag'),
  downloadExternalSource: onlyFalse('the source of values has no column'),
  inheritedValueAsToolTip: idle('flag', 'inherited values are not computed'),
  maxReferenceDropDownList: idle('count', NO_LISTS),
  maintainSortOrder: idle('flag', 'records are in the order of the request, or of the source'),
  calculateEnhancerAttribute: idle('flag', 'there is no data model here that names enhancer attributes'),
  showErrorPrompt: idle('flag', NO_LISTS),
  showInfoPrompt: idle('flag', NO_LISTS),
  showGovernComment: idle('flag', 'there is no validation data here'),
  autoResizeColumn: idle('flag', 'columns of a workbook are always as wide as what they hold'),
  minWidth: used('count'),
  maxWidth: used('count'),
};

/** Members of `publish`: how the result is written. */
const PUBLISH: Readonly<Record<string, Rule>> = {
  isDataPersistent: idle('flag', CALLER_STORES),
  isBinaryStreamPersistent: idle('flag', CALLER_STORES),
  channel: { each: publishChannel },
  format: {
    members: {
      type: used('text'),
      version: used('text'),
      batchSize: used('count'),
      settings: {
        members: {
          version: idle('text', 'publish.format.version decides it'),
          encoding: ENCODING,
          isLocalizationEnabled: used('flag'),
          supportsCollection: idle('flag', 'all values of an attribute are written'),
          entityProperties: used('any'),
          dsvSettings: { members: { delimiter: used('text'), quotechar: used('text'), startLine: used('count') } },
          additionalSettings: { members: WRITING },
        },
      },
    },
  },
  filter: { members: { include: used('any'), exclude: used('any') } },
};

/** Members of `jsonData`. */
export const PROFILE_SETTINGS: Settings = {
  members: {
    id: idle('text', 'the profile has the name of its object'),
    name: idle('text', 'the profile has the name of its object'),
    type: idle('text', 'every profile is an integration profile'),
    integrationType: idle('text', 'exports of users and of the system are the same'),
    isEnabled: used('flag'),
    isMergeableWithCustom: idle('flag', 'a profile that extends this one says so itself'),
    statusEventEnabled: idle('flag', 'the state of a job is always available'),
    profileType: onlyWords({ base: 'the profile is complete', extended: 'the profile is merged with its base' }),
    extendedBaseProfileName: used('text'),
    collect: { members: COLLECT },
    transform: { members: TRANSFORM },
    publish: { members: PUBLISH },
  },
};
