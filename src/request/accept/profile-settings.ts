/** Every setting of a documented profile, and its effect here. */

import { type Faults, join, kindOf, type UnknownObject } from '../../options/faults.js';
import type { IdleSetting } from '../../terms/profile.js';
import { quoted } from '../../terms/shown-text.js';

/** The effect of a value: it is used, it has no effect, or it is refused, as its effect on the output is unsupported. */
type Verdict = 'used' | { readonly idle: string } | { readonly refused: string };

/** One setting. Flags and counts may be text; the user of a value of kind `any` checks it. */
interface Setting {
  readonly kind: 'flag' | 'count' | 'text' | 'any';
  readonly judge: (value: unknown) => Verdict;
}

/** The members of an object. */
interface Settings {
  readonly members: Readonly<Record<string, Rule>>;
}

/** A list of objects with these members. */
interface SettingsList {
  readonly each: Readonly<Record<string, Rule>>;
}

type Rule = Setting | Settings | SettingsList;

const used = (kind: Setting['kind']): Setting => ({ kind, judge: () => 'used' });

const idle = (kind: Setting['kind'], reason: string): Setting => ({ kind, judge: () => ({ idle: reason }) });

const refused = (reason: string): Setting => ({ kind: 'any', judge: () => ({ refused: reason }) });

/** False is the default; true is not supported. */
const onlyFalse = (reason: string): Setting => ({
  kind: 'flag',
  judge: (value) => (value === true ? { refused: reason } : { idle: 'false is the default' }),
});

/** Known words have no effect; any other is refused. */
const onlyWords = (words: Readonly<Record<string, string>>): Setting => ({
  kind: 'text',
  judge: (value) => {
    const known = Object.entries(words).find(([word]) => word.toLowerCase() === String(value).toLowerCase());
    if (known) return { idle: known[1] };
    return { refused: `must be ${Object.keys(words).join(' or ')}; ${quoted(String(value))} is not supported` };
  },
});

const CALLER_STORES = 'the caller decides how long results are kept; their size is not limited';
const BY_FIRST_BYTES = 'the form of the input is detected from its first bytes';
const OF_EXCEL = 'is a setting of Excel files, which are not supported';
const NO_MODEL = 'there is no data model here, so names are not changed';

/** Settings of reading, in the channel or in the format. */
const READING: Readonly<Record<string, Rule>> = {
  version: idle('text', BY_FIRST_BYTES),
  supportsCollection: idle('flag', 'all values of an attribute are read'),
  includeRelatedEntityExternalIds: idle(
    'flag',
    'data of related entities in the records is not changed; nothing is looked up',
  ),
  includeParent: onlyFalse('parents are not looked up'),
  includeChildren: onlyFalse('children are not looked up'),
  includeSiblings: onlyFalse('siblings are not looked up'),
  includeRelatedEntities: onlyFalse('related entities are not looked up'),
  includeRelatedEntitiesRecursive: onlyFalse('related entities are not looked up'),
  includeMatchingAttributes: onlyFalse('match attributes are not known here'),
  includeEnhancerAttributes: onlyFalse('enhancer attributes are not known here'),
  includeValidationData: onlyFalse('validation data is not looked up'),
  requestforvaluemapping: onlyFalse('values are not mapped'),
};

