/** Files of other systems, how sluice reads each, and the same in jq. */
import type { ExportOptions } from '../../src/export/export-options.js';

/** A question to both programs: words of the command line, and the steps of jq behind the entities. */
export interface Question {
  /** A condition of `--where`. */
  readonly where?: string;
  /** The paths of `--fields`. */
  readonly fields?: string;
  /** The entities of the answer, from those of the file. */
  readonly jq: string;
}

/** A format: a file of it is in `files`. */
export interface Format {
  readonly file: string;
  readonly options: Omit<ExportOptions, 'source' | 'request'>;
  /** What an inspection suggests, if not these options. */
  readonly suggested?: object;
  /** The entities of the file: jq reads it as it is, without its compression, byte order mark and record separators. */
  readonly entities: string;
  /** jq reads all values of the file as one array. */
  readonly slurp?: true;
  /** The text of entities is made anew, so that it is not a part of the file. */
  readonly isMade?: true;
  readonly where: Required<Pick<Question, 'where' | 'jq'>>;
  readonly fields: Required<Pick<Question, 'fields' | 'jq'>>;
  /** Columns, and the cells as jq makes them of an entity: an array of texts. */
  readonly table?: Required<Pick<Question, 'fields' | 'jq'>>;
}

const MONGO: Omit<Format, 'file' | 'entities'> = {
  options: { idField: '_id.$oid' },
  where: { where: 'added.$date >= 2026-01-01', jq: 'select(.added["$date"] | type == "string" and . >= "2026-01-01")' },
  fields: { fields: '_id.$oid,stock', jq: '{_id, stock}' },
  table: {
    fields: 'id=_id.$oid,name,price=price.$numberDecimal,tags',
    jq: '[._id["$oid"], .name, (.price | objects | .["$numberDecimal"]) // "", (.tags // [] | if . == [] then "[]" else join("||") end)] | if .[1] == "chair" then .[3] = "" else . end',
  },
};

