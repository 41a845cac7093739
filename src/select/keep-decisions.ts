/** Decides what stays of objects and arrays, for texts and for JavaScript objects alike. */
import type { Judge, MembersRule } from './keep-rules.js';

/** Whether a member is content: an object of which no content stays is left out. */
export function isContent(rule: MembersRule, name: string): boolean {
  return rule.isContent?.(name) ?? true;
}

/** The name that a member is written with. */
export function writtenName(rule: MembersRule, name: string): string {
  return rule.rename?.(name) ?? name;
}

/**
 * Notes that a member is written.
 * @param taken the members so far, by the name they are written with
 * @returns another member that is written with the same name, unless both have the same name in the source
 */
export function nameClash(taken: Map<string, string>, written: string, name: string): string | undefined {
  const other = taken.get(written);
  if (other === undefined) taken.set(written, name);
  return other === name ? undefined : other;
}

/**
 * Whether an object stays: if it has no content, if some of its content stays, or if members are added.
 * @param content members that are content
 * @param contentKept members of those that stay
 * @param added members that the rule adds
 */
export function objectStays(content: number, contentKept: number, added = 0): boolean {
  return content === 0 || contentKept > 0 || added > 0;
}

/** Whether an array stays: if it is empty, or if some of its elements stay. */
export function arrayStays(elements: number, elementsKept: number): boolean {
  return elements === 0 || elementsKept > 0;
}

/** Collects the members of one object that a judge needs; of equal names the last counts. */
export class Judged {
  readonly #judge: Judge;
  readonly #values = new Map<string, unknown>();

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  needs(name: string): boolean {
    return this.#judge.members.includes(name);
  }

  see(name: string, value: unknown): void {
    this.#values.set(name, value);
  }

  accepts(): boolean {
    return this.#judge.accepts(this.#values);
  }
}
