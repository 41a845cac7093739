/** Values of flags that are somebody's mistake, in every command: empty ones, and a second one where one counts. */
import type { Command, Option } from 'commander';
import { collect, collectList, collectPair, collectValues } from './flags.js';

/** What collects the values of a flag that may be given again. */
const COLLECTING: ReadonlySet<unknown> = new Set([collect, collectList, collectPair, collectValues]);

/** Flags whose empty value asks for something: the id, type or name that is empty, or none of the fields. */
const MAY_BE_EMPTY = ['--id', '--type', '--name', '--attributes', '--relationships', '--properties'];

/** Refuses them while the flags of the command are parsed. */
export function refuseLooseFlags(command: Command): void {
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
      command.error(`error: option '${option.flags}' is given twice, and one value counts.`);
    }
    isGiven = true;
  });
}
