/** The used settings of one documented profile, by their paths, and those without effect. */

import { type Faults, join, kindOf, type UnknownObject } from '../../options/faults.js';
import type { IdleSetting } from '../../terms/profile.js';
import type { Rule, Setting, Settings, SettingsList } from './setting-rules.js';

/** The settings of one profile, by their path within `jsonData`. */
export class UsedSettings {
  readonly idle: IdleSetting[] = [];
  readonly #at: string;
  readonly #faults: Faults;
  readonly #values = new Map<string, unknown>();

  /**
   * Checks every setting.
   * @param at path of `jsonData` from the outermost object, for faults and settings without effect
   * @param rules of its members
   */
  constructor(jsonData: UnknownObject, at: string, rules: Settings, faults: Faults) {
    this.#at = at;
    this.#faults = faults;
    this.#object(jsonData, '', rules);
  }

  /** The path of a setting from the outermost object. */
  pathOf(path: string): string {
    return path === '' || this.#at === '' ? this.#at + path : `${this.#at}.${path}`;
  }

  value(path: string): unknown {
    return this.#values.get(path);
  }

  flag(path: string): boolean | undefined {
    const value = this.#values.get(path);
    return typeof value === 'boolean' ? value : undefined;
  }

  count(path: string): number | undefined {
    const value = this.#values.get(path);
    return typeof value === 'number' ? value : undefined;
  }

  text(path: string): string | undefined {
    const value = this.#values.get(path);
    return typeof value === 'string' ? value : undefined;
  }

  /** The number of objects in a list. */
  size(path: string): number {
    return this.count(path) ?? 0;
  }

  /** Notes that a setting has no effect, if it is given. */
  note(path: string, reason: string): void {
    if (this.#values.has(path)) this.idle.push({ path: this.pathOf(path), reason });
  }

  #object(value: UnknownObject, path: string, { members, others }: Settings): void {
    if (!others) this.#faults.checkKeys(value, this.pathOf(path), Object.keys(members));
    for (const [key, rule] of Object.entries(members)) {
      const member = Object.hasOwn(value, key) ? value[key] : undefined;
      if (member !== undefined) this.#member(member, join(path, key), rule);
    }
    for (const [key, member] of others ? Object.entries(value) : []) {
      if (!Object.hasOwn(members, key) && others) this.#setting(member, join(path, key), others);
    }
  }

  #member(value: unknown, path: string, rule: Rule): void {
    if ('kind' in rule) this.#setting(value, path, rule);
    else if ('each' in rule) this.#list(value, path, rule);
    else {
      const object = this.#faults.object(value, this.pathOf(path));
      if (object) this.#object(object, path, rule);
    }
  }

  #list(value: unknown, path: string, { each }: SettingsList): void {
    if (!Array.isArray(value)) {
      this.#faults.add('INVALID', this.pathOf(path), `must be an array of objects, not ${kindOf(value)}`);
      return;
    }
    this.#values.set(path, value.length);
    value.forEach((element: unknown, index) => {
      const at = `${path}[${index}]`;
      const object = this.#faults.object(element, this.pathOf(at));
      if (object) this.#object(object, at, typeof each === 'function' ? each(object) : each);
    });
  }

  #setting(value: unknown, path: string, { kind, judge }: Setting): void {
    const at = this.pathOf(path);
    const checked = this.#checked(value, at, kind);
    if (checked === undefined) return;
    const verdict = judge(checked);
    if (verdict === 'used') this.#values.set(path, checked);
    else if ('idle' in verdict) this.idle.push({ path: at, reason: verdict.idle });
    else this.#faults.add('UNSUPPORTED', at, verdict.refused);
  }

  #checked(value: unknown, at: string, kind: Setting['kind']): unknown {
    if (kind === 'flag') return this.#faults.boolean(value, at);
    if (kind === 'count') return this.#faults.count(value, at);
    return kind === 'text' ? this.#faults.string(value, at) : value;
  }
}
