/** The program: help names an existing page, and commands load on demand. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.js';

const ROOT = resolve(import.meta.dirname, '../..');

/** The complete help of a command. */
function helpOf(command: Awaited<ReturnType<typeof createProgram>>): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help;
}

describe('help', async () => {
  const program = await createProgram(() => {});

  test.each([program, ...program.commands].map((command) => ({ name: command.name(), command })))(
    'of $name ends with the page that documents it',
    ({ command }) => {
      const [, page] = /\nDocumentation: (docs\/\S+)\n$/.exec(helpOf(command)) ?? [];
      expect(page).toBeDefined();
      expect(existsSync(join(ROOT, page ?? ''))).toBe(true);
    },
  );
});

test('loads one command if its name is given, and all of them otherwise', async () => {
  const namesOf = async (name?: string) => (await createProgram(() => {}, name)).commands.map((one) => one.name());
  expect(await namesOf('verify')).toStrictEqual(['verify']);
  const all = await namesOf();
  expect(all).toContain('export');
  expect(await namesOf('--help')).toStrictEqual(all);
  expect(await namesOf('completion')).toStrictEqual(all);
});
