/** For tests: the documented profile for JSON with every kind of setting, as the platform stores it. */

/** Returns a new copy, which a test may change. */
export function documentedJsonProfile() {
  return { configObjects: [configObject()] };
}

/** Only its object. */
export function configObject() {
  return {
    id: 'downloadDataJSONJob',
    name: 'downloadDataJSONJob',
    type: 'integrationprofile',
    data: { contexts: [{ context: context(), jsonData: jsonData() }] },
  };
}

function context(): Record<string, unknown> {
  return {
    app: 'RSConnect',
    service: 'ENTITY_EXPORT',
    channel: 'JOB',
    format: 'JSON',
    source: 'internal',
    role: 'admin',
    user: 'system',
    subtype: 'User',
    order: '10',
  };
}

function jsonData(): Record<string, unknown> {
  return {
    integrationType: 'User',
    isEnabled: 'true',
    statusEventEnabled: 'false',
    collect: {
      isDataPersistent: 'true',
      isBinaryStreamPersistent: 'true',
      channel: [{ type: 'rdpConnector', settings: { version: '1.1', includeRelatedEntityExternalIds: 'true' } }],
      format: {
        type: 'RSJSON',
        version: '1.1',
        batchSize: 1,
        settings: {
          supportsCollection: true,
          additionalSettings: { encoding: 'utf8', supportEmptyContextsRequest: true, isGetCoalesce: false },
        },
      },
      filter: {
        include: {
          typesCriterion: {
            _ALL: {
              queryFields: {
                attributes: [
                  ...['mdmid', 'property_originalfilename', 'itemtype', 'productclassification'],
                  ...['webclassification', 'mdmname'],
                ],
              },
            },
          },
        },
        exclude: {
          typesCriterion: {
            _ALL: {
              queryFields: { relationships: ['belongsto', 'belongstotaxonomy', 'belongstoroot', 'allowedlocales'] },
            },
            queryFilters: {},
          },
        },
      },
    },
    transform: {
      settings: {
        nullRecordTransformer: false,
        allowNullValues: 'false',
        entityType: '@field(type)',
        enableDynamicMapping: 'true',
        source: 'internal',
        collectionSeparator: '||',
        strategies: [{ useExternalName: true, caseFormat: 'NONE', removeWhitespace: false, isDefault: true }],
      },
    },
    publish: {
      isDataPersistent: 'true',
      isBinaryStreamPersistent: 'true',
      channel: [{ type: 'presentationConnector', settings: { mode: 'ASYNC' } }],
      format: {
        type: 'RSJSON',
        version: '1.1',
        batchSize: '100',
        settings: {
          additionalSettings: { includeEntityProperties: 'true' },
          entityProperties: {
            publishedBy: 'executionContext.userId',
            publishedUserEmail: 'executionContext.userEmail',
          },
        },
      },
      filter: { include: {}, exclude: {} },
    },
  };
}
