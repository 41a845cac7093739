/** The connectors of documented profiles: where entities come from, and where results go. */

import { isObject } from '../../options/faults.js';

/** The connector that reads entities, in lower case. */
export const ENTITY_CONNECTOR = 'rdpconnector';

/** The connector that gives the result to the caller, in lower case. */
export const CALLER_CONNECTOR = 'presentationconnector';

/** Connectors that write files, in lower case, by the name of the storage. */
export const FILE_CONNECTORS: ReadonlyMap<string, string> = new Map([
  ['azureblobconnector', 'Azure Blob Storage'],
  ['s3objectconnector', 'Amazon S3'],
  ['folderconnector', 'a folder of the platform'],
]);

/** The connector of one channel. */
export function connectorOf(channel: unknown): string | undefined {
  return isObject(channel) && typeof channel.type === 'string' ? channel.type : undefined;
}
