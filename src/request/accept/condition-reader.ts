/** The operators of one condition: what they are, and what they are compared with. */

import { type Faults, join, kindOf, type UnknownObject } from '../../options/faults.js';
import type { Bound, ComparisonType, Condition, Operand } from '../../terms/criteria.js';
import { NULL_TEXT } from '../../terms/entity-words.js';
import { quoted } from '../../terms/shown-text.js';
import { isDateMath, parseDateTime } from '../../values/date-time.js';
import { parseDecimal } from '../../values/decimal.js';
import { BOUNDS } from './bounds.js';
import { acceptWords } from './words.js';

const RANGES = ['gt', 'gte', 'lt', 'lte'] as const;
const TEXTS = ['eq', 'contains', 'exact', 'exacts', 'startswith'] as const;

/** All operators. */
export const OPERATORS: readonly string[] = [...TEXTS, 'hasvalue', ...RANGES];

/** Reads the operators of one condition. */
export class ConditionReader {
  constructor(
    readonly given: UnknownObject,
    readonly path: string,
    readonly type: ComparisonType | undefined,
    readonly faults: Faults,
  ) {}

  #refuse(name: string, message: string): undefined {
    this.faults.add('INVALID', `${this.path}.${name}`, message);
    return undefined;
  }

  /** `eq` and `exact`: text, a number or a boolean, of the type that is given. */
  operand(name: 'eq' | 'exact'): Operand | undefined {
    const value = this.given[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      return this.#refuse(name, `must be a string, a number or a boolean, not ${kindOf(value)}`);
    }
    if (typeof value === 'number' && !Number.isFinite(value)) return this.#refuse(name, 'must be a finite number');
    if (typeof value === 'number' && !this.#isExact(name, value)) return undefined;
    const typed = this.#typed(name, plainZero(value));
    if (name === 'eq' && typeof typed === 'string') return this.#isCompared() ? typed : this.#withWords(name, typed);
    return typed;
  }

  /** `contains`: text. */
  words(name: 'contains'): string | undefined {
    const value = this.faults.string(this.given[name], join(this.path, name));
    return value === undefined ? undefined : this.#withWords(name, value);
  }

  #withWords(name: string, text: string): string | undefined {
    return acceptWords(text, join(this.path, name), 'use "exact"', this.faults);
  }

  /** `exacts` and `startswith`: texts, or one. */
  list(name: 'exacts' | 'startswith'): readonly string[] | undefined {
    const path = join(this.path, name);
    const list = this.faults.filled(this.faults.strings(this.given[name], path, true), path);
    if (name === 'startswith') {
      this.faults.bounded('words', list?.length ?? 0, BOUNDS.words, path);
      if (list?.includes('')) this.#refuse(name, 'must not be empty: every value starts with nothing');
      return list;
    }
    list?.forEach((one, index) => void this.#typed(`${name}[${index}]`, one));
    return list;
  }

  /** `hasvalue`, which is true where nothing is said. */
  hasValue(): boolean | undefined {
    const { hasvalue } = this.given;
    if (hasvalue === undefined || hasvalue === null || hasvalue === '') return true;
    return this.faults.boolean(hasvalue, join(this.path, 'hasvalue'));
  }

  bounds(): { [Name in (typeof RANGES)[number]]?: Bound | undefined } {
    return Object.fromEntries(RANGES.map((name) => [name, this.#bound(name)]));
  }

  #bound(name: string): Bound | undefined {
    const value = this.given[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string' && typeof value !== 'number') {
      return this.#refuse(name, `must be a number, its digits or a date-time, not ${kindOf(value)}`);
    }
    if (typeof value === 'number' && Number.isFinite(value) && !this.#isExact(name, value)) return undefined;
    if (this.type === '_BOOLEAN') return this.#refuse(name, 'booleans have no order');
    if (this.type === '_STRING') return typeof value === 'string' ? value : String(value);
    const isNumber = typeof value === 'number' ? Number.isFinite(value) : parseDecimal(value) !== undefined;
    const isTime = typeof value === 'string' && (parseDateTime(value) !== undefined || isDateMath(value));
    const wantsTime = this.type === '_DATETIME';
    const wantsNumber = this.type === '_INTEGER' || this.type === '_DECIMAL';
    if ((isNumber && !wantsTime) || (isTime && !wantsNumber)) return plainZero(value);
    const wanted = wantsNumber
      ? 'a number'
      : wantsTime
        ? 'a date-time or date math'
        : 'a number, a date-time or date math';
    const way = this.type === undefined ? '; type "_STRING" compares text' : '';
    return this.#refuse(
      name,
      `must be ${wanted} such as ${wantsNumber ? '"10"' : '"now-7d/d"'}, not ${show(value)}${way}`,
    );
  }

  /** Whether a number is surely the one that was meant: beyond 2^53 it may have lost digits on its way. */
  #isExact(name: string, value: number): boolean {
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
      this.#refuse(
        name,
        `${value} may have lost digits, for it is beyond 2^53; write them as text, beside "type": "_DECIMAL"`,
      );
      return false;
    }
    return true;
  }

  /** Whether the type makes `eq` compare whole values instead of words. */
  #isCompared(): boolean {
    return this.type !== undefined && this.type !== '_STRING';
  }

  /** The operand as the type has it: booleans from their names; the null of every type stays. */
  #typed(name: string, value: Operand): Operand | undefined {
    // An explicit null can be asked for whatever the type.
    if (value === NULL_TEXT || this.type === undefined) return value;
    const text = String(value);
    switch (this.type) {
      case '_STRING':
        return text;
      case '_BOOLEAN':
        if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
        return this.#refuse(name, `must be true or false, not ${show(value)}`);
      case '_DATETIME':
        if (parseDateTime(text) !== undefined) return text;
        return this.#refuse(name, `must be a date-time such as "2018-07-19T03:18:30.557-0500", not ${show(value)}`);
      default:
        if (parseDecimal(text) !== undefined) return value;
        return this.#refuse(name, `must be a number or its digits, not ${show(value)}`);
    }
  }

  /** What only all members together tell. */
  checkTogether(condition: Condition): void {
    const { given, path, faults } = this;
    const operators = [...OPERATORS, 'attributes', 'valueProperties'];
    const isAsked = (name: string) => Object.hasOwn(given, name) && !isEmptyList(given[name]);
    if (!operators.some(isAsked)) faults.add('INVALID', path, `has no operator: ${OPERATORS.join(', ')}`);
    const others = [...TEXTS, ...RANGES].filter((name) => given[name] !== undefined);
    if (condition.hasvalue === false && others.length > 0) {
      this.#refuse('hasvalue', `false leaves no value for ${others.join(', ')}`);
    }
    for (const name of ['contains', 'startswith'] as const) {
      if (given[name] !== undefined && this.#isCompared()) this.#refuse(name, `compares text, not ${this.type}`);
    }
    this.#checkOperator();
  }

  /** `operator` is accepted where it says what is so without it. */
  #checkOperator(): void {
    const { given, path, faults } = this;
    if (given.operator === undefined) return;
    const word = typeof given.operator === 'string' ? given.operator.toUpperCase() : undefined;
    if (word !== '_AND' && word !== '_OR') {
      faults.add('INVALID', `${path}.operator`, `must be _AND or _OR, not ${show(given.operator)}`);
      return;
    }
    const any = ['contains', 'exacts', 'startswith'].some((name) => given[name] !== undefined);
    const all = given.eq !== undefined;
    if (word === '_OR' ? any && !all : all && !any) return;
    const means = 'exacts, contains and startswith mean any of their operands, eq all of its words';
    faults.add('UNSUPPORTED', `${path}.operator`, `changes no other operator: ${means}`);
  }
}

/** A plain 0 for -0, which JSON does not keep. */
function plainZero<T>(value: T): T | 0 {
  return value === 0 ? 0 : value;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function show(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'number' ? String(value) : kindOf(value);
}
