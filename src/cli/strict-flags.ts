/** Refuses empty values of flags, and repeated flags that take one value, in every command. */
import type { Command, Option } from 'commander';
import { collect, collectList, collectPair, collectPaths, collectValues } from './flags.js';

/** Parsers that collect the values of a repeatable flag. */
const COLLECTING: ReadonlySet<unknown> = new Set([collect, collectList, collectPair, collectPaths, collectValues]);

/** Flags whose empty value has a meaning: an empty id, type or name, or no fields. */
const MAY_BE_EMPTY = ['--id', '--type', '--name', '--attributes', '--relationships', '--properties'];

/** Refuses such flags when the command is parsed. */
export function refuseEmptyAndRepeatedFlags(command: Command): void {
  for (const option of command.options) if (takesValue(option)) watch(command, option);
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

function watch(command: Command, option: Option): void {
  let isGiven = false;
  command.on(`option:${option.name()}`, (value: unknown) => {
    if (value === '' && !MAY_BE_EMPTY.includes(option.long ?? '')) {
      command.error(`error: option '${option.flags}' argument '' is invalid. It must not be empty.`);
    }
    if (isGiven && !COLLECTING.has(option.parseArg)) {
      command.error(`error: option '${option.flags}' is given twice, but takes one value.`);
    }
    isGiven = true;
  });
}
