/** Reads the operators of one condition with their operands, as the type of the condition compares them. */

import { type Faults, join, kindOf, type UnknownObject } from '../../options/faults.js';
import type { Bound, ComparisonType, Operand, Operators } from '../../terms/criteria.js';
import { NULL_TEXT } from '../../terms/entity-words.js';
import { OPERATOR_NAMES, OPERATORS, type Operator, operatorsOf } from '../../terms/operators.js';
import { quoted } from '../../terms/shown-text.js';
import { alternativesOf } from '../../values/alternatives.js';
import { isDateMath, parseDateTime } from '../../values/date-time.js';
import { parseDecimal } from '../../values/decimal.js';
import { BOUNDS } from './bounds.js';
import { acceptWords } from './words.js';

/** Operators that compare text only, whatever the type. */
const TEXT_ONLY = operatorsOf('words', 'prefixes');

/** A missing operator is a compile error. */
type AllOperators = { readonly [Name in Operator]-?: Operators[Name] };

/** Reads the operators of one condition. */
export class ConditionReader {
  readonly #given: UnknownObject;
  readonly #path: string;
  readonly #type: ComparisonType | undefined;
  readonly #faults: Faults;
  readonly #isUom: boolean;

  /**
   * @param type how the condition compares, where it says so
   * @param isUom whether operands have units
   */
  constructor(given: UnknownObject, path: string, type: ComparisonType | undefined, isUom: boolean, faults: Faults) {
    this.#given = given;
    this.#path = path;
    this.#type = type;
    this.#isUom = isUom;
    this.#faults = faults;
  }

