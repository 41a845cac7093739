/** Flags of commands that call a service: its address, and the authentication. */
import type { Command } from 'commander';
import { type Client, createClient } from '../client/create-client.js';
import type { Console, ConsoleOptions } from './console.js';
import { readHeaders, readSecret } from './secret-files.js';
import { usage } from './usage.js';

/** The flags, as parsed by commander. */
export interface ServerFlags extends ConsoleOptions {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly headersFile?: string;
}

/** Adds the flags to a command. */
export function addServerFlags(command: Command): Command {
  return command
    .optionsGroup('Service:')
    .option('--server <url>', 'its address (default: $SLUICE_SERVER)')
    .option('--token-file <file>', 'the file that holds the bearer token (default: the token in $SLUICE_TOKEN, if any)')
    .option('--headers-file <file>', 'headers of every request, one per line, e.g. x-rdp-userId: me@example.com');
}

/** The files that the flags name. */
export function serverFiles({ tokenFile, headersFile }: ServerFlags): Readonly<Record<string, string | undefined>> {
  return { '--token-file': tokenFile, '--headers-file': headersFile };
}

/**
 * Makes a client for the service that the flags specify.
 * @throws SluiceError `INVALID`, `READ_FAILED`
 */
export async function clientOf(flags: ServerFlags, out: Console, signal: AbortSignal): Promise<Client> {
  const server = flags.server ?? process.env.SLUICE_SERVER;
  if (server === undefined || server === '') throw usage('name the service with --server, or in SLUICE_SERVER');
  const token = flags.tokenFile === undefined ? process.env.SLUICE_TOKEN : await readSecret(flags.tokenFile);
  if (token === '' && flags.tokenFile !== undefined) throw usage(`${flags.tokenFile} contains no token`);
  return createClient({
    server,
    signal,
    token: token === '' ? undefined : token,
    headers: flags.headersFile === undefined ? undefined : await readHeaders(flags.headersFile),
    retry: {
      onRetry: (error, waitMs) =>
        out.report(`${error.message}; retrying in ${(waitMs / 1000).toFixed(1)} s`, { error: error.toJSON(), waitMs }),
    },
  });
}
