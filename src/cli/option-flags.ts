/** Flags of options: help and parsers are derived from the tables of options. */
import type { Command } from 'commander';
import type { FlagSyntax, Option, Options, Range } from '../options/option.js';
import {
  choice,
  collect,
  collectList,
  collectPair,
  collectPaths,
  collectValues,
  durationIn,
  filled,
  numberIn,
  sizeIn,
} from './flags.js';

/** Adds a flag with its line of help. */
type AddFlag = (command: Command, flag: string, help: string, range: Range | undefined) => Command;

const ADD_BY_SYNTAX: Readonly<Record<Exclude<FlagSyntax, readonly string[]>, AddFlag>> = {
  text: (command, flag, help) => command.option(flag, help),
  switch: (command, flag, help) => command.option(flag, help),
  filled: (command, flag, help) => command.option(flag, help, filled),
  count: (command, flag, help, range) => command.option(flag, help, numberIn(range)),
  size: (command, flag, help, range) => command.option(flag, help, sizeIn(range)),
  duration: (command, flag, help, range) => command.option(flag, help, durationIn(range)),
  names: (command, flag, help) => command.option(flag, help, collectList),
  values: (command, flag, help) => command.option(flag, help, collectValues),
  paths: (command, flag, help) => command.option(flag, help, collectPaths),
  pairs: (command, flag, help) => command.option(flag, help, collectPair),
  repeated: (command, flag, help) => command.option(flag, help, collect),
};

/** Adds the flags of some options to a command, in this order. */
export function addOptionFlags<Name extends string>(
  command: Command,
  options: { readonly [Known in Name]: Option },
  ...names: readonly Name[]
): Command {
  for (const name of names) addFlag(command, options[name]);
  return command;
}

function addFlag(command: Command, option: Option): void {
  const { flag, kind, flagSyntax = kind.syntax ?? 'text' } = option;
  if (flag === undefined) throw new TypeError(`the option has no flag: ${option.about}`);
  const help = helpOf(option);
  if (typeof flagSyntax === 'string') ADD_BY_SYNTAX[flagSyntax](command, flag, help, kind.range);
  else command.option(flag, help, choice(...flagSyntax));
}

/** One line of help: what the flag does, the words it takes, and its default. */
function helpOf({ about, flagAbout, default: byDefault, kind, flagSyntax = kind.syntax ?? 'text' }: Option): string {
  const words = typeof flagSyntax === 'string' ? '' : flagSyntax.join(', ');
  const without = flagSyntax === 'switch' || flagAbout !== undefined || byDefault === undefined;
  const facts = [words, without ? '' : `default: ${byDefault}`].filter((fact) => fact !== '').join('; ');
  return `${flagAbout ?? about}${facts === '' ? '' : ` (${facts})`}`.replaceAll('`', '');
}

/** The long flags of options, by their names. */
export function flagsOf(options: Options): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(options).flatMap(([name, { flag }]) => {
      const [long] = /--[\w-]+/.exec(flag ?? '') ?? [];
      return long === undefined ? [] : [[name, long] as const];
    }),
  );
}

/** The members of these names. */
export function picked<T extends object, Name extends keyof T>(
  from: T,
  names: readonly Name[],
): { [Key in Name]?: T[Key] } {
  const members: { [Key in Name]?: T[Key] } = {};
  for (const name of names) members[name] = from[name];
  return members;
}
