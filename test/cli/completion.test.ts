/** Completion: the script of each shell, and the replies of bash. */
import { expect, test } from 'vitest';
import { execFileSync, spawnSync } from '../run-sync.js';
import { sluice } from './run-sluice.js';

async function scriptOf(shell: string): Promise<string> {
  const { code, stdout } = await sluice(['completion', shell]);
  expect(code).toBe(0);
  return stdout.toString();
}

/** The replies of bash when it completes the last word. */
function repliesOf(script: string, words: readonly string[]): readonly string[] {
  const asked = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
  const program = `${script}\n${asked}\n_sluice\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-euc', program], { encoding: 'utf8' })
    .split('\n')
    .filter((reply) => reply !== '');
}

test('bash completes commands, flags and the words of a flag', async () => {
  const script = await scriptOf('bash');
  expect(repliesOf(script, ['sluice', 'ex'])).toStrictEqual(['export']);
  expect(repliesOf(script, ['sluice', ''])).toEqual(expect.arrayContaining(['export', 'serve', 'completion', 'help']));
  expect(repliesOf(script, ['sluice', 'export', '--max-r'])).toStrictEqual(['--max-records']);
  expect(repliesOf(script, ['sluice', 'verify', '-'])).toEqual(expect.arrayContaining(['--receipt', '--help', '-h']));
  const formats = ['json', 'array', 'ndjson', 'dsv', 'xlsx'];
  expect(repliesOf(script, ['sluice', 'export', '--format', ''])).toStrictEqual(formats);
  expect(repliesOf(script, ['sluice', 'export', '--pack', 'z'])).toStrictEqual(['zip', 'zstd']);
});

test('bash completes the words of an argument', async () => {
  const script = await scriptOf('bash');
  expect(repliesOf(script, ['sluice', 'completion', ''])).toStrictEqual(['bash', 'zsh', 'fish']);
  expect(repliesOf(script, ['sluice', 'completion', 'f'])).toStrictEqual(['fish']);
  expect(repliesOf(script, ['sluice', 'completion', '--h'])).toStrictEqual(['--help']);
  expect(repliesOf(script, ['sluice', 'help', 'ver'])).toStrictEqual(['verify']);
});

test.each([
  [
    'zsh',
    "completion) _arguments '*-h[display help for command]' '*--help[display help for command]' '1:word:(bash zsh fish)'",
  ],
  ['fish', "complete -c sluice -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'"],
])('the script for %s has the words of an argument', async (shell, line) => {
  expect(await scriptOf(shell)).toContain(line);
});

test('bash leaves arguments and other values to its completion of files', async () => {
  const script = await scriptOf('bash');
  for (const words of [['cata'], ['-o', ''], ['--rejects', '-x']]) {
    expect(repliesOf(script, ['sluice', 'export', ...words])).toStrictEqual([]);
  }
});

test.each(['zsh', 'fish'])('the script for %s has every command, and that shell parses it', async (shell) => {
  const script = await scriptOf(shell);
  for (const word of ['export', 'download', 'max-records', 'ndjson']) expect(script).toContain(word);
  const { error, status, stderr } = spawnSync(shell, ['-n', '-c', script], { encoding: 'utf8' });
  if (error) return console.info(`${shell} is not installed: its script was not parsed`);
  expect({ status, stderr }).toStrictEqual({ status: 0, stderr: '' });
});

test('refuses an unknown shell, and lists the supported ones', async () => {
  const { code, stderr } = await sluice(['completion', 'tcsh']);
  expect(code).toBe(2);
  expect(stderr).toContain('bash, zsh, fish');
});
