/** The description of an option: type, acceptance, flag, help and documentation follow from it. */
import {
  boolean,
  type Check,
  callback,
  count,
  filledText,
  type OptionTable,
  oneOf,
  optionsIn,
  text,
} from './accept-options.js';

/** How a flag takes its value: the command line has one parser for each syntax; a list is a choice of words. */
export type FlagSyntax =
  | 'text'
  | 'filled'
  | 'count'
  | 'size'
  | 'duration'
  | 'names'
  | 'values'
  | 'paths'
  | 'pairs'
  | 'repeated'
  | 'switch'
  | readonly string[];

/** A kind of values. */
export interface Kind {
  /** The type of the values in TypeScript. */
  readonly type: string;
  readonly check: Check;
  /** The members of values that are objects: one that is given beside them is told where it belongs. */
  readonly members?: readonly string[];
  /** Absent if values cannot be written on a command line. */
  readonly syntax?: FlagSyntax;
  /** The least and the greatest value, of numbers. */
  readonly range?: Range;
}

/** The bounds of a number, both included. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** One option. */
export interface Option {
  readonly kind: Kind;
  /** What it is or does, without a capital or a full stop: a line of `--help`, and the first sentence elsewhere. */
  readonly about: string;
  /** More sentences, for docstrings and documentation. */
  readonly details?: string;
  /** The default, as text; absent if there is none. */
  readonly default?: string;
  /** The flag with the name of its value, such as `--level <n>`; absent if there is none. */
  readonly flag?: string;
  /** What the flag does, if that differs from `about`. */
  readonly flagAbout?: string;
  /** The syntax of the flag, if that differs from the kind's. */
  readonly flagSyntax?: FlagSyntax;
}

/** Options by name. */
export type Options = Readonly<Record<string, Option>>;

/** A whole number. */
export function wholeNumber(min = 0, max = Number.MAX_SAFE_INTEGER): Kind {
  return { type: 'number', check: count(min, max), syntax: 'count', range: { min, max } };
}

/** A duration in milliseconds. */
export function milliseconds(min = 0, max = Number.MAX_SAFE_INTEGER): Kind {
  return { type: 'number', check: count(min, max), syntax: 'duration', range: { min, max } };
}

/** A number of bytes. */
export function bytesFrom(min: number): Kind {
  return { type: 'number', check: count(min), syntax: 'size', range: { min, max: Number.MAX_SAFE_INTEGER } };
}

/**
 * One of some words.
 * @param type name of their type; default: a union of the words
 */
export function word(words: readonly string[], type = words.map((one) => `'${one}'`).join(' | ')): Kind {
  return { type, check: oneOf(words), syntax: words };
}

/** True or false; as a flag, true by its presence. */
export const flagged: Kind = { type: 'boolean', check: boolean, syntax: 'switch' };

/** Text that is not empty. */
export const name: Kind = { type: 'string', check: filledText, syntax: 'filled' };

/** Any text. */
export const anyText: Kind = { type: 'string', check: text, syntax: 'text' };

/** An object whose members are options themselves. */
export function optionsOf<Members extends object>(type: string, members: OptionTable<Members>): Kind {
  return { type, check: optionsIn(members) };
}

/** A function of this type. */
export function functionOf(type: string): Kind {
  return { type, check: callback };
}

/** A value of a type, accepted elsewhere or by this check; of objects, with these members. */
export function typed(type: string, accept: Check = () => {}, members: readonly string[] = []): Kind {
  return { type, check: accept, members };
}
