/** Refused flags of every command: repeated ones that take one value, and empty ones. */
import { Command, CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { addDownloadCommand } from '../../src/cli/download.js';
import { addExportCommand } from '../../src/cli/export.js';
import { addGenerateCommand } from '../../src/cli/generate.js';
import { addInspectCommand } from '../../src/cli/inspect.js';
import { addJobsCommand } from '../../src/cli/jobs.js';
import { addServeCommand } from '../../src/cli/serve.js';
import { refuseEmptyAndRepeatedFlags } from '../../src/cli/strict-flags.js';
import { addSubmitCommand } from '../../src/cli/submit.js';
import { addUnwrapCommand } from '../../src/cli/unwrap.js';
import { addVerifyCommand } from '../../src/cli/verify.js';
import { addWorkCommand } from '../../src/cli/work.js';

const COMMANDS = [
  ...[addExportCommand, addUnwrapCommand, addVerifyCommand, addInspectCommand, addGenerateCommand, addServeCommand],
  ...[addWorkCommand, addSubmitCommand, addJobsCommand, addDownloadCommand],
];

/** Parses a line as the command does, without running it; returns the error message. */
async function parsed(args: readonly string[]): Promise<string | undefined> {
  const program = new Command('sluice').exitOverride();
  for (const add of COMMANDS) add(program, async () => {});
  for (const command of program.commands) {
    command.exitOverride().configureOutput({ writeErr: () => {} });
    refuseEmptyAndRepeatedFlags(command);
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.message;
    throw error;
  }
}

describe('refuses a repeated flag that takes one value', () => {
  test.each([
    ['export in -o a -o b', '-o, --out <file>'],
    ['export in -o a --out a', '-o, --out <file>'],
    ['export in --level 1 --level=1', '--level <n>'],
    ['export in --format json --pack zip --format dsv', '--format <format>'],
    ['export in --ids-from a --ids-from b', '--ids-from <file>'],
    ['export in --max-records 5 --max-records 6', '--max-records <n>'],
    ['unwrap in -o a -o b', '-o, --out <file>'],
    ['verify in --receipt a --receipt b', '--receipt <file>'],
    ['inspect in --input lines --input array', '--input <form>'],
    ['generate --seed 1 --seed 2', '--seed <n>'],
    ['serve in --port 1 --port 2', '--port <n>'],
    ['work in --postgres a --postgres b', '--postgres <url>'],
    ['submit --request a --request b', '--request <file>'],
    ['jobs --limit 1 --limit 2', '--limit <n>'],
    ['download x -o a --file a --file b', '--file <name>'],
  ])('%s', async (line, flag) => {
    expect(await parsed(line.split(' '))).toBe(`error: option '${flag}' is given twice, but takes one value.`);
  });

  test.each([
    'export in --type a --type b --id 1 --id 2 --attributes a --attributes b --profiles a --profiles b',
    'export in --profile-context a=b --profile-context c=d --relationships a --relationships b',
    'export in --quiet --quiet --trust --trust --no-guard-formulas --no-guard-formulas',
    'serve in --token a=@a --token b=@b',
    'submit --type a --type b',
  ])('accepts %s', async (line) => {
    expect(await parsed(line.split(' '))).toBeUndefined();
  });
});

describe('refuses an empty value', () => {
  test.each([
    ...[
      '--out',
      '--file-name',
      '--user-id',
      '--user-email',
      '--tenant',
      '--export-id',
      '--profile',
      '--request',
      '--path',
    ],
    ...['--ids-from', '--profiles', '--rejects', '--receipt', '--id-field', '--type-field', '--delimiter', '--since'],
    ...['--table', '--query', '--headers-file', '--max-records'],
  ])('of export %s', async (flag) => {
    expect(await parsed(['export', 'in', `${flag}=`])).toMatch(/^error: option '.*' argument '' is invalid. It must/);
    expect(await parsed(['export', 'in', flag, ''])).toContain(flag);
  });

  test.each([
    ['verify', 'in', '--receipt='],
    ['serve', 'in', '--host='],
    ['serve', 'in', '--data-dir='],
    ['submit', '--file-name='],
    ['jobs', '--after='],
    ['download', 'x', '-o', ''],
  ])('of %s', async (...args) => {
    expect(await parsed(args)).toContain("argument '' is invalid");
  });

  test.each(['--type=', '--id=', '--name=', '--attributes='])(
    'accepts it for %s, where it has a meaning',
    async (flag) => {
      expect(await parsed(['export', 'in', flag])).toBeUndefined();
    },
  );
});

test.each(['abc', '-1', '1.5'])('--max-records %s is refused by the name of the flag', async (value) => {
  expect(await parsed(['export', 'in', `--max-records=${value}`])).toMatch(
    /^error: option '--max-records <n>' argument '.*' is invalid\. It must be a whole number/,
  );
});
