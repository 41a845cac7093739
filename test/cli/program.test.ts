/** The program: help names an existing page, and is the same whichever commands are loaded. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, CommanderError, Help } from 'commander';
import { describe, expect, test } from 'vitest';
import { ALL_COMMANDS } from '../../src/cli/all-commands.js';
import { COMMANDS } from '../../src/cli/commands.js';
import { addExportCommand } from '../../src/cli/export.js';
import { createProgram } from '../../src/cli/program.js';

const ROOT = resolve(import.meta.dirname, '../..');

/** The complete help of a command. */
function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help;
}

describe('help', () => {
  const program = createProgram(() => {}, ALL_COMMANDS);

  test.each([program, ...program.commands].map((command) => ({ name: command.name(), command })))(
    'of $name ends with the page that documents it',
    ({ command }) => {
      const [, page] = /\nDocumentation: (docs\/\S+)\n$/.exec(helpOf(command)) ?? [];
      expect(page).toBeDefined();
      expect(existsSync(join(ROOT, page ?? ''))).toBe(true);
    },
  );
});

describe('the help of the program', () => {
  const complete = helpOf(createProgram(() => {}, ALL_COMMANDS));

  test.each([{ loaded: [] }, { loaded: [addExportCommand] }])(
    'is the same with $loaded.length commands loaded',
    (one) => {
      expect(helpOf(createProgram(() => {}, one.loaded))).toBe(complete);
    },
  );

  test('names the options and arguments that each command has', () => {
    const { commands } = createProgram(() => {}, ALL_COMMANDS);
    const terms = commands.map((command) => new Help().subcommandTerm(command));
    expect(terms).toStrictEqual(Object.values(COMMANDS).map(({ term }) => term));
  });
});

describe('a flag of another tool', () => {
  function errorOf(...args: readonly string[]): string {
    let error = '';
    const program = createProgram(() => {}, ALL_COMMANDS);
    for (const command of program.commands) command.configureOutput({ writeErr: (text) => (error += text) });
    expect(() => program.parse(args, { from: 'user' })).toThrow(CommanderError);
    return error;
  }

  test.each([
    ['--limit', '--max-records'],
    ['--select', '--fields'],
    ['--filter', '--where'],
    ['--csv', '-o file.csv'],
  ])('%s gets %s as its suggestion', (flag, known) => {
    expect(errorOf('export', flag)).toContain(`unknown option '${flag}'\n(Did you mean ${known}?)\n`);
  });

  test('gets no suggestion that the command does not know', () => {
    expect(errorOf('verify', '--limit')).not.toContain('--max-records');
  });

  test('leaves the suggestion for a misspelled flag', () => {
    expect(errorOf('export', '--feilds')).toContain('(Did you mean --fields?)');
  });
});
