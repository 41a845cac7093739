/** `sluice completion`: scripts that complete commands, flags and their values in bash, zsh and fish. */
import type { Command, Option } from 'commander';
import { beginCommand } from './commands.js';
import type { ConsoleOptions, RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { choice } from './flags.js';

/** A flag as a shell completes it. */
interface Flag {
  readonly short?: string;
  readonly long: string;
  readonly text: string;
  readonly takesValue: boolean;
  /** The values to choose from; empty: the shell offers files. */
  readonly words: readonly string[];
}

interface CompletedCommand {
  readonly name: string;
  readonly text: string;
  readonly flags: readonly Flag[];
  /** The words that its argument takes; empty: the shell offers files. */
  readonly words: readonly string[];
}

const SHELLS: ReadonlyMap<string, (commands: readonly CompletedCommand[]) => string> = new Map([
  ['bash', bashScript],
  ['zsh', zshScript],
  ['fish', fishScript],
]);

/** Adds the command to the program. */
export function addCompletionCommand(program: Command, run: RunCommand): void {
  beginCommand(program, 'completion')
    .argument('<shell>', 'bash, zsh or fish', choice(...SHELLS.keys()))
    .action((shell: string, flags: ConsoleOptions) => run(async () => printScript(program, shell), flags));
}

async function printScript(program: Command, shell: string): Promise<number> {
  const commands = program.commands.map(completed);
  const words = commands.map(({ name }) => name);
  const help = { name: 'help', text: 'show the help of a command', flags: [], words };
  process.stdout.write(SHELLS.get(shell)?.([...commands, help]) ?? '');
  return EXIT.done;
}

function completed(command: Command): CompletedCommand {
  const flags = command.createHelp().visibleOptions(command).flatMap(flagOf);
  const words = command.registeredArguments.flatMap(({ parseArg }) => wordsOf(parseArg));
  return { name: command.name(), text: command.description(), flags, words };
}

function flagOf({ short, long, description, required, optional, parseArg }: Option): readonly Flag[] {
  if (long === undefined) return [];
  return [{ short, long, text: description, takesValue: required || optional, words: wordsOf(parseArg) }];
}

/** The words that a parser created by `choice` accepts. */
function wordsOf(parse: unknown): readonly string[] {
  if (typeof parse !== 'function' || !('words' in parse) || !Array.isArray(parse.words)) return [];
  return parse.words.map(String);
}

const namesOf = ({ short, long }: Flag) => (short === undefined ? [long] : [short, long]);
const namesOfAll = (flags: readonly Flag[]) => flags.flatMap(namesOf).join(' ');

/** With an empty COMPREPLY bash offers files, which suits arguments and most values. */
function bashScript(commands: readonly CompletedCommand[]): string {
  const values = commands.flatMap(({ name, flags }) =>
    flags
      .filter(({ words }) => words.length > 0)
      .map(
        (flag) =>
          `    ${namesOf(flag)
            .map((one) => `"${name} ${one}"`)
            .join('|')}) words="${flag.words.join(' ')}" ;;`,
      ),
  );
  const valued = commands.map(
    ({ name, flags }) => `    ${name}) valued=" ${namesOfAll(flags.filter(({ takesValue }) => takesValue))} " ;;`,
  );
  const flags = commands.map(({ name, flags }) => `      ${name}) words="${namesOfAll(flags)}" ;;`);
  const worded = commands.flatMap(({ name, words }) =>
    words.length === 0 ? [] : [`      ${name}) words="${words.join(' ')}" ;;`],
  );
  return `# bash completion of sluice; to use it: source <(sluice completion bash)
_sluice() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  local words="" valued=""
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help --version" -- "$word"))
    return
  fi
  case "$command" in
${valued.join('\n')}
  esac
  case "$command $before" in
${values.join('\n')}
  esac
  if [[ -z "$words" && "$valued" != *" $before "* && "$word" == -* ]]; then
    case "$command" in
${flags.join('\n')}
    esac
  elif [[ -z "$words" && "$valued" != *" $before "* ]]; then
    case "$command" in
${worded.join('\n')}
    esac
  fi
  [[ -n "$words" ]] && COMPREPLY=($(compgen -W "$words" -- "$word"))
  return 0
}
complete -o default -F _sluice sluice
`;
}

function zshScript(commands: readonly CompletedCommand[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const listed = commands.map(({ name, text }) => `    ${quoted(`${name}:${text.replaceAll(':', '\\:')}`)}`);
  const specOf = ({ takesValue, words, text, ...flag }: Flag) => {
    const explained = `[${text.replace(/[[\]\\:]/g, '\\$&')}]`;
    const value = takesValue ? `:value:${words.length > 0 ? `(${words.join(' ')})` : '_files'}` : '';
    return namesOf({ takesValue, words, text, ...flag }).map((one) => quoted(`*${one}${explained}${value}`));
  };
  const cases = commands.map(({ name, flags, words }) => {
    const argument = words.length > 0 ? `1:word:(${words.join(' ')})` : '*:file:_files';
    return `    ${name}) _arguments ${[...flags.flatMap(specOf), quoted(argument)].join(' ')} ;;`;
  });
  return `#compdef sluice
# zsh completion of sluice; to use it: source <(sluice completion zsh)
_sluice() {
  local -a commands
  commands=(
${listed.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
compdef _sluice sluice
`;
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const quoted = (text: string) => `'${text.replace(/['\\]/g, '\\$&')}'`;
  const lines = commands.flatMap(({ name, text, flags, words: all }) => [
    `complete -c sluice -n __fish_use_subcommand -f -a ${name} -d ${quoted(text)}`,
    ...(all.length > 0
      ? [`complete -c sluice -n '__fish_seen_subcommand_from ${name}' -f -a ${quoted(all.join(' '))}`]
      : []),
    ...flags.map(({ short, long, text: explained, takesValue, words }) =>
      [
        `complete -c sluice -n '__fish_seen_subcommand_from ${name}'`,
        ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
        `-l ${long.slice(2)}`,
        ...(words.length > 0 ? [`-x -a ${quoted(words.join(' '))}`] : takesValue ? ['-r'] : []),
        `-d ${quoted(explained)}`,
      ].join(' '),
    ),
  ]);
  return `# fish completion of sluice; to use it: sluice completion fish | source\n${lines.join('\n')}\n`;
}
