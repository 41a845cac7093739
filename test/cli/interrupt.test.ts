/** Interrupts such as Ctrl-C: the run is aborted, and leaves no files. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { catalogChunks } from '../../src/generate/catalog.js';
import { execFileSync } from '../run-sync.js';
import { ended, filesIn, sluice, startSluice, until } from './run-sluice.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-interrupt-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Sends a practically endless catalog, until the process reads no more. */
async function feed({ stdin }: ReturnType<typeof startSluice>, onSent: (bytes: number) => void): Promise<void> {
  stdin.on('error', () => {});
  let sent = 0;
  for (const chunk of catalogChunks({ seed: 1, form: 'lines', bytes: 100e9 })) {
    const taken = await new Promise<boolean>((resolve) => stdin.write(chunk, (error) => resolve(!error)));
    if (!taken) return;
    sent += chunk.length;
    onSent(sent);
  }
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
  '%s while megabytes come in leaves no file',
  async (signal) => {
    const args = [
      'export',
      '-',
      '-o',
      'out.zip',
      '--receipt',
      'receipt.json',
      '--rejects',
      'bad',
      '--on-error',
      'skip',
    ];
    const child = startSluice(args, { cwd: folder });
    const end = ended(child);
    let interrupted = false;
    await feed(child, (sent) => {
      // By then the command has read more than a pipe holds.
      if (sent < 5_000_000 || interrupted) return;
      interrupted = true;
      child.kill(signal);
    });
    const { code, stdout, stderr } = await end;
    expect({ code, stdout: stdout.toString() }).toStrictEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/^sluice: the export was aborted \(ABORTED\)\n$/);
    expect(await filesIn(folder)).toStrictEqual([]);
  },
);

test.each([
  ['export', ['export', 'in.ndjson']],
  ['generate', ['generate', '--size', '5MB']],
])('SIGTERM ends %s whose standard output nobody reads', async (_command, args) => {
  await writeFile(join(folder, 'in.ndjson'), '{"id":"1","type":"product"}\n'.repeat(200_000));
  const child = startSluice(args, { cwd: folder });
  await once(child.stdout, 'readable');
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exit).toStrictEqual([130, null]);
  expect(await filesIn(folder)).toStrictEqual(['in.ndjson']);
});

test('the next run in the folder removes the files of a killed one', async () => {
  const child = startSluice(['export', '-', '-o', 'out.zip', '--receipt', 'receipt.json'], { cwd: folder });
  const end = ended(child);
  await feed(child, (sent) => {
    if (sent > 5_000_000) child.kill('SIGKILL');
  });
  expect((await end).code).toBe(null);
  const left = await filesIn(folder);
  expect(left).toStrictEqual([expect.stringMatching(/^\..*\.tmp$/), expect.stringMatching(/^\..*\.tmp$/)]);
  await sluice(['generate', '--entities', '1', '-o', 'next.ndjson'], { cwd: folder });
  // Only Linux identifies processes well enough to know that the owner of a file has ended.
  expect(await filesIn(folder)).toStrictEqual(
    process.platform === 'linux' ? ['next.ndjson'] : [...left, 'next.ndjson'],
  );
});

test('an interrupted envelope on standard output ends with an error status', async () => {
  const child = startSluice(['export', '-', '--pack', 'envelope', '--quiet'], { cwd: folder });
  const end = ended(child);
  child.stdout.once('data', () => child.kill('SIGINT'));
  await feed(child, () => {});
  const { code, stdout } = await end;
  expect(code).toBe(130);
  expect(JSON.parse(stdout.toString()).response).toMatchObject({ status: 'error', statusDetail: { code: 'ABORTED' } });
});

/** Commands, with what is sent to them before they are interrupted. */
const OTHERS: readonly (readonly [args: readonly string[], sent: string])[] = [
  [['unwrap', '-', '-o', 'out.zip'], '{"response":{"binaryObjects":[{"data":{"blob":"'],
  [['inspect', '-'], '{"id":"a"}\n'.repeat(100_000)],
  [['generate', '--size', '100GB', '-o', 'big.ndjson'], ''],
];

test.each(OTHERS)('%j is interrupted as well', async (args, sent) => {
  const child = startSluice(args, { cwd: folder });
  const end = ended(child);
  child.stdin.on('error', () => {});
  // Only a command that has begun reads more than a pipe holds, or creates a file.
  await new Promise<void>((resolve) => child.stdin.write(sent, () => resolve()));
  await until(async () => !args.includes('-o') || (await filesIn(folder)).length > 0);
  child.kill('SIGINT');
  expect((await end).code).toBe(130);
  expect(await filesIn(folder)).toStrictEqual([]);
});

test('an interrupt ends the wait for a FIFO without a writer', async () => {
  execFileSync('mkfifo', [join(folder, 'feed')]);
  const child = startSluice(['export', 'feed', '-o', 'out.zip'], { cwd: folder });
  const end = ended(child);
  // By then it has opened its output, and soon opens its input.
  await until(async () => (await filesIn(folder)).some((name) => name.startsWith('.sluice')));
  child.kill('SIGINT');
  const { code, stderr } = await end;
  expect(code).toBe(130);
  expect(stderr).toContain('(ABORTED)');
  expect(await filesIn(folder)).toStrictEqual(['feed']);
});
