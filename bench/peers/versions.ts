/** Versions of all peers, for the results. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../settings.js';
import { commandVersion } from './commands.js';
import { buildSimdjson, simdjsonVersion } from './simdjson.js';

const PACKAGES = [
  'stream-json',
  'stream-chain',
  '@streamparser/json',
  '@duckdb/node-api',
  'csv-stringify',
  'yazl',
  'pg',
  'pg-copy-streams',
  'pg-query-stream',
  'hucre',
] as const;

const COMMANDS = ['jq', 'gojq', 'jaq', 'pigz', 'zstd', 'g++', 'psql'] as const;

/** Versions by name; peers that are not installed are missing. */
export async function peerVersions(): Promise<Readonly<Record<string, string>>> {
  const versions: Record<string, string> = {};
  for (const name of PACKAGES) {
    const text = await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8').catch(() => '{}');
    const { version }: { readonly version?: string } = JSON.parse(text);
    if (version !== undefined) versions[name] = version;
  }
  for (const name of COMMANDS) {
    const version = commandVersion(name);
    if (version !== undefined) versions[name] = version;
  }
  const built = await buildSimdjson();
  if ('program' in built) versions.simdjson = await simdjsonVersion(built.program);
  return versions;
}
