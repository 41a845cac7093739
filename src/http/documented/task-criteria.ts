/** Criteria of documented bodies on tasks: what a search of jobs does, and what is tested on each object. */
import { DOCUMENTED_STATUS, JOB_STATES, type JobState } from '../../jobs/job.js';
import type { FactTest, TimeTest } from '../../jobs/job-search.js';
import { type Faults, join, type UnknownObject } from '../../options/faults.js';
import { isDateMath, parseDateTime, resolveDateMath } from '../../values/date-time.js';
import type { AttributeKind, AttributeKinds } from './task-attributes.js';
import { acceptTextCondition, MOST_CONDITIONS, meets, type TextCondition } from './text-condition.js';

/** A list of criteria, and the attributes they may name. */
export interface CriteriaList {
  /** Each element with its path. */
  readonly elements: readonly (readonly [unknown, string])[];
  readonly kinds: AttributeKinds;
  /** Further names, of objects that jobs do not have. */
  readonly foreign: readonly string[];
}

/** What all criteria together require. */
export interface Collected {
  readonly taskIds: readonly (readonly string[])[];
  readonly states?: ReadonlySet<JobState>;
  readonly facts: readonly FactTest[];
  readonly times: readonly TimeTest[];
  /** Conditions on texts of objects. */
  readonly texts: readonly { readonly name: string; readonly condition: TextCondition }[];
  /** Bounds of the time of objects. */
  readonly own: readonly { readonly from?: number; readonly to?: number }[];
  /** Whether no task can be found. */
  readonly isNone: boolean;
}

/** Accepts criteria; all elements hold, and all members of each. */
export function collectCriteria(lists: readonly CriteriaList[], faults: Faults, now: number): Collected {
  const criteria = new Criteria(faults, now);
  for (const { elements, kinds, foreign } of lists) {
    for (const [element, path] of elements) {
      for (const [name, condition] of Object.entries(faults.object(element, path) ?? {})) {
        const at = join(path, name);
        if (Object.hasOwn(kinds, name)) criteria.add(name, kinds[name], condition, at);
        else if (foreign.includes(name)) acceptTextCondition(condition, at, faults);
        else faults.add('UNSUPPORTED', at, `only ${Object.keys(kinds).join(', ')} are supported`);
      }
    }
  }
  return criteria;
}

class Criteria implements Collected {
  readonly taskIds: (readonly string[])[] = [];
  states: Set<JobState> | undefined;
  readonly facts: FactTest[] = [];
  readonly times: TimeTest[] = [];
  readonly texts: { name: string; condition: TextCondition }[] = [];
  readonly own: { from?: number; to?: number }[] = [];
  isNone = false;
  readonly #faults: Faults;
  readonly #now: number;

  constructor(faults: Faults, now: number) {
    this.#faults = faults;
    this.#now = now;
  }

  add(name: string, kind: AttributeKind, value: unknown, at: string): void {
    if (kind.kind === 'time' || kind.kind === 'own time') {
      const range = this.#range(value, at);
      if (!range || !this.#faults.bounded('conditions', 1, MOST_CONDITIONS, at)) return;
      if (kind.kind === 'time') this.times.push({ name: kind.time, ...range });
      else this.own.push(range);
      return;
    }
    const condition = acceptTextCondition(value, at, this.#faults);
    if (!condition) return;
    switch (kind.kind) {
      case 'task':
        this.#addTask(condition, at);
        break;
      case 'constant':
        if (!meets(condition, kind.value)) this.isNone = true;
        break;
      case 'status':
        this.#addStatus(condition);
        break;
      case 'fact':
        this.#addFact(kind.fact, condition, at);
        break;
      case 'text':
        this.texts.push({ name, condition });
    }
  }

  #addTask({ tests, not }: TextCondition, at: string): void {
    if (not) this.#faults.add('UNSUPPORTED', `${at}.not`, 'is not supported for ids of tasks');
    for (const { operator, operands } of tests) {
      if (operator === 'hasvalue' && operands[0] === 'true') continue;
      if (operator === 'hasvalue') this.isNone = true;
      else if (operator === 'startswith') this.#refuse(operator, at);
      else this.taskIds.push(operator === 'contains' ? operands.flatMap((one) => one.split(/\s+/)) : operands);
    }
  }

  #addStatus(condition: TextCondition): void {
    const before = this.states;
    const found = JOB_STATES.filter((state) => meets(condition, DOCUMENTED_STATUS[state]));
    this.states = new Set(found.filter((state) => before?.has(state) ?? true));
    if (this.states.size === 0) this.isNone = true;
  }

  #addFact(name: FactTest['name'], { tests, not }: TextCondition, at: string): void {
    if (not && tests.length > 1) this.#faults.add('UNSUPPORTED', `${at}.not`, 'is supported beside one operator');
    for (const { operator, operands } of tests) {
      if (operator === 'startswith') this.#refuse(operator, at);
      else if (operator === 'hasvalue') this.facts.push({ name, not: (operands[0] === 'true') === not });
      else this.facts.push({ name, not, values: spellings(name, operator, operands) });
    }
  }

  #refuse(operator: string, at: string): void {
    this.#faults.add('UNSUPPORTED', `${at}.${operator}`, 'is not supported here; eq, exact, exacts and contains are');
  }

  /** The bounds of a range, both included; undefined, with a fault, for anything else. */
  #range(value: unknown, at: string): { from?: number; to?: number } | undefined {
    const condition: UnknownObject | undefined = this.#faults.object(value, at);
    if (!condition) return undefined;
    const others = ['eq', 'contains', 'exact', 'exacts', 'startswith', 'hasvalue', 'not'];
    this.#faults.checkKeys(condition, at, ['gt', 'gte', 'lt', 'lte', 'type', 'operator'], others);
    this.#faults.string(condition.type, `${at}.type`);
    const bound = (name: string, roundUp: boolean) => this.#time(condition[name], `${at}.${name}`, roundUp);
    const [gt, gte] = [bound('gt', true), bound('gte', false)];
    const [lt, lte] = [bound('lt', false), bound('lte', true)];
    const lower = [...(gt === undefined ? [] : [gt + 1]), ...(gte === undefined ? [] : [gte])];
    const upper = [...(lt === undefined ? [] : [lt - 1]), ...(lte === undefined ? [] : [lte])];
    if (lower.length + upper.length === 0) {
      this.#faults.add('INVALID', `${at}.gte`, 'is required, or another bound');
      return undefined;
    }
    return {
      ...(lower.length > 0 && { from: Math.max(...lower) }),
      ...(upper.length > 0 && { to: Math.min(...upper) }),
    };
  }

  #time(value: unknown, at: string, roundUp: boolean): number | undefined {
    const text = typeof value === 'number' ? String(value) : this.#faults.string(value, at);
    if (text === undefined) return undefined;
    if (/^\d{10,15}$/.test(text)) return Number(text);
    const time = isDateMath(text) ? resolveDateMath(text, this.#now, roundUp) : parseDateTime(text);
    if (time === undefined) this.#faults.add('INVALID', at, 'must be a date and time, or date math such as now-7d');
    return time;
  }
}

/** Names are compared as a whole. Users are named with and without `_user`. */
function spellings(name: FactTest['name'], operator: string, operands: readonly string[]): readonly string[] {
  const values = operator === 'contains' ? operands.flatMap((one) => [one, ...one.split(/\s+/)]) : operands;
  if (name !== 'submittedBy') return values;
  return values.flatMap((one) => [one, one.endsWith('_user') ? one.slice(0, -'_user'.length) : `${one}_user`]);
}
