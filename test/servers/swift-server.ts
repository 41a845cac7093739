/** For tests: an OpenStack Swift server with its S3 API, for the duration of the run. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execFileSync } from '../run-sync.js';
import { freePort } from './free-port.js';

/** A running S3 service, and its credentials. */
export interface S3Service {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The user for whom Debian's packages of Swift are made. */
const PYTHON = '/usr/bin/python3';

/** Required packages: swift-proxy, swift-account, swift-container and swift-object. */
const COMMANDS = ['proxy', 'account', 'container', 'object'].map((name) => `/usr/bin/swift-${name}-server`);

/** How long it may take to start, in milliseconds. */
const LONGEST_START_MS = 60_000;

/** Whether its programs are installed. */
export function hasSwift(): boolean {
  return [PYTHON, ...COMMANDS].every((path) => existsSync(path)) && canImport();
}

function canImport(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import swift.common.middleware.s3api.s3api'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Starts it on a free port of this machine, in its own folder. */
export async function startSwift(): Promise<{ readonly service: S3Service; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-swift-'));
  const port = await freePort();
  const script = fileURLToPath(new URL('./swift-server.py', import.meta.url));
  const server = spawn(PYTHON, ['-B', script, folder, String(port)], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  const stop = async () => {
    server.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  let said = '';
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Swift was not ready in time: ${said}`)), LONGEST_START_MS);
    const end = () => clearTimeout(timer);
    server.stderr.on('data', (text) => {
      said = `${said}${text}`.slice(-2000);
    });
    server.stdout.once('data', () => {
      end();
      resolve();
    });
    server.once('close', () => {
      end();
      reject(new Error(`Swift ended: ${said}`));
    });
  });
  try {
    await ready;
  } catch (cause) {
    await stop();
    throw cause;
  }
  const endpoint = `http://127.0.0.1:${port}`;
  return { service: { endpoint, accessKeyId: 'test:tester', secretAccessKey: 'testing' }, stop };
}
