/** For tests: a client that sends what the platform's own user interface sends, and reads what that reads. */
import { Buffer } from 'node:buffer';

type Json = Readonly<Record<string, unknown>>;

/** What the page of a task shows. */
export interface TaskDetails {
  readonly taskId: string;
  readonly taskType: string;
  readonly taskStatus: string;
  readonly fileId: string;
  readonly fileName: string;
  readonly fileType: string;
  readonly fileExtension: string;
  readonly submittedBy: string;
  readonly totalRecords: unknown;
  readonly startTime: string;
  readonly endTime: string;
  readonly hasChildTasks: unknown;
  readonly message: string;
}

/** A file that was saved. */
export interface SavedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Members as the interface reads them: a missing one in between is its TypeError. */
function at(value: unknown, ...steps: readonly (string | number)[]): unknown {
  let found = value;
  for (const step of steps) {
    if (found === undefined || found === null)
      throw new TypeError(`Cannot read properties of ${found} (reading '${step}')`);
    found = Reflect.get(Object(found), step);
  }
  return found;
}

function attribute(object: unknown, name: string): unknown {
  const values: unknown = Reflect.get(Object(at(object, 'data', 'attributes', name) ?? {}), 'values');
  return Array.isArray(values) && values.length > 0 ? at(values, 0, 'value') : undefined;
}

const text = (value: unknown): string => (value ? String(value) : 'N/A');

/** Sub types in the order in which the interface ranks them. */
const SUB_TYPES = [
  ...['NONE', 'QUEUED', 'QUEUED_SUCCESS', 'PROCESSING_STARTED', 'SUBMITTED', 'PROCESSING_COMPLETED', 'QUEUED_ERROR'],
  ...['PROCESSING_START_ERROR', 'PROCESSING_ERROR', 'PROCESSING_COMPLETE_ERROR', 'PROCESSING_COMPLETE_WITH_WARNING'],
  'PROCESSING_SUBMISSION_ERROR',
];

const TYPES = ['BATCH_COLLECT_ENTITY_EXPORT', 'BATCH_TRANSFORM_ENTITY_EXPORT', 'BATCH_PUBLISH_ENTITY_EXPORT'];

const VALUE_CONTEXTS = [{ source: 'internal', locale: 'en-US' }];

