/** The program: its commands, each with the page that documents it. */
import { Command, Help } from 'commander';
import { VERSION } from '../terms/version.js';
import { beginCommand, COMMAND_NAMES, COMMANDS, isCommandName } from './commands.js';
import type { RunCommand } from './console.js';
import { withKnownFlag } from './known-flags.js';
import { refuseEmptyAndRepeatedFlags } from './strict-flags.js';
import { escapedLines } from './terminal.js';

/** Adds a command to the program. */
export type AddCommand = (program: Command, run: RunCommand) => void;

/** Page of the program itself. */
const PROGRAM_PAGE = 'docs/cli.md';

/**
 * Creates the program.
 * @param loaded the commands that are loaded; of the others, the program has name and description
 * @param onRefused receives why words of the command line are refused, in place of standard error
 */
export function createProgram(
  run: RunCommand,
  loaded: readonly AddCommand[],
  onRefused?: (message: string) => void,
): Command {
  const outputError = (text: string, write: (text: string) => void, command?: Command) => {
    const error = command ? withKnownFlag(text, command) : text;
    if (onRefused) onRefused(error);
    else write(error);
  };
  const program = new Command('sluice')
    .description('Exports entities as a stream.')
    .version(VERSION)
    .showHelpAfterError('(add --help for all flags)')
    .addHelpText('after', `\nDocumentation: ${PROGRAM_PAGE}`)
    .configureOutput({
      // Beside an error, the hint at its help.
      writeErr: (text) => void (onRefused ?? process.stderr.write(escapedLines(text))),
      outputError,
    })
    .configureHelp({ subcommandTerm: termOf })
    .exitOverride();
  for (const add of loaded) add(program, run);
  const complete = new Map(program.commands.map((command) => [command.name(), command]));
  for (const [name, command] of complete) {
    command.exitOverride().showHelpAfterError('(add --help for all flags)');
    command.addHelpText('after', `\nDocumentation: ${isCommandName(name) ? COMMANDS[name].page : PROGRAM_PAGE}`);
    command.configureOutput({ outputError: (text, write) => outputError(text, write, command) });
    refuseEmptyAndRepeatedFlags(command);
  }
  for (const name of COMMAND_NAMES) if (!complete.has(name)) beginCommand(program, name);
  return program;
}

/** A command in the list of commands; commander adds one for help. */
function termOf(command: Command): string {
  const name = command.name();
  return isCommandName(name) ? COMMANDS[name].term : new Help().subcommandTerm(command);
}