  /** The operators that are given; undefined are those whose operands are refused. */
  operators(): Operators {
    const given = (name: Operator) => (Object.hasOwn(this.#given, name) ? this.#given[name] : undefined);
    const operators: AllOperators = {
      eq: this.#value('eq', given('eq')),
      contains: this.#words('contains', given('contains')),
      exact: this.#value('exact', given('exact')),
      exacts: this.#values('exacts', given('exacts')),
      startswith: this.#prefixes('startswith', given('startswith')),
      // Even an empty value asks for one.
      hasvalue: Object.hasOwn(this.#given, 'hasvalue') ? this.#presence('hasvalue', given('hasvalue')) : undefined,
      gt: this.#bound('gt', given('gt')),
      gte: this.#bound('gte', given('gte')),
      lt: this.#bound('lt', given('lt')),
      lte: this.#bound('lte', given('lte')),
    };
    return this.#combined(operators);
  }

  /** Checks what depends on several members: that there is an operator, and that all of them can hold together. */
  checkTogether({ hasvalue }: Operators): void {
    const isGiven = (name: string) => Object.hasOwn(this.#given, name) && !isEmptyList(this.#given[name]);
    if (![...OPERATOR_NAMES, 'attributes', 'valueProperties', 'valueContexts'].some(isGiven)) {
      this.#faults.add('INVALID', this.#path, `has no operator: ${OPERATOR_NAMES.join(', ')}`);
    }
    const others = OPERATOR_NAMES.filter((name) => name !== 'hasvalue' && this.#given[name] !== undefined);
    if (hasvalue === false && others.length > 0) {
      this.#refuse('hasvalue', `false leaves no value for ${others.join(', ')}`);
    }
    for (const name of TEXT_ONLY) {
      if (this.#given[name] !== undefined && this.#hasOwnOrder())
        this.#refuse(name, `compares text, not ${this.#type}`);
    }
  }

  #refuse(name: string, message: string): undefined {
    this.#faults.add('INVALID', `${this.#path}.${name}`, message);
    return undefined;
  }

  /** Text, a number or a boolean, of the type of the condition. */
  #value(name: Operator, value: unknown): Operand | undefined {
    if (value === undefined) return undefined;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      return this.#refuse(name, `must be a string, a number or a boolean, not ${kindOf(value)}`);
    }
    if (typeof value === 'number' && !this.#isExact(name, value)) return undefined;
    const hasAlternatives = OPERATORS[name].combines === 'all';
    if (this.#isUom) return this.#withUnits(name, hasAlternatives ? alternativesOf(String(value)) : [value], value);
    const alternatives = hasAlternatives && typeof value === 'string' ? alternativesOf(value) : [];
    if (alternatives.length > 1 && this.#hasOwnOrder()) {
      return alternatives.every((one) => this.#typed(name, one) !== undefined) ? value : undefined;
    }
    const typed = this.#typed(name, plainZero(value));
    const hasWords = hasAlternatives && typeof typed === 'string' && !this.#hasOwnOrder();
    return hasWords ? this.#withWords(name, typed) : typed;
  }

  /** The operand, if each of its alternatives is a value with a unit: the unit of a bare number is known to nobody. */
  #withUnits<T>(name: string, alternatives: readonly unknown[], operand: T): T | undefined {
    const bare = alternatives.find((one) => typeof one !== 'string' || !/.##./s.test(one));
    if (bare === undefined) return operand;
    const instead = 'write both, such as "50##cm", or leave "isUom" out to compare values as they are written';
    this.#faults.add(
      'UNSUPPORTED',
      `${this.#path}.${name}`,
      `the request does not state the unit of ${show(bare)}; ${instead}`,
    );
    return undefined;
  }

  #words(name: Operator, value: unknown): string | undefined {
    if (this.#isUom && value !== undefined)
      return this.#refuse(name, 'compares words, which have no unit; "isUom" needs eq, exact or exacts');
    const text = this.#faults.string(value, join(this.#path, name));
    return text === undefined ? undefined : this.#withWords(name, text);
  }

  #withWords(name: string, text: string): string | undefined {
    return acceptWords(text, join(this.#path, name), 'use "exact"', this.#faults);
  }

  #values(name: Operator, value: unknown): Operators['exacts'] {
    // What is neither is refused as no text.
    const isNumber = (one: unknown) => typeof one === 'number';
    const texts = Array.isArray(value) ? value.map((one: unknown) => (isNumber(one) ? String(one) : one)) : value;
    const list = this.#list(name, texts)?.map((text, index) => {
      const given: unknown = Array.isArray(value) ? value[index] : text;
      return typeof given === 'number' ? given : text;
    });
    if (this.#isUom) return list && this.#withUnits(name, list, list);
    list?.forEach((one, index) => {
      const at = `${name}[${index}]`;
      if (typeof one === 'string' || this.#isExact(at, one)) this.#typed(at, one);
    });
    // Without a type, a number among texts is compared as one.
    return list?.map((one) => (this.#type === undefined && typeof one === 'number' ? plainZero(one) : String(one)));
  }

  #prefixes(name: Operator, value: unknown): readonly string[] | undefined {
    if (this.#isUom && value !== undefined)
      return this.#refuse(name, 'compares text, which has no unit; "isUom" needs eq, exact or exacts');
    const list = this.#list(name, value);
    this.#faults.bounded('words', list?.length ?? 0, BOUNDS.words, join(this.#path, name));
    if (list?.includes('')) this.#refuse(name, 'must not be empty: every value starts with nothing');
    return list;
  }

  /** Texts; one alone counts as a list. */
  #list(name: Operator, value: unknown): readonly string[] | undefined {
    const path = join(this.#path, name);
    return this.#faults.filled(this.#faults.strings(value, path, true), path);
  }

  /** True where the member has no value of its own. */
  #presence(name: Operator, value: unknown): boolean | undefined {
    if (value === undefined || value === null || value === '') return true;
    return this.#faults.boolean(value, join(this.#path, name));
  }

  #bound(name: Operator, value: unknown): Bound | undefined {
    if (value === undefined) return undefined;
    if (typeof value !== 'string' && typeof value !== 'number') {
      return this.#refuse(name, `must be a number, its digits or a date-time, not ${kindOf(value)}`);
    }
    if (typeof value === 'number' && !this.#isExact(name, value)) return undefined;
    if (this.#isUom) {
      const instead = 'leave "isUom" out to compare the numbers as they are written';
      const why = `ranges of values with units need their base units, which neither request nor entities state; ${instead}`;
      this.#faults.add('UNSUPPORTED', `${this.#path}.${name}`, why);
      return undefined;
    }
    if (this.#type === '_BOOLEAN') return this.#refuse(name, 'booleans have no order');
    if (this.#type === '_STRING') return typeof value === 'string' ? value : String(value);
    const isNumber = typeof value === 'number' || parseDecimal(value) !== undefined;
    const isTime = typeof value === 'string' && (parseDateTime(value) !== undefined || isDateMath(value));
    const wantsTime = this.#type === '_DATETIME' || this.#type === '_DATE';
    const wantsNumber = this.#type === '_INTEGER' || this.#type === '_DECIMAL';
    if ((isNumber && !wantsTime) || (isTime && !wantsNumber)) return plainZero(value);
    const wanted = wantsNumber
      ? 'a number'
      : wantsTime
        ? 'a date-time or date math'
        : 'a number, a date-time or date math';
    const remedy = this.#type === undefined ? '; type "_STRING" compares text' : '';
    return this.#refuse(
      name,
      `must be ${wanted} such as ${wantsNumber ? '"10"' : '"now-7d/d"'}, not ${show(value)}${remedy}`,
    );
  }

  /** Refuses what is no number, and numbers beyond 2^53, which may have lost digits before they came here. */
  #isExact(name: string, value: number): boolean {
    if (!Number.isFinite(value)) {
      this.#refuse(name, `must be a finite number, not ${value}`);
      return false;
    }
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
      this.#refuse(
        name,
        `${value} is beyond 2^53 and may have lost digits; write them as text with "type": "_DECIMAL"`,
      );
      return false;
    }
    return true;
  }

  /** Whether the type compares complete values, not text. */
  #hasOwnOrder(): boolean {
    return this.#type !== undefined && this.#type !== '_STRING';
  }

  /** The operand converted to the type; booleans may be text. The explicit null is an operand of every type. */
  #typed(name: string, value: Operand): Operand | undefined {
    if (value === NULL_TEXT || this.#type === undefined) return value;
    const text = String(value);
    switch (this.#type) {
      case '_STRING':
        return text;
      case '_BOOLEAN':
        if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
        return this.#refuse(name, `must be true or false, not ${show(value)}`);
      case '_DATETIME':
      case '_DATE':
        if (parseDateTime(text) !== undefined) return text;
        return this.#refuse(name, `must be a date-time such as "2018-07-19T03:18:30.557-0500", not ${show(value)}`);
      default:
        if (parseDecimal(text) !== undefined) return value;
        return this.#refuse(name, `must be a number or its digits, not ${show(value)}`);
    }
  }

  /** Applies `operator`: with `_OR` one word of `eq` is enough, with `_AND` all words of `contains` must occur. */
  #combined(operators: Operators): Operators {
    const { operator } = this.#given;
    if (operator === undefined) return operators;
    const path = `${this.#path}.operator`;
    const word = typeof operator === 'string' ? operator.toUpperCase() : undefined;
    if (word !== '_AND' && word !== '_OR') {
      this.#faults.add('INVALID', path, `must be _AND or _OR, not ${show(operator)}`);
      return operators;
    }
    const { eq, contains, ...rest } = operators;
    const given = OPERATOR_NAMES.filter((name) => this.#given[name] !== undefined && name !== 'hasvalue');
    const others = given.filter((name) => OPERATORS[name].combines === 'any' && name !== 'contains');
    if (word === '_AND') {
      if (typeof eq === 'string' && alternativesOf(eq).length > 1) {
        const why = 'contradicts "|" in eq, which separates alternatives; give one condition for each that must hold';
        this.#faults.add('INVALID', path, why);
        return operators;
      }
      if (others.length === 0 && (contains === undefined || eq === undefined)) {
        return contains === undefined ? operators : { ...rest, eq: contains.replaceAll('|', ' ') };
      }
    } else if (given.length <= 1 || (eq === undefined && given.every((name) => OPERATORS[name].combines === 'any'))) {
      const isOfWords = typeof eq === 'string' && !this.#hasOwnOrder() && !this.#isUom && alternativesOf(eq).length < 2;
      return isOfWords && eq !== NULL_TEXT ? { ...rest, contains: eq } : operators;
    }
    const means = 'exacts, contains and startswith mean any of their operands, eq all of its words';
    this.#faults.add(
      'UNSUPPORTED',
      path,
      `combines the operand of one operator, and ${given.join(', ')} are given: ${means}`,
    );
    return operators;
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
