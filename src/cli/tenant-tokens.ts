/** Who may ask a service: tokens of tenants, from a file or the environment, never from the command line. */
import { isLoopbackHost } from '../http/loopback.js';
import { usage } from './inputs.js';
import { readSecret } from './server-flags.js';
import { LINE_ENDS } from './text-file.js';

/** What the header `Authorization: Bearer` can hold. */
const TOKEN = /^[\w.~+/-]+=*$/;
const TENANT = /^[\w.-]{1,64}$/;

/** What a service is told about authentication. */
export interface TokenFlags {
  /** `tenant=@file` or `tenant=$VARIABLE`. */
  readonly token?: readonly string[];
  readonly tokensFile?: string;
  /** False for `--no-auth`. */
  readonly auth: boolean;
  readonly host: string;
}

/**
 * The tenant of each token; `'none'` where this machine may ask without one.
 * @throws SluiceError `INVALID` where nothing says who may ask, or everybody might
 */
export async function tenantTokens({
  token: placed = [],
  tokensFile,
  auth,
  host,
}: TokenFlags): Promise<ReadonlyMap<string, string> | 'none'> {
  const named = process.env.SLUICE_TOKENS;
  if (!auth) {
    if (tokensFile !== undefined || placed.length > 0) throw usage('--no-auth and tokens contradict each other');
    if (!isLoopbackHost(host)) throw usage(`--no-auth is for this machine only; ${host} may be reached from others`);
    return 'none';
  }
  const entries = await Promise.all(placed.map(entryAt));
  if (tokensFile !== undefined) entries.push(await readSecret(tokensFile));
  if (entries.length > 0) return tokensIn(entries.join('\n'), tokensFile ?? '--token');
  if (named !== undefined && named !== '') return tokensIn(named, 'SLUICE_TOKENS');
  const ways = '--token, --tokens-file or SLUICE_TOKENS (tenant=token), or --no-auth';
  throw usage(`say who may ask: ${ways} on a loopback host`);
}

/** The entry that a flag stands for: a secret on the command line could be read by everybody on the machine. */
async function entryAt(flag: string): Promise<string> {
  const [, tenant, kind, place] = /^([^=]+)=([@$])(.+)$/.exec(flag) ?? [];
  if (place === undefined) throw usage('--token takes tenant=@file or tenant=$VARIABLE, never the token itself');
  const token = kind === '@' ? await readSecret(place) : process.env[place];
  if (token === undefined) throw usage(`--token ${tenant}: the environment has no ${place}`);
  return `${tenant}=${token.trim()}`;
}

/**
 * Reads `tenant=token`, one a line or with commas between; a line that begins with # is a comment. A tenant may have
 * several tokens, so that they can be changed without a gap. Messages leave the tokens out.
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
    if (!TOKEN.test(token)) throw usage(`${what}: the token of ${tenant} is none that a header can hold`);
    if (tokens.has(token)) throw usage(`${what}: the token of ${tenant} is there twice`);
    tokens.set(token, tenant);
  }
  if (tokens.size === 0) throw usage(`${where} holds no tenant=token`);
  return tokens;
}
