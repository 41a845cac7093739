/** `sluice submit`: submits a request, made from flags, to a service: the documented body where that can say it. */

import { type Command, InvalidArgumentError } from 'commander';
import type { Submitted } from '../client/submit.js';
import { checkFile } from '../destinations/file.js';
import { isObject } from '../options/faults.js';
import { FIELD_LISTS, PATH_LISTS, REQUEST_MEMBERS } from '../request/accept/request-members.js';
import { definedOnly } from '../terms/defined-only.js';
import { escaped } from '../terms/shown-text.js';
import { beginCommand } from './commands.js';
import { type Console, openConsole, type RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { collect, filled, WHERE_ABOUT } from './flags.js';
import { downloadResult, followJob, sayEnd } from './follow-job.js';
import { formatBytes, formatRecords } from './format.js';
import { interruptible } from './interrupt.js';
import { readJson } from './json-file.js';
import { addOptionFlags } from './option-flags.js';
import { refuseReadFiles } from './refuse-read-files.js';
import { addServerFlags, clientOf, type ServerFlags, serverFiles } from './server-flags.js';
import { usage } from './usage.js';
import { parseWhere } from './where.js';

/** The flags of the request. */
export interface RequestFlags {
  readonly type?: readonly string[];
  readonly id?: readonly string[];
  readonly name?: string;
  readonly maxRecords?: number;
  readonly attributes?: readonly string[];
  readonly relationships?: readonly string[];
  readonly properties?: readonly string[];
  readonly profile?: string;
  readonly fileName?: string;
  readonly orderBy?: readonly string[];
  readonly skip?: number;
  readonly where?: readonly string[];
  readonly fields?: readonly string[];
  readonly omit?: readonly string[];
  readonly delta?: boolean;
  readonly deltaChain?: string;
}

interface SubmitFlags extends ServerFlags, RequestFlags {
  readonly request?: string;
  readonly idempotencyKey?: string;
  readonly priority?: number;
  readonly webhook?: string;
  readonly follow?: boolean;
  readonly out?: string;
  readonly overwrite?: boolean;
}

/** Adds the command to the program. */
export function addSubmitCommand(program: Command, run: RunCommand): void {
  const command = beginCommand(program, 'submit')
    .option('--follow', 'wait for the end, and show the progress')
    .option('-o, --out <file>', 'follow, and download the result to this file')
    .option('--overwrite', 'replace an existing file');
  addServerFlags(command)
    .optionsGroup('Request:')
    .option('--request <file>', 'the request, in either form; flags replace its members');
  addOptionFlags(command, REQUEST_MEMBERS, 'types', 'ids', 'name', 'sort', 'skip', 'maxRecords');
  command.option('--where <condition>', WHERE_ABOUT, collect);
  addOptionFlags(command, PATH_LISTS, 'include', 'exclude');
  addOptionFlags(command, FIELD_LISTS, 'attributes', 'relationships', 'properties');
  addOptionFlags(command, REQUEST_MEMBERS, 'profile', 'fileName');
  command
    .option('--delta', 'only what has changed since the job before with the same request')
    .option('--delta-chain <name>', 'the same, since the job before of this chain, whatever that requested', filled)
    .option('--idempotency-key <key>', 'a second submission under the same key returns the job of the first one')
    .option('--priority <n>', 'queued jobs with a higher number start first, -100 to 100 (default: 0)', priorityOf)
    .option('--webhook <url>', 'an address that is told of the end of the job', filled)
    .optionsGroup('Messages:')
    .option('--quiet', 'print only errors, and the id')
    .option('--json', 'print JSON lines on standard error')
    .action((flags: SubmitFlags) => run(() => runSubmit(flags), flags));
}

async function runSubmit(flags: SubmitFlags): Promise<number> {
  const out = openConsole(flags);
  if (flags.overwrite && flags.out === undefined) throw usage('--overwrite needs --out');
  await refuseReadFiles({ '--request': flags.request, ...serverFiles(flags) }, { '--out': flags.out });
  const given = flags.request === undefined ? undefined : await readJson(flags.request);
  const body = requestOf(given, flags);
  if (flags.out !== undefined) await checkFile(flags.out, flags);
  return interruptible(async (signal) => {
    const client = await clientOf(flags, out, signal);
    const submitted = await client.submit(body, {
      respondAsync: true,
      ...definedOnly({ idempotencyKey: flags.idempotencyKey, priority: flags.priority, webhook: flags.webhook }),
    });
    if (submitted.kind === 'envelope') return takeEnvelope(submitted, flags, out);
    process.stdout.write(`${escaped(submitted.id)}\n`);
    if (!flags.follow && flags.out === undefined) return EXIT.done;
    const job = await followJob(client, submitted.id, out);
    const downloaded =
      flags.out === undefined ? undefined : await downloadResult(client, submitted.id, flags.out, out, flags);
    return sayEnd(job, downloaded, out);
  });
}

/** The service returned the result itself. */
async function takeEnvelope(
  { envelope }: Extract<Submitted, { kind: 'envelope' }>,
  { out: path, overwrite = false }: SubmitFlags,
  out: Console,
): Promise<number> {
  if (path === undefined) {
    envelope.destroy();
    throw usage('the service returned the result at once; name a file for it with --out');
  }
  const unwrapped = await envelope.toFile(path, { overwrite });
  process.stdout.write(`${escaped(unwrapped.id)}\n`);
  out.report(`${formatRecords(unwrapped.totalRecords)}; ${formatBytes(unwrapped.blobBytes)} to ${path}`, {
    envelope: unwrapped,
  });
  return EXIT.done;
}

/** The value of `--priority`. */
export function priorityOf(value: string): number {
  const priority = /^-?\d{1,3}$/.test(value) ? Number(value) : Number.NaN;
  if (Math.abs(priority) <= 100) return priority;
  throw new InvalidArgumentError('It must be a whole number from -100 to 100.');
}

/**
 * The request: in the form of the library where the documented body cannot say what flags say, or a file has it. The
 * service validates it.
 * @param given the request in a file, if there is one
 * @throws SluiceError `INVALID` if flags cannot be applied to it
 */
export function requestOf(given: unknown, flags: RequestFlags): unknown {
  const { orderBy, skip, where, fields, omit, delta, deltaChain } = flags;
  const isOwn = [orderBy, skip, where, fields, omit, delta, deltaChain].some((value) => value !== undefined);
  const isDocumented = given === undefined ? !isOwn : isObject(given) && 'params' in given;
  if (isDocumented && isOwn) {
    throw usage(
      '--order-by, --skip, --where, --fields, --omit, --delta and --delta-chain need a request in the form of the library',
    );
  }
  return isDocumented ? bodyOf(given, flags) : ownRequest(membersOf(given, 'the request'), flags);
}

/** A request in the form of the library, with the members that flags replace. */
function ownRequest(given: Readonly<Record<string, unknown>>, flags: RequestFlags): unknown {
  const { type: types, id: ids, name, maxRecords, orderBy: sort, skip, profile, fileName } = flags;
  const { attributes, relationships, properties, fields: include, omit: exclude, deltaChain: chain } = flags;
  const isDelta = flags.delta === true || chain !== undefined;
  const lists = withoutUndefined({ attributes, relationships, properties, include, exclude });
  const fields = Object.keys(lists).length === 0 ? {} : { fields: { ...membersOf(given.fields, 'fields'), ...lists } };
  const conditions = flags.where?.map((text) => {
    const { path, condition } = parseWhere(text);
    return { [path]: condition };
  });
  const criteria = conditions && membersOf(given.criteria, 'criteria');
  const before = criteria && [criteria.fields ?? []].flat();
  return {
    ...given,
    ...withoutUndefined({ types, ids, name, maxRecords, sort, skip, profile, fileName }),
    ...fields,
    ...(isDelta && { delta: { against: 'previous', ...(chain !== undefined && { chain }) } }),
    ...(criteria && { criteria: { ...criteria, fields: [...(before ?? []), ...(conditions ?? [])] } }),
  };
}

/**
 * The documented body, with the members that flags replace. The service validates it.
 * @param given the body in a file, if there is one
 * @throws SluiceError `INVALID` if flags cannot be applied to it
 */
export function bodyOf(given: unknown, flags: RequestFlags): unknown {
  const { type, id, name, maxRecords, attributes, relationships, properties, profile, fileName } = flags;
  const values = [type, id, name, maxRecords, attributes, relationships, properties, profile, fileName];
  if (given !== undefined && values.every((value) => value === undefined)) return given;
  const body = membersOf(given, 'the request');
  const params = membersOf(body.params, 'params');
  const query = membersOf(params.query, 'params.query');
  const filters = membersOf(query.filters, 'params.query.filters');
  const fields = fieldsOf(params.fields, { attributes, relationships, properties });
  return withoutUndefined({
    ...body,
    params: withoutUndefined({
      ...params,
      query: withoutUndefined({
        ...query,
        ...(id && (id.length === 1 ? { id: id[0], ids: undefined } : { id: undefined, ids: id })),
        name: name ?? query.name,
        names: name === undefined ? query.names : undefined,
        filters: { ...filters, typesCriterion: type ?? filters.typesCriterion ?? ['_ALL'] },
      }),
      fields,
      options:
        maxRecords === undefined
          ? params.options
          : { ...membersOf(params.options, 'params.options'), maxRecords: String(maxRecords) },
      rsconnect:
        profile === undefined
          ? params.rsconnect
          : { ...membersOf(params.rsconnect, 'params.rsconnect'), profiles: [profile] },
    }),
    fileName: fileName ?? body.fileName,
  });
}

function fieldsOf(given: unknown, lists: Readonly<Record<string, readonly string[] | undefined>>): unknown {
  const named = withoutUndefined(lists);
  return Object.keys(named).length === 0 ? given : { ...membersOf(given, 'params.fields'), ...named };
}

function membersOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (isObject(value)) return value;
  throw usage(`${what} is not an object: flags cannot replace its members`);
}

function withoutUndefined(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
