/** Authentication of a service: tokens of tenants, from a file or the environment, never from the command line. */
import { isLoopbackHost } from '../http/loopback.js';
import { usage } from './inputs.js';
import { readSecret } from './secret-files.js';
import { LINE_ENDS } from './text-file.js';

/** Valid tokens of `Authorization: Bearer`. */
const TOKEN = /^[\w.~+/-]+=*$/;
const TENANT = /^[\w.-]{1,64}$/;

/** The flags for authentication. */
export interface TokenFlags {
  /** `tenant=@file` or `tenant=$VARIABLE`. */
  readonly token?: readonly string[];
  readonly tokensFile?: string;
  /** False for `--no-auth`. */
  readonly auth: boolean;
  readonly host: string;
}

/**
 * The tenant of each token; `'none'` if requests of this machine need no token.
 * @throws SluiceError `INVALID` without any authentication, or if the service would be public
 */
export async function tenantTokens({
  token: placed = [],
  tokensFile,
  auth,
  host,
}: TokenFlags): Promise<ReadonlyMap<string, string> | 'none'> {
  const named = process.env.SLUICE_TOKENS;
  if (!auth) {
    if (tokensFile !== undefined || placed.length > 0) throw usage('--no-auth and tokens exclude each other');
    if (!isLoopbackHost(host))
      throw usage(`--no-auth needs a loopback host; ${host} may be reachable from other machines`);
    return 'none';
  }
  const entries = await Promise.all(placed.map(entryAt));
  if (tokensFile !== undefined) entries.push(await readSecret(tokensFile));
  if (entries.length > 0) return tokensIn(entries.join('\n'), tokensFile ?? '--token');
  if (named !== undefined && named !== '') return tokensIn(named, 'SLUICE_TOKENS');
  const ways = '--token, --tokens-file or SLUICE_TOKENS (tenant=token), or --no-auth';
  throw usage(`authentication is required: ${ways} on a loopback host`);
}

/** The entry of a flag: a secret on the command line would be visible to all users of the machine. */
async function entryAt(flag: string): Promise<string> {
  const [, tenant, kind, place] = /^([^=]+)=([@$])(.+)$/.exec(flag) ?? [];
  if (place === undefined) throw usage('--token takes tenant=@file or tenant=$VARIABLE, never the token itself');
  const token = kind === '@' ? await readSecret(place) : process.env[place];
  if (token === undefined) throw usage(`--token ${tenant}: the environment variable ${place} is not set`);
  return `${tenant}=${token.trim()}`;
}

/**
 * Parses `tenant=token`, one per line or separated by commas; lines that begin with # are comments. A tenant may have
 * several tokens, for rotation. Messages omit the tokens.
 */
export function tokensIn(text: string, where: string): ReadonlyMap<string, string> {
  const tokens = new Map<string, string>();
  const lines = text.split(LINE_ENDS).filter((line) => !line.trimStart().startsWith('#'));
  const entries = lines.flatMap((line) => line.split(',')).map((entry) => entry.trim());
  for (const [index, entry] of entries.filter((one) => one !== '').entries()) {
    const at = entry.indexOf('=');
    const [tenant, token] = [entry.slice(0, Math.max(0, at)).trim(), entry.slice(at + 1).trim()];
    const what = `${where}: entry ${index + 1}`;
    if (at < 0 || !TENANT.test(tenant)) throw usage(`${what} is not tenant=token`);
    if (!TOKEN.test(token)) throw usage(`${what}: the token of ${tenant} has invalid characters`);
    if (tokens.has(token)) throw usage(`${what}: the token of ${tenant} is a duplicate`);
    tokens.set(token, tenant);
  }
  if (tokens.size === 0) throw usage(`${where} contains no tenant=token`);
  return tokens;
}
