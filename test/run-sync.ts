/** For tests: programs that this process waits for, each with a time limit, so that a hang fails one test and not the run. */
import {
  type ExecFileSyncOptions,
  execFileSync as execute,
  type SpawnSyncOptions,
  type SpawnSyncReturns,
  spawnSync as spawn,
} from 'node:child_process';

/** Longer than any of these programs takes on a busy machine; no handler of theirs can ignore the end. */
const LIMIT = { timeout: 120_000, killSignal: 'SIGKILL' } as const;

type Bytes = { readonly encoding?: undefined };
type Text = { readonly encoding: 'utf8' };

/** Like that of Node, but throws at the limit. */
export function spawnSync(
  name: string,
  args: readonly string[],
  options: SpawnSyncOptions & Text,
): SpawnSyncReturns<string>;
export function spawnSync(
  name: string,
  args: readonly string[],
  options?: SpawnSyncOptions & Bytes,
): SpawnSyncReturns<Buffer>;
export function spawnSync(
  name: string,
  args: readonly string[],
  options: SpawnSyncOptions = {},
): SpawnSyncReturns<string | Buffer> {
  const ended = spawn(name, args, { ...LIMIT, ...options });
  if (ended.error && 'code' in ended.error && ended.error.code === 'ETIMEDOUT') throw ended.error;
  return ended;
}

/** Like that of Node. */
export function execFileSync(name: string, args: readonly string[], options: ExecFileSyncOptions & Text): string;
export function execFileSync(name: string, args: readonly string[], options?: ExecFileSyncOptions & Bytes): Buffer;
export function execFileSync(
  name: string,
  args: readonly string[],
  options: ExecFileSyncOptions = {},
): string | Buffer {
  return execute(name, args, { ...LIMIT, ...options });
}
