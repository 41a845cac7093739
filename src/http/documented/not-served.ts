/** Documented calls that are not served, and why: one sentence each, instead of a route that is not found. */
import { Refusal } from '../refusal.js';

const IMPORT = 'sluice exports and does not import: send the JSON to the platform itself';
const MODEL = 'the source has entities and no data model';
const INHERITED = 'entities are returned as they are in the source, without inherited or computed values';
const WRITES = 'entities are read, never written';
const FILES = 'files are made by exports only';
const SCHEDULE = 'exports are not scheduled here: call downloadDataJob from cron, or use a query with now-1d';
const PROFILES = 'profiles are registered where the service is started (--profiles)';
const CONNECTOR = 'there are no connectors to marketplaces; publish makes a file';

/** Why, by service and call in lower case; `*` is every other call of the service. */
const REASONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  rsconnectservice: {
    process: IMPORT,
    processmodel: IMPORT,
    collect: IMPORT,
    transform: IMPORT,
    getheaderfields: IMPORT,
    getmappings: IMPORT,
    savemappings: IMPORT,
    generatefieldmap: IMPORT,
    downloadmodelexcel: MODEL,
    downloadmodeljob: MODEL,
    getprofile: PROFILES,
    saveoverrides: PROFILES,
  },
  entityappservice: {
    getcoalesce: INHERITED,
    getcontext: INHERITED,
    getsnapshot: INHERITED,
    getmappedvalues: INHERITED,
    getcombined: 'workflows are not in the source; get takes one query',
    getentityhistory: 'the source has the current state of entities only',
    create: WRITES,
    update: WRITES,
    delete: WRITES,
    process: WRITES,
  },
  entityservice: { '*': 'entityappservice/get reads entities' },
  entitymanageservice: { '*': WRITES },
  entitygovernservice: { '*': 'the source has no governance data' },
  entitymodelservice: { '*': MODEL },
  modelservice: { '*': MODEL },
  binarystreamobjectservice: { prepareupload: FILES, create: FILES, update: FILES },
  binaryobjectservice: {
    create: FILES,
    update: FILES,
    delete: FILES,
    get: 'getById returns one file by its id',
    existsbyid: 'getById returns one file by its id',
  },
  eventservice: { '*': 'events are read with get only, and derived from jobs' },
  requesttrackingservice: { '*': 'tasks are read with get only' },
  requestmanageservice: {
    '*': 'requests for single entities are not tracked: requesttrackingservice/get has the tasks',
  },
  configurationservice: { '*': PROFILES },
  schedulerservice: { '*': SCHEDULE },
  genericobjectservice: { '*': 'the source has entities and no generic objects' },
  bulkentityservice: { '*': WRITES },
  connectorservice: { '*': CONNECTOR },
};

/** Refuses a documented call by its name. @throws SluiceError `UNSUPPORTED` if it is documented */
export function refuseNotServed(url: string): void {
  const [, service = '', call = ''] = /\/api\/([^/?]+)\/([^/?]+)\/?(?:\?|$)/.exec(url) ?? [];
  const calls = new Map(Object.entries(REASONS)).get(service.toLowerCase());
  const named = new Map(Object.entries(calls ?? {}));
  const reason = named.get(call.toLowerCase()) ?? named.get('*');
  if (reason === undefined) return;
  throw new Refusal('UNSUPPORTED', `${service}/${call} is documented but not supported: ${reason}`, { status: 501 });
}
