/** For tests: a PostgreSQL server for the duration of the run. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { execFileSync } from '../run-sync.js';
import { freePort } from './free-port.js';

/** A running server. */
export interface PostgresServer {
  /** Address of its first database, as a user who may create others. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Where Debian installs programs that are not in PATH. */
const DEBIAN = '/usr/lib/postgresql';

/** How long a server may take to start, in milliseconds. */
const LONGEST_START_MS = 60_000;

/** The folder of `postgres` and `initdb`; undefined if there is none. */
export function postgresBinaries(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort().reverse() : [];
  const folders = [...versions.map((version) => join(DEBIAN, version, 'bin')), ...(process.env.PATH ?? '').split(':')];
  return folders.find((folder) => existsSync(join(folder, 'postgres')) && existsSync(join(folder, 'initdb')));
}

/** Starts a server on a free port, without the disk syncs that tests do not need. */
export async function startPostgres(binaries: string): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-postgres-'));
  const data = join(folder, 'data');
  const user = await serverUser(folder);
  execFileSync(join(binaries, 'initdb'), ['-D', data, '-U', 'sluice', '-A', 'trust', '-E', 'UTF8', '-N'], {
    ...user,
    cwd: folder,
    stdio: 'pipe',
  });
  const settings = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'max_connections=400'];
  await writeFile(join(data, 'postgresql.auto.conf'), settings.map((line) => `${line}\n`).join(''));
  const port = await freePort();
  const where = ['-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
  const server = spawn(join(binaries, 'postgres'), ['-D', data, ...where], { ...user, cwd: folder, stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  const stop = async () => {
    // A fast shutdown waits for no client.
    server.kill('SIGINT');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const url = `postgres://sluice@127.0.0.1:${port}/postgres`;
  try {
    await answered(url);
  } catch (cause) {
    await stop();
    throw cause;
  }
  return { url, pid: server.pid ?? 0, stop };
}

/** PostgreSQL refuses to run as root: then an unprivileged user owns the folder and the server. */
async function serverUser(folder: string): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  const [uid, gid] = [idOf('-u'), idOf('-g')];
  await chown(folder, uid, gid);
  return { uid, gid };
}

async function answered(url: string): Promise<void> {
  for (const late = Date.now() + LONGEST_START_MS; ; await sleep(50)) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (cause) {
      if (Date.now() > late) throw new Error('PostgreSQL did not answer', { cause });
    }
  }
}
