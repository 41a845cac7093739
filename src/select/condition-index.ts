/** Evaluates many conditions on members of one kind in one pass over an entity. */

import { nextTurn, turnIsOver } from '../loop/turn.js';
import { elementsOf, memberNames, memberOf, textOf } from '../scan/decode-value.js';
import { type Condition, holdsWithoutValue } from '../terms/criteria.js';
import { NULL_TEXT } from '../terms/entity-words.js';
import { compileCondition, nameOf, type ValueTest } from './compile-condition.js';
import type { Findings, Hit } from './entity-test.js';
import { isAttributeMatch, isPlainMatch, someAttribute } from './find-value.js';
import { isLookedUp, TextIndex } from './text-index.js';

/** A condition on a member, with the name of the member. */
export type NamedCondition = readonly [name: string, condition: Condition];

/** The conditions on one name, or on every name. */
class Bucket {
  readonly #texts = new TextIndex();
  #looksUp = false;
  readonly #others: { readonly number: number; readonly test: ValueTest }[] = [];

  async add(condition: Condition, number: number): Promise<void> {
    if (isLookedUp(condition)) {
      await this.#texts.add(condition, number);
      this.#looksUp = true;
    } else {
      this.#others.push({ number, test: await compileCondition(condition) });
    }
  }

  /** @param attribute of an entity, or of a row of a nested attribute */
  inAttribute(attribute: unknown, hit: Hit): boolean {
    if (
      this.#looksUp &&
      elementsOf(memberOf(attribute, 'values')).some((value) => this.#inText(memberOf(value, 'value'), hit))
    ) {
      return true;
    }
    return this.#others.some(({ number, test }) => isAttributeMatch(attribute, test) && hit(number));
  }

  inProperty(value: unknown, hit: Hit): boolean {
    if (this.#inText(value, hit)) return true;
    return this.#others.some(({ number, test }) => isPlainMatch(textOf(value), test) && hit(number));
  }

  #inText(value: unknown, hit: Hit): boolean {
    if (!this.#looksUp) return false;
    const text = textOf(value);
    return text !== undefined && text !== NULL_TEXT && this.#texts.find(text, hit);
  }
}

/** Conditions by name. */
export class ConditionIndex {
  readonly #byName = new Map<string, Bucket>();
  #any: Bucket | undefined;
  /** For each condition whether it holds when no value satisfies it. */
  readonly #not: boolean[] = [];
  #nots = 0;

  private constructor() {}

  static async of(conditions: readonly NamedCondition[]): Promise<ConditionIndex> {
    const index = new ConditionIndex();
    for (const [number, [name, condition]] of conditions.entries()) {
      if (turnIsOver()) await nextTurn();
      const not = holdsWithoutValue(condition);
      index.#not.push(not);
      if (not) index.#nots++;
      await index.#bucketOf(nameOf(name)).add(condition, number);
    }
    return index;
  }

  inAttributes(attributes: unknown, hit: Hit): boolean {
    const any = this.#any;
    if (any && someAttribute(attributes, (attribute) => any.inAttribute(attribute, hit))) return true;
    return this.#named(attributes, (bucket, attribute) => bucket.inAttribute(attribute, hit));
  }

  inProperties(properties: unknown, hit: Hit): boolean {
    const any = this.#any;
    const inAny = any && memberNames(properties).some((name) => any.inProperty(memberOf(properties, name), hit));
    return inAny || this.#named(properties, (bucket, value) => bucket.inProperty(value, hit));
  }

  /** Whether all conditions hold, or any, given those that a value satisfies. */
  decision(all: boolean): Findings {
    const seen = new Set<number>();
    const positives = this.#not.length - this.#nots;
    let nots = 0;
    let isDecided = false;
    return {
      hit: (number) => {
        if (seen.has(number)) return false;
        seen.add(number);
        if (this.#not[number]) nots++;
        // If all must hold, one satisfied negated condition decides; if one is enough, one satisfied plain condition does.
        isDecided ||= this.#not[number] === all;
        return isDecided || (all && this.#nots === 0 && seen.size === positives);
      },
      holds: () => (all ? !isDecided && seen.size === positives : isDecided || nots < this.#nots),
    };
  }

  #named(container: unknown, isEnough: (bucket: Bucket, member: unknown) => boolean): boolean {
    if (this.#byName.size === 0) return false;
    for (const name of memberNames(container)) {
      const bucket = this.#byName.get(name);
      if (bucket && isEnough(bucket, memberOf(container, name))) return true;
    }
    return false;
  }

  #bucketOf(name: string | undefined): Bucket {
    if (name === undefined) {
      this.#any ??= new Bucket();
      return this.#any;
    }
    const known = this.#byName.get(name);
    if (known) return known;
    const made = new Bucket();
    this.#byName.set(name, made);
    return made;
  }
}
