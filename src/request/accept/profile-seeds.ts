/** Bases that documented profiles extend without being given: the platform's seeds, by what their names say. */

import type { UnknownObject } from '../../options/faults.js';

/** `sys_export_data_<format>_<channel>_<way>_base`. */
const SEED = /^sys_export_data_(json|excel|dsv)_([a-z0-9-]+)_(sync|task|scheduled-task)_base$/i;

/** The older names: `downloadDataJSONJob`. */
const OLDER = /^downloadData(json|excel|dsv)(job)?$/i;

/** The words of formats in `publish`. */
const FORMATS: ReadonlyMap<string, string> = new Map([
  ['json', 'RSJSON'],
  ['excel', 'SMARTEXCEL'],
  ['dsv', 'DSV'],
]);

/** Connectors of channels other than the caller's. */
const CONNECTORS: ReadonlyMap<string, string> = new Map([
  ['eventhub', 'eventHubConnector'],
  ['kinesis', 'kinesisStreamConnector'],
  ['sftp', 'sftpConnector'],
  ['blob', 'azureBlobConnector'],
  ['s3', 's3ObjectConnector'],
]);

/** The settings of the seed of this name: its format and its channel, and nothing that changes entities. */
export function seedOf(name: string): UnknownObject | undefined {
  const [, format, channel = 'ui', way] = SEED.exec(name) ?? older(name) ?? [];
  if (format === undefined) return undefined;
  const connector = CONNECTORS.get(channel.toLowerCase()) ?? 'presentationConnector';
  const mode = way === 'sync' ? 'SYNC' : 'ASYNC';
  const settings = connector === 'presentationConnector' ? { mode } : {};
  return {
    publish: { channel: [{ type: connector, settings }], format: { type: FORMATS.get(format.toLowerCase()) } },
  };
}

function older(name: string): readonly (string | undefined)[] | undefined {
  const [, format, job] = OLDER.exec(name) ?? [];
  return format === undefined ? undefined : [name, format, undefined, job === undefined ? 'sync' : 'task'];
}
