/** Sources by arguments and flags: files, standard input, a database, the platform. */
import type { Command } from 'commander';
import type { HttpFilesOptions } from '../places/http-files.js';
import { FILE_ORDERS } from '../sources/file-order.js';
import { postgresEntities } from '../sources/postgres/postgres-entities.js';
import { POSTGRES_ENTITIES } from '../sources/postgres/rows-options.js';
import { rdpEntities } from '../sources/rdp/rdp-entities.js';
import { RDP_ENTITIES } from '../sources/rdp/rdp-options.js';
import type { Source } from '../sources/source.js';
import type { SluiceError } from '../terms/errors.js';
import { type Logger, SILENT } from '../terms/logger.js';
import { choice } from './flags.js';
import { type FileFlags, sourceOf } from './inputs.js';
import { readObject } from './json-file.js';
import { addOptionFlags } from './option-flags.js';
import { readHeaders } from './secret-files.js';
import { readText } from './text-file.js';
import { usage } from './usage.js';

/** The flags, as commander parses them. */
export interface SourceFlags extends FileFlags {
  readonly table?: string;
  readonly query?: string;
  readonly entityColumn?: string;
  readonly idColumn?: string;
  readonly typeColumn?: string;
  readonly documentColumn?: string;
  readonly key?: readonly string[];
  readonly connections?: number;
  readonly headersFile?: string;
  readonly platformQuery?: string;
  readonly platformFields?: string;
  readonly pageSize?: number;
}

/** The possible inputs, for the help of commands. */
export const INPUTS =
  'files, folders, globs, https://…, s3://…; or one address: postgres://… (with --table), rdp+https://… (the platform)';

const POSTGRES = /^postgres(ql)?:\/\//;
const PLATFORM = /^rdp\+https?:\/\//;
const HTTP = /^https?:\/\//i;

/** Adds the flags to a command. */
export function addSourceFlags(command: Command): Command {
  command
    .option('--files-from <file>', 'read the files that this file names, one path per line; - is standard input')
    .option('-0, --null', 'the paths of --files-from end with NUL characters, as those of find -print0 do')
    .option(
      '--sort <order>',
      'order of files in folders and globs, and of --files-from: name, natural (part-9 before part-10), none',
      choice(...FILE_ORDERS),
    )
    .optionsGroup('Input from PostgreSQL (postgres://user@host/database):');
  addOptionFlags(
    command,
    POSTGRES_ENTITIES,
    'table',
    'query',
    'entity',
    'id',
    'type',
    'document',
    'key',
    'connections',
  );
  command
    .option(
      '--headers-file <file>',
      'headers for https://… and the platform, one per line: x-rdp-userId: me@example.com',
    )
    .optionsGroup('Input from the platform (rdp+https://tenant…):');
  return addOptionFlags(command, RDP_ENTITIES, 'query', 'fields', 'pageSize');
}

/** The flags for each kind of address; without such an input they have no effect. */
const FLAGS_OF = [
  {
    address: new RegExp(`${PLATFORM.source}|${HTTP.source}`, 'i'),
    kind: 'https://… or rdp+https://… (the platform)',
    flags: { headersFile: '--headers-file' },
  },
  {
    address: POSTGRES,
    kind: 'postgres://…',
    flags: {
      table: '--table',
      query: '--query',
      entityColumn: '--entity-column',
      idColumn: '--id-column',
      typeColumn: '--type-column',
      documentColumn: '--document-column',
      key: '--key',
      connections: '--connections',
    },
  },
  {
    address: PLATFORM,
    kind: 'rdp+https://… (the platform)',
    flags: {
      platformQuery: '--platform-query',
      platformFields: '--platform-fields',
      pageSize: '--page-size',
    },
  },
] as const satisfies readonly {
  readonly address: RegExp;
  readonly kind: string;
  readonly flags: Partial<Readonly<Record<keyof SourceFlags, string>>>;
}[];

/**
 * Refuses flags for kinds of inputs that are not given.
 * @throws SluiceError `INVALID`
 */
