/** The program: its commands, each with the page that documents it. */
import { Command } from 'commander';
import { VERSION } from '../terms/version.js';
import type { RunCommand } from './console.js';
import { refuseEmptyAndRepeatedFlags } from './strict-flags.js';
import { escapedLines } from './terminal.js';

interface CommandEntry {
  /** Path of its page in the repository. */
  readonly page: string;
  load(): Promise<(program: Command, run: RunCommand) => void>;
}

/** Page of the program itself. */
const PROGRAM_PAGE = 'docs/cli.md';

/** Commands load on demand: the libraries of some load slower than a small export runs. */
const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  ['export', { page: 'docs/cli.md', load: async () => (await import('./export.js')).addExportCommand }],
  ['unwrap', { page: 'docs/cli.md', load: async () => (await import('./unwrap.js')).addUnwrapCommand }],
  ['verify', { page: 'docs/cli.md', load: async () => (await import('./verify.js')).addVerifyCommand }],
  ['inspect', { page: 'docs/cli.md', load: async () => (await import('./inspect.js')).addInspectCommand }],
  ['generate', { page: 'docs/cli.md', load: async () => (await import('./generate.js')).addGenerateCommand }],
  ['serve', { page: 'docs/service.md', load: async () => (await import('./serve.js')).addServeCommand }],
  ['work', { page: 'docs/scaling.md', load: async () => (await import('./work.js')).addWorkCommand }],
  ['submit', { page: 'docs/service.md', load: async () => (await import('./submit.js')).addSubmitCommand }],
  ['jobs', { page: 'docs/service.md', load: async () => (await import('./jobs.js')).addJobsCommand }],
  ['download', { page: 'docs/service.md', load: async () => (await import('./download.js')).addDownloadCommand }],
  ['completion', { page: 'docs/cli.md', load: async () => (await import('./completion.js')).addCompletionCommand }],
]);

/** Commands that need all others loaded. */
const NEED_ALL = ['completion'];

/**
 * Creates the program.
 * @param name the command that will run; for any other word all commands are loaded, for help and errors
 */
export async function createProgram(run: RunCommand, name?: string): Promise<Command> {
  const program = new Command('sluice')
    .description('Exports entities as a stream.')
    .version(VERSION)
    .showHelpAfterError('(add --help for all flags)')
    .addHelpText('after', `\nDocumentation: ${PROGRAM_PAGE}`)
    .configureOutput({ writeErr: (text) => void process.stderr.write(escapedLines(text)) })
    .exitOverride();
  const only = name !== undefined && COMMANDS.has(name) && !NEED_ALL.includes(name);
  const names = only ? [name] : [...COMMANDS.keys()];
  for (const { load } of names.flatMap((one) => COMMANDS.get(one) ?? [])) (await load())(program, run);
  for (const command of program.commands) {
    command.exitOverride().showHelpAfterError('(add --help for all flags)');
    command.addHelpText('after', `\nDocumentation: ${COMMANDS.get(command.name())?.page ?? PROGRAM_PAGE}`);
    refuseEmptyAndRepeatedFlags(command);
  }
  return program;
}