/** The formats by name. */
export const FORMATS: Readonly<Record<string, Format>> = {
  'GeoJSON, with a byte order mark and CRLF': {
    file: 'places.geojson',
    options: { path: 'features' },
    entities: '.features[]',
    where: { where: 'properties.population >= 500000', jq: 'select(.properties.population >= 500000)' },
    fields: {
      fields: 'id,name=properties.name,geometry.type',
      jq: 'with_entries(select(.key == "id")) + (if .geometry then {geometry: {type: .geometry.type}} else {} end) + {name: .properties.name}',
    },
    table: {
      fields: 'id,properties.name,geometry.type',
      jq: '[.id, .properties.name, .geometry.type] | map(. // "" | tostring)',
    },
  },
  'GeoJSON text sequences': {
    file: 'places.geojsonl',
    options: {},
    entities: '.',
    where: { where: 'properties.length exists', jq: 'select(.properties.length)' },
    fields: { fields: 'id', jq: '{id}' },
  },
  'a FHIR Bundle': {
    file: 'bundle.json',
    options: { path: 'entry.*.resource', typeField: 'resourceType' },
    entities: '.entry[].resource | select(.)',
    where: { where: 'name.family = "Müller"', jq: 'select(any(.name[]?; .family == "Müller"))' },
    fields: {
      fields: 'resourceType,id,valueQuantity.value',
      jq: '{resourceType} + with_entries(select(.key == "id")) + (if .valueQuantity then {valueQuantity: {value: .valueQuantity.value}} else {} end)',
    },
  },
  'FHIR NDJSON, with CRLF': {
    file: 'resources.ndjson',
    options: { typeField: 'resourceType' },
    entities: '.',
    where: { where: 'valueQuantity.value > 6.2', jq: 'select(.valueQuantity.value > 6.2)' },
    fields: { fields: 'id,birthDate', jq: 'with_entries(select(.key == "id" or .key == "birthDate"))' },
    table: {
      fields: 'id,resourceType,birthDate,active',
      jq: '[.id, .resourceType, .birthDate // "", (if has("active") then (.active | tostring) else "" end)]',
    },
  },
  CloudTrail: {
    file: 'trail.json.gz',
    suggested: { path: 'Records', idField: 'eventID', typeField: 'eventType' },
    options: { typeField: 'eventName' },
    entities: '.Records[]',
    where: { where: 'responseElements is null', jq: 'select(.responseElements == null)' },
    fields: {
      fields: 'eventID,user=userIdentity.userName,resources.ARN',
      jq: '{eventID} + (.resources | if . then {resources: map(with_entries(select(.key == "ARN"))) | map(select(. != {}))} else {} end) + (.userIdentity | if .userName then {user: .userName} else {} end)',
    },
    table: {
      fields: 'eventID,eventName,responseElements.ConsoleLogin,readOnly',
      jq: '[.eventID, .eventName, .responseElements.ConsoleLogin // "", (.readOnly | tostring)]',
    },
  },
  'GH Archive': {
    file: 'events.json.gz',
    options: {},
    entities: '.',
    where: {
      where: 'payload.commits.message contains carry',
      jq: 'select(any(.payload.commits[]?; .message | test("carry")))',
    },
    fields: { fields: 'id,repo.name', jq: '{id, repo: {name: .repo.name}}' },
    table: {
      fields: 'id,type,actor.login,payload.push_id',
      jq: '[.id, .type, .actor.login, (.payload.push_id // "" | tostring)]',
    },
  },
  'an elasticdump': {
    file: 'dump.ndjson',
    suggested: { unwrap: '_source', keep: ['_id'], idField: '_id' },
    options: { unwrap: '_source', keep: ['_id', '_index'] },
    entities: '{_id, _index} + ._source',
    isMade: true,
    where: { where: 'price >= 20', jq: 'select(.price | numbers >= 20)' },
    fields: { fields: '_id,price', jq: '{_id, price}' },
    table: {
      fields: '_id,name,tags',
      jq: '[._id, .name, (.tags | if . == [] then "[]" else . // [] | join("||") end)]',
    },
  },
  'hits of a search': {
    file: 'search.json',
    suggested: { path: 'hits.hits', unwrap: '_source', keep: ['_id'], idField: '_id' },
    options: { unwrap: '_source', keep: '_id', path: 'hits.hits' },
    entities: '.hits.hits[] | {_id} + ._source',
    isMade: true,
    where: { where: 'name = desk', jq: 'select(.name == "desk")' },
    fields: { fields: '_id', jq: '{_id}' },
  },
  'the lines of a bulk request': {
    file: 'bulk.ndjson',
    options: {},
    entities: '.',
    where: { where: 'name exists', jq: 'select(.name)' },
    fields: { fields: 'index._id', jq: 'if .index then {index: {_id: .index._id}} else {} end' },
  },
  'mongoexport, lines': { ...MONGO, file: 'documents.json', entities: '.' },
  'mongoexport --jsonArray': { ...MONGO, file: 'documents-array.json', entities: '.[]' },
  'mongoexport --jsonArray --pretty': { ...MONGO, file: 'documents-pretty.json', entities: '.[]' },
  'all documents of CouchDB, with deleted and missing ones': {
    file: 'all_docs.json',
    suggested: { path: 'rows', unwrap: 'doc', idField: '_id' },
    options: { path: 'rows.*.doc', keep: 'rev=value.rev', idField: '_id' },
    entities: '.rows[] | select(.doc) | {rev: .value.rev} + .doc',
    isMade: true,
    where: { where: '_id not startswith _design/', jq: 'select(._id | startswith("_design/") | not)' },
    fields: { fields: '_id,price', jq: 'with_entries(select(.key == "_id" or .key == "price"))' },
    table: { fields: '_id,price', jq: '[._id, (.price // "" | tostring)]' },
  },
  'the changes of CouchDB': {
    file: 'feed.json',
    options: { path: 'results' },
    entities: '.results[]',
    where: { where: 'deleted = true', jq: 'select(.deleted == true)' },
    fields: { fields: 'id,changes.rev', jq: '{id, changes}' },
    table: { fields: 'id,deleted', jq: '[.id, (.deleted // "" | tostring)]' },
  },
  'rows of the npm registry': {
    file: 'npm.json',
    suggested: { path: 'rows', unwrap: 'doc', idField: '_id' },
    options: { path: 'rows.*.doc', idField: '_id' },
    entities: '.rows[].doc',
    where: { where: 'keywords = pad', jq: 'select(any(.keywords[]?; . == "pad"))' },
    fields: {
      fields: 'name,latest=dist-tags.latest',
      jq: 'if .name then {name, latest: .["dist-tags"].latest} else {} end',
    },
    table: {
      fields: '_id,dist-tags.latest',
      jq: `[(._id | if . == "-" then "'-" else . end), .["dist-tags"].latest // ""]`,
    },
  },
  "Wikidata's dump": {
    file: 'items.json',
    options: {},
    entities: '.[]',
    where: { where: 'claims.P31 exists', jq: 'select(.claims | objects | .P31)' },
    fields: {
      fields: 'id,label=labels.en.value',
      jq: '{id} + (.labels | if type == "object" then {label: .en.value} else {} end)',
    },
    table: {
      fields: 'id,type,label=labels.en.value',
      jq: '[.id, .type, (.labels | objects | .en.value) // ""]',
    },
  },
  'JSON:API': {
    file: 'articles.json',
    suggested: { path: 'data', unwrap: 'attributes', keep: ['id', 'type'] },
    options: { path: 'data', unwrap: 'attributes', keep: ['id', 'author=relationships.author.data.id'] },
    entities: '.data[] | {id} + (.relationships.author.data | if . then {author: .id} else {} end) + .attributes',
    isMade: true,
    where: { where: 'words in (80, 90)', jq: 'select(.words | IN(80, 90))' },
    fields: { fields: 'id,title', jq: '{id, title}' },
    table: { fields: 'id,author,words', jq: '[.id, .author // "", (.words | tostring)]' },
  },
  'records of Salesforce': {
    file: 'accounts.json',
    options: { path: 'records', typeField: 'attributes.type', idField: 'Id' },
    entities: '.records[]',
    where: {
      where: 'Contacts.records.LastName = Lovelace',
      jq: 'select(any(.Contacts.records[]?; .LastName == "Lovelace"))',
    },
    fields: { fields: 'Id,Name', jq: '{Id, Name}' },
    table: { fields: 'Id,Name,AnnualRevenue', jq: '[.Id, .Name // "", (.AnnualRevenue // "" | tostring)]' },
  },
  'a bulk query of Salesforce': {
    file: 'accounts-bulk.json',
    options: { typeField: 'attributes.type', idField: 'Id' },
    entities: '.[]',
    where: { where: 'CreatedDate > 1706690000000', jq: 'select(.CreatedDate > 1706690000000)' },
    fields: { fields: 'Id,Amount__c', jq: '{Id, Amount__c}' },
  },
  'a bulk operation of Shopify': {
    file: 'shop.jsonl',
    options: { nest: '__parentId' },
    entities:
      '. as $all | .[] | select(.__parentId | not) | . as $p | [$all[] | select(.__parentId == $p.id)] as $c | if $c == [] then . else . + {ProductVariant: $c} end',
    slurp: true,
    isMade: true,
    where: { where: 'ProductVariant.sku = 007', jq: 'select(any(.ProductVariant[]?; .sku == "007"))' },
    fields: {
      fields: 'id,ProductVariant.price',
      jq: '{id} + (if .ProductVariant then {ProductVariant: (.ProductVariant | map({price}))} else {} end)',
    },
    table: { fields: 'id,title,sku=ProductVariant.sku', jq: '[.id, .title, ([.ProductVariant[]?.sku] | join("||"))]' },
  },
  'changes of Debezium, with tombstones': {
    file: 'changes.json',
    options: { unwrap: 'payload.after', keep: 'op=payload.op' },
    entities: 'select(.payload.after) | {op: .payload.op} + .payload.after',
    isMade: true,
    where: { where: 'op = u', jq: 'select(.op == "u")' },
    fields: { fields: 'id,amount', jq: '{id, amount}' },
    table: { fields: 'op,id,name', jq: '[.op, (.id | tostring), .name // ""]' },
  },
};
