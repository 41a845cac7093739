/** Authentication of a service: tokens of tenants, from a file or the environment, never from the command line. */
import { type Identity, isRight, RIGHTS } from '../http/identity.js';
import { isLoopbackHost } from '../http/loopback.js';
import { definedOnly } from '../terms/defined-only.js';
import { readSecret } from './secret-files.js';
import { LINE_ENDS } from './text-file.js';
import { usage } from './usage.js';

/** Valid tokens of `Authorization: Bearer`. */
const TOKEN = /^[\w.~+/-]+=*$/;
/** Whom a token identifies: `tenant`, `user@tenant`, `tenant:read+submit`. */
const WHOM = /^(?:([^\s=:]{1,255})@)?([\w.-]{1,64})(?::([\w+]*))?$/;

/** What an entry looks like, for messages. */
const FORM = '[user@]tenant[:right+right]=token';

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
 * Whom each token identifies; `'none'` if requests of this machine need no token.
 * @param others whether there is another authentication, so that there need not be a token
 * @throws SluiceError `INVALID` without any authentication, or if the service would be public
 */
export async function tenantTokens(
  { token: placed = [], tokensFile, auth, host }: TokenFlags,
  others = false,
): Promise<ReadonlyMap<string, Identity> | 'none'> {
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
  if (others) return new Map();
  const ways = '--token, --tokens-file or SLUICE_TOKENS (tenant=token), --oidc-issuer, or --no-auth';
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
 * Parses `[user@]tenant[:right+right]=token`, one per line or separated by commas; lines that begin with # are comments. A
 * tenant may have several tokens, for rotation and for several users. Messages omit the tokens.
 */
export function tokensIn(text: string, where: string): ReadonlyMap<string, Identity> {
  const tokens = new Map<string, Identity>();
  const lines = text.split(LINE_ENDS).filter((line) => !line.trimStart().startsWith('#'));
  const entries = lines.flatMap((line) => line.split(',')).map((entry) => entry.trim());
  for (const [index, entry] of entries.filter((one) => one !== '').entries()) {
    const at = entry.indexOf('=');
    const [whom, token] = [entry.slice(0, Math.max(0, at)).trim(), entry.slice(at + 1).trim()];
    const what = `${where}: entry ${index + 1}`;
    const identity = identityIn(whom, what);
    if (at < 0 || identity === undefined) throw usage(`${what} is not ${FORM}`);
    if (!TOKEN.test(token)) throw usage(`${what}: the token of ${whom} has invalid characters`);
    if (tokens.has(token)) throw usage(`${what}: the token of ${whom} is a duplicate`);
    tokens.set(token, identity);
  }
  if (tokens.size === 0) throw usage(`${where} contains no tenant=token`);
  return tokens;
}

/** Whom an entry names; undefined for anything else. */
function identityIn(whom: string, what: string): Identity | undefined {
  const [, user, tenant, words] = WHOM.exec(whom) ?? [];
  if (tenant === undefined) return undefined;
  if (words === undefined) return { tenant, ...definedOnly({ user }) };
  const rights = words.split('+');
  const wrong = rights.find((word) => !isRight(word));
  if (wrong !== undefined)
    throw usage(`${what}: ${wrong === '' ? 'an empty word' : wrong} is no right; ${RIGHTS.join(', ')} are`);
  return { tenant, ...definedOnly({ user }), rights: rights.filter(isRight) };
}