/** Additional settings of both formats. */
const ADDITIONAL: Readonly<Record<string, Rule>> = {
  encoding: onlyWords({ utf8: 'all text is UTF-8', 'utf-8': 'all text is UTF-8' }),
  supportEmptyContextsRequest: idle('flag', 'the request alone decides whose data is exported'),
  isGetCoalesce: onlyFalse('inherited values are not computed'),
  loadDynamicContext: onlyFalse('there is no data model here to compute contexts from'),
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
      type: onlyWords({ rdpConnector: 'entities come from the source of the export' }),
      settings: { members: { ...READING, additionalSettings: { members: ADDITIONAL } } },
    },
  },
  format: {
    members: {
      type: onlyWords({ RSJSON: BY_FIRST_BYTES, DSV: BY_FIRST_BYTES }),
      version: idle('text', BY_FIRST_BYTES),
      batchSize: idle('count', 'entities are not read in pages'),
      settings: { members: { ...READING, additionalSettings: { members: ADDITIONAL } } },
    },
  },
  filter: { members: { include: used('any'), exclude: used('any') } },
};

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
      matchEnhancerAttributes: onlyFalse('enhancer attributes are not known here'),
      entityType: onlyWords({ '@field(type)': 'the type of an entity is read from it' }),
      enableDynamicMapping: idle('flag', NO_MODEL),
      source: onlyWords({ rms: NO_MODEL, internal: NO_MODEL }),
      collectionSeparator: used('text'),
      clearMissingAttributes: onlyFalse('is a setting of imports'),
      strategies: {
        each: {
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
};

/** Members of `publish`: how the result is written. */
const PUBLISH: Readonly<Record<string, Rule>> = {
  isDataPersistent: idle('flag', CALLER_STORES),
  isBinaryStreamPersistent: idle('flag', CALLER_STORES),
  channel: {
    each: {
      type: onlyWords({ presentationConnector: 'the result goes to the caller' }),
      mode: used('text'),
      settings: { members: { mode: used('text') } },
    },
  },
  format: {
    members: {
      type: used('text'),
      version: used('text'),
      batchSize: used('count'),
      settings: {
        members: {
          version: idle('text', 'publish.format.version decides it'),
          supportsCollection: idle('flag', 'all values of an attribute are written'),
          entityProperties: used('any'),
          dsvSettings: { members: { delimiter: used('text'), quotechar: used('text'), startLine: used('count') } },
          additionalSettings: {
            members: {
              ...ADDITIONAL,
              includeEntityProperties: used('flag'),
              fileName: used('text'),
              fileExtension: used('text'),
              relationshipSeparator: used('text'),
              multiFileExport: used('flag'),
              loadSourceEntityMatchAttributes: onlyFalse('match attributes are not known here'),
              columnPrefix: idle('text', 'it applies to match attributes of the source entity, which are not loaded'),
              inheritedValueAsToolTip: refused(OF_EXCEL),
              isLocalizationEnabled: refused(OF_EXCEL),
              maxReferenceDropDownList: refused(OF_EXCEL),
              downloadExternalSource: refused(OF_EXCEL),
              maintainSortOrder: refused(OF_EXCEL),
              calculateEnhancerAttribute: refused(OF_EXCEL),
              showErrorPrompt: refused(OF_EXCEL),
              showInfoPrompt: refused(OF_EXCEL),
              showGovernComment: refused(OF_EXCEL),
              autoResizeColumn: refused(OF_EXCEL),
            },
          },
        },
      },
    },
  },
  filter: { members: { include: used('any'), exclude: used('any') } },
};

/** Members of `jsonData`. */
const JSON_DATA: Readonly<Record<string, Rule>> = {
  id: idle('text', 'the profile has the name of its object'),
  name: idle('text', 'the profile has the name of its object'),
  type: idle('text', 'every profile is an integration profile'),
  integrationType: idle('text', 'exports of users and of the system are the same'),
  isEnabled: used('flag'),
  isMergeableWithCustom: idle('flag', 'profiles are not merged'),
  statusEventEnabled: idle('flag', 'the state of a job is always available'),
  profileType: onlyWords({ base: 'the profile is complete' }),
  extendedBaseProfileName: refused('profiles are not merged; give the complete profile'),
  collect: { members: COLLECT },
  transform: { members: TRANSFORM },
  publish: { members: PUBLISH },
};

/** The used settings of one profile, by their path within `jsonData`, and those without effect. */
export class UsedSettings {
  readonly idle: IdleSetting[] = [];
  readonly #at: string;
  readonly #faults: Faults;
  readonly #values = new Map<string, unknown>();

  /**
   * Checks every setting.
   * @param at path of `jsonData` from the outermost object, for faults and settings without effect
   */
  constructor(jsonData: UnknownObject, at: string, faults: Faults) {
    this.#at = at;
    this.#faults = faults;
    this.#object(jsonData, '', JSON_DATA);
  }

  /** The path of a setting from the outermost object. */
  pathOf(path: string): string {
    return path === '' || this.#at === '' ? this.#at + path : `${this.#at}.${path}`;
  }

  value(path: string): unknown {
    return this.#values.get(path);
  }

  flag(path: string): boolean | undefined {
    const value = this.#values.get(path);
    return typeof value === 'boolean' ? value : undefined;
  }

  count(path: string): number | undefined {
    const value = this.#values.get(path);
    return typeof value === 'number' ? value : undefined;
  }

  text(path: string): string | undefined {
    const value = this.#values.get(path);
    return typeof value === 'string' ? value : undefined;
  }

  /** The number of objects in a list. */
  size(path: string): number {
    return this.count(path) ?? 0;
  }

  /** Notes that a setting has no effect, if it is given. */
  note(path: string, reason: string): void {
    if (this.#values.has(path)) this.idle.push({ path: this.pathOf(path), reason });
  }

  #object(value: UnknownObject, path: string, rules: Readonly<Record<string, Rule>>): void {
    this.#faults.checkKeys(value, this.pathOf(path), Object.keys(rules));
    for (const [key, rule] of Object.entries(rules)) {
      const member = Object.hasOwn(value, key) ? value[key] : undefined;
      if (member !== undefined) this.#member(member, join(path, key), rule);
    }
  }

  #member(value: unknown, path: string, rule: Rule): void {
    if ('kind' in rule) this.#setting(value, path, rule);
    else if ('each' in rule) this.#list(value, path, rule);
    else {
      const object = this.#faults.object(value, this.pathOf(path));
      if (object) this.#object(object, path, rule.members);
    }
  }

  #list(value: unknown, path: string, { each }: SettingsList): void {
    if (!Array.isArray(value)) {
      this.#faults.add('INVALID', this.pathOf(path), `must be an array of objects, not ${kindOf(value)}`);
      return;
    }
    this.#values.set(path, value.length);
    value.forEach((element: unknown, index) => {
      const at = `${path}[${index}]`;
      const object = this.#faults.object(element, this.pathOf(at));
      if (object) this.#object(object, at, each);
    });
  }

  #setting(value: unknown, path: string, { kind, judge }: Setting): void {
    const at = this.pathOf(path);
    const checked = this.#checked(value, at, kind);
    if (checked === undefined) return;
    const verdict = judge(checked);
    if (verdict === 'used') this.#values.set(path, checked);
    else if ('idle' in verdict) this.idle.push({ path: at, reason: verdict.idle });
    else this.#faults.add('UNSUPPORTED', at, verdict.refused);
  }

  #checked(value: unknown, at: string, kind: Setting['kind']): unknown {
    if (kind === 'flag') return this.#faults.boolean(value, at);
    if (kind === 'count') return this.#faults.count(value, at);
    return kind === 'text' ? this.#faults.string(value, at) : value;
  }
}
