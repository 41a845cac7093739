/** Tells profiles for exporting entities from others: imports, assets, models, and channels that are no files. */

import { join } from '../../options/faults.js';
import { listAt, memberAt } from '../../options/json-members.js';
import { quoted } from '../../terms/shown-text.js';
import { CALLER_CONNECTOR, connectorOf, ENTITY_CONNECTOR, FILE_CONNECTORS } from './profile-connectors.js';
import { CONTEXT_FORMATS, RESULT_FORMATS } from './profile-formats.js';
import type { StoredContext } from './stored-profiles.js';

/** The service of the profiles that sluice runs. */
const SERVICE = 'ENTITY_EXPORT';

/** Why a profile is not for exporting entities: one sentence, in place of a fault for each of its settings. */
export interface OtherUse {
  readonly path: string;
  readonly reason: string;
}

/**
 * Finds what else a profile is for.
 * @param profile what is malformed is not judged here
 * @returns undefined for a profile that exports entities to files
 */
export function otherUse({ context, jsonData, path, settingsPath }: StoredContext): OtherUse | undefined {
  const service = textAt(context, 'service');
  const channel = textAt(context, 'channel');
  const [sources, targets] = [connectorsOf(jsonData, 'collect'), connectorsOf(jsonData, 'publish')];
  const servicePath = ['context', 'service'].reduce(join, path);
  const at = (...keys: readonly string[]) => keys.reduce(join, settingsPath);
  const through = (connectors: readonly string[]) => {
    const named = [...connectors, ...(channel === undefined ? [] : [`channel ${channel}`])].map(short);
    return named.length === 0 ? '' : ` (${named.join(', ')})`;
  };
  if (service?.toUpperCase().includes('IMPORT')) {
    return { path: servicePath, reason: `imports${through(sources)}, and sluice only exports` };
  }
  const assets = sources.filter(isConnector('assetexportconnector'));
  if (service?.toUpperCase() === 'ASSET_EXPORT' || assets.length > 0) {
    return { path: servicePath, reason: `exports assets${through(sources)}, and sluice exports entities` };
  }
  if (service !== undefined && service.toUpperCase() !== SERVICE) {
    const reason = `${quoted(service)}${through([...sources, ...targets])} is not supported; ${SERVICE} is`;
    return { path: servicePath, reason };
  }
  const queued = sources.findIndex((name) => !isConnector(ENTITY_CONNECTOR)(name));
  if (queued >= 0) {
    const reason = `collects from what sluice does not read${through([sources[queued]])}; rdpConnector reads entities`;
    return { path: `${at('collect', 'channel')}[${queued}].type`, reason };
  }
  const sent = targets.findIndex((name) => !GIVES_FILES.has(name.toLowerCase()));
  if (sent >= 0) {
    const reason = `publishes to what sluice does not write${through([targets[sent]])}; presentationConnector gives the result to the caller`;
    return { path: `${at('publish', 'channel')}[${sent}].type`, reason };
  }
  const word = textAt(jsonData, 'publish', 'format', 'type');
  const format = word ?? textAt(context, 'format');
  const formats = word === undefined ? CONTEXT_FORMATS : RESULT_FORMATS;
  if (format !== undefined && !formats.has(format.toUpperCase())) {
    const known = [...RESULT_FORMATS.keys()].join(', ');
    const reason = `${quoted(format)}${through(targets)} is not supported; supported: ${known}`;
    return { path: at('publish', 'format', 'type'), reason };
  }
  return undefined;
}

const GIVES_FILES: ReadonlySet<string> = new Set([CALLER_CONNECTOR, ...FILE_CONNECTORS.keys()]);

function isConnector(lower: string): (name: string) => boolean {
  return (name) => name.toLowerCase() === lower;
}

/** The connectors of a step, in their order. */
function connectorsOf(jsonData: unknown, step: string): readonly string[] {
  return listAt(jsonData, step, 'channel').flatMap((channel) => connectorOf(channel) ?? []);
}

function textAt(value: unknown, ...steps: readonly string[]): string | undefined {
  const text = memberAt(value, ...steps);
  return typeof text === 'string' ? text : undefined;
}

/** Text of others, in a message. */
function short(text: string): string {
  return /^[\w .-]{1,80}$/.test(text) ? text : quoted(text);
}