export function refuseIdleFlags(
  inputs: readonly string[],
  given: SourceFlags & { readonly input?: string; readonly path?: string },
): void {
  if (inputs.some(isAddress) && (given.input !== undefined || given.path !== undefined)) {
    const flag = given.input === undefined ? '--path' : '--input';
    throw usage(`${flag}: without effect; it applies to files, and the input is an address`);
  }
  const files = { filesFrom: '--files-from', null: '--null', sort: '--sort' };
  if (inputs.some(isAddress)) refuseIdle(given, files, 'the input is an address');
  for (const { address, kind, flags } of FLAGS_OF) {
    if (inputs.some((input) => address.test(input))) continue;
    refuseIdle(given, flags, `no input is ${kind}`);
  }
}

function refuseIdle(given: object, flags: Readonly<Record<string, string>>, why: string): void {
  const values = new Map<string, unknown>(Object.entries(given));
  const idle = Object.entries(flags).flatMap(([name, flag]) => (values.get(name) === undefined ? [] : [flag]));
  if (idle.length > 0) throw usage(`${idle.join(', ')}: without effect; ${why}`);
}

/** Whether an argument is the address of something other than a file. */
export function isAddress(input: string): boolean {
  return POSTGRES.test(input) || PLATFORM.test(input);
}

/** The files that the flags read. */
export function sourceFiles(flags: SourceFlags): Readonly<Record<string, string | undefined>> {
  return {
    '--files-from': flags.filesFrom,
    '--query': flags.query?.startsWith('@') ? flags.query.slice(1) : undefined,
    '--headers-file': flags.headersFile,
    '--platform-query': flags.platformQuery,
    '--platform-fields': flags.platformFields,
  };
}

/**
 * Returns the source that arguments and flags name: an address, or the result of `sourceOf`.
 * @throws SluiceError `INVALID`
 */
export async function namedSource(
  inputs: readonly string[],
  flags: SourceFlags,
  logger: Logger = SILENT,
): Promise<Source> {
  const address = inputs.find(isAddress);
  if (address !== undefined && inputs.length > 1) throw usage('an address cannot be combined with other inputs');
  refuseIdleFlags(inputs, flags);
  if (address !== undefined && POSTGRES.test(address)) return databaseSource(address, flags);
  if (address !== undefined) return platformSource(address, flags, logger);
  return sourceOf(inputs, flags, await httpOptions(flags, logger));
}

/** Options of https inputs: the headers of the file, and the token of the environment. */
async function httpOptions({ headersFile }: SourceFlags, logger: Logger): Promise<HttpFilesOptions> {
  const token = process.env.SLUICE_INPUT_TOKEN;
  const authorization: Readonly<Record<string, string>> = token ? { authorization: `Bearer ${token}` } : {};
  const given = headersFile === undefined ? {} : await readHeaders(headersFile);
  const onRetry = (error: SluiceError, delayMs: number) =>
    logger.warn({ code: error.code, delayMs }, `${error.message}; retrying`);
  return { headers: { ...authorization, ...given }, retry: { onRetry } };
}

async function databaseSource(connection: string, flags: SourceFlags): Promise<Source> {
  const { table, entityColumn: entity, idColumn: id, typeColumn: type, documentColumn: document } = flags;
  const { key, connections } = flags;
  const query = flags.query?.startsWith('@') ? await readText(flags.query.slice(1)) : flags.query;
  return postgresEntities({ connection, table, query, entity, id, type, document, key, connections });
}

async function platformSource(server: string, flags: SourceFlags, logger: Logger): Promise<Source> {
  const { headersFile, platformQuery, platformFields, pageSize } = flags;
  if (headersFile === undefined) throw usage('the platform requires authentication: give --headers-file');
  const query = platformQuery === undefined ? undefined : await readObject(platformQuery);
  const fields = platformFields === undefined ? undefined : await readObject(platformFields);
  const headers = await readHeaders(headersFile);
  return rdpEntities({ server: server.slice('rdp+'.length), headers, logger, query, fields, pageSize });
}