export class VendorClient {
  readonly #server: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(server: string, headers: Readonly<Record<string, string>>) {
    this.#server = server;
    this.#headers = headers;
  }

  async post(path: string, body: unknown, contentType = 'application/json'): Promise<Json> {
    const answer = await fetch(`${this.#server}/api/${path}`, {
      method: 'POST',
      headers: { ...this.#headers, 'content-type': contentType },
      body: JSON.stringify(body),
    });
    const parsed: unknown = await answer.json();
    return Object(parsed);
  }

  /** The id of the job; undefined for an answer with which the interface does nothing. */
  async submit(body: Json): Promise<string | undefined> {
    const answer = await this.post('rsConnectService/downloadDataJob', body);
    if (answer.dataObjectOperationResponse === undefined) return undefined;
    return String(at(answer, 'dataObjectOperationResponse', 'dataObjects', 0, 'properties', 'workAutomationId'));
  }

  /** The page of a task, from its summary. */
  async taskDetails(taskId: string): Promise<TaskDetails | undefined> {
    const answer = await this.post('requesttrackingservice/get', {
      params: {
        query: { id: taskId, filters: { typesCriterion: ['tasksummaryobject'] }, valueContexts: VALUE_CONTEXTS },
        fields: { attributes: ['_ALL'] },
        options: { maxRecords: 1 },
      },
    });
    const objects = at(answer, 'response', 'requestObjects');
    if (!Array.isArray(objects) || objects.length === 0) return undefined;
    const task: unknown = objects[0];
    const told = (name: string) => attribute(task, name);
    const taskStatus = text(told('status'));
    const details = {
      taskId,
      taskType: String(told('profileType')).toLowerCase() === 'entity_export' ? 'Entity Data Exports' : 'N/A',
      taskStatus,
      ...{ fileId: text(told('fileId')), fileName: text(told('fileName')), fileType: text(told('fileType')) },
      fileExtension: text(told('fileExtension')),
      submittedBy: text(told('submittedBy')).replace('_user', ''),
      totalRecords: told('totalRecords'),
      startTime: text(at(task, 'properties', 'createdDate')),
      endTime: /processing|queued/i.test(taskStatus) ? 'N/A' : text(at(task, 'properties', 'modifiedDate')),
      hasChildTasks: typeof told('hasChildTasks') === 'boolean' ? told('hasChildTasks') : 'N/A',
      message: text(told('errorMessage')),
    };
    const requests = await this.post('requesttrackingservice/get', {
      params: {
        query: {
          filters: {
            typesCriterion: ['requestobject'],
            attributesCriterion: [
              { taskId: { exact: taskId } },
              { serviceName: { eq: 'entityManageService' } },
              { requestStatus: { eq: 'success' } },
              { impacted: { exact: 'false' } },
            ],
          },
        },
        fields: { attributes: ['entityId', 'entityType', 'entityAction'] },
        sort: { properties: [{ createdDate: '_ASC', sortType: '_DATETIME' }] },
        options: { maxRecords: details.totalRecords ?? 200 },
      },
    });
    if (at(requests, 'response', 'status') !== 'success') throw new Error(JSON.stringify(requests));
    return details;
  }

  /** The status of a task, from its events: that of the highest type, there of the highest sub type. */
  async statusByEvents(taskId: string): Promise<string> {
    const answer = await this.post('eventservice/get', {
      params: {
        query: {
          filters: {
            typesCriterion: ['externalevent'],
            attributesCriterion: [
              { taskId: { exact: taskId } },
              { eventType: { contains: `BATCH_COLLECT_ENTITY_IMPORT EXTRACT ${TYPES.join(' ')}` } },
            ],
          },
          valueContexts: VALUE_CONTEXTS,
        },
        fields: {
          attributes: ['fileId', 'fileName', 'fileType', 'eventType', 'eventSubType', 'recordCount', 'createdOn'],
        },
        sort: { attributes: [{ createdOn: '_DESC', sortType: '_DATETIME' }] },
      },
    });
    const events = at(answer, 'response', 'events');
    if (!Array.isArray(events)) return 'N/A';
    const rank = (event: unknown) =>
      TYPES.indexOf(String(attribute(event, 'eventType'))) * 100 +
      SUB_TYPES.indexOf(String(attribute(event, 'eventSubType')));
    const [highest]: unknown[] = events.toSorted((a: unknown, b: unknown) => rank(b) - rank(a));
    const subType = String(attribute(highest, 'eventSubType'));
    if (/ERROR/.test(subType)) return 'Errored';
    const isPublished = attribute(highest, 'eventType') === 'BATCH_PUBLISH_ENTITY_EXPORT';
    return subType === 'PROCESSING_COMPLETED' && isPublished ? 'Completed' : 'Processing';
  }

  /** The ids of the tasks of a user with a status. */
  async taskList(user: string, status: string): Promise<readonly string[]> {
    const answer = await this.post('requesttrackingservice/get', {
      params: {
        query: {
          filters: {
            typesCriterion: ['tasksummaryobject'],
            attributesCriterion: [
              { taskType: { contains: 'entity_import entity_export', operator: '_OR' } },
              { status: { contains: status.toLowerCase() } },
              { submittedBy: { eq: user.includes('_user') ? user : `${user}_user` } },
              { integrationType: { eq: 'User' } },
              { parentTaskId: { hasvalue: false } },
            ],
            propertiesCriterion: [{ createdDate: { gte: 'now-1d', lte: 'now', type: '_DATETIME' } }],
          },
        },
        fields: { attributes: ['_ALL'] },
        sort: { properties: [{ createdDate: '_DESC', sortType: '_DATETIME' }] },
        options: { maxRecords: 2000 },
      },
    });
    const objects = at(answer, 'response', 'requestObjects');
    return Array.isArray(objects) ? objects.map((object: unknown) => String(at(object, 'id'))) : [];
  }

  /** Saves the file of a task, as the button of its page does. */
  async save(details: TaskDetails): Promise<SavedFile> {
    return details.hasChildTasks === true ? this.savePrepared(details.fileId) : this.#saveObject(details);
  }

  async #saveObject({ fileId, fileName, fileType, fileExtension, taskType }: TaskDetails): Promise<SavedFile> {
    const answer = await this.post('binaryobjectservice/getById', {
      params: { query: { id: fileId } },
      ...{ fileName, fileType, fileExtension, taskType },
    });
    const object = at(answer, 'response', 'binaryObjects', 0);
    const properties = Object(at(object, 'properties'));
    const extension: string = properties.extension ?? fileExtension;
    const name: string = properties.fileName ?? fileName;
    const dot = name.lastIndexOf(`.${extension}`);
    const bytes = Buffer.from(String(at(object, 'data', 'blob')), 'base64');
    return { name: `${dot > 0 ? name.slice(0, dot) : name}.${extension}`, bytes };
  }

  /** Saves a file by its address. */
  async savePrepared(id: string): Promise<SavedFile> {
    const object = { id, type: 'importDataStream', data: {}, properties: { objectKey: id } };
    const answer = await this.post('binarystreamobjectservice/prepareDownload', { binaryStreamObject: object });
    if (String(at(answer, 'response', 'status')).toLowerCase() !== 'success') throw new Error(JSON.stringify(answer));
    const url = String(at(answer, 'response', 'binaryStreamObjects', 0, 'properties', 'downloadURL'));
    const file = await fetch(url);
    return { name: id, bytes: Buffer.from(await file.arrayBuffer()) };
  }

  /** The status of a task as build pipelines ask for it: JSON under another media type, until there is one task. */
  async statusByPipeline(taskId: string): Promise<string> {
    const body = {
      params: {
        query: { id: taskId, filters: { typesCriterion: ['tasksummaryobject'] } },
        fields: { attributes: ['_ALL'], relationships: ['_ALL'] },
        options: { maxRecords: 1000 },
      },
    };
    const { response } = await this.post('requesttrackingservice/get', body, 'application/zip');
    if (at(response, 'totalRecords') !== 1) return String(at(response, 'statusDetail', 'messages', 0, 'message'));
    return String(at(response, 'requestObjects', 0, 'data', 'attributes', 'status', 'values', 0, 'value'));
  }
}
